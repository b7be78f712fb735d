"""Calibration: how good each proposal is, as far as its scores tell. Pure: numpy, no Django. See docs/scoring.md.

Model (Ge, Welling, Ghahramani, "A Bayesian model for calibrating conference review scores"; as fitted to NeurIPS 2014):

    score = mean + proposal + reviewer + noise,   each part Gaussian with its own variance, in points² of the rubric

The value to go by is always the proposal's expected value, shrunken towards the mean as far as the scores are noise.
Reviewers' severity is corrected past the gates only; each track then has a mean of its own, so that who reads a weak
track is not called severe. Before them severity counts as noise, and the gate that refused is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from threadpoolctl import ThreadpoolController

from .agreement import alpha, stability
from .choice import Chooser, Limit, Pool, ordered
from .likelihood import Design, FittedVariances, Mark, Variances, fit
from .posterior import Mixture, corrected, left_out_errors, shrunken

#: The gates' thresholds are judgement, from simulations with the variances of NeurIPS 2014: below them calibration
#: finds no more of the truly best proposals than shrunken means do.
MIN_SCORES = 100
MIN_REVIEWERS = 15
MIN_LOAD = 5
MIN_SEVERITY_SHARE = 0.05
#: 5 % point of a likelihood ratio whose variance lies on the boundary: half the 10 % point of χ² with one degree.
RATIO_5_PERCENT = 2.706
#: Draws of all values at once; from MANY_PROPOSALS on the smaller number (standard errors below .008 and .016).
DRAWS, DRAWS_OF_MANY, MANY_PROPOSALS = 4_000, 1_000, 2_000
LEVEL = 0.95
#: The matrices are small: on a busy machine several threads wait for one another, forty times as long as one takes.
one_thread = ThreadpoolController().wrap(limits=1, user_api="blas")


__all__ = ["Chooser", "Limit", "Mark", "Pool", "Problem", "Solution", "ordered", "solve"]


@dataclass(frozen=True)
class Problem:
    """All marks of an edition that a viewer may see, the pools its proposals compete in, and their tracks.

    `ratings`: (criterion, proposal, level) of the same reviews, for the agreement by criterion.
    """

    marks: tuple[Mark, ...]
    pools: tuple[Pool, ...] = ()
    tracks: tuple[tuple[str, str], ...] = ()
    ratings: tuple[tuple[str, str, float], ...] = ()

    def __post_init__(self) -> None:
        """Put everything in one order, so that the answer cannot depend on the order of the rows."""
        for name in ("marks", "tracks", "ratings"):
            object.__setattr__(self, name, tuple(sorted(getattr(self, name))))
        object.__setattr__(self, "pools", tuple(sorted(map(ordered, self.pools), key=lambda pool: pool.key)))


@dataclass(frozen=True)
class Estimate:
    """One proposal: its plain mean, the value to go by, and what is known of it; None where the data cannot say.

    `low` and `high`: the 95 % credible interval of the mean of very many reviewers; `spread`: the value's standard
    deviation; `stability`: share of draws of the reviewers in which it is chosen; `group`: 0 for the largest group of
    proposals that common reviewers link, then the others.
    """

    reviews: int
    mean: float
    value: float
    low: float | None
    high: float | None
    spread: float | None
    stability: float | None
    group: int


@dataclass(frozen=True)
class Solution:
    """What the scores tell. `calibrated`: severity is corrected; if not, `gate` and `sentence` say why.

    `reliability`: the proposals' share in the variance of a single review; `noise`: that variance without them, in
    points²; `groups`: parts of the reviews without a common reviewer; `agreement`: Krippendorff's α, of the scores and
    by criterion; `tracks`: how many groups of proposals have a mean of their own.
    """

    calibrated: bool
    gate: str
    sentence: str
    variances: Variances | None
    estimates: dict[str, Estimate]
    chances: dict[str, float]
    reliability: float | None = None
    noise: float | None = None
    groups: int = 0
    agreement: float | None = None
    agreement_by_criterion: dict[str, float] = field(default_factory=dict)
    tracks: int = 1


def weighted_mean(levels: Mapping[int, int], weights: Mapping[int, int]) -> float | None:
    """A review's score: its levels by criterion, weighted; None where it rated none of the criteria."""
    rated = {criterion: weight for criterion, weight in weights.items() if criterion in levels}
    if not rated:
        return None
    return sum(weight * levels[criterion] for criterion, weight in rated.items()) / sum(rated.values())


@lru_cache(maxsize=32)
@one_thread
def solve(problem: Problem) -> Solution:
    """Estimates for every proposal with a score. Depends on the marks only: not on their order, nor on the clock."""
    if not problem.marks:
        return Solution(False, "no-scores", "No review has been submitted yet.", None, {}, {})
    read = _read(problem)
    design, known, refused, trusted = read.design, read.known, read.refused, read.trusted
    part = components(design)
    choosers = [Chooser(pool) for pool in problem.pools]
    return Solution(
        calibrated=trusted is not None,
        gate=refused.code if refused else "",
        sentence=refused.sentence if refused else "",
        variances=trusted.variances if trusted else None,
        estimates=_estimates(design, known, part, stability(known, choosers) if known and choosers else {}),
        chances=_chances(known, choosers) if known else {},
        reliability=known.reliability if known else None,
        noise=known.noise if known else None,
        groups=len(set(part[design.per_proposal > 0].tolist())),
        agreement=alpha((mark.proposal, mark.value) for mark in problem.marks),
        agreement_by_criterion=_by_criterion(problem.ratings),
        tracks=design.groups if trusted else 1,
    )


def values(problem: Problem) -> dict[str, float]:
    """The values of `solve` alone, for who runs it again and again."""
    if not problem.marks:
        return {}
    read = _read(problem)
    centre = read.known.centre if read.known else read.design.means
    rows = zip(read.design.proposals, centre, read.design.per_proposal, strict=True)
    return {code: float(value) for code, value, reviews in rows if reviews}


@dataclass(frozen=True)
class _Reading:
    """The scores, what is known of the values (None where nothing differs), and whether severity is corrected."""

    design: Design
    known: Mixture | None
    refused: "Refusal | None"
    trusted: FittedVariances | None


def _read(problem: Problem) -> _Reading:
    unscored = [code for pool in problem.pools for code, _ in pool.sizes]
    design = Design(problem.marks, unscored=unscored, tracks=dict(problem.tracks))
    refused, fitted = _too_little(design), None
    if refused is None:
        fitted = fit(design)
        refused = _too_weak(fitted) or _predicts_worse(design, fitted)
    trusted = fitted if refused is None else None
    known = None
    if float(np.ptp(design.y)) > 0:
        # Few scores say too little about tracks: without the correction, there is one mean for all.
        known = (
            corrected(design, trusted.a, trusted.b) if trusted else shrunken(Design(problem.marks, unscored=unscored))
        )
    return _Reading(design, known, refused, trusted)


# When severity may be corrected


@dataclass(frozen=True)
class Refusal:
    """The gate that kept the correction out, by a stable code and a sentence with the numbers."""

    code: str
    sentence: str


def _too_little(design: Design) -> Refusal | None:
    """The first gate that says no before anything is fitted: too few or too thin."""
    load = float(np.median(design.per_reviewer))
    if design.n < MIN_SCORES:
        return Refusal("few-scores", f"Correcting for that starts at {MIN_SCORES} reviews; {design.n} are in.")
    if len(design.reviewers) < MIN_REVIEWERS:
        return Refusal(
            "few-reviewers",
            f"Correcting for that starts at {MIN_REVIEWERS} reviewers; {len(design.reviewers)} have scored.",
        )
    if load < MIN_LOAD:
        return Refusal(
            "small-loads",
            f"Correcting for that needs {MIN_LOAD} reviews a reviewer; half of them have {load:g} or fewer.",
        )
    return None


def _too_weak(fitted: FittedVariances) -> Refusal | None:
    """The first gate that says no to what was fitted: nothing there that is worth correcting."""
    share = fitted.variances.offset_share
    if fitted.a <= 1e-9:
        return Refusal(
            "no-difference", "The reviews do not tell the proposals apart: all difference is noise or severity."
        )
    if fitted.ratio < RATIO_5_PERCENT:
        return Refusal("no-severity", "The reviewers do not differ in severity beyond chance.")
    if share < MIN_SEVERITY_SHARE:
        return Refusal(
            "small-severity",
            f"Severity is {share:.0%} of the scores' variance; below {MIN_SEVERITY_SHARE:.0%} correcting it helps "
            "nobody.",
        )
    return None


def _predicts_worse(design: Design, fitted: FittedVariances) -> Refusal | None:
    """Each score predicted from all others, with severity and without it: the correction must come closer."""
    with_severity = left_out_errors(design, fitted.a, fitted.b)
    without = left_out_errors(design, fitted.a, 0.0)
    if with_severity @ with_severity <= without @ without:
        return None
    return Refusal("predicts-worse", "Corrected scores predict a left-out review worse than uncorrected ones.")


def components(design: Design) -> NDArray[np.intp]:
    """Each proposal's part of the graph of proposals and reviewers: 0 for the largest, then by size."""
    size = len(design.proposals) + len(design.reviewers)
    edges = (design.at_proposal, design.at_reviewer + len(design.proposals))
    graph = coo_array((np.ones(design.n), edges), shape=(size, size))
    part = connected_components(graph, directed=False)[1][: len(design.proposals)]
    order = np.argsort(-np.bincount(part), kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return np.asarray(rank[part])


# What is said of each proposal


def _estimates(
    design: Design, known: Mixture | None, part: NDArray[np.intp], stable: Mapping[str, float]
) -> dict[str, Estimate]:
    """One estimate per proposal with a score; where nothing differs, or a single score is in, that is the value."""
    means = design.means
    values = known.centre if known else means
    none = [None] * len(means)
    low, high, spread = (
        (known.quantile((1 - LEVEL) / 2), known.quantile((1 + LEVEL) / 2), known.spread()) if known else (none,) * 3
    )
    return {
        proposal: Estimate(
            reviews=int(design.per_proposal[i]),
            mean=float(means[i]),
            value=float(values[i]),
            low=_plain(low[i]),
            high=_plain(high[i]),
            spread=_plain(spread[i]),
            stability=stable.get(proposal),
            group=int(part[i]),
        )
        for i, proposal in enumerate(design.proposals)
        if design.per_proposal[i]
    }


def _plain(number: float | None) -> float | None:
    return None if number is None else float(number)


def _chances(known: Mixture, choosers: Sequence[Chooser]) -> dict[str, float]:
    """Share of joint draws of the true values in which the proposal is chosen within capacity and limits; 0 to 1.

    Proposals without a score compete with what their like may turn out to be worth.
    """
    design, total = known.design, DRAWS if len(known.design.proposals) < MANY_PROPOSALS else DRAWS_OF_MANY
    columns = [chooser.columns(design.proposals) for chooser in choosers]
    often = np.zeros(len(design.proposals))
    for draws in known.draws(total):
        for at, chooser in zip(columns, choosers, strict=True):
            often[at] += chooser.taken(draws[:, at]).sum(axis=0)
    for at, chooser in zip(columns, choosers, strict=True):
        # What happened in every draw is not sure for that.
        often[at] = np.where(chooser.sure, total, np.clip(often[at], 0.5, total - 0.5))
    pooled = {code for chooser in choosers for code in chooser.codes}
    rows = zip(design.proposals, often, design.per_proposal, strict=True)
    return {code: float(count / total) for code, count, reviews in rows if reviews and code in pooled}


def _by_criterion(ratings: Sequence[tuple[str, str, float]]) -> dict[str, float]:
    """Krippendorff's α of each criterion that has one."""
    values: dict[str, list[tuple[str, float]]] = {}
    for criterion, proposal, level in ratings:
        values.setdefault(criterion, []).append((proposal, level))
    found = {criterion: alpha(rows) for criterion, rows in values.items()}
    return {criterion: figure for criterion, figure in found.items() if figure is not None}
