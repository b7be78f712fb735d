"""The shape of `Run.result`, and how good a run is: fairness before and after, proofs, the shortage in sentences.

Every entry of a result names its proposal (or proposals), so that every viewer's conflicts can hide their part.
Figures (totals, loads, changes, least, p5, Gini) are computed from the entries that are left. What stands for the whole
(`stages`, `floor`, `shortage`, and `objective` and `bound` of the run) is for viewers who see all of `proposals`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from statistics import median
from typing import Any, NotRequired, TypedDict

from expo.kit.charts import Bar, Histogram, count_between, whole_numbers
from expo.kit.text import counted, listed

from ..matching.problem import UNIT

PairRow = list[int]  # [proposal, reviewer]
ChanceRow = list[float]  # [proposal, reviewer, probability]


NAMED = 3
TENTHS = [n / 10 for n in range(11)]
#: Floors ask of no proposal more than it could get if it were alone.
OR_BEST = ", or a proposal's own best if that is less"
CAUSES = {
    "conflict": "conflict of interest",
    "ended": "declined or released before",
    "forbidden": "forbidden by a cochair",
    "paused": "paused",
    "away": "away",
    "unconfirmed": "invitation not confirmed",
    "full": "full load",
    "role": "another role is needed",
    "cycle": "companies would review each other in a circle",
    "drawn": "held back by the draw",
}


class InsteadRow(TypedDict):
    """Somebody else for a pair; those who would cost the whole least come first."""

    reviewer: int
    affinity: float


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


class CapacityRow(TypedDict):
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
    people: list[CapacityRow]
    stages: list[StageRow]
    floor: float | None
    chances: list[ChanceRow]
    other: OtherStay | None
    shortage: Shortage | None


@dataclass(frozen=True)
class Spread:
    """How evenly something is shared out: the least, the 5th percentile, the mean, and Gini's coefficient (0: even)."""

    least: float
    p5: float
    mean: float
    gini: float


def spread(values: Iterable[float]) -> Spread:
    """The spread of totals over proposals, or of loads over reviewers; zeros when there are none."""
    ordered = sorted(values)
    if not ordered:
        return Spread(0.0, 0.0, 0.0, 0.0)
    total, n = sum(ordered), len(ordered)
    weighted = sum(rank * value for rank, value in enumerate(ordered, 1))
    gini = (2 * weighted / (n * total) - (n + 1) / n) if total else 0.0
    at = 0.05 * (n - 1)  # the 5th percentile lies between the two nearest values
    low, high = ordered[int(at)], ordered[min(int(at) + 1, n - 1)]
    return Spread(ordered[0], low + (high - low) * (at - int(at)), total / n, gini)


#: Stage → its objective, and how its value is worded; None: the number means nothing to a reader.
OBJECTIVES: dict[str, tuple[str, Callable[[float], str] | None]] = {
    "coverage": (
        "As many reviews as possible",
        lambda value: f"{counted(value, 'review')} assigned, unanswered offers included",
    ),
    "pinned": ("Pinned pairs", lambda value: f"{value:g} kept"),
    "stay": ("As few changes as possible", lambda value: f"{counted(value, 'offer')} kept"),
    "least": ("The least load for everybody", lambda value: f"{counted(value, 'review')} towards it"),
    "affinity": ("The highest total match", lambda value: f"{value / UNIT:.3f}"),
    "floor": ("The highest floor for the worst-off", lambda value: f"{value / UNIT:.3f}{OR_BEST}"),
    "minimum": ("The best minimum among equal totals", lambda value: f"{value / UNIT:.3f}{OR_BEST}"),
    "even": ("Even loads", None),
}


@dataclass(frozen=True)
class Measure:
    """One figure before and after, and how to read it."""

    name: str
    before: float
    after: float
    reading: str
    is_first: bool = False

    @property
    def tone(self) -> str:
        """Better, worse or equal, in the direction of the reading; the first run has nothing to compare with."""
        if self.is_first:
            return ""
        change = self.after - self.before if "higher" in self.reading else self.before - self.after
        return "better" if change > 1e-9 else "worse" if change < -1e-9 else "same"


@dataclass(frozen=True)
class ObjectiveResult:
    """One objective in words: what was reached and how near that is to its bound."""

    name: str
    value: str
    proof: str
    is_proved: bool


@dataclass(frozen=True)
class UnfillableProposal:
    """A proposal with fewer eligible reviewers than reviews, and who was removed by what."""

    code: str
    title: str
    eligible: int
    needs: int
    removed: tuple[str, ...]


@dataclass(frozen=True)
class Proof:
    """`whole`: whether the viewer sees the whole run; if not, everything else is empty."""

    whole: bool
    objectives: tuple[ObjectiveResult, ...] = ()
    floor: float | None = None
    prechecks: tuple[UnfillableProposal, ...] = ()
    shortage: str = ""
    remedies: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_short(self) -> bool:
        return bool(self.prechecks or self.shortage)


def measures(totals: Sequence[Mapping[str, float]], loads: Sequence[tuple[int, int]]) -> tuple[Measure, ...]:
    """Affinity over proposals and load over reviewers, before and after the run."""
    before, after = (spread(row[when] for row in totals) for when in ("before", "after"))
    light, heavy = (spread(float(pair[at]) for pair in loads) for at in (0, 1))
    top_before, top_after = (float(max((pair[at] for pair in loads), default=0)) for at in (0, 1))
    figures = (
        Measure("Least match of a proposal", before.least, after.least, "higher is better"),
        Measure("5th percentile of proposals", before.p5, after.p5, "higher is better"),
        Measure("Mean match of a proposal", before.mean, after.mean, "higher is better"),
        Measure("Unevenness over proposals (Gini)", before.gini, after.gini, "0 is even, lower is better"),
        Measure("Least load of a reviewer", light.least, heavy.least, "higher is evener"),
        Measure("Highest load of a reviewer", top_before, top_after, "lower is evener"),
        Measure("Unevenness over reviewers (Gini)", light.gini, heavy.gini, "0 is even, lower is better"),
    )
    is_first = not any(pair[0] for pair in loads)
    return tuple(replace(each, is_first=is_first) for each in figures)


def proof_of(result: Mapping[str, Any], visible: Mapping[int, Any], name: Callable[[int], str], whole: bool) -> Proof:
    """How good a run is. All of it stands for the whole run, even which reviewers had a full load."""
    shortage = result.get("shortage") or {}
    if not whole:
        return Proof(False)
    deficient, prechecks = shortage.get("deficient"), []
    for row in shortage.get("prechecks") or []:
        if proposal := visible.get(row["proposal"]):
            removed = tuple(
                f"{CAUSES.get(cause, cause).capitalize()}: {listed(map(name, who), most=NAMED)}."
                for cause, who in row["removed"].items()
                if who
            )
            prechecks.append(UnfillableProposal(proposal.code, proposal.title, row["eligible"], row["needs"], removed))
    return Proof(
        True,
        tuple(objective_results(result.get("stages") or [])),
        result.get("floor"),
        tuple(prechecks),
        deficient["said"] if deficient else "",
        tuple(shortage.get("ways") or []),
    )


def objective_results(stages: Sequence[Mapping[str, Any]]) -> Iterator[ObjectiveResult]:
    """Each stage in words; affinity comes once more where a floor was raised, with what the floor cost."""
    best: float | None = None
    for stage in stages:
        value, bound = float(stage["value"]), float(stage["bound"])
        title, worded = OBJECTIVES.get(stage["name"], (str(stage["name"]).replace("-", " ").capitalize(), None))
        words = worded(value) if worded else ""
        if stage["name"] == "affinity":
            if best is not None:
                cost = _percent(best - value, best) if value < best else "nothing"
                title, words = "The highest total above that floor", f"{words}, {cost} given up for the floor"
            best = value
        yield ObjectiveResult(title, words, nearness(value, bound), value >= bound)


def nearness(value: float, bound: float) -> str:
    """How near a value is to its bound, never said nearer than it is."""
    if value >= bound:
        return "proved best"
    return f"within {_percent(bound - value, abs(bound))} of the best possible"


def _percent(part: float, whole: float) -> str:
    """A share in percent, rounded up: to hundredths when it is small."""
    share = part / whole if whole else 1.0
    percent = ceil(share * 10_000) / 100 if share < 0.01 else ceil(share * 1_000) / 10
    return f"{percent:g} %"


def affinity_histogram(title: str, values: Sequence[float]) -> Histogram:
    """Pairs by affinity in tenths; 1.0 counts in the last one."""
    counts = count_between([round(value, 9) for value in values], TENTHS)
    bars = tuple(
        Bar(f"{low:.1f} to {low + 0.1:.1f}", f"{low:.1f}", count)
        for low, count in zip(TENTHS[:-1], counts, strict=True)
    )
    note = f"Half of them are at {median(values):.2f} or more." if values else ""
    return Histogram(title, ("pair", "pairs"), "Match", bars, note)


def load_histogram(title: str, loads: Sequence[int]) -> Histogram:
    """Reviewers by how many reviews they have."""
    note = f"From {min(loads)} to {max(loads)}, {sum(loads) / len(loads):.1f} in the mean." if loads else ""
    return Histogram(title, ("reviewer", "reviewers"), "Reviews", whole_numbers(loads) if loads else (), note)
