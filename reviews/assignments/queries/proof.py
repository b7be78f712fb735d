"""How good a run is: fairness before and after, each aim with what nothing can exceed, and the shortage in words."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from ..matching import UNIT
from .results import spread

NAMED = 3
#: Floors ask of no proposal more than it could get if it were alone.
OR_BEST = ", or a proposal's own best if that is less"
#: Stage → what it aims at, and how its value is told; None: the number means nothing to a reader.
AIMS: dict[str, tuple[str, Callable[[float], str] | None]] = {
    "coverage": ("As many reviews as possible", lambda value: f"{_many(value, 'place')}, unanswered offers included"),
    "pins": ("Pinned pairs", lambda value: f"{value:g} kept"),
    "stay": ("As few changes as possible", lambda value: f"{_many(value, 'offer')} kept"),
    "least": ("The least load for everybody", lambda value: f"{_many(value, 'review')} towards it"),
    "affinity": ("The highest total affinity", lambda value: f"{value / UNIT:.3f}"),
    "floor": ("The highest floor for the worst-off", lambda value: f"{value / UNIT:.3f}{OR_BEST}"),
    "minimum": ("The best minimum among equal totals", lambda value: f"{value / UNIT:.3f}{OR_BEST}"),
    "expected": ("The highest expected affinity", lambda value: f"{value / UNIT:.3f}"),
    "even": ("Even loads", None),
}
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


def _many(count: float, noun: str) -> str:
    return f"{count:g} {noun}{'' if count == 1 else 's'}"


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
class Aim:
    """One stage in words."""

    name: str
    value: str
    proof: str
    is_proved: bool


@dataclass(frozen=True)
class Precheck:
    """A proposal with fewer eligible reviewers than reviews, and who was removed by what."""

    code: str
    title: str
    eligible: int
    needs: int
    removed: tuple[str, ...]


@dataclass(frozen=True)
class Proof:
    """`whole` tells whether the viewer sees everything; what stands for the whole is empty otherwise."""

    whole: bool
    aims: tuple[Aim, ...] = ()
    floor: float | None = None
    prechecks: tuple[Precheck, ...] = ()
    shortage: str = ""
    ways: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_short(self) -> bool:
        return bool(self.prechecks or self.shortage)


def measures(totals: Sequence[Mapping[str, float]], loads: Sequence[tuple[int, int]]) -> tuple[Measure, ...]:
    """Affinity over proposals and load over reviewers, before and after the run."""
    before, after = (spread(row[when] for row in totals) for when in ("before", "after"))
    light, heavy = (spread(float(pair[at]) for pair in loads) for at in (0, 1))
    found = (
        Measure("Least affinity of a proposal", before.least, after.least, "higher is better"),
        Measure("5th percentile of proposals", before.p5, after.p5, "higher is better"),
        Measure("Mean affinity of a proposal", before.mean, after.mean, "higher is better"),
        Measure("Unevenness over proposals (Gini)", before.gini, after.gini, "0 is even, lower is better"),
        Measure("Least load of a reviewer", light.least, heavy.least, "higher is evener"),
        Measure("Highest load of a reviewer", _top(loads, 0), _top(loads, 1), "lower is evener"),
        Measure("Unevenness over reviewers (Gini)", light.gini, heavy.gini, "0 is even, lower is better"),
    )
    is_first = not any(pair[0] for pair in loads)
    return tuple(replace(each, is_first=is_first) for each in found)


def _top(loads: Sequence[tuple[int, int]], at: int) -> float:
    return float(max((pair[at] for pair in loads), default=0))


def proof_of(result: Mapping[str, Any], visible: Mapping[int, Any], name: Callable[[int], str], whole: bool) -> Proof:
    """What a run can show for itself. All of it stands for the whole, even which reviewers had a full load."""
    shortage = result.get("shortage") or {}
    if not whole:
        return Proof(False)
    deficient = shortage.get("deficient")
    return Proof(
        True,
        tuple(aims(result.get("stages") or [])),
        result.get("floor"),
        tuple(_precheck(row, visible, name) for row in shortage.get("prechecks") or [] if row["proposal"] in visible),
        deficient["said"] if deficient else "",
        tuple(shortage.get("ways") or []),
    )


def aims(stages: Sequence[Mapping[str, Any]]) -> Iterator[Aim]:
    """Each stage in words; the total is sought once more where a floor was raised, and what that cost is told."""
    best: float | None = None
    for stage in stages:
        value, bound = float(stage["value"]), float(stage["bound"])
        title, told = AIMS.get(stage["name"], (str(stage["name"]).replace("-", " ").capitalize(), None))
        words = told(value) if told else ""
        if stage["name"] == "affinity":
            if best is not None:
                title, words = "The highest total above that floor", f"{words}, {_price(best, value)}"
            best = value
        yield Aim(title, words, nearness(value, bound), value >= bound)


def _price(best: float, value: float) -> str:
    """What the floor cost of the best total."""
    return (
        f"{_percent(best - value, best)} given up for the floor" if value < best else "nothing given up for the floor"
    )


def nearness(value: float, bound: float) -> str:
    """How near a value is to its bound, never told nearer than it is."""
    if value >= bound:
        return "proved best"
    return f"within {_percent(bound - value, abs(bound))} of the best possible"


def _percent(part: float, whole: float) -> str:
    """A share in percent, rounded up: to hundredths when it is small."""
    share = part / whole if whole else 1.0
    percent = ceil(share * 10_000) / 100 if share < 0.01 else ceil(share * 1_000) / 10
    return f"{percent:g} %"


def _precheck(row: Mapping[str, Any], visible: Mapping[int, Any], name: Callable[[int], str]) -> Precheck:
    proposal = visible[row["proposal"]]
    removed = tuple(
        f"{CAUSES.get(cause, cause).capitalize()}: {_named(who, name)}" for cause, who in row["removed"].items() if who
    )
    return Precheck(proposal.code, proposal.title, row["eligible"], row["needs"], removed)


def _named(who: Collection[int], name: Callable[[int], str]) -> str:
    first = [name(each) for each in list(who)[:NAMED]]
    more = f" and {len(who) - NAMED} more" if len(who) > NAMED else ""
    return f"{', '.join(first)}{more}."
