"""Reads about the day itself, split by noun."""

from .days import chosen_day, days_of
from .doors import Doors, doors
from .late import LatePlan, late_plan
from .outdated import outdated
from .seats import Seat, room_by_id, seat_by_ids
from .show import RoomShow, Show, show

__all__ = [
    "Doors",
    "LatePlan",
    "RoomShow",
    "Seat",
    "Show",
    "chosen_day",
    "days_of",
    "doors",
    "late_plan",
    "outdated",
    "room_by_id",
    "seat_by_ids",
    "show",
]
