"""Why sessions block one another: the kinds of rule without which they would all have a place, each tried out."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from .blocking import placeable
from .problem import Item, Problem

#: What a person would say first stands first.
ROOMS, ON_STAGE, AWAY, PINS, LINKS = "rooms", "on-stage", "away", "pins", "links"
EQUIPMENT, TRACKS, PAUSES, BREAKS = "equipment", "tracks", "pauses", "breaks"


def causes(problem: Problem, blocking: Collection[int], work: float = 2.0) -> tuple[str, ...]:
    """The kinds that would each resolve it alone; none when only several together would."""
    only = replace(problem, items=tuple(item for item in problem.items if item.id in blocking))
    return tuple(kind for kind, freed in FREED.items() if _would_do(only, freed(only), work))


def _would_do(problem: Problem, freed: Problem, work: float) -> bool:
    return freed != problem and placeable(freed, [item.id for item in problem.items], work).is_placeable


def _each(change: Callable[[Item], Item]) -> Callable[[Problem], Problem]:
    return lambda problem: replace(problem, items=tuple(map(change, problem.items)))


def _more_rooms(problem: Problem) -> Problem:
    """Every room once more for each session, with its tracks and breaks."""
    rooms, tracks, breaks = list(problem.rooms), list(problem.tracks), list(problem.breaks)
    step = max((room.id for room in rooms), default=0) + 1
    for copy in range(1, len(problem.items)):
        rooms += [replace(room, id=room.id + copy * step) for room in problem.rooms]
        tracks += [replace(t, room=t.room + copy * step) for t in problem.tracks if t.room is not None]
        breaks += [replace(each, room=each.room + copy * step) for each in problem.breaks if each.room is not None]
    return replace(problem, rooms=tuple(rooms), tracks=tuple(tracks), breaks=tuple(breaks))


FREED: dict[str, Callable[[Problem], Problem]] = {
    ROOMS: _more_rooms,
    ON_STAGE: _each(lambda item: replace(item, people=frozenset())),
    AWAY: _each(lambda item: replace(item, away=(), earliest=None, latest=None)),
    PINS: _each(lambda item: replace(item, pin=None)),
    LINKS: lambda problem: replace(problem, links=()),
    EQUIPMENT: _each(lambda item: replace(item, needs=frozenset())),
    TRACKS: _each(lambda item: replace(item, track=None)),
    PAUSES: lambda problem: replace(
        problem, rest=0, walk=0, walks=(), items=tuple(replace(item, setup=0) for item in problem.items)
    ),
    BREAKS: lambda problem: replace(problem, breaks=()),
}
