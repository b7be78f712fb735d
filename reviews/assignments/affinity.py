"""How well a reviewer knows what a proposal is about. Pure; every part can be said in a sentence.

The value lies in [0, 1] and has three parts:

- topics: the share of the proposal's topics that the reviewer chose;
- text: how near the proposal's text is to the reviewer's past texts: 0 where they share no word, a half at a cosine of
  `HALF`, 1 for the same text;
- the bid: "want" moves what topics and text say a fifth of the way to 1, "no" a fifth of the way to 0, "can" not.

A part that is missing (no topics named or chosen, no texts) drops out and the other counts alone: silence is not
evidence against somebody.

Text is to make 45 % of the value, topics 30 % and the bid 25 %, in the order that studies of real assignments favour
(Saveski et al., NeurIPS 2023). A weight says how far a typical difference moves the value, so each part is measured by
its own spread: two reviewers of one proposal differ by .28 in text, .43 in topics and .44 in bids (as many want as can
as do not). With `TEXT`, `TOPICS` and `BID` that moves the value by .16, .10 and .09: 45, 30 and 25 % of their sum.

The constants were fitted once, on the demo editions of 24 and of 86 proposals (invented texts, topics from real titles)
and on 28 abstracts by four researchers of the gold standard below, shortened by hand, each against the others' with and
without abstracts; the four count alike. Nothing is fitted to an edition: a pair would then depend on other proposals.

Nearness is the mean cosine of the reviewer's five nearest texts (or of all, if they are fewer), by TF-IDF over the
stems of words and of pairs of words; a term that is said n times counts 1 + log n times, without a model to fetch. Such
counts and stems were chosen for a smaller loss on a published gold standard of 477 self-assessments (Stelmakh et al.,
arXiv 2303.16750). The set is not in this repository and this code was not measured on it; who has it measures the loss
with `bench/affinity.py`. How rare a term is comes from the reviewers' texts
alone, never from proposals: one pair's nearness then says nothing about any other proposal, not even about those that
somebody must not know of. Terms are hashed into 2^21 columns, so that 40,000 texts need no dictionary in memory; sums
run in a fixed order, so the same texts give the same numbers.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from math import log, sqrt
from typing import Any

from expo.kit.text import counted

TEXT, TOPICS = 7, 3
BID = 0.2
PULLS = {"want": 1.0, "no": 0.0}
BID_SENTENCES = {"want": "Wants to review it.", "can": "Can review it.", "no": "Would rather not review it."}
DIGITS = 6
STEPS: float = 10.0**DIGITS
HALF = 0.025  # a cosine
MANY, SOME = 0.63, 0.11  # of the pairs it was fitted on, a quarter has more than MANY and a quarter less than SOME

NEAREST = 5
COLUMNS = 2**21
CHUNK = 128
TERMS = 5


@dataclass(frozen=True)
class Affinity:
    """One pair. `named`: how many topics the proposal names. `text`: None when a side has no text to compare.

    `has_topics`: whether the reviewer chose any topics at all. `find_terms` looks up what both sides' texts share most,
    strongest first; it is called only where the sentences are shown.
    """

    shared: tuple[int, ...]
    named: int
    has_topics: bool = True
    text: float | None = None
    bid: str = ""
    find_terms: Callable[[], tuple[str, ...]] = field(default=tuple, compare=False, repr=False)

    @property
    def topics(self) -> float | None:
        return len(self.shared) / self.named if self.named and self.has_topics else None

    @property
    def value(self) -> float:
        return mix(self.topics, self.text, self.bid)

    def sentences(self, names: Mapping[int, str]) -> list[str]:
        """The parts of the value in words; `names` maps topics to their names."""
        if not self.named:
            sentences = ["The proposal names no topics, so topics say nothing here."]
        elif not self.has_topics:
            sentences = ["Has chosen no topics yet, so topics say nothing here."]
        else:
            shared = ", ".join(sorted(names[topic] for topic in self.shared))
            in_common = f": {shared}" if shared else " in common"
            sentences = [f"{len(self.shared)} of {counted(self.named, 'topic')}{in_common}."]
        if self.text is not None:
            strongest = self.find_terms()
            terms = f"; strongest terms: {', '.join(strongest)}" if strongest else ""
            # only words are compared: somebody who knows a subject may still write about it in other words
            few = "few" if self.text else "no"
            amount = "many" if self.text >= MANY else "some" if self.text >= SOME else few
            sentences.append(f"Shares {amount} words with the reviewer's own texts ({self.text:.2f} of 1){terms}.")
        if self.bid in BID_SENTENCES:
            sentences.append(BID_SENTENCES[self.bid])
        return sentences


def text_part(cosine: float) -> float:
    """The text part of a cosine: near 0 it grows with its square, and it levels off where both texts share much.

    0 only where no word is shared.
    """
    square = min(1.0, max(0.0, cosine)) ** 2
    return max(round(square * (1 + HALF**2) / (square + HALF**2), DIGITS), 1 / STEPS if square else 0.0)


def mix(topics: float | None, text: float | None, bid: str = "") -> float:
    """The value of the parts that are there; 0 when none is."""
    parts = [(weight, part) for weight, part in ((TOPICS, topics), (TEXT, text)) if part is not None]
    weight = sum(weight for weight, _ in parts)
    base = sum(weight * part for weight, part in parts) / weight if weight else 0.0
    return round((base + BID * (PULLS.get(bid, base) - base)) * STEPS) / STEPS  # as numpy rounds


def mix_all(topics: Any, text: Any, pulls: Any) -> Any:
    """`mix` for whole arrays at once; nan stands for a part that is missing, in `pulls` for no bid or "can"."""
    import numpy as np

    has_topics, has_text = ~np.isnan(topics), ~np.isnan(text)
    weight = TOPICS * has_topics + TEXT * has_text
    weighted = TOPICS * np.where(has_topics, topics, 0.0) + TEXT * np.where(has_text, text, 0.0)
    base = np.divide(weighted, weight, out=np.zeros_like(weighted), where=weight > 0)
    return np.round(base + BID * (np.where(np.isnan(pulls), base, pulls) - base), DIGITS)


def between(
    proposal_topics: frozenset[int],
    reviewer_topics: frozenset[int],
    *,
    text: float | None = None,
    bid: str = "",
    find_terms: Callable[[], tuple[str, ...]] = tuple,
) -> Affinity:
    """The affinity of one pair; more topics in common or a nearer text never lower it."""
    shared = tuple(sorted(proposal_topics & reviewer_topics))
    return Affinity(shared, len(proposal_topics), bool(reviewer_topics), text, bid, find_terms)


@dataclass(frozen=True, eq=False)
class Corpus:
    """The past texts of everybody, read once; `spans` says which of them are whose, `counts` has their terms."""

    texts: tuple[str, ...]
    spans: Mapping[int, tuple[int, int]]
    counts: Sequence[Any]

    @cached_property
    def _counts(self) -> Any:
        from scipy.sparse import vstack

        return vstack(self.counts, format="csr")

    @cached_property
    def _rarity(self) -> Any:
        """Smoothed inverse document frequency per column; a term that nobody wrote is the rarest."""
        import numpy as np

        texts_with = np.bincount(self._counts.indices, minlength=COLUMNS)
        return np.log((1 + len(self.texts)) / (1 + texts_with)) + 1

    @cached_property
    def _columns(self) -> Any:
        return self._weighed(self._counts).T.tocsr()

    def _weighed(self, counts: Any) -> Any:
        """Rows of length 1, one per text."""
        import numpy as np
        from sklearn.preprocessing import normalize

        rows = counts.copy()
        rows.data = (1 + np.log(rows.data)) * self._rarity[rows.indices]
        return normalize(rows, copy=False)

    def nearness(self, proposals: Sequence[str]) -> Any:
        """A table of cosines: one row per proposal, one column per reviewer in the order of `spans`."""
        import numpy as np

        table = np.zeros((len(proposals), len(self.spans)))
        for start in range(0, len(proposals) if self.texts else 0, CHUNK):
            terms = [list(_terms(text)) for text in proposals[start : start + CHUNK]]
            cosines = (self._weighed(_hashed(terms)) @ self._columns).toarray()
            for column, (first, last) in enumerate(self.spans.values()):
                own = cosines[:, first:last]
                nearest = -np.sort(-own, axis=1)[:, :NEAREST] if last - first > NEAREST else own
                table[start : start + CHUNK, column] = nearest.mean(axis=1)
        return table

    def strongest(self, proposal: str, reviewer: int, most: int = TERMS) -> tuple[str, ...]:
        """The terms that bring a proposal near to a reviewer, strongest first; each stands in both sides' texts.

        A pair of words counts for its words too, because "energy demand" says more than both apart.
        """
        first, last = self.spans.get(reviewer, (0, 0))
        mine = _weights(proposal)
        near: list[Counter[str]] = []
        for text in self.texts[first:last]:  # what each common term adds to the cosine, but for the proposal's length
            theirs = _weights(text)
            columns = _hashed([[term] for term in theirs]).indices
            rarity = dict(zip(theirs, map(float, self._rarity[columns]), strict=True))
            length = sqrt(sum((n * rarity[term]) ** 2 for term, n in theirs.items()))
            shared = {term: mine[term] * n * rarity[term] ** 2 / length for term, n in theirs.items() if term in mine}
            near.append(Counter(shared))
        nearest = sorted(near, key=lambda shared: -round(sum(shared.values()), 9))[:NEAREST]
        weights: Counter[str] = sum(nearest, Counter())
        strength = {term: sum(weights[part] for part in {term, *term.split()}) for term in weights}
        kept: list[str] = []
        words: set[str] = set()
        for term in sorted(strength, key=lambda term: (-round(strength[term], 9), term)):
            if len(kept) < most and words.isdisjoint(term.split()):  # no term repeats a word of an earlier one
                kept.append(term)
                words.update(term.split())
        written = _as_written(proposal)
        return tuple(written[term] for term in kept)


def read_corpus(texts: Mapping[int, Sequence[str]]) -> Corpus:
    """Everybody's past texts by reviewer. Texts without a word that counts, and repeated ones, are left out.

    Pages that ask again about the same texts find them read.
    """
    return _corpus(tuple((reviewer, tuple(own)) for reviewer, own in sorted(texts.items())))


@lru_cache(maxsize=2)
def _corpus(texts: tuple[tuple[int, tuple[str, ...]], ...]) -> Corpus:
    rows: list[str] = []
    spans: dict[int, tuple[int, int]] = {}
    counts = []
    for reviewer, own in texts:
        kept = {text: terms for text in own if (terms := _terms(text))}
        if kept:
            spans[reviewer] = (len(rows), len(rows) + len(kept))
            rows.extend(kept)
            counts.append(_hashed(list(kept.values())))
    return Corpus(tuple(rows), spans, counts)


def says_something(text: str) -> bool:
    """Whether any word is left once stop words are gone."""
    return bool(_words(text))


def _terms(text: str) -> list[str]:
    """The stems of a text's words and of its pairs of neighbouring words."""
    return list(_paired([_stem(word) for word in _words(text)]))


def _weights(text: str) -> dict[str, float]:
    """How much each term of a text counts, but for its rarity."""
    return {term: 1 + log(n) for term, n in Counter(_terms(text)).items()}


def _as_written(text: str) -> dict[str, str]:
    """Each term in the words in which the text says it first."""
    words = _words(text)
    written: dict[str, str] = {}
    for term, said in zip(_terms(text), _paired(words), strict=True):
        written.setdefault(term, said)
    return written


def _paired(words: Sequence[str]) -> Iterator[str]:
    yield from words
    yield from (f"{one} {other}" for one, other in pairwise(words))


def _words(text: str) -> Sequence[str]:
    """Words in lower case, without English stop words."""
    return _analyser()(text)  # type: ignore[no-any-return]


@cache
def _analyser() -> Any:
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(stop_words="english").build_analyzer()


@lru_cache(maxsize=2**17)
def _stem(word: str) -> str:
    """The word without its ending. A stemmer has a state, so each word gets one of its own: threads stay apart."""
    from snowballstemmer import stemmer

    return str(stemmer("english").stemWord(word))


def _hashed(documents: Sequence[Sequence[str]]) -> Any:
    """Counts of terms, one row per document."""
    from sklearn.feature_extraction import FeatureHasher

    return FeatureHasher(COLUMNS, input_type="string", alternate_sign=False).transform(documents)
