"""The second opinion: finds broken rules and counts the aims again. Shares no code with what makes timetables.

Every result is checked here before it is stored, and the editor asks here before anybody moves anything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from .problem import Item, Place, Placed, Problem


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
    return found


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
    gone = {away.person for away in item.away if _overlap(start, end, away.start, away.end)}
    return found + [Fault("away", person=person) for person in sorted(gone)]


def _between(problem: Problem, item: Item, place: Place, others: Mapping[int, Place]) -> list[Fault]:
    found = []
    for key, taken in others.items():
        other = problem.item.get(key)
        if other is None or key == item.id:
            continue
        if not _overlap(place.start, place.start + item.minutes, taken.start, taken.start + other.minutes):
            continue
        if taken.room == place.room:
            found.append(Fault("room-taken", other=key))
        found += [Fault("on-stage", other=key, person=person) for person in sorted(item.people & other.people)]
    return found


def _overlap(start: int, end: int, other_start: int, other_end: int) -> bool:
    return max(start, other_start) < min(end, other_end)


def _runs_in(problem: Problem, track_id: int, item: Item, room: int) -> bool:
    track = next(each for each in problem.tracks if each.id == track_id)
    if item.format not in track.formats or (item.track is not None and item.track != track_id):
        return False
    if track.room is not None:
        return track.room == room
    return all(each.room != room for each in problem.tracks)


def score(problem: Problem, places: Mapping[int, Place]) -> dict[str, int]:
    """Every aim counted again from the timetable alone."""
    out = [item for item in problem.items if item.id not in places]
    on = [(item, places[item.id]) for item in problem.items if item.id in places]
    counted = {f"left-out-{band}": sum(item.band == band for item in out) for band in {i.band for i in problem.items}}
    return counted | {
        "merit-left-out": sum(item.merit for item in out),
        "sponsor-parallel": sum(_doubled(on, {item.sponsor}, lambda i: {i.sponsor}) for item in _firsts(problem)),
        "topic-parallel": sum(_doubled(on, {topic}, lambda i: i.topics) for topic in _topics(problem)),
        "overflow": sum(_standing(problem, item, place) for item, place in on),
        "changes": sum(_changed(item, places.get(item.id)) for item in problem.items if item.present is not None),
        "late-starts": sum(place.start - _opening(problem, place) for _, place in on),
    }


def _firsts(problem: Problem) -> list[Item]:
    """One item per sponsor."""
    return list({item.sponsor: item for item in problem.items}.values())


def _topics(problem: Problem) -> set[int]:
    return {topic for item in problem.items for topic in item.topics}


def _doubled(on: list[tuple[Item, Place]], wanted: set[int], keys: object) -> int:
    """Minutes with one too many of a kind on, found by walking over all starts and ends."""
    spans = [(p.start, p.start + item.minutes) for item, p in on if wanted & set(keys(item))]  # type: ignore[operator]
    points = sorted({point for span in spans for point in span})
    return sum(
        (right - left) * max(0, sum(start <= left and right <= end for start, end in spans) - 1)
        for left, right in pairwise(points)
    )


def _standing(problem: Problem, item: Item, place: Place) -> int:
    capacity = problem.room[place.room].capacity if place.room in problem.room else None
    return 0 if capacity is None or item.audience < capacity else item.audience - capacity


def _changed(item: Item, place: Place | None) -> int:
    assert item.present is not None  # noqa: S101 - the caller filters
    if place is None:
        return 10_000
    return (100 if place.start != item.present.start else 0) + (10 if place.room != item.present.room else 0)


def _opening(problem: Problem, place: Place) -> int:
    return max((day.start for day in problem.days if day.start <= place.start < day.end), default=place.start)
