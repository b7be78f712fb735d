"""The second opinion: finds broken rules (`recount` counts the aims). Shares no code with what makes timetables.

Every result is checked here before it is stored, and the editor asks here before anybody moves anything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .problem import Item, Placed, Problem
from .rules import Link
from .spans import Place


@dataclass(frozen=True)
class Fault:
    """A rule that a place breaks; `other` is the session in the way, `person` the presenter concerned."""

    code: str
    other: int | None = None
    person: str | None = None


def faults(problem: Problem, item: Item, place: Place, others: Mapping[int, Place]) -> list[Fault]:
    """Everything that speaks against this place, the item alone first, then the others."""
    return _alone(problem, item, place) + _between(problem, item, place, others)


def violations(problem: Problem, placed: Iterable[Placed]) -> list[str]:
    """Sentences about every broken hard rule; none for a timetable that may be stored."""
    rows = list(placed)
    places = {row.item: row.place for row in rows}
    found = [f"{len(rows) - len(places)} sessions stand twice."] if len(rows) != len(places) else []
    found += [f"Session {row.item} is not part of this edition." for row in rows if row.item not in problem.item]
    for item in problem.items:
        if item.pin is not None and places.get(item.id) != item.pin:
            found.append(f"Session {item.id} left its pin.")
    for row in rows:
        found += _of_row(problem, row, places)
    return found + (_shared_cells(problem, places) if problem.blocks else [])


def _shared_cells(problem: Problem, places: Mapping[int, Place]) -> list[str]:
    """Blocks in which sessions of several strands stand in one room."""
    owners: dict[tuple[int, int], set[int | None]] = {}
    for key, place in places.items():
        block = next((at for at, day in enumerate(problem.days) if day.start <= place.start < day.end), -1)
        if key in problem.item:
            owners.setdefault((block, place.room), set()).add(problem.item[key].strand)
    return [f"Block {block} in room {room} holds several strands." for (block, room), o in owners.items() if len(o) > 1]


def _of_row(problem: Problem, row: Placed, places: Mapping[int, Place]) -> list[str]:
    item = problem.item.get(row.item)
    if item is None:
        return []
    alone = [] if item.pin is not None else _alone(problem, item, row.place)
    broken = [fault.code for fault in alone + _between(problem, item, row.place, places)]
    track = next((each for each in problem.tracks if each.id == row.track), None)
    if item.pin is None and (track is None or not _runs_in(problem, track.id, item, row.place.room)):
        broken.append("wrong-track")
    return [f"Session {row.item} breaks {code}." for code in broken]


def _alone(problem: Problem, item: Item, place: Place) -> list[Fault]:
    start, end = place.start, place.start + item.minutes
    day = next((day for day in problem.days if day.start <= start and end <= day.end), None)
    found = []
    if day is None:
        found.append(Fault("closed"))
    elif (start - day.start) % problem.grid:
        found.append(Fault("off-grid"))
    if any(_overlap(start, end, each.start, each.end) and each.room in (None, place.room) for each in problem.breaks):
        found.append(Fault("in-break"))
    if not any(_runs_in(problem, track.id, item, place.room) for track in problem.tracks):
        found.append(Fault("wrong-track"))
    if place.room not in problem.room or item.needs - problem.room[place.room].equipment:
        found.append(Fault("lacks-equipment"))
    if item.earliest is not None and start < item.earliest:
        found.append(Fault("too-early"))
    if item.latest is not None and end > item.latest:
        found.append(Fault("too-late"))
    if item.starts is not None and start not in item.starts:
        found.append(Fault("off-slot"))
    gone = {away.person for away in item.away if _overlap(start, end, away.start, away.end)}
    return found + [Fault("away", person=person) for person in sorted(gone)]


def _between(problem: Problem, item: Item, place: Place, others: Mapping[int, Place]) -> list[Fault]:
    found = []
    for key, taken in others.items():
        other = problem.item.get(key)
        if other is not None and key != item.id:
            found += _of_pair(problem, (item, place), (other, taken))
    return found + _links(problem, item, place, others) + _quotas(problem, item, others)


def _quotas(problem: Problem, item: Item, others: Mapping[int, Place]) -> list[Fault]:
    bound = [set(quota.items) - {item.id} for quota in problem.quotas if item.id in quota.items]
    most = [quota.most for quota in problem.quotas if item.id in quota.items]
    return [Fault("over-quota") for keys, top in zip(bound, most, strict=True) if len(keys & others.keys()) + 1 > top]


def _of_pair(problem: Problem, one: tuple[Item, Place], two: tuple[Item, Place]) -> list[Fault]:
    (item, place), (other, taken) = one, two
    found = []
    spans = (place.start, place.start + item.minutes, taken.start, taken.start + other.minutes)
    if taken.room == place.room and _overlap(spans[0] - item.setup, spans[1], spans[2] - other.setup, spans[3]):
        found.append(Fault("room-taken" if _overlap(*spans) else "no-setup", other=other.id))
    shared = sorted(item.people & other.people)
    if _overlap(*spans):
        found += [Fault("on-stage", other=other.id, person=person) for person in shared]
    elif shared and max(spans[2] - spans[1], spans[0] - spans[3]) < _way(problem, place.room, taken.room):
        found += [Fault("too-far", other=other.id, person=person) for person in shared]
    return found


def _way(problem: Problem, room: int, other: int) -> int:
    """Minutes from one stage to the next."""
    if room == other:
        return problem.rest
    named = [walk.minutes for walk in problem.walks if {walk.one, walk.other} == {room, other}]
    return max(problem.rest, *(named or [problem.walk]))


def _links(problem: Problem, item: Item, place: Place, others: Mapping[int, Place]) -> list[Fault]:
    found = []
    for link in problem.links:
        if link.cost or item.id not in (link.one, link.other):
            continue
        mate = link.other if item.id == link.one else link.one
        if mate in others and mate in problem.item and mate != item.id:
            pair = (place, others[mate]) if item.id == link.one else (others[mate], place)
            if _is_broken(problem, link, *pair):
                found.append(Fault(f"not-{link.kind}", other=mate))
    return found


def _is_broken(problem: Problem, link: Link, one: Place, other: Place) -> bool:
    ends = one.start + problem.item[link.one].minutes, other.start + problem.item[link.other].minutes
    if link.kind == "before":
        return ends[0] > other.start
    if link.kind == "same-day":
        return not any(day.start <= min(one.start, other.start) and max(ends) <= day.end for day in problem.days)
    if link.kind == "one-room":
        days = [[day.start <= place.start < day.end for day in problem.days] for place in (one, other)]
        return days[0] == days[1] and one.room != other.room
    if link.kind == "larger":
        return (problem.room[one.room].capacity or 0) < (problem.room[other.room].capacity or 0)
    return _overlap(one.start, ends[0], other.start, ends[1])


def _overlap(start: int, end: int, other_start: int, other_end: int) -> bool:
    return max(start, other_start) < min(end, other_end)


def _runs_in(problem: Problem, track_id: int, item: Item, room: int) -> bool:
    track = next(each for each in problem.tracks if each.id == track_id)
    if item.format not in track.formats or (item.track is not None and item.track != track_id):
        return False
    if track.room is not None:
        return track.room == room
    return all(each.room != room for each in problem.tracks)
