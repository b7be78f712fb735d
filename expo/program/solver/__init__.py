"""The scheduler's engine, plain Python: a `Problem` in, a `Solution` out, the same one every time."""

from .blocking import Answer, Remedy, placeable
from .checker import Fault, faults, violations
from .explain import why_here, why_not
from .prechecks import Finding, precheck
from .problem import Away, Break, Item, Placed, Problem, Room, Solution, Tier, Track
from .recount import score
from .repair import Move, Repair, repair
from .rules import Clash, Link, Rival, Strand, Walk, Wish
from .search import Effort, Watch, first_timetable, solve
from .spans import Place, Span

__all__ = [
    "Answer",
    "Away",
    "Break",
    "Clash",
    "Effort",
    "Fault",
    "Finding",
    "Item",
    "Link",
    "Move",
    "Place",
    "Placed",
    "Problem",
    "Remedy",
    "Repair",
    "Rival",
    "Room",
    "Solution",
    "Span",
    "Strand",
    "Tier",
    "Track",
    "Walk",
    "Watch",
    "Wish",
    "faults",
    "first_timetable",
    "placeable",
    "precheck",
    "repair",
    "score",
    "solve",
    "violations",
    "why_here",
    "why_not",
]
