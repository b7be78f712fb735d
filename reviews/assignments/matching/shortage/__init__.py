"""Shortage: what is missing, why, and what could be done about it. All values, no words."""

from .deficient import Deficient, deficient, groups
from .ground import EXTRA
from .prechecks import Precheck, prechecks
from .ways import AddReviewers, AskFewer, RaiseLoads, WaiveRole, Way, ways_out

__all__ = [
    "EXTRA",
    "AddReviewers",
    "AskFewer",
    "Deficient",
    "Precheck",
    "RaiseLoads",
    "WaiveRole",
    "Way",
    "deficient",
    "groups",
    "prechecks",
    "ways_out",
]
