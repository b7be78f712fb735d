"""Reads about the timetable, split by noun."""

from .editor import timetable
from .grid import Cell, DaySheet, Line
from .listing import (
    latest_run,
    placeable_by_code,
    placed,
    run_by_id,
    session_by_id,
    unplaced,
    unplaced_for,
    writable,
)
from .places import room_choices, start_choices
from .preview import preview
from .reasons import reasons
from .snapshot import Snapshot, snapshot, taken
from .times import minute, moment

__all__ = [
    "Cell",
    "DaySheet",
    "Line",
    "Snapshot",
    "latest_run",
    "minute",
    "moment",
    "placeable_by_code",
    "placed",
    "preview",
    "reasons",
    "room_choices",
    "run_by_id",
    "session_by_id",
    "snapshot",
    "start_choices",
    "taken",
    "timetable",
    "unplaced",
    "unplaced_for",
    "writable",
]
