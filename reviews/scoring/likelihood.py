"""The restricted likelihood of the three-variance model and its maximum. Pure: numpy and scipy, no Django.

With s² the noise variance, V/s² = A + b·Zr·Zr' and A = I + a·Zp·Zp', where a and b are the variances of proposals and
reviewers in units of the noise. A is block diagonal, so proposals are integrated out by hand (Woodbury): what remains
is sparse but for one matrix of reviewers × reviewers. Fixed effects are the means of groups of proposals (tracks).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter
from scipy.optimize import minimize

Array = NDArray[np.float64]
MIN_NOISE = 1e-12
#: Scored proposals from which a track has a mean of its own: a mean of fewer is mostly noise.
MIN_TRACK = 5
#: Scores from which the search starts at the moments alone, and from which the moments do as well by themselves.
SINGLE_START, MANY = 1_000, 5_000
MAX_RATIO = 1e3  # of a standard deviation in units of the noise: beyond it the noise is nil for any purpose here
#: Starting points, as standard deviations in units of the noise: small tables can have more than one maximum.
GRID = (0.1, 0.3, 0.6, 1.0, 2.0, 5.0, 30.0)


@dataclass(frozen=True, order=True)
class Mark:
    """One review's score of a proposal: the weighted mean of its levels, in points of the rubric."""

    proposal: str
    reviewer: int
    value: float


@dataclass(frozen=True)
class Variances:
    """The three parts of a score's variance, in points²."""

    proposal: float
    reviewer: float
    noise: float

    @property
    def offset_share(self) -> float:
        """How much of a score's variance is the reviewer's severity, 0 to 1."""
        total = self.proposal + self.reviewer + self.noise
        return self.reviewer / total if total else 0.0


class Design:
    """The scores as arrays, with proposals that have none (`unscored`); a track's proposals may have their own mean."""

    def __init__(
        self, marks: tuple[Mark, ...], *, unscored: Iterable[str] = (), tracks: Mapping[str, str] | None = None
    ) -> None:
        self.proposals = sorted({mark.proposal for mark in marks}.union(unscored))
        self.reviewers = sorted({mark.reviewer for mark in marks})
        row = {proposal: index for index, proposal in enumerate(self.proposals)}
        column = {reviewer: index for index, reviewer in enumerate(self.reviewers)}
        marks = tuple(sorted(marks))
        self.at_proposal = np.array([row[mark.proposal] for mark in marks], dtype=np.intp)
        self.at_reviewer = np.array([column[mark.reviewer] for mark in marks], dtype=np.intp)
        values = np.array([mark.value for mark in marks], dtype=float)
        self.centre = float(values.mean())
        self.y: Array = values - self.centre
        self.per_proposal = np.bincount(self.at_proposal, minlength=len(row)).astype(float)
        self.per_reviewer = np.bincount(self.at_reviewer, minlength=len(column)).astype(float)
        self.sums = self.by_proposal(self.y)
        self.group = _grouped(self.proposals, self.per_proposal > 0, tracks or {})
        self.groups = int(self.group.max()) + 1
        # Every two scores of the same proposal, each with itself too: `first` and `second` are positions in `y`.
        many = self.per_proposal[self.at_proposal].astype(np.intp)
        begins = (np.cumsum(self.per_proposal) - self.per_proposal).astype(np.intp)
        self.first = np.repeat(np.arange(self.n), many)
        within = np.arange(len(self.first)) - np.repeat(np.cumsum(many) - many, many)
        self.second = np.repeat(begins[self.at_proposal], many) + within

    @property
    def n(self) -> int:
        return len(self.y)

    @property
    def freedom(self) -> int:
        """Scores less fixed effects, at least 1."""
        return max(1, self.n - self.groups)

    @property
    def means(self) -> Array:
        """Plain means of the proposals; the mean of all scores where there is none."""
        return np.asarray(self.centre + self.sums / np.maximum(self.per_proposal, 1.0))

    def by_proposal(self, values: Array) -> Array:
        """Sums over each proposal's scores."""
        return np.bincount(self.at_proposal, values, len(self.proposals)).astype(float)

    def by_reviewer(self, values: Array) -> Array:
        """Sums over each reviewer's scores."""
        return np.bincount(self.at_reviewer, values, len(self.reviewers)).astype(float)

    def by_group(self, values: Array) -> Array:
        """Sums over each group of proposals."""
        return np.bincount(self.group, values, self.groups).astype(float)


def _grouped(proposals: Sequence[str], is_scored: NDArray[np.bool_], tracks: Mapping[str, str]) -> NDArray[np.intp]:
    """Each proposal's group: its track, where that has `MIN_TRACK` scored proposals; the others are one group."""
    own = [tracks.get(proposal, "") for proposal in proposals]
    counts = Counter(track for track, scored in zip(own, is_scored, strict=True) if scored)
    large = sorted(track for track, count in counts.items() if count >= MIN_TRACK and track)
    if len(large) == len(counts) and large:
        large = large[1:]  # no scored proposal is left for the others: the first track joins them
    number = {track: index for index, track in enumerate(large, 1)}
    return np.array([number.get(track, 0) for track in own], dtype=np.intp)


@dataclass(frozen=True)
class Products:
    """Products with A⁻¹ at given a, of fixed effects (x), reviewers (z) and scores (y); and log|A|.

    `xx` is diagonal, because every proposal is in one group.
    """

    xx: Array
    xy: Array
    yy: float
    zx: Array
    zy: Array
    zz: Array
    log_det: float


def products(design: Design, a: float, *, with_reviewers: bool = True) -> Products:
    """Everything in which `a` enters, from the design's sums."""
    share = 1 / (1 + a * design.per_proposal)
    c = a * share
    xx, xy = design.by_group(design.per_proposal * share), design.by_group(design.sums * share)
    yy = float(design.y @ design.y - c @ design.sums**2)
    log_det = float(np.log1p(a * design.per_proposal).sum())
    if not with_reviewers:
        none = np.zeros(0)
        return Products(xx, xy, yy, np.zeros((0, design.groups)), none, np.zeros((0, 0)), log_det)
    size = len(design.reviewers)
    cell = design.at_reviewer * design.groups + design.group[design.at_proposal]
    zx: Array = np.bincount(cell, share[design.at_proposal], size * design.groups).astype(float)
    zy = design.by_reviewer(design.y - (c * design.sums)[design.at_proposal])
    together = design.at_reviewer[design.first] * size + design.at_reviewer[design.second]
    gram = np.bincount(together, c[design.at_proposal[design.first]], size * size).reshape(size, size)
    return Products(xx, xy, yy, zx.reshape(size, design.groups), zy, np.diag(design.per_reviewer) - gram, log_det)


def profile(design: Design, a: float, b: float) -> tuple[float, float]:
    """Minus twice the restricted log-likelihood (up to a constant) with the noise profiled out, and that noise.

    One Cholesky factor of I + b·Z'A⁻¹Z, bordered by the fixed effects and the scores, holds all of it: the determinant
    on its diagonal, then the information on the means, then the sum of squares that is left.
    """
    parts = products(design, a, with_reviewers=b > 0)
    size, groups = len(parts.zy), design.groups
    bordered = np.empty((size + groups + 1,) * 2)
    bordered[:size, :size] = np.eye(size) + b * parts.zz
    bordered[size:-1, :size] = np.sqrt(b) * parts.zx.T
    bordered[-1, :size] = np.sqrt(b) * parts.zy
    bordered[size:-1, size:-1] = np.diag(parts.xx)
    bordered[-1, size:-1] = parts.xy
    bordered[-1, -1] = parts.yy
    try:
        diagonal = np.diag(np.linalg.cholesky(bordered))  # reads the lower triangle only
    except np.linalg.LinAlgError:
        return float("inf"), MIN_NOISE  # the numbers break down before the model does: not a place to stop
    noise = max(float(diagonal[-1]) ** 2 / design.freedom, MIN_NOISE)
    log_det = parts.log_det + 2 * float(np.log(diagonal[:-1]).sum())
    return design.freedom * float(np.log(noise)) + log_det, noise


def deviance(design: Design, a: float, b: float) -> float:
    """Minus twice the restricted log-likelihood, up to a constant; `a` and `b` in units of the noise variance."""
    return profile(design, a, b)[0]


@dataclass(frozen=True)
class FittedVariances:
    """The most likely variances, and how much worse the model without reviewers' offsets is (a likelihood ratio)."""

    a: float
    b: float
    variances: Variances
    ratio: float


def fit(design: Design) -> FittedVariances:
    """The maximum of the restricted likelihood, boundaries included; deterministic. Moments beyond `MANY` scores."""
    if design.n > MANY:
        a, b = moments(design)
        deviances = deviance(design, a, 0.0), profile(design, a, b)
        noise = deviances[1][1]
        return FittedVariances(a, b, Variances(a * noise, b * noise, noise), max(0.0, deviances[0] - deviances[1][0]))
    if design.n > SINGLE_START:
        start = np.maximum(np.sqrt(moments(design)), GRID[0])
        starts = {1: [start[:1]], 2: [start]}
    else:
        starts = {}
    without = _minimum(lambda x: deviance(design, x[0] ** 2, 0.0), 1, starts.get(1))
    without = min(without, (deviance(design, 0.0, 0.0), (0.0,)))
    flat = _minimum(lambda x: deviance(design, 0.0, x[0] ** 2), 1, starts.get(1))
    inside = _minimum(lambda x: deviance(design, x[0] ** 2, x[1] ** 2), 2, starts.get(2))
    candidates = [(without[0], (without[1][0], 0.0)), (flat[0], (0.0, flat[1][0])), inside]
    lowest = min(candidate[0] for candidate in candidates)
    value, (proposal, reviewer) = next(candidate for candidate in candidates if candidate[0] <= lowest + 1e-7)
    a, b = proposal**2, reviewer**2
    noise = profile(design, a, b)[1]
    return FittedVariances(a, b, Variances(a * noise, b * noise, noise), max(0.0, without[0] - value))


def _minimum(
    f: Callable[[Any], float], dimensions: int, starts: Sequence[Array] | None = None
) -> tuple[float, tuple[float, ...]]:
    """Downhill from `starts`, else from every local minimum of the grid: a point below its neighbours, or the first of
    those on a plain.
    """
    if starts is None:
        heights = np.array([f(point) for point in product(GRID, repeat=dimensions)])
        ranks = heights.argsort(kind="stable").argsort().reshape((len(GRID),) * dimensions)
        lowest = np.argwhere(ranks == minimum_filter(ranks, size=3, mode="nearest"))
        starts = [np.array(GRID)[start] for start in lowest]
    return min(_descend(f, start) for start in starts)


def _descend(f: Callable[[Any], float], start: Array) -> tuple[float, tuple[float, ...]]:
    """Nelder and Mead's simplex (1965) from a fixed start, inside the box; the function is even in each argument."""
    if not np.isfinite(value := f(start)):
        return value, tuple(map(float, start))
    found = minimize(
        f,
        start,
        method="Nelder-Mead",
        bounds=[(-MAX_RATIO, MAX_RATIO)] * len(start),
        options={
            "initial_simplex": np.vstack([start, start + 0.5 * np.eye(len(start))]),
            "xatol": 1e-6,
            "fatol": 1e-10,
            "maxiter": 400,
        },
    )
    return float(found.fun), tuple(map(float, np.abs(found.x)))


def moments(design: Design) -> tuple[float, float]:
    """The variances of proposals and reviewers in units of the noise, from sums of squares in one pass over the scores.

    Gao and Owen, "Efficient moment calculations for variance components in large unbalanced crossed random effects
    models" (2017), after taking out the means of the groups.
    """
    group = design.group[design.at_proposal]
    y = design.y - (np.bincount(group, design.y) / np.maximum(np.bincount(group), 1))[group]
    n, rows, columns = design.n, design.per_proposal, design.per_reviewer
    total = float(y @ y)
    within_rows = total - float((design.by_proposal(y) ** 2 / np.maximum(rows, 1.0)).sum())
    within_columns = total - float((design.by_reviewer(y) ** 2 / columns).sum())
    scored, reviewers = int((rows > 0).sum()), len(columns)
    equations = np.array(
        [
            [0.0, n - scored, n - scored],
            [n - reviewers, 0.0, n - reviewers],
            [n * n - float(rows @ rows), n * n - float(columns @ columns), n * n - n],
        ]
    )
    sums = [within_rows, within_columns, n * total - float(y.sum()) ** 2]
    proposal, reviewer, noise = np.linalg.lstsq(equations, np.array(sums), rcond=None)[0]
    noise = max(noise, MIN_NOISE)
    return float(max(proposal, 0.0) / noise), float(max(reviewer, 0.0) / noise)
