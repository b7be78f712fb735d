"""The verbs of this room: runs of the scheduler, and changes by hand."""

from .blocks import block, unblock
from .moves import free_withdrawn, move, pin, place, resize, unplace
from .runs import adopt, discard_run, execute_run, start_run, sweep
from .steps import redo, undo
from .swaps import swap

__all__ = [
    "adopt",
    "block",
    "discard_run",
    "execute_run",
    "free_withdrawn",
    "move",
    "pin",
    "place",
    "redo",
    "resize",
    "start_run",
    "swap",
    "sweep",
    "unblock",
    "undo",
    "unplace",
]
