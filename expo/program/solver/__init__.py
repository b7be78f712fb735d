"""The scheduler's engine, plain Python: a `Problem` in, a `Solution` out, the same one every time."""

from .alternatives import Alternative, Way, alternatives
from .blocking import Answer, Remedy, placeable
from .causes import causes
from .checker import Fault, faults, violations
from .explain import told, why_here, why_not
from .joint import Joint, joint
from .loosening import Rule
from .prechecks import Finding, precheck
from .problem import Away, Break, Item, Placed, Problem, Room, Solution, Tier, Track
from .recount import score
from .relaxing import Relaxed, question, relax
from .repair import Move, Repair, repair
from .rules import Clash, Link, Quota, Rival, Strand, Walk, Wish
from .search import STOPPED, Effort, Watch, first_timetable, solve
from .spans import Place, Span
from .standing import as_it_stands, is_better
from .swapping import SwapAnswer, swap
from .weighing import Costs, verdict

__all__ = [
    "STOPPED",
    "Alternative",
    "Answer",
    "Away",
    "Break",
    "Clash",
    "Costs",
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
    "Relaxed",
    "Remedy",
    "Repair",
    "Rival",
    "Room",
    "Rule",
    "Solution",
    "Span",
    "Strand",
    "SwapAnswer",
    "Tier",
    "Track",
    "Walk",
    "Watch",
    "Way",
    "Wish",
    "alternatives",
    "as_it_stands",
    "causes",
    "faults",
    "first_timetable",
    "is_better",
    "joint",
    "placeable",
    "precheck",
    "question",
    "relax",
    "repair",
    "score",
    "solve",
    "swap",
    "told",
    "verdict",
    "violations",
    "why_here",
    "why_not",
]
