"""The scheduler's engine, plain Python: a `Problem` in, a `Solution` out, the same one every time."""

from .blocking import Answer, Remedy, placeable
from .causes import causes
from .checker import Fault, faults, violations
from .explain import why_here, why_not
from .joint import Joint, joint
from .prechecks import Finding, precheck
from .problem import Away, Break, Item, Placed, Problem, Room, Solution, Tier, Track
from .recount import score
from .repair import Move, Repair, repair
from .rules import Clash, Link, Quota, Rival, Strand, Walk, Wish
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
    "Joint",
    "Link",
    "Move",
    "Place",
    "Placed",
    "Problem",
    "Quota",
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
    "causes",
    "faults",
    "first_timetable",
    "joint",
    "placeable",
    "precheck",
    "repair",
    "score",
    "solve",
    "violations",
    "why_here",
    "why_not",
]
