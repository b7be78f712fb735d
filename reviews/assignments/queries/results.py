"""The shape of `Run.result`: what a run proposes, told so that every viewer's wall can hide its part.

Every entry names its proposal (or proposals). What a viewer's wall hides is left out, and figures (totals, loads,
changes, least, p5, Gini) are computed from the entries that are left. What stands for the whole (`stages`, `floor`,
`shortage`, and `objective` and `bound` of the run) is for viewers who see all of `proposals`; see `sees_whole`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

PairRow = list[int]  # [proposal, reviewer]
ChanceRow = list[float]  # [proposal, reviewer, probability]


class InsteadRow(TypedDict):
    """Somebody else for a pair, and what the whole would lose at least by taking them."""

    reviewer: int
    affinity: float
    loss: float


class NewRow(TypedDict):
    """A pair the run proposes. `dropped` is set by publication: why it was left out, or empty."""

    proposal: int
    reviewer: int
    affinity: float
    why: list[str]
    is_pinned: bool
    chance: float | None
    instead: list[InsteadRow]
    dropped: NotRequired[str]


class WithdrawnRow(TypedDict):
    """An unanswered offer the run takes back. `dropped` is set by publication: why it stays after all, or empty."""

    proposal: int
    reviewer: int
    affinity: float
    dropped: NotRequired[str]


class GapRow(TypedDict):
    """Reviews that could not be placed, and why, in sentences."""

    proposal: int
    missing: int
    said: list[str]


class UnpinnedRow(TypedDict):
    """A pair that a cochair asked for and that could not be, with the reason as a sentence."""

    proposal: int
    reviewer: int
    said: str


class TotalRow(TypedDict):
    """A proposal's affinity over all its reviews, before and after the run."""

    proposal: int
    before: float
    after: float


class LoadRow(TypedDict):
    """A reviewer and the most they take on; loads come from `kept`, `withdrawn` (before) and `pairs` (after)."""

    reviewer: int
    most: int


class StageRow(TypedDict):
    """One aim of the order: what was reached and what nothing can exceed. Equal: proved best."""

    name: str
    value: float
    bound: float


class OtherStay(TypedDict):
    """What the other way to treat unanswered offers would have done; new pairs as [proposal, reviewer, affinity]."""

    stay: str
    pairs: list[ChanceRow]
    withdrawn: list[PairRow]


class PrecheckRow(TypedDict):
    """A proposal with fewer eligible reviewers than reviews: cause → reviewers it removed."""

    proposal: int
    eligible: int
    needs: int
    removed: dict[str, list[int]]


class DeficientRow(TypedDict):
    """The smallest set of proposals whose eligible reviewers together lack places."""

    proposals: list[int]
    reviewers: list[int]
    missing: int
    said: str


class WayRow(TypedDict):
    """A way out of the shortage in a sentence, and how many reviews would still be missing after it."""

    kind: str
    said: str
    missing: int


class Shortage(TypedDict):
    prechecks: list[PrecheckRow]
    deficient: DeficientRow | None
    ways: list[WayRow]


class Result(TypedDict):
    """`kept`: live pairs that stay, those on proposals outside this run included (they count towards loads)."""

    kind: str
    stay: str
    proposals: list[int]
    pairs: list[NewRow]
    withdrawn: list[WithdrawnRow]
    kept: list[PairRow]
    gaps: list[GapRow]
    unpinned: list[UnpinnedRow]
    totals: list[TotalRow]
    people: list[LoadRow]
    stages: list[StageRow]
    floor: float | None
    chances: list[ChanceRow]
    other: OtherStay | None
    shortage: Shortage | None


def sees_whole(result: Result, hidden: Collection[int]) -> bool:
    """Whether a viewer whose wall hides these proposals may see figures that stand for the whole run."""
    return not set(result["proposals"]) & set(hidden)


@dataclass(frozen=True)
class Spread:
    """How evenly something is shared out: the least, the 5th percentile, the mean, and Gini's coefficient (0: even)."""

    least: float
    p5: float
    mean: float
    gini: float


def spread(values: Iterable[float]) -> Spread:
    """The spread of totals over proposals, or of loads over reviewers; zeros when there are none."""
    found = sorted(values)
    if not found:
        return Spread(0.0, 0.0, 0.0, 0.0)
    total, n = sum(found), len(found)
    weighted = sum(place * value for place, value in enumerate(found, 1))
    gini = (2 * weighted / (n * total) - (n + 1) / n) if total else 0.0
    return Spread(found[0], _percentile(found, 0.05), total / n, gini)


def _percentile(found: Sequence[float], share: float) -> float:
    """Linear between the two nearest values."""
    at = share * (len(found) - 1)
    low = int(at)
    high = min(low + 1, len(found) - 1)
    return found[low] + (found[high] - found[low]) * (at - low)
