"""The verbs of the day itself."""

from .checking_in import check_in, undo_check_in
from .running_late import run_late

__all__ = ["check_in", "run_late", "undo_check_in"]
