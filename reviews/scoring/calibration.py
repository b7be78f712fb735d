"""Calibration: how good a proposal is, once it is known how severe its reviewers are. Pure: numpy, no Django.

Model (Ge, Welling, Ghahramani, "A Bayesian model for calibrating conference review scores"; as fitted to NeurIPS 2014):

    score = mean + proposal + reviewer + noise,   each part Gaussian with its own variance, in points² of the rubric

Variances come from REML (Patterson and Thompson 1971; `likelihood.py`), proposals from their posterior given those
variances. A few scores cannot carry that model, so it is used only past its gates; else the plain means stand, and the
gate that refused is named.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.stats import norm
from scipy.stats import t as student

from .likelihood import Array, Design, FittedVariances, Mark, Variances, fit, products, profile

#: The gates' thresholds are judgement, from simulations with the variances of NeurIPS 2014: below them calibration
#: finds no more of the truly best proposals than plain means do.
MIN_SCORES = 100
MIN_REVIEWERS = 15
MIN_LOAD = 5
MIN_SEVERITY_SHARE = 0.05
#: 5 % point of a likelihood ratio whose variance lies on the boundary: half the 10 % point of χ² with one degree.
RATIO_5_PERCENT = 2.706
#: Degrees of freedom from which the noise within proposals counts as known.
MIN_FREEDOM = 5
#: Reliabilities of a single review (the proposals' share of its variance), all equally likely before any score is in.
RELIABILITIES = np.linspace(0.025, 0.975, 20)
DRAWS, DRAWS_AT_ONCE = 4000, 500
SEED = 20140612  # any fixed number: the same scores must always give the same chances


@dataclass(frozen=True)
class Pool:
    """Proposals that compete for the same capacity (in places or minutes), each with its size in that unit."""

    key: str
    capacity: int
    sizes: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Problem:
    """All marks of an edition that a viewer may see, and the pools its proposals compete in."""

    marks: tuple[Mark, ...]
    pools: tuple[Pool, ...] = ()

    def __post_init__(self) -> None:
        """Put everything in one order, so that the answer cannot depend on the order of the rows."""
        object.__setattr__(self, "marks", tuple(sorted(self.marks)))
        ordered = (Pool(pool.key, pool.capacity, tuple(sorted(pool.sizes))) for pool in self.pools)
        object.__setattr__(self, "pools", tuple(sorted(ordered, key=lambda pool: pool.key)))


@dataclass(frozen=True)
class Estimate:
    """One proposal: its plain mean, the value to go by, and the 95 % interval (None where the data cannot say)."""

    reviews: int
    mean: float
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Solution:
    """`calibrated`: `value` is the posterior mean; if not, `gate` and `sentence` say why it is the plain mean."""

    calibrated: bool
    gate: str
    sentence: str
    variances: Variances | None
    estimates: dict[str, Estimate]
    chances: dict[str, float]


def weighted_mean(levels: Mapping[int, int], weights: Mapping[int, int]) -> float | None:
    """A review's score: its levels by criterion, weighted; None where it rated none of the criteria."""
    rated = {criterion: weight for criterion, weight in weights.items() if criterion in levels}
    if not rated:
        return None
    return sum(weight * levels[criterion] for criterion, weight in rated.items()) / sum(rated.values())


@lru_cache(maxsize=32)
def solve(problem: Problem) -> Solution:
    """Estimates for every proposal with a score. Depends on the marks only: not on their order, nor on the clock."""
    if not problem.marks:
        return Solution(False, "no-scores", "No review has been submitted yet.", None, {}, {})
    design = Design(problem.marks)
    refused, fitted = _too_little(design), None
    if refused is None:
        fitted = fit(design)
        refused = _too_weak(fitted)
    trusted = fitted if refused is None else None
    values = posterior(design, trusted) if trusted else _plain(design)
    return Solution(
        calibrated=trusted is not None,
        gate=refused.code if refused else "",
        sentence=refused.sentence if refused else "",
        variances=trusted.variances if trusted else None,
        estimates=values.estimates(),
        chances=_chances(values if trusted else _shrunken(design), problem.pools),
    )


# When the model may be trusted


@dataclass(frozen=True)
class Refusal:
    """The gate that kept the model out, by a stable code and a sentence with the numbers."""

    code: str
    sentence: str


def _too_little(design: Design) -> Refusal | None:
    """The first gate that says no before anything is fitted: too few, too thin or not linked."""
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
    if (parts := components(design)) > 1:
        return Refusal(
            "not-connected",
            f"The reviews fall into {parts} groups without a common reviewer, so nothing links their scales.",
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


def components(design: Design) -> int:
    """How many parts the graph of proposals and reviewers falls into."""
    size = len(design.proposals) + len(design.reviewers)
    edges = (design.at_proposal, design.at_reviewer + len(design.proposals))
    return int(connected_components(coo_array((np.ones(design.n), edges), shape=(size, size)), directed=False)[0])


# What is known about the values after the scores


@dataclass(frozen=True)
class Posterior:
    """Values = centre + load·(shared error) + own error.

    `noise` scales the variances `own` and `shared` to points²; None where it is unknown. `margin` is half the width of
    the 95 % interval in standard deviations: Student's where the noise comes from few scores.
    """

    proposals: list[str]
    counts: Array
    means: Array
    centre: Array
    noise: float | None
    own: Array
    load: Array
    shared: Array
    margin: float = float(norm.ppf(0.975))

    def spread(self) -> Array:
        """The standard deviation of each value, in points."""
        both = self.own + np.einsum("ij,jk,ik->i", self.load, self.shared, self.load, optimize=True)
        return np.asarray(np.sqrt(np.maximum(both, 0.0) * (self.noise or 0.0)))

    def estimates(self) -> dict[str, Estimate]:
        """One estimate per proposal, with the 95 % interval where the noise is known."""
        margin = self.margin * self.spread()
        known = self.noise is not None
        return {
            proposal: Estimate(
                reviews=int(self.counts[i]),
                mean=float(self.means[i]),
                value=float(self.centre[i]),
                low=float(self.centre[i] - margin[i]) if known else None,
                high=float(self.centre[i] + margin[i]) if known else None,
            )
            for i, proposal in enumerate(self.proposals)
        }

    def draws(self) -> Iterator[Array]:
        """`DRAWS` joint draws (draws × proposals), some at a time to spare memory."""
        random = np.random.default_rng(SEED)
        for _ in range(DRAWS // DRAWS_AT_ONCE):
            yield self.draw(random, DRAWS_AT_ONCE, np.ones(DRAWS_AT_ONCE))

    def draw(self, random: np.random.Generator, count: int, spread: Array) -> Array:
        """Joint draws (`count` × proposals), the noise of each widened by `spread`; equal values fall either way."""
        root = np.linalg.cholesky(self.shared + 1e-12 * np.eye(len(self.shared)))
        together = random.standard_normal((count, len(self.shared))) @ root.T @ self.load.T
        alone = random.standard_normal((count, len(self.proposals))) * np.sqrt(self.own)
        jitter = 1e-9 * random.random((count, len(self.proposals)))
        return np.asarray(self.centre + np.sqrt(self.noise or 0.0) * spread[:, None] * (together + alone) + jitter)


def posterior(design: Design, fitted: FittedVariances) -> Posterior:
    """The joint posterior of the proposals' values, given the variances and a flat prior on the mean.

    Given mean and reviewers, value i is Gaussian around c·(its sum of corrected scores) + (1 − c·count)·mean with
    c = a/(1 + a·count); mean and reviewers together are Gaussian with the precision built below.
    """
    parts = products(design, fitted.a)
    c = fitted.a / (1 + fitted.a * design.per_proposal)
    load = np.column_stack([1 - c * design.per_proposal, -c[:, None] * design.incidence])
    precision = np.block([[np.array([[parts.one_one]]), parts.q_one[None, :]], [parts.q_one[:, None], parts.matrix]])
    keep = len(precision) if fitted.b else 1
    precision = precision[:keep, :keep] + np.diag([0.0, *[1 / fitted.b] * (keep - 1)] if fitted.b else [0.0])
    covariance = np.linalg.inv(precision)
    load, right = load[:, :keep], np.array([parts.one_y, *parts.q_y])[:keep]
    centre = design.centre + c * design.sums + load @ (covariance @ right)
    return Posterior(
        design.proposals, design.per_proposal, design.means, centre, fitted.variances.noise, c, load, covariance
    )


def _plain(design: Design) -> Posterior:
    """Each mean, with the pooled variance within proposals / the number of scores; unknown below 5 degrees of freedom.

    The pooled variance contains the reviewers' severity too, as it should: a plain mean does not correct for it.
    """
    freedom = design.n - len(design.proposals)
    within = design.y + design.centre - design.means[design.at_proposal]
    return Posterior(
        design.proposals,
        design.per_proposal,
        design.means,
        design.means,
        noise=float(within @ within) / freedom if freedom >= MIN_FREEDOM else None,
        own=1 / design.per_proposal,
        load=np.zeros((len(design.proposals), 0)),
        shared=np.zeros((0, 0)),
        margin=float(student.ppf(0.975, max(1, freedom))),
    )


@dataclass(frozen=True)
class Mixture:
    """Posteriors for each reliability, with how many draws each is due; `freedom` is that of their noise."""

    proposals: list[str]
    parts: list[tuple[Posterior, int]]
    freedom: int

    def draws(self) -> Iterator[Array]:
        """`DRAWS` joint draws (draws × proposals); the noise is drawn too, because few scores tell little of it."""
        random = np.random.default_rng(SEED)
        for part, count in self.parts:
            spread = np.sqrt(self.freedom / random.chisquare(self.freedom, count))
            yield part.draw(random, count, spread)


def _shrunken(design: Design) -> Mixture | None:
    """What plain means say about the proposals' true values; None where the noise is unknown.

    The means are shrunken, because the best of many single reviews owe part of their lead to luck. There are no
    reviewers' offsets: severity counts as noise. A reliability's weight is its restricted likelihood, so that a table
    that cannot tell luck from quality makes no proposal sure of its place.
    """
    if design.n - len(design.proposals) < MIN_FREEDOM:
        return None
    ratios = RELIABILITIES / (1 - RELIABILITIES)
    profiles = [profile(design, float(ratio), 0.0) for ratio in ratios]
    deviances = np.array([deviance for deviance, _ in profiles])
    if not np.isfinite(deviances).any():  # all scores are equal
        return None
    weights = np.exp(-(deviances - deviances.min()) / 2)
    counts = np.random.default_rng(SEED).multinomial(DRAWS, weights / weights.sum())
    parts = [
        (
            posterior(design, FittedVariances(float(ratio), 0.0, Variances(float(ratio) * noise, 0.0, noise), 0.0)),
            int(count),
        )
        for ratio, (_, noise), count in zip(ratios, profiles, counts, strict=True)
        if count
    ]
    return Mixture(design.proposals, parts, design.n - 1)


# How likely each proposal is to belong among the best of its pool


def _chances(known: Posterior | Mixture | None, pools: Iterable[Pool]) -> dict[str, float]:
    """Share of joint draws of the true values in which the proposal fits its pool, best first; 0 to 1.

    Tiers' limits are not in it.
    Monte Carlo with a fixed seed and 4,000 draws: the standard error is below 0.008. Empty where nothing is known.
    """
    pools = list(pools)
    if known is None or not pools:
        return {}
    column = {proposal: index for index, proposal in enumerate(known.proposals)}
    members = {pool.key: [(column[code], size) for code, size in pool.sizes if code in column] for pool in pools}
    columns = {key: np.array([at for at, _ in pairs], dtype=int) for key, pairs in members.items()}
    sizes = {key: np.array([size for _, size in pairs], dtype=int) for key, pairs in members.items()}
    above = np.zeros(len(column))
    for draws in known.draws():
        for pool in pools:
            at = columns[pool.key]
            order = np.argsort(-draws[:, at], axis=1, kind="stable")
            fits = np.zeros(order.shape, dtype=bool)  # per draw and member, whether it and all better ones fit together
            np.put_along_axis(fits, order, np.cumsum(sizes[pool.key][order], axis=1) <= pool.capacity, axis=1)
            above[at] += fits.sum(axis=0)
    for pool in pools:
        if sizes[pool.key].sum() > pool.capacity:  # else all fit for sure
            # What happened in every draw is not sure for that.
            above[columns[pool.key]] = np.clip(above[columns[pool.key]], 0.5, DRAWS - 0.5)
    return {code: float(above[column[code]] / DRAWS) for pool in pools for code, _ in pool.sizes if code in column}
