"""How far reviewers agree, and which places hang on who reviewed. Pure: numpy, no Django."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.sparse import csr_array

from .choice import Chooser
from .posterior import SEED, Mixture

REDRAWS, AT_ONCE = 1_000, 250


def alpha(ratings: Iterable[tuple[str, float]]) -> float | None:
    """Krippendorff's α for interval data, of (proposal, value): 1 all agree, 0 as by chance, below 0 worse than that.

    One less the squared difference within proposals over that between any two values; only proposals with two values
    or more count (Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011). None where nothing is comparable.
    """
    units: dict[str, list[float]] = defaultdict(list)
    for proposal, value in ratings:
        units[proposal].append(value)
    several = [np.array(values) for values in units.values() if len(values) > 1]
    if not several:
        return None
    every = np.concatenate(several)
    # The mean squared difference of two values is twice their variance.
    within = sum(len(values) * float(values.var(ddof=1)) for values in several) / len(every)
    between = float(every.var(ddof=1))
    return 1 - within / between if between > 0 else None


def stability(known: Mixture, choosers: Sequence[Chooser]) -> dict[str, float]:
    """Share of draws of the reviewers, with replacement, in which a proposal is taken (a bootstrap; Efron 1979).

    Each draw weighs a reviewer's scores by how often it drew them; variances, means and offsets stay as estimated. A
    proposal that loses all its scores goes by its expected mean.
    """
    design, random = known.design, np.random.default_rng(SEED)
    part = known.parts[int(known.weights.argmax())]
    means = part.effects[: design.groups][design.group]
    offsets = np.concatenate([part.effects[design.groups :], np.zeros(len(design.reviewers))])
    scores = design.y - means[design.at_proposal] - offsets[: len(design.reviewers)][design.at_reviewer]
    at, shape = (design.at_reviewer, design.at_proposal), (len(design.reviewers), len(design.proposals))
    sums, ones = csr_array((scores, at), shape=shape), csr_array((np.ones(design.n), at), shape=shape)
    evenly = np.full(shape[0], 1 / shape[0])
    taken = np.zeros(shape[1])
    for begin in range(0, REDRAWS, AT_ONCE):
        drawn = random.multinomial(shape[0], evenly, min(AT_ONCE, REDRAWS - begin)).astype(float)
        values = means + known.ratio / (1 + known.ratio * (drawn @ ones)) * (drawn @ sums)
        values = np.where(design.per_proposal > 0, values + 1e-9 * random.random(values.shape), -np.inf)
        for chooser in choosers:
            columns = chooser.columns(design.proposals)
            taken[columns] += chooser.taken(values[:, columns]).sum(axis=0)
    scored = zip(design.proposals, taken, design.per_proposal, strict=True)
    known_codes = {code for chooser in choosers for code in chooser.codes}
    return {code: float(often / REDRAWS) for code, often, count in scored if count and code in known_codes}
