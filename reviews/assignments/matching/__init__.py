"""Who reviews what. Pure: plain values in, plain values out."""

from .engine import solve
from .problem import (
    UNIT,
    Alternative,
    Gap,
    Pair,
    Problem,
    Proposal,
    Reviewer,
    Rules,
    Solution,
    Stage,
    Stay,
    fingerprint,
    units_of,
)

__all__ = [
    "UNIT",
    "Alternative",
    "Gap",
    "Pair",
    "Problem",
    "Proposal",
    "Reviewer",
    "Rules",
    "Solution",
    "Stage",
    "Stay",
    "fingerprint",
    "solve",
    "units_of",
]
