"""The solver's aims in order, each as a number of a timetable: less is better, nothing is below zero."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from itertools import combinations
from typing import TypeVar

from . import strands
from .problem import Item, Problem
from .rules import BEFORE, LARGER, ONE_ROOM, SAME_DAY, Clash, Link
from .spans import Place

Chosen = Mapping[int, Place]
Key = TypeVar("Key", bound=Hashable)

LOST, NEW_TIME, NEW_ROOM = 10_000, 100, 10
BLEND = "blend"


def order(problem: Problem) -> list[str]:
    """The keys of the aims; once a program is published, keeping it comes before polishing it."""
    bands = [f"left-out-{band}" for band in sorted({item.band for item in problem.items})]
    if problem.blend:
        return [*bands, BLEND]
    polish = [key for key in POLISH if key in ALWAYS or is_asked(problem, key)]
    if problem.is_repair:
        bands = [*REPAIR, *bands]
    middle = ["changes", *polish] if problem.is_published else [*polish, "changes"]
    return [*bands, "merit-left-out", *middle, "late-starts"]


REPAIR = ("lost-announced", "lost", "moved-announced", "moved")
POLISH = ("sponsor-parallel", "prime-time", "topic-parallel", "clashes", "strands", "overflow", "wishes", "sequence")
ALWAYS = {"sponsor-parallel", "topic-parallel", "overflow"}


def is_asked(problem: Problem, key: str) -> bool:
    """Whether anything in the problem bears on an aim that not every conference has."""
    return {
        "prime-time": bool(problem.prime),
        "clashes": bool(problem.clashes),
        "strands": bool(problem.strands or problem.rivals),
        "wishes": any(item.wishes for item in problem.items) or any(link.cost for link in problem.links),
        "sequence": any(item.order for item in problem.items),
    }[key]


def parts(problem: Problem, key: str) -> tuple[tuple[str, int], ...]:
    """The aims that one tier adds up, each with its weight."""
    return problem.blend if key == BLEND else ((key, 1),)


def value(problem: Problem, key: str, chosen: Chosen) -> int:
    """How far a timetable is from perfect in one aim."""
    if key == BLEND:
        return sum(weight * value(problem, part, chosen) for part, weight in problem.blend)
    if key in WHOLE:
        return WHOLE[key](problem, chosen)
    return sum(cost(problem, key, item, chosen.get(item.id)) for item in problem.items) + (
        sum(link_cost(problem, link, chosen) for link in problem.links) if key == "wishes" else 0
    )


def values(problem: Problem, chosen: Chosen) -> list[int]:
    """All aims in order: the smaller list is the better timetable."""
    return [value(problem, key, chosen) for key in order(problem)]


def cost(problem: Problem, key: str, item: Item, place: Place | None) -> int:
    """What one item's place costs in an aim that counts item by item."""
    of_place = PLACED.get(key)
    if of_place is not None:  # first: it is asked for every place of every item
        return 0 if place is None else of_place(problem, item, place)
    if key.startswith("left-out-"):
        return int(place is None and item.band == int(key.removeprefix("left-out-")))
    if key == "merit-left-out":
        return item.merit if place is None else 0
    if key in REPAIR:
        return int(item.is_announced == key.endswith("announced") and _is_hurt(key, item, place))
    return _change(item, place)


def by_sponsor(problem: Problem) -> dict[int, list[Item]]:
    """Sponsors with more than one session: only they can be in parallel with themselves."""
    return _groups(problem.items, lambda item: (item.sponsor,))


def by_topic(problem: Problem) -> dict[int, list[Item]]:
    """Topics with more than one session."""
    return _groups(problem.items, lambda item: item.topics)


def by_person(problem: Problem) -> dict[str, list[Item]]:
    """People with more than one session."""
    return _groups(problem.items, lambda item: item.people)


def _groups(items: Iterable[Item], keys: Callable[[Item], Iterable[Key]]) -> dict[Key, list[Item]]:
    groups: dict[Key, list[Item]] = defaultdict(list)
    for item in items:
        for key in keys(item):
            groups[key].append(item)
    return {key: groups[key] for key in sorted(groups) if len(groups[key]) > 1}  # type: ignore[type-var]


def _excess(groups: Mapping[Key, list[Item]], chosen: Chosen) -> int:
    """Minutes in which one of a group too many is on, two too many counting twice."""
    return sum(too_many(group, chosen) for group in groups.values())


def too_many(group: list[Item], chosen: Chosen) -> int:
    """Minutes with one of these sessions too many, two too many counting twice."""
    spans = sorted((chosen[i.id].start, chosen[i.id].start + i.minutes) for i in group if i.id in chosen)
    covered, reach = 0, -1
    for start, end in spans:
        covered += max(0, end - max(start, reach))
        reach = max(reach, end)
    return sum(end - start for start, end in spans) - covered


def is_prime(problem: Problem, place: Place) -> bool:
    """Whether a session starts in prime time."""
    return any(span.start <= place.start < span.end for span in problem.prime)


def _unfair(problem: Problem, chosen: Chosen) -> int:
    """Squares of what each sponsor has outside prime time: the next good place goes to who has most outside."""
    outside: dict[int, int] = defaultdict(int)
    for item in problem.items:
        if item.id in chosen and not is_prime(problem, chosen[item.id]):
            outside[item.sponsor] += 1
    return sum(count * count for count in outside.values())


def _clashing(problem: Problem, chosen: Chosen) -> int:
    return sum(clash.cost * together(problem, clash, chosen) for clash in problem.clashes)


def together(problem: Problem, clash: Clash, chosen: Chosen) -> int:
    """Minutes that two sessions share; in blocks, whether they share one but not the room."""
    one, other = chosen.get(clash.one), chosen.get(clash.other)
    if one is None or other is None:
        return 0
    if problem.blocks:
        return int(one.room != other.room and problem.day_of(one.start) == problem.day_of(other.start))
    ends = one.start + problem.item[clash.one].minutes, other.start + problem.item[clash.other].minutes
    return max(0, min(ends) - max(one.start, other.start))


def link_cost(problem: Problem, link: Link, chosen: Chosen) -> int:
    """What a wish about two sessions costs; a hard link costs nothing, it holds."""
    one, other = chosen.get(link.one), chosen.get(link.other)
    if not link.cost or one is None or other is None or holds(problem, link, one, other):
        return 0
    return link.cost


def holds(problem: Problem, link: Link, one: Place, other: Place) -> bool:
    """Whether two places do what a link asks."""
    end = one.start + problem.item[link.one].minutes
    if link.kind == SAME_DAY:
        return problem.day_of(one.start) == problem.day_of(other.start)
    if link.kind == BEFORE:
        return end <= other.start
    if link.kind == ONE_ROOM:
        return one.room == other.room or problem.day_of(one.start) != problem.day_of(other.start)
    if link.kind == LARGER:
        return problem.seats(one.room) >= problem.seats(other.room)
    return end <= other.start or other.start + problem.item[link.other].minutes <= one.start


def by_strand(problem: Problem) -> dict[int, list[Item]]:
    """Strands with more than one session."""
    return _groups(problem.items, lambda item: () if item.strand is None else (item.strand,))


def _out_of_sequence(problem: Problem, chosen: Chosen) -> int:
    """Sessions of a strand that miss their wanted position, and steps of the grid with two of them at once."""
    found = 0
    for group in by_strand(problem).values():
        there = [(chosen[item.id], item) for item in group if item.id in chosen]
        there.sort(key=lambda row: (problem.day_of(row[0].start), row[0].room, row[0].start))
        found += sum(item.order not in (0, at) for at, (_, item) in enumerate(there, 1))
        wanted = [item for _, item in there if item.order]
        found += sum(_steps_together(problem, *pair, chosen) for pair in combinations(wanted, 2))
    return found


def _steps_together(problem: Problem, one: Item, other: Item, chosen: Chosen) -> int:
    starts = chosen[one.id].start, chosen[other.id].start
    return max(0, min(starts[0] + one.minutes, starts[1] + other.minutes) - max(starts)) // problem.grid


def _is_hurt(key: str, item: Item, place: Place | None) -> bool:
    """Whether a session that has a place today loses it, or must move."""
    if item.present is None or (place is None) != key.startswith("lost"):
        return False
    return place != item.present


def _change(item: Item, place: Place | None) -> int:
    if item.present is None:
        return 0
    if place is None:
        return LOST
    return NEW_TIME * (place.start != item.present.start) + NEW_ROOM * (place.room != item.present.room)


def _overflow(problem: Problem, item: Item, place: Place) -> int:
    room = problem.room.get(place.room)
    return max(0, item.audience - room.capacity) if room and room.capacity is not None else 0


def _late(problem: Problem, item: Item, place: Place) -> int:
    day = problem.day_of(place.start)
    return place.start - problem.days_in_order[day].start if day >= 0 else 0


def _wishes(problem: Problem, item: Item, place: Place) -> int:
    return sum([wish.cost for wish in item.wishes if wish.covers(place.room, place.start)])


PLACED: dict[str, Callable[[Problem, Item, Place], int]] = {
    "overflow": _overflow,
    "late-starts": _late,
    "wishes": _wishes,
}
WHOLE: dict[str, Callable[[Problem, Chosen], int]] = {
    "prime-time": _unfair,
    "sponsor-parallel": lambda problem, chosen: _excess(by_sponsor(problem), chosen),
    "topic-parallel": lambda problem, chosen: _excess(by_topic(problem), chosen),
    "clashes": _clashing,
    "strands": strands.total,
    "sequence": _out_of_sequence,
}
