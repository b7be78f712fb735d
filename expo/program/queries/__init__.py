"""Reads about the timetable, split by noun."""

from .chances import no_place
from .check import Check, check
from .drafts import drafts, timetable_changed
from .editor import timetable
from .grid import Cell, DaySheet, Line
from .links import LinkRow, link_by_id, link_rows, linkable
from .listing import (
    latest_run,
    other_for,
    others_for,
    pause_by_id,
    placeable_by_code,
    placed,
    run_by_id,
    session_by_id,
    unplaced,
    unplaced_for,
    writable,
)
from .nearby import Scene, Want, nearby
from .news import News, digest, news
from .objections import Objection, objections
from .places import room_choices, start_choices
from .preview import preview
from .progress import progress, sees_figures
from .questions import answered, asked, latest_question
from .reasons import reasons
from .sketch import Sketch, Spot, sketch
from .slots import SlotRow, freezes_at, slot_by_id, slot_counts, slot_of, slot_rows
from .snapshot import Snapshot, snapshot, taken
from .steps import Step, Steps, changed_since, steps
from .swaps import could_swap
from .times import minute, moment
from .troubles import Trouble, troubles
from .why_not import why_not_here

__all__ = [
    "Cell",
    "Check",
    "DaySheet",
    "Line",
    "LinkRow",
    "News",
    "Objection",
    "Scene",
    "Sketch",
    "SlotRow",
    "Snapshot",
    "Spot",
    "Step",
    "Steps",
    "Trouble",
    "Want",
    "answered",
    "asked",
    "changed_since",
    "check",
    "could_swap",
    "digest",
    "drafts",
    "freezes_at",
    "latest_question",
    "latest_run",
    "link_by_id",
    "link_rows",
    "linkable",
    "minute",
    "moment",
    "nearby",
    "news",
    "no_place",
    "objections",
    "other_for",
    "others_for",
    "pause_by_id",
    "placeable_by_code",
    "placed",
    "preview",
    "progress",
    "reasons",
    "room_choices",
    "run_by_id",
    "sees_figures",
    "session_by_id",
    "sketch",
    "slot_by_id",
    "slot_counts",
    "slot_of",
    "slot_rows",
    "snapshot",
    "start_choices",
    "steps",
    "taken",
    "timetable",
    "timetable_changed",
    "troubles",
    "unplaced",
    "unplaced_for",
    "why_not_here",
    "writable",
]
