"""The restricted likelihood of the three-variance model and its maximum. Pure: numpy and scipy, no Django.

With s² the noise variance, V/s² = A + b·Zr·Zr' and A = I + a·Zp·Zp', where a and b are the variances of proposals and
reviewers in units of the noise. A is block diagonal, so proposals are integrated out by hand (Woodbury) and only a
matrix of reviewers × reviewers is ever factorised: 6,000 scores by 400 reviewers take milliseconds per evaluation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter
from scipy.optimize import minimize

Array = NDArray[np.float64]
MIN_NOISE = 1e-12
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


@dataclass(frozen=True)
class _Block:
    """All proposals with `count` scores: how many, their sums, and their share in the reviewers' matrix."""

    count: float
    proposals: int
    total: float
    squares: float
    reviewers: Array
    reviewer_totals: Array
    gram: Array


class Design:
    """The sums that the likelihood needs. Proposals with equally many scores share one factor: summed up first."""

    def __init__(self, marks: tuple[Mark, ...]) -> None:
        self.proposals = sorted({mark.proposal for mark in marks})
        self.reviewers = sorted({mark.reviewer for mark in marks})
        row = {proposal: index for index, proposal in enumerate(self.proposals)}
        column = {reviewer: index for index, reviewer in enumerate(self.reviewers)}
        self.at_proposal = np.array([row[mark.proposal] for mark in marks])
        self.at_reviewer = np.array([column[mark.reviewer] for mark in marks])
        values = np.array([mark.value for mark in marks], dtype=float)
        self.centre = float(values.mean())
        self.y: Array = values - self.centre
        self.incidence: Array = np.zeros((len(row), len(column)))
        np.add.at(self.incidence, (self.at_proposal, self.at_reviewer), 1.0)
        self.per_proposal: Array = self.incidence.sum(axis=1)
        self.per_reviewer: Array = self.incidence.sum(axis=0)
        self.sums: Array = np.bincount(self.at_proposal, self.y, len(row)).astype(float)
        self.reviewer_sums: Array = np.bincount(self.at_reviewer, self.y, len(column)).astype(float)
        self.blocks = []
        for count in np.unique(self.per_proposal):
            chosen = self.per_proposal == count
            incidence, sums = self.incidence[chosen], self.sums[chosen]
            self.blocks.append(
                _Block(
                    count=float(count),
                    proposals=int(chosen.sum()),
                    total=float(sums.sum()),
                    squares=float(sums @ sums),
                    reviewers=incidence.sum(axis=0),
                    reviewer_totals=incidence.T @ sums,
                    gram=incidence.T @ incidence,
                )
            )

    @property
    def n(self) -> int:
        return len(self.y)

    @property
    def means(self) -> Array:
        """Plain means of the proposals."""
        return self.centre + self.sums / self.per_proposal


@dataclass(frozen=True)
class Products:
    """Products with A⁻¹ at given a: of ones, scores and reviewers among each other; and log|A|."""

    one_one: float
    one_y: float
    y_y: float
    q_one: Array
    q_y: Array
    matrix: Array
    log_det: float


def products(design: Design, a: float) -> Products:
    """Everything in which `a` enters, from the design's sums."""
    one_one, one_y, y_y = float(design.n), float(design.y.sum()), float(design.y @ design.y)
    q_one, q_y = design.per_reviewer.copy(), design.reviewer_sums.copy()
    matrix, log_det = np.diag(design.per_reviewer), 0.0
    for block in design.blocks:
        c = a / (1 + a * block.count)
        one_one -= c * block.count**2 * block.proposals
        one_y -= c * block.count * block.total
        y_y -= c * block.squares
        q_one = q_one - c * block.count * block.reviewers
        q_y = q_y - c * block.reviewer_totals
        matrix = matrix - c * block.gram
        log_det += block.proposals * float(np.log1p(a * block.count))
    return Products(one_one, one_y, y_y, q_one, q_y, matrix, log_det)


def profile(design: Design, a: float, b: float) -> tuple[float, float]:
    """Minus twice the restricted log-likelihood (up to a constant) with the noise profiled out, and that noise.

    One Cholesky factor of I + b·M, bordered by the ones and the scores, holds all of it: the determinant on its
    diagonal, then the information on the mean, then the sum of squares that is left.
    """
    parts = products(design, a)
    size = len(parts.q_one) if b else 0
    bordered = np.empty((size + 2, size + 2))
    bordered[:size, :size] = np.eye(size) + b * parts.matrix[:size, :size]
    bordered[size, :size] = bordered[:size, size] = np.sqrt(b) * parts.q_one[:size]
    bordered[size + 1, :size] = bordered[:size, size + 1] = np.sqrt(b) * parts.q_y[:size]
    bordered[size:, size:] = [[parts.one_one, parts.one_y], [parts.one_y, parts.y_y]]
    try:
        diagonal = np.diag(np.linalg.cholesky(bordered))
    except np.linalg.LinAlgError:
        return float("inf"), MIN_NOISE  # the numbers break down before the model does: not a place to stop
    left = max(1, design.n - 1)
    noise = max(float(diagonal[-1]) ** 2 / left, MIN_NOISE)
    log_det = parts.log_det + 2 * float(np.log(diagonal[:-1]).sum())
    return left * float(np.log(noise)) + log_det, noise


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
    """The maximum of the restricted likelihood, boundaries included; deterministic."""
    without = _minimum(lambda x: deviance(design, x[0] ** 2, 0.0), 1)
    without = min(without, (deviance(design, 0.0, 0.0), (0.0,)))
    flat = _minimum(lambda x: deviance(design, 0.0, x[0] ** 2), 1)
    inside = _minimum(lambda x: deviance(design, x[0] ** 2, x[1] ** 2), 2)
    candidates = [(without[0], (without[1][0], 0.0)), (flat[0], (0.0, flat[1][0])), inside]
    lowest = min(candidate[0] for candidate in candidates)
    value, (proposal, reviewer) = next(candidate for candidate in candidates if candidate[0] <= lowest + 1e-7)
    a, b = proposal**2, reviewer**2
    noise = profile(design, a, b)[1]
    return FittedVariances(a, b, Variances(a * noise, b * noise, noise), max(0.0, without[0] - value))


def _minimum(f: Callable[[Any], float], dimensions: int) -> tuple[float, tuple[float, ...]]:
    """Downhill from every local minimum of the grid: a point below its neighbours, or the first of those on a plain."""
    heights = np.array([f(point) for point in product(GRID, repeat=dimensions)])
    ranks = heights.argsort(kind="stable").argsort().reshape((len(GRID),) * dimensions)
    starts = np.argwhere(ranks == minimum_filter(ranks, size=3, mode="nearest"))
    return min(_descend(f, np.array(GRID)[start]) for start in starts)


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
