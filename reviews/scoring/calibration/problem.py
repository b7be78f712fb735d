"""What calibration is asked and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Mark:
    """One review's score of a proposal: the weighted mean of its levels, in points of the rubric."""

    proposal: str
    reviewer: int
    value: float


def weighted_mean(levels: Mapping[int, int], weights: Mapping[int, int]) -> float | None:
    """A review's score: its levels by criterion, weighted; None where it rated none of the criteria."""
    rated = {criterion: weight for criterion, weight in weights.items() if criterion in levels}
    if not rated:
        return None
    return sum(weight * levels[criterion] for criterion, weight in rated.items()) / sum(rated.values())


@dataclass(frozen=True)
class Pool:
    """Proposals that compete for the same room, each with its size; `units` places or minutes in all."""

    key: str
    units: int
    sizes: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Problem:
    """All marks of an edition that a viewer may see, and the pools its proposals compete in."""

    marks: tuple[Mark, ...]
    pools: tuple[Pool, ...] = ()

    def __post_init__(self) -> None:
        """Put everything in one order, so that the answer cannot depend on the order of the rows."""
        object.__setattr__(self, "marks", tuple(sorted(self.marks)))
        ordered = (Pool(pool.key, pool.units, tuple(sorted(pool.sizes))) for pool in self.pools)
        object.__setattr__(self, "pools", tuple(sorted(ordered, key=lambda pool: pool.key)))


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
