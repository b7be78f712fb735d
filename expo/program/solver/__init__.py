"""The scheduler's engine, plain Python: a `Problem` in, a `Solution` out, the same one every time."""

from .checker import Fault, faults, score, violations
from .explain import why_here, why_not
from .prechecks import Finding, precheck
from .problem import Away, Break, Item, Place, Placed, Problem, Room, Solution, Span, Tier, Track
from .search import solve

__all__ = [
    "Away",
    "Break",
    "Fault",
    "Finding",
    "Item",
    "Place",
    "Placed",
    "Problem",
    "Room",
    "Solution",
    "Span",
    "Tier",
    "Track",
    "faults",
    "precheck",
    "score",
    "solve",
    "violations",
    "why_here",
    "why_not",
]
