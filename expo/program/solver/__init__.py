"""The scheduler's engine, plain Python: a `Problem` in, a `Solution` out, the same one every time."""

from .checker import Fault, faults, violations
from .explain import why_here, why_not
from .prechecks import Finding, precheck
from .problem import Away, Break, Item, Placed, Problem, Room, Solution, Tier, Track
from .recount import score
from .rules import Clash, Link, Rival, Strand, Walk, Wish
from .search import Effort, first_timetable, solve
from .spans import Place, Span

__all__ = [
    "Away",
    "Break",
    "Clash",
    "Effort",
    "Fault",
    "Finding",
    "Item",
    "Link",
    "Place",
    "Placed",
    "Problem",
    "Rival",
    "Room",
    "Solution",
    "Span",
    "Strand",
    "Tier",
    "Track",
    "Walk",
    "Wish",
    "faults",
    "first_timetable",
    "precheck",
    "score",
    "solve",
    "violations",
    "why_here",
    "why_not",
]
