"""The solver's aims in order, each as a number of a timetable: less is better, nothing is below zero."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from .problem import Item, Place, Problem

Chosen = Mapping[int, Place]

LOST, NEW_TIME, NEW_ROOM = 10_000, 100, 10


def order(problem: Problem) -> list[str]:
    """The keys of the aims; once a program is published, keeping it comes before polishing it."""
    bands = [f"left-out-{band}" for band in sorted({item.band for item in problem.items})]
    polish = ["sponsor-parallel", "topic-parallel", "overflow"]
    middle = ["changes", *polish] if problem.is_published else [*polish, "changes"]
    return [*bands, "merit-left-out", *middle, "late-starts"]


def value(problem: Problem, key: str, chosen: Chosen) -> int:
    """How far a timetable is from perfect in one aim."""
    if key == "sponsor-parallel":
        return sum(_excess(problem, group, chosen) for group in by_sponsor(problem).values())
    if key == "topic-parallel":
        return sum(_excess(problem, group, chosen) for group in by_topic(problem).values())
    return sum(cost(problem, key, item, chosen.get(item.id)) for item in problem.items)


def values(problem: Problem, chosen: Chosen) -> list[int]:
    """All aims in order: the smaller list is the better timetable."""
    return [value(problem, key, chosen) for key in order(problem)]


def cost(problem: Problem, key: str, item: Item, place: Place | None) -> int:
    """What one item's place costs in an aim that counts item by item."""
    if key.startswith("left-out-"):
        return int(place is None and item.band == int(key.removeprefix("left-out-")))
    if key == "merit-left-out":
        return item.merit if place is None else 0
    if key == "changes":
        return _change(item, place)
    if place is None:
        return 0
    return _overflow(problem, item, place) if key == "overflow" else _late(problem, place)


def by_sponsor(problem: Problem) -> dict[int, list[Item]]:
    """Sponsors with more than one session: only they can be in parallel with themselves."""
    return _groups(problem.items, lambda item: (item.sponsor,))


def by_topic(problem: Problem) -> dict[int, list[Item]]:
    """Topics with more than one session."""
    return _groups(problem.items, lambda item: item.topics)


def by_person(problem: Problem) -> dict[str, list[Item]]:
    """People with more than one session."""
    return _groups(problem.items, lambda item: item.people)


def _groups(items: Iterable[Item], keys: object) -> dict:  # type: ignore[type-arg]
    groups = defaultdict(list)
    for item in items:
        for key in keys(item):  # type: ignore[operator]
            groups[key].append(item)
    return {key: groups[key] for key in sorted(groups) if len(groups[key]) > 1}


def _excess(problem: Problem, group: list[Item], chosen: Chosen) -> int:
    """Minutes in which one of a group too many is on, two too many counting twice."""
    minutes = sum(item.minutes for item in group if item.id in chosen)
    covered: set[int] = set()
    for item in group:
        if item.id in chosen:
            covered.update(range(chosen[item.id].start, chosen[item.id].start + item.minutes))
    return minutes - len(covered)


def _change(item: Item, place: Place | None) -> int:
    if item.present is None:
        return 0
    if place is None:
        return LOST
    return NEW_TIME * (place.start != item.present.start) + NEW_ROOM * (place.room != item.present.room)


def _overflow(problem: Problem, item: Item, place: Place) -> int:
    room = problem.room.get(place.room)
    return max(0, item.audience - room.capacity) if room and room.capacity is not None else 0


def _late(problem: Problem, place: Place) -> int:
    opened = [day.start for day in problem.days if day.start <= place.start < day.end]
    return place.start - opened[-1] if opened else 0
