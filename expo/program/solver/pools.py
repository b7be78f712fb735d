"""Rooms of a kind: nothing tells them apart, so a model may count them instead of naming them.

Sessions that are never more at once than the rooms of their pool can always be seated in it, each in one room, because
spans of time need as many colours as overlap at most. So a model of pools has a timetable just when one of rooms has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from .loosening import Rule
from .problem import Problem
from .rules import LARGER, ONE_ROOM
from .spans import Place

#: The first room of each pool, and all of them.
Pools = Mapping[int, list[int]]


def pools(problem: Problem, offers: Mapping[tuple[int, Place], tuple[Rule, ...]]) -> Pools:
    """Rooms that offer every session the same starts at the same price, and lie equally far from all others."""
    told: dict[int, list[tuple[int, int, tuple[Rule, ...]]]] = defaultdict(list)
    for (item, place), rules in offers.items():
        told[place.room].append((item, place.start, rules))
    found: dict[int, list[int]] = {}
    for room in (each.id for each in problem.rooms):
        alike = (one for one in found if told[one] == told[room] and _are_alike(problem, one, room))
        found.setdefault(next(alike, room), []).append(room)
    return found


def _are_alike(problem: Problem, one: int, other: int) -> bool:
    """Whether no rule on two sessions tells these rooms apart, and nobody has to walk between them."""
    if any(link.kind in (ONE_ROOM, LARGER) for link in problem.links):
        return False
    rooms = [room.id for room in problem.rooms]
    return problem.gap(one, other) == problem.rest and all(
        problem.gap(one, room) == problem.gap(other, room) for room in rooms
    )
