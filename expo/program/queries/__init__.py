"""Reads about the timetable, split by noun."""

from .check import Check, check
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
from .nearby import Scene, Want, nearby
from .objections import Objection, objections
from .places import room_choices, start_choices
from .preview import preview
from .reasons import reasons
from .snapshot import Snapshot, snapshot, taken
from .steps import Step, Steps, changed_since, steps
from .times import minute, moment

__all__ = [
    "Cell",
    "Check",
    "DaySheet",
    "Line",
    "Objection",
    "Scene",
    "Snapshot",
    "Step",
    "Steps",
    "Want",
    "changed_since",
    "check",
    "latest_run",
    "minute",
    "moment",
    "nearby",
    "objections",
    "placeable_by_code",
    "placed",
    "preview",
    "reasons",
    "room_choices",
    "run_by_id",
    "session_by_id",
    "snapshot",
    "start_choices",
    "steps",
    "taken",
    "timetable",
    "unplaced",
    "unplaced_for",
    "writable",
]
