"""What is known about the proposals' values after the scores. Pure: numpy and scipy, no Django.

Given the variances, values are Gaussian around their best linear unbiased predictions (Robinson 1991). The variances
are known from the scores and from what was published of other conferences: a prior on the shares of a score's variance,
whose scale comes from the scores alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.sparse import csr_array, hstack
from scipy.special import expit, stdtr, stdtrit

from .likelihood import MIN_NOISE, Array, Design, products, profile

SEED = 20140612  # any fixed number: the same scores must always give the same chances
#: Beta priors of the share of the proposals in a score's variance (the reliability of a single review), and of the
#: reviewers in the rest of it. Published reliabilities: .459 (NeurIPS 2014: variances 1.278, .240 and 1.268), .416
#: (ICLR 2018), .259 (FWF, 8,329 proposals); published severity: .159 of the rest (NeurIPS 2014), a single figure.
#: The prior of the reliability lies lower than their mean, so that little data never promises too much.
RELIABILITY_PRIOR = (3.0, 7.0)
SEVERITY_PRIOR = (1.0, 5.0)
#: Grid of reliabilities while severity is not modelled; sides of the grid where it is.
RELIABILITIES = (np.arange(60) + 0.5) / 60
SIDE = 7
#: Scores from which the variances count as known.
KNOWN = 2_000
NEGLIGIBLE = 2e-3  # weight of a point of the grid that is left out
ROWS_AT_ONCE = 2_000


@dataclass(frozen=True)
class Posterior:
    """The values at given variances: centre + load·(shared error) + own error, both errors Gaussian.

    `own` and `shared` (covariance of the means and of the reviewers' offsets) are in units of `noise`, in points².
    """

    centre: Array
    noise: float
    own: Array
    load: csr_array
    shared: Array
    effects: Array

    def spread(self) -> Array:
        """The standard deviation of each value, in points."""
        return np.asarray(np.sqrt(np.maximum(self.own + _quadratic(self.load, self.shared), 0.0) * self.noise))

    def draw(self, random: np.random.Generator, count: int, spread: Array) -> Array:
        """Joint draws (`count` × proposals), the errors of each widened by `spread`."""
        root = np.linalg.cholesky(self.shared)
        together = self.load @ (root @ random.standard_normal((len(root), count)))
        alone = random.standard_normal((count, len(self.own))) * np.sqrt(self.own)
        return np.asarray(self.centre + np.sqrt(self.noise) * spread[:, None] * (together.T + alone))


def posterior(design: Design, a: float, b: float) -> Posterior:
    """The values given the variances in units of the noise, and a flat prior on the means.

    Given means and reviewers, value i is Gaussian around c·(its sum of corrected scores) + (1 − c·count)·mean with
    c = a/(1 + a·count); means and reviewers together are Gaussian with the precision built below.
    """
    parts = products(design, a, with_reviewers=b > 0)
    c = a / (1 + a * design.per_proposal)
    load = _loads(design, c, with_reviewers=b > 0)
    precision = np.block([[np.diag(parts.xx), parts.zx.T], [parts.zx, parts.zz + np.eye(len(parts.zy)) / (b or 1.0)]])
    root = np.linalg.cholesky(precision)
    inverse = solve_triangular(root, np.eye(len(root)), lower=True)
    shared = inverse.T @ inverse
    right = np.concatenate([parts.xy, parts.zy])
    effects = shared @ right
    noise = max(float(parts.yy - right @ effects) / design.freedom, MIN_NOISE)
    return Posterior(design.centre + c * design.sums + load @ effects, noise, c, load, shared, effects)


def left_out_errors(design: Design, a: float, b: float) -> Array:
    """Each score less what the others predict for it at these variances: residual / (1 − leverage)."""
    known = posterior(design, a, b)
    rows = known.load[design.at_proposal]
    if b:
        at = (np.arange(design.n), design.at_reviewer + design.groups)
        rows = csr_array(rows + csr_array((np.ones(design.n), at), shape=rows.shape))
    c = known.own[design.at_proposal]
    residual = design.y - c * design.sums[design.at_proposal] - rows @ known.effects
    return np.asarray(residual / (1 - c - _quadratic(rows, known.shared)))


def _loads(design: Design, c: Array, *, with_reviewers: bool) -> csr_array:
    """How each value depends on the means of the groups and on the reviewers' offsets."""
    proposals = np.arange(len(design.proposals))
    means = csr_array((1 - c * design.per_proposal, (proposals, design.group)), shape=(len(proposals), design.groups))
    if not with_reviewers:
        return means
    at = (design.at_proposal, design.at_reviewer)
    offsets = csr_array((-c[design.at_proposal], at), shape=(len(proposals), len(design.reviewers)))
    return csr_array(hstack([means, offsets]))


def _quadratic(rows: csr_array, matrix: Array) -> Array:
    """row·matrix·row for each row, some at a time to spare memory."""
    starts = range(0, rows.shape[0], ROWS_AT_ONCE)
    pieces = (rows[start : start + ROWS_AT_ONCE] for start in starts)
    return np.concatenate([np.asarray(piece.multiply(piece @ matrix).sum(axis=1)).ravel() for piece in pieces])


@dataclass(frozen=True)
class Mixture:
    """The posterior over variances and values: the values at each point of a grid, with the point's weight.

    `reliability` of a single review and `severity` (the reviewers' share of the rest) are the posterior's means.
    """

    design: Design
    parts: tuple[Posterior, ...]
    weights: Array
    reliability: float
    severity: float
    freedom: int

    @property
    def centre(self) -> Array:
        """The expected values."""
        return np.asarray(sum(weight * part.centre for weight, part in zip(self.weights, self.parts, strict=True)))

    @property
    def noise(self) -> float:
        """The variance of a single review around the proposal's value, severity included, in points²."""
        return float(sum(w * part.noise for w, part in zip(self.weights, self.parts, strict=True))) / (
            1 - self.severity
        )

    @property
    def ratio(self) -> float:
        """The variance of proposals in units of the noise."""
        return _ratios(self.reliability, self.severity)[0]

    def spread(self) -> Array:
        """The standard deviation of each value, in points."""
        centre = self.centre
        parts = zip(self.weights, self.parts, strict=True)
        return np.asarray(np.sqrt(sum(w * (part.spread() ** 2 + (part.centre - centre) ** 2) for w, part in parts)))

    def quantile(self, share: float) -> Array:
        """The value below which the truth lies with this probability, by halving: each part is Student's t."""
        centres = np.array([part.centre for part in self.parts])
        spreads = np.maximum(np.array([part.spread() for part in self.parts]), 1e-12)
        bounds = centres + stdtrit(self.freedom, share) * spreads
        low, high = bounds.min(axis=0), bounds.max(axis=0)
        for _ in range(24 if len(self.parts) > 1 else 0):
            middle = (low + high) / 2
            is_below = self.weights @ stdtr(self.freedom, (middle - centres) / spreads) < share
            low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
        return np.asarray((low + high) / 2)

    def draws(self, total: int, at_once: int = 500) -> Iterator[Array]:
        """Joint draws of all values (draws × proposals), some at a time to spare memory.

        The noise is drawn too, because few scores tell little of it.
        """
        random = np.random.default_rng(SEED)
        counts = random.multinomial(total, self.weights)
        for part, count in zip(self.parts, counts, strict=True):
            for begin in range(0, count, at_once):
                rows = min(at_once, count - begin)
                yield part.draw(random, rows, np.sqrt(self.freedom / random.chisquare(self.freedom, rows)))


def shrunken(design: Design) -> Mixture:
    """Without reviewers' offsets: their severity counts as noise."""
    points = [(float(share), 0.0) for share in RELIABILITIES]
    return _mixture(design, points, [_height(design, *point) for point in points])


def corrected(design: Design, a: float, b: float) -> Mixture:
    """With reviewers' offsets; `a` and `b` are the most likely variances, in units of the noise."""
    if design.n > KNOWN:
        return _mixture(design, [(a / (a + b + 1), b / (b + 1))], [0.0])
    return _mixture(design, *_grid(design))


def _height(design: Design, reliability: float, severity: float) -> float:
    """Minus twice the logarithm of the posterior at these shares, up to a constant."""
    deviance = profile(design, *_ratios(reliability, severity))[0]
    priors = (
        (np.array([reliability, 1 - reliability]), RELIABILITY_PRIOR),
        (np.array([severity, 1 - severity]), SEVERITY_PRIOR),
    )
    return deviance - 2 * sum(
        float((np.array(powers) - 1) @ np.log(np.maximum(shares, 1e-300))) for shares, powers in priors
    )


def _ratios(reliability: float, severity: float) -> tuple[float, float]:
    """Variances of proposals and reviewers in units of the noise."""
    rest = 1 - reliability
    return reliability / (rest * (1 - severity)), severity / (1 - severity)


def _mixture(design: Design, points: Sequence[tuple[float, float]], heights: Sequence[float]) -> Mixture:
    found = np.array(heights)
    weights = np.exp(-(found - found.min()) / 2)
    kept = np.flatnonzero(weights >= NEGLIGIBLE * weights.sum()).tolist()
    weights = weights[kept] / weights[kept].sum()
    parts = tuple(posterior(design, *_ratios(*points[index])) for index in kept)
    reliability, severity = weights @ np.array(points)[kept]
    return Mixture(design, parts, weights, float(reliability), float(severity), design.freedom)


def _grid(design: Design) -> tuple[list[tuple[float, float]], list[float]]:
    """A grid over both shares, drawn anew around what carries weight until that fills it; even in the logits."""
    low, high = np.array([-5.0, -6.0]), np.array([5.0, 5.0])
    while True:
        axes = [np.linspace(low[side], high[side], SIDE) for side in (0, 1)]
        logits = np.array([(x, y) for x in axes[0] for y in axes[1]])
        shares = expit(logits)
        # The logits are spaced evenly, so each point stands for an area in proportion to its shares.
        area = np.log(shares * (1 - shares)).sum(axis=1)
        heights = np.array([_height(design, *point) for point in shares]) - 2 * area
        heavy = logits[heights <= heights.min() + 14]
        step = (high - low) / (SIDE - 1)
        lower, upper = np.maximum(heavy.min(axis=0) - step, low), np.minimum(heavy.max(axis=0) + step, high)
        if np.all(upper - lower >= 0.7 * (high - low)):
            return [(float(x), float(y)) for x, y in shares], heights.tolist()
        low, high = lower, upper
