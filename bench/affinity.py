"""How well the text part of affinity orders proposals as reviewers' own ratings do: one JSON line for a data set.

    python -m bench.affinity DIR

DIR holds

- `reviewers/NAME.txt`: a reviewer's past papers with a blank line between two; a paper's first line is its title, what
  follows is its abstract, if it is known;
- `proposals/NAME.txt`: a title in the first line, then the abstract;
- `ratings.csv`: columns `reviewer` and `proposal` (names of such files without `.txt`) and `rating`, a number that
  grows with what the reviewer knows of the proposal.

The loss is that of Stelmakh et al., "A Gold Standard Dataset for the Reviewer Assignment Problem" (arXiv 2303.16750):
of every two proposals that one reviewer rated, the difference of the ratings is lost when the nearness orders them the
other way round, half of it when it does not tell them apart; their sum is divided by the sum of all differences. 0 is
perfect, 0.5 what chance gives. Fields of the line:

- `loss`, `loss_past_titles`: the product's nearness, with past papers whole and by their titles alone;
- `plain`, `plain_past_titles`: scikit-learn's TF-IDF as it comes (plain counts, no stems), for comparison;
- `quartiles`, `typical_difference`: of the text part over all pairs; how far two reviewers of one proposal are apart on
  average. The constants of `reviews/assignments/affinity.py` rest on these.

The gold standard is published at github.com/niharshah/goldstandard-reviewer-paper-match: `evaluation_datasets/d_20_1`
to `d_20_10` have the papers, `data/evaluations.csv` the ratings.
"""

from __future__ import annotations

import csv
import json
import sys
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from reviews.assignments.affinity import NEAREST, read_corpus, says_something, text_part

Table = Any  # cosines: a row per proposal, a column per reviewer


@dataclass(frozen=True)
class DataSet:
    """`ratings` by reviewer, then proposal; everybody in it has a text, even if it is empty."""

    reviewers: Mapping[str, Sequence[str]]
    proposals: Mapping[str, str]
    ratings: Mapping[str, Mapping[str, float]]


def main(arguments: list[str]) -> None:
    parser = ArgumentParser(description="The loss of the text part of affinity on reviewers' own ratings.")
    parser.add_argument("directory", type=Path, help="with reviewers/, proposals/ and ratings.csv")
    print(json.dumps(measured(read(parser.parse_args(arguments).directory))))


def read(directory: Path) -> DataSet:
    """The data set of a folder; SystemExit, with the line, where a rating names a file that is not there."""
    reviewers = {file.stem: _papers(file.read_text(encoding="utf-8")) for file in _texts(directory / "reviewers")}
    proposals = {file.stem: file.read_text(encoding="utf-8") for file in _texts(directory / "proposals")}
    ratings: dict[str, dict[str, float]] = defaultdict(dict)
    with (directory / "ratings.csv").open(encoding="utf-8", newline="") as file:
        for at, row in enumerate(csv.DictReader(file), start=2):
            reviewer, proposal = row["reviewer"], row["proposal"]
            if reviewer not in reviewers or proposal not in proposals:
                sys.exit(f"ratings.csv, line {at}: there is no text of {reviewer} or of {proposal}.")
            ratings[reviewer][proposal] = float(row["rating"])
    return DataSet(reviewers, proposals, dict(ratings))


def measured(data: DataSet) -> dict[str, Any]:
    """Both ways to compare, with past papers whole and by their titles."""
    titles = replace(data, reviewers={name: [_title(text) for text in own] for name, own in data.reviewers.items()})
    near = ours(data)
    text = np.vectorize(text_part, otypes=[float])(near)
    apart = np.abs(text[:, :, None] - text[:, None, :]).sum()
    pairs = len(data.proposals) * len(data.reviewers) * (len(data.reviewers) - 1)
    return {
        "reviewers": len(data.reviewers),
        "proposals": len(data.proposals),
        "ratings": sum(map(len, data.ratings.values())),
        "loss": _rounded(loss(data, near)),
        "loss_past_titles": _rounded(_loss(titles, ours)),
        "plain": _rounded(_loss(data, plain)),
        "plain_past_titles": _rounded(_loss(titles, plain)),
        "quartiles": [_rounded(value) for value in np.quantile(text, [0.25, 0.5, 0.75])],
        "typical_difference": _rounded(apart / pairs) if pairs else None,
    }


def loss(data: DataSet, near: Table) -> float:
    """What of the differences between ratings the nearness gets wrong, from 0 to 1."""
    rows = {name: at for at, name in enumerate(data.proposals)}
    columns = {name: at for at, name in enumerate(data.reviewers)}
    lost = most = 0.0
    for reviewer, rated in data.ratings.items():
        for one, other in combinations(rated, 2):
            difference = rated[one] - rated[other]
            found = near[rows[one], columns[reviewer]] - near[rows[other], columns[reviewer]]
            most += abs(difference)
            lost += abs(difference) * (1.0 if found * difference < 0 else 0.5 if found == 0 else 0.0)
    if not most:
        sys.exit("ratings.csv: no reviewer rated two proposals differently, so there is nothing to order.")
    return lost / most


def ours(data: DataSet) -> Table:
    """The product's cosines; 0 for whoever has no text."""
    names = list(data.reviewers)
    corpus = read_corpus({at: data.reviewers[name] for at, name in enumerate(names)})
    table = np.zeros((len(data.proposals), len(names)))
    table[:, list(corpus.spans)] = corpus.nearness(list(data.proposals.values()))
    return table


def plain(data: DataSet) -> Table:
    """Cosines of TF-IDF over words and pairs of words, fitted on the reviewers' texts; the mean of the five nearest."""
    vectors = TfidfVectorizer(ngram_range=(1, 2), stop_words="english")
    vectors.fit([text for own in data.reviewers.values() for text in own])
    asked = vectors.transform(data.proposals.values())
    table = np.zeros((len(data.proposals), len(data.reviewers)))
    for column, own in enumerate(data.reviewers.values()):
        if kept := list(filter(says_something, own)):
            cosines = (asked @ vectors.transform(kept).T).toarray()
            table[:, column] = -np.sort(-cosines, axis=1)[:, :NEAREST].mean(axis=1)
    return table


def _loss(data: DataSet, compare: Callable[[DataSet], Table]) -> float:
    return loss(data, compare(data))


def _texts(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.txt"))


def _papers(text: str) -> list[str]:
    return [paper.strip() for paper in text.replace("\r\n", "\n").split("\n\n") if paper.strip()]


def _title(text: str) -> str:
    return text.partition("\n")[0]


def _rounded(value: float) -> float:
    return round(float(value), 4)


if __name__ == "__main__":
    main(sys.argv[1:])
