"""The verbs of this room: runs of the scheduler, and moves by hand."""

from .moves import free_withdrawn, move, pin, place, unplace
from .runs import adopt, discard_run, execute_run, start_run, sweep

__all__ = [
    "adopt",
    "discard_run",
    "execute_run",
    "free_withdrawn",
    "move",
    "pin",
    "place",
    "start_run",
    "sweep",
    "unplace",
]
