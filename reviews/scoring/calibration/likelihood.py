"""The restricted likelihood of the three-variance model, its maximum, and what it says about each proposal.

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

from .posterior import Posterior
from .problem import Mark, Variances

Array = NDArray[np.float64]
LEAST_NOISE = 1e-12
LARGEST = 1e3  # of a standard deviation in units of the noise: beyond it the noise is nil for any purpose here


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
        self.blocks = [_block(self, count) for count in np.unique(self.per_proposal)]

    @property
    def n(self) -> int:
        return len(self.y)


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


def _block(design: Design, count: float) -> _Block:
    chosen = design.per_proposal == count
    incidence, sums = design.incidence[chosen], design.sums[chosen]
    return _Block(
        float(count),
        int(chosen.sum()),
        float(sums.sum()),
        float(sums @ sums),
        incidence.sum(axis=0),
        incidence.T @ sums,
        incidence.T @ incidence,
    )


@dataclass(frozen=True)
class _Parts:
    """Products with A⁻¹ at given a: of ones, scores and reviewers among each other; and log|A|."""

    one_one: float
    one_y: float
    y_y: float
    q_one: Array
    q_y: Array
    matrix: Array
    log_det: float


def _parts(design: Design, a: float) -> _Parts:
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
    return _Parts(one_one, one_y, y_y, q_one, q_y, matrix, log_det)


def profile(design: Design, a: float, b: float) -> tuple[float, float]:
    """Minus twice the restricted log-likelihood (up to a constant) with the noise profiled out, and that noise.

    One Cholesky factor of I + b·M, bordered by the ones and the scores, holds all of it: the determinant on its
    diagonal, then the information on the mean, then the sum of squares that is left.
    """
    parts = _parts(design, a)
    try:
        diagonal = np.diag(np.linalg.cholesky(_bordered(parts, b)))
    except np.linalg.LinAlgError:
        return float("inf"), LEAST_NOISE  # the numbers break down before the model does: not a place to stop
    left = max(1, design.n - 1)
    noise = max(float(diagonal[-1]) ** 2 / left, LEAST_NOISE)
    log_det = parts.log_det + 2 * float(np.log(diagonal[:-1]).sum())
    return left * float(np.log(noise)) + log_det, noise


def _bordered(parts: _Parts, b: float) -> Array:
    size = len(parts.q_one) if b else 0
    bordered = np.empty((size + 2, size + 2))
    bordered[:size, :size] = np.eye(size) + b * parts.matrix[:size, :size]
    bordered[size, :size] = bordered[:size, size] = np.sqrt(b) * parts.q_one[:size]
    bordered[size + 1, :size] = bordered[:size, size + 1] = np.sqrt(b) * parts.q_y[:size]
    bordered[size:, size:] = [[parts.one_one, parts.one_y], [parts.one_y, parts.y_y]]
    return bordered


def deviance(design: Design, a: float, b: float) -> float:
    """Minus twice the restricted log-likelihood, up to a constant; `a` and `b` in units of the noise variance."""
    return profile(design, a, b)[0]


@dataclass(frozen=True)
class Fit:
    """The most likely variances, and how much worse the model without reviewers' offsets is (a likelihood ratio)."""

    a: float
    b: float
    variances: Variances
    ratio: float


#: Starting points, as standard deviations in units of the noise: small tables can have more than one hill.
GRID = (0.1, 0.3, 0.6, 1.0, 2.0, 5.0, 30.0)


def fit(design: Design) -> Fit:
    """The maximum of the restricted likelihood, boundaries included; deterministic."""
    without = _lowest(lambda x: deviance(design, x[0] ** 2, 0.0), 1)
    without = min(without, (deviance(design, 0.0, 0.0), (0.0,)))
    flat = _lowest(lambda x: deviance(design, 0.0, x[0] ** 2), 1)
    inside = _lowest(lambda x: deviance(design, x[0] ** 2, x[1] ** 2), 2)
    candidates = [(without[0], (without[1][0], 0.0)), (flat[0], (0.0, flat[1][0])), inside]
    least = min(found[0] for found in candidates)
    value, (proposal, reviewer) = next(found for found in candidates if found[0] <= least + 1e-7)
    a, b = proposal**2, reviewer**2
    noise = profile(design, a, b)[1]
    return Fit(a, b, Variances(a * noise, b * noise, noise), max(0.0, without[0] - value))


def _lowest(f: Callable[[Any], float], dimensions: int) -> tuple[float, tuple[float, ...]]:
    """Downhill from every hollow of the grid: a point below its neighbours, or the first of those on a plain."""
    places = list(product(range(len(GRID)), repeat=dimensions))
    heights = {place: (f(_point(place)), place) for place in places}
    steps = list(product((-1, 0, 1), repeat=dimensions))
    hollows = [
        place
        for place in places
        if heights[place] == min(heights[near] for step in steps if (near := _moved(place, step)) in heights)
    ]
    return min(_descend(f, _point(place)) for place in hollows)


def _moved(place: tuple[int, ...], step: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(map(sum, zip(place, step, strict=True)))


def _point(place: tuple[int, ...]) -> tuple[float, ...]:
    return tuple(GRID[index] for index in place)


def posterior(design: Design, fitted: Fit) -> Posterior:
    """The joint posterior of the proposals' values, given the variances and a flat prior on the mean.

    Given mean and reviewers, value i is Gaussian around c·(its sum of corrected scores) + (1 − c·count)·mean with
    c = a/(1 + a·count); mean and reviewers together are Gaussian with the precision built below.
    """
    parts = _parts(design, fitted.a)
    c = fitted.a / (1 + fitted.a * design.per_proposal)
    load = np.column_stack([1 - c * design.per_proposal, -c[:, None] * design.incidence])
    precision = np.block([[np.array([[parts.one_one]]), parts.q_one[None, :]], [parts.q_one[:, None], parts.matrix]])
    keep = len(precision) if fitted.b else 1
    precision = precision[:keep, :keep] + np.diag([0.0, *[1 / fitted.b] * (keep - 1)] if fitted.b else [0.0])
    covariance = np.linalg.inv(precision)
    load, right = load[:, :keep], np.array([parts.one_y, *parts.q_y])[:keep]
    centre = design.centre + c * design.sums + load @ (covariance @ right)
    return Posterior(
        design.proposals, design.per_proposal, means(design), centre, fitted.variances.noise, c, load, covariance
    )


def means(design: Design) -> Array:
    """Plain means."""
    return design.centre + design.sums / design.per_proposal


def _descend(f: Callable[[Any], float], start: tuple[float, ...]) -> tuple[float, tuple[float, ...]]:
    """Nelder and Mead's simplex (1965) from a fixed start, inside the box; the function is even in each argument."""

    def at(x: Array) -> tuple[float, tuple[float, ...]]:
        point = tuple(float(each) for each in np.minimum(np.abs(x), LARGEST))
        return f(point), point

    corners = [at(np.array(start))] + [at(np.array(start) + 0.5 * step) for step in np.eye(len(start))]
    for _ in range(400):
        corners.sort()
        if corners[-1][0] - corners[0][0] < 1e-10 and np.ptp([corner[1] for corner in corners], axis=0).max() < 1e-6:
            break
        corners = _step(at, corners)
    return min(corners)


def _step(at: Callable[[Array], Any], corners: list[Any]) -> list[Any]:
    best, worst = np.array(corners[0][1]), np.array(corners[-1][1])
    middle = np.mean([corner[1] for corner in corners[:-1]], axis=0)
    mirrored = at(2 * middle - worst)
    if mirrored[0] < corners[0][0]:
        return [*corners[:-1], min(mirrored, at(3 * middle - 2 * worst))]
    if mirrored[0] < corners[-2][0]:
        return [*corners[:-1], mirrored]
    inner = at((middle + (np.array(mirrored[1]) if mirrored[0] < corners[-1][0] else worst)) / 2)
    if inner[0] < min(mirrored[0], corners[-1][0]):
        return [*corners[:-1], inner]
    return [corners[0], *(at((best + np.array(corner[1])) / 2) for corner in corners[1:])]
