"""The verbs of this room: runs of the scheduler, changes by hand, and what presenters are told and answer."""

from .answering import accept_slot, ask_for_change, turn_down_change
from .blocks import block, unblock
from .linking import add_link, remove_link
from .moves import follow_presenters, free_withdrawn, move, pin, place, place_restored, resize, unplace
from .questions import answer_why_not, ask_why_not
from .runs import MOST_SEED, adopt, discard_run, name_run, start_run, stop_run, sweep
from .shifting import Stand, shift
from .steps import redo, undo
from .swaps import swap
from .telling import tell_slots
from .troubling import tell_troubles
from .working import execute_run

__all__ = [
    "MOST_SEED",
    "Stand",
    "accept_slot",
    "add_link",
    "adopt",
    "answer_why_not",
    "ask_for_change",
    "ask_why_not",
    "block",
    "discard_run",
    "execute_run",
    "follow_presenters",
    "free_withdrawn",
    "move",
    "name_run",
    "pin",
    "place",
    "place_restored",
    "redo",
    "remove_link",
    "resize",
    "shift",
    "start_run",
    "stop_run",
    "swap",
    "sweep",
    "tell_slots",
    "tell_troubles",
    "turn_down_change",
    "unblock",
    "undo",
    "unplace",
]
