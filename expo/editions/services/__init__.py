"""Verbs on an edition: set it up, give out roles, move it through its phases."""

from .calendar import create_edition, save_calendar
from .closing import close_room, open_room
from .days import remove_break, remove_day, save_break, save_day
from .icml import set_up_as_icml
from .parts import (
    remove_format,
    remove_room,
    remove_topic,
    remove_track,
    save_format,
    save_room,
    save_topic,
    save_track,
)
from .phases import move_phase, open_call, tick
from .roles import appoint, grant_role, import_roles, revoke_role

__all__ = [
    "appoint",
    "close_room",
    "create_edition",
    "grant_role",
    "import_roles",
    "move_phase",
    "open_call",
    "open_room",
    "remove_break",
    "remove_day",
    "remove_format",
    "remove_room",
    "remove_topic",
    "remove_track",
    "revoke_role",
    "save_break",
    "save_calendar",
    "save_day",
    "save_format",
    "save_room",
    "save_topic",
    "save_track",
    "set_up_as_icml",
    "tick",
]
