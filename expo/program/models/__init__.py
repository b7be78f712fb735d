"""The working timetable, the runs that propose it, questions about it, and the slots presenters were notified of."""

from .links import Link
from .questions import Question
from .runs import Run
from .sessions import OnStage, Session, TsTzRange
from .slots import Slot

__all__ = ["Link", "OnStage", "Question", "Run", "Session", "Slot", "TsTzRange"]
