"""Which room and which person is occupied when, as bits of integers: a bit is a tick of the problem's own clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from math import gcd

from . import objectives
from .problem import Item, Link, Place, Problem, Quota, Timetable

Masks = dict[int, int]


class Clock:
    """The coarsest ticks on which everything in a problem begins and ends."""

    def __init__(self, problem: Problem) -> None:
        moments = [each.start for each in problem.days] + [
            place.start for item in problem.items for place in (item.pin, item.present) if place is not None
        ]
        lengths = [problem.grid, problem.rest, problem.walk, *(walk.minutes for walk in problem.walks)]
        lengths += [each for item in problem.items for each in (item.minutes, item.setup)]
        longest = max([0, *(item.setup for item in problem.items), problem.rest])
        self.zero = min(moments, default=0) - longest
        self.tick = gcd(*lengths, *(moment - self.zero for moment in moments)) or 1

    def bits(self, start: int, end: int) -> int:
        """The ticks of a span; what lies before the first tick (a pin outside the days) does not count."""
        first, last = max(0, start - self.zero) // self.tick, max(0, end - self.zero) // self.tick
        return (1 << last) - (1 << first)


class Occupancy:
    """A partial timetable that quickly tells which places are free and which sessions block one."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.clock = problem, Clock(problem)
        self.placements: Timetable = {}
        self.in_room: dict[int, set[int]] = defaultdict(set)
        self.rooms: Masks = defaultdict(int)
        self.related = related_sessions(problem)
        self.links = _hard_links(problem)
        self.quotas: dict[int, list[Quota]] = defaultdict(list)
        for quota in problem.quotas:
            for key in quota.items:
                self.quotas[key].append(quota)

    def add(self, item: Item, place: Place) -> None:
        self.placements[item.id] = place
        self.in_room[place.room].add(item.id)
        self.rooms[place.room] |= self.bits(item, place.start)

    def remove(self, item: Item) -> Place:
        place = self.placements.pop(item.id)
        self.in_room[place.room].discard(item.id)
        self.rooms[place.room] = 0
        for key in self.in_room[place.room]:
            self.rooms[place.room] |= self.bits(self.problem.item[key], self.placements[key].start)
        return place

    def bits(self, item: Item, start: int) -> int:
        """The ticks in which a session that starts then needs its room."""
        return self.clock.bits(start - item.setup, start + item.minutes)

    def is_free(self, item: Item, place: Place) -> bool:
        """Whether no placed session conflicts with this place."""
        if self.is_full(item) or self.rooms[place.room] & self.bits(item, place.start):
            return False
        return not any(self.conflicts(item, place, key) for key in self.related[item.id])

    def free(self, item: Item, places: Iterable[Place]) -> Iterator[Place]:
        """Those of the places that are free, in their order."""
        if self.is_full(item):
            return
        related = [key for key in self.related[item.id] if key in self.placements]
        bits: Masks = {}
        for place in places:
            mask = bits.get(place.start)
            if mask is None:
                mask = bits[place.start] = self.bits(item, place.start)
            if self.rooms[place.room] & mask:
                continue
            if not related or not any(self.conflicts(item, place, key) for key in related):
                yield place

    def is_full(self, item: Item) -> bool:
        """Whether a quota excludes this session from every place."""
        return any(
            sum(key in self.placements and key != item.id for key in quota.items) >= quota.most
            for quota in self.quotas.get(item.id, ())
        )

    def blockers(self, item: Item, place: Place) -> list[Item]:
        """The sessions that occupy the room or a presenter at that time, or that a link forbids beside it."""
        begin, end = place.start - item.setup, place.start + item.minutes
        blocking = set()
        for key in self.in_room[place.room]:
            other, start = self.problem.item[key], self.placements[key].start
            if key != item.id and start - other.setup < end and begin < start + other.minutes:
                blocking.add(key)
        blocking |= {key for key in self.related[item.id] if self.conflicts(item, place, key)}
        return [self.problem.item[key] for key in sorted(blocking)]

    def conflicts(self, item: Item, place: Place, key: int) -> bool:
        """Whether a placed session that shares a presenter or a link with the item forbids this place."""
        there = self.placements.get(key)
        if there is None or key == item.id:
            return False
        other = self.problem.item[key]
        if item.people & other.people:
            gap = self.problem.gap(place.room, there.room)
            if there.start < place.start + item.minutes + gap and place.start < there.start + other.minutes + gap:
                return True
        return any(
            not objectives.holds(self.problem, link, *((place, there) if link.one == item.id else (there, place)))
            for link in self.links.get((item.id, key), ())
        )


def related_sessions(problem: Problem) -> Mapping[int, tuple[int, ...]]:
    """For each session those it shares a presenter or a hard link with."""
    related: dict[int, set[int]] = {item.id: set() for item in problem.items}
    for group in objectives.by_person(problem).values():
        keys = {item.id for item in group}
        for key in keys:
            related[key] |= keys - {key}
    for one, other in _hard_links(problem):
        related[one].add(other)
    return {key: tuple(sorted(each)) for key, each in related.items()}


def _hard_links(problem: Problem) -> dict[tuple[int, int], list[Link]]:
    """Hard links by the pair they bind, in both orders."""
    by_pair: dict[tuple[int, int], list[Link]] = defaultdict(list)
    for link in problem.links:
        if not link.cost and link.one in problem.item and link.other in problem.item:
            by_pair[link.one, link.other].append(link)
            by_pair[link.other, link.one].append(link)
    return by_pair
