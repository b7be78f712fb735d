"""The scheduler's engine, plain Python: a `Problem` in, a `Solution` out, the same one every time."""

from .alternatives import Alternative, Costs, Displacement, alternatives, compare
from .checker import Fault, faults, score, violations
from .explain import summary, why_here, why_not
from .infeasibility import Placeability, Remedy, causes, placeable
from .joint import Joint, joint
from .minimal_relaxation import Relaxations, relax, relaxation_problem
from .objectives import as_solution, is_better
from .prechecks import PrecheckFinding, precheck
from .problem import (
    Away,
    Break,
    Clash,
    Item,
    Link,
    Objective,
    Place,
    Placed,
    Problem,
    Quota,
    RivalTracks,
    RoamingTrack,
    Room,
    Solution,
    Span,
    Track,
    Walk,
    Wish,
)
from .relaxation_model import Rule
from .repair import Repair, SessionMove, repair
from .search import STOPPED, Effort, Watch, first_timetable, solve
from .swaps import SwapAnswer, swap

__all__ = [
    "STOPPED",
    "Alternative",
    "Away",
    "Break",
    "Clash",
    "Costs",
    "Displacement",
    "Effort",
    "Fault",
    "Item",
    "Joint",
    "Link",
    "Objective",
    "Place",
    "Placeability",
    "Placed",
    "PrecheckFinding",
    "Problem",
    "Quota",
    "Relaxations",
    "Remedy",
    "Repair",
    "RivalTracks",
    "RoamingTrack",
    "Room",
    "Rule",
    "SessionMove",
    "Solution",
    "Span",
    "SwapAnswer",
    "Track",
    "Walk",
    "Watch",
    "Wish",
    "alternatives",
    "as_solution",
    "causes",
    "compare",
    "faults",
    "first_timetable",
    "is_better",
    "joint",
    "placeable",
    "precheck",
    "relax",
    "relaxation_problem",
    "repair",
    "score",
    "solve",
    "summary",
    "swap",
    "violations",
    "why_here",
    "why_not",
]
