"""The working timetable, the runs that propose it, and what presenters were told of it."""

from .links import Link
from .runs import Run
from .sessions import OnStage, Session, TsTzRange
from .slots import Slot

__all__ = ["Link", "OnStage", "Run", "Session", "Slot", "TsTzRange"]
