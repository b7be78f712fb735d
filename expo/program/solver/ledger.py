"""Who holds which room and which person when, as bits of whole numbers: a bit is a tick of the problem's own clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from math import gcd

from . import aims
from .problem import Item, Problem
from .rules import Link, Quota
from .spans import Place

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
        """The ticks of a span. Starts may lie off the days: then before the first bit nothing counts."""
        first, last = max(0, start - self.zero) // self.tick, max(0, end - self.zero) // self.tick
        return (1 << last) - (1 << first)


class Ledger:
    """A timetable in the making, with quick answers about what stands in the way."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.clock = problem, Clock(problem)
        self.chosen: dict[int, Place] = {}
        self.in_room: dict[int, set[int]] = defaultdict(set)
        self.rooms: Masks = defaultdict(int)
        self.mates = mates(problem)
        self.links = _links(problem)
        self.quotas = _quotas(problem)

    def put(self, item: Item, place: Place) -> None:
        self.chosen[item.id] = place
        self.in_room[place.room].add(item.id)
        self.rooms[place.room] |= self.bits(item, place.start)

    def take_out(self, item: Item) -> Place:
        place = self.chosen.pop(item.id)
        self.in_room[place.room].discard(item.id)
        self.rooms[place.room] = 0
        for key in self.in_room[place.room]:
            self.rooms[place.room] |= self.bits(self.problem.item[key], self.chosen[key].start)
        return place

    def bits(self, item: Item, start: int) -> int:
        """The ticks in which a session that starts then needs its room."""
        return self.clock.bits(start - item.setup, start + item.minutes)

    def is_free(self, item: Item, place: Place) -> bool:
        """Whether nothing that has a place speaks against this one."""
        if self.is_full(item) or self.rooms[place.room] & self.bits(item, place.start):
            return False
        return not any(self.clash(item, place, key) for key in self.mates[item.id])

    def free(self, item: Item, places: Iterable[Place]) -> Iterator[Place]:
        """Those of the places that are free, in turn."""
        if self.is_full(item):
            return
        around = [key for key in self.mates[item.id] if key in self.chosen]
        bits: Masks = {}
        for place in places:
            mask = bits.get(place.start)
            if mask is None:
                mask = bits[place.start] = self.bits(item, place.start)
            if self.rooms[place.room] & mask:
                continue
            if not around or not any(self.clash(item, place, key) for key in around):
                yield place

    def is_full(self, item: Item) -> bool:
        """Whether a quota leaves no place to this session, wherever it were."""
        return any(
            sum(key in self.chosen and key != item.id for key in quota.items) >= quota.most
            for quota in self.quotas.get(item.id, ())
        )

    def blockers(self, item: Item, place: Place) -> list[Item]:
        """The sessions that hold the room or a presenter at that time, or that a rule sets against it."""
        begin, end = place.start - item.setup, place.start + item.minutes
        found = set()
        for key in self.in_room[place.room]:
            other, start = self.problem.item[key], self.chosen[key].start
            if key != item.id and start - other.setup < end and begin < start + other.minutes:
                found.add(key)
        found |= {key for key in self.mates[item.id] if self.clash(item, place, key)}
        return [self.problem.item[key] for key in sorted(found)]

    def clash(self, item: Item, place: Place, key: int) -> bool:
        """Whether a session that shares a presenter or a rule forbids this place."""
        there = self.chosen.get(key)
        if there is None or key == item.id:
            return False
        other = self.problem.item[key]
        if item.people & other.people:
            gap = self.problem.gap(place.room, there.room)
            if there.start < place.start + item.minutes + gap and place.start < there.start + other.minutes + gap:
                return True
        return any(not self._holds(link, item.id, place, there) for link in self.links.get((item.id, key), ()))

    def _holds(self, link: Link, key: int, place: Place, there: Place) -> bool:
        return aims.holds(self.problem, link, *((place, there) if link.one == key else (there, place)))


def _quotas(problem: Problem) -> dict[int, list[Quota]]:
    """Quotas by the sessions they bind."""
    found: dict[int, list[Quota]] = defaultdict(list)
    for quota in problem.quotas:
        for key in quota.items:
            found[key].append(quota)
    return found


def mates(problem: Problem) -> Mapping[int, tuple[int, ...]]:
    """For each session those it shares a presenter or a hard rule with."""
    found: dict[int, set[int]] = {item.id: set() for item in problem.items}
    for group in aims.by_person(problem).values():
        keys = {item.id for item in group}
        for key in keys:
            found[key] |= keys - {key}
    for one, other in _links(problem):
        found[one].add(other)
    return {key: tuple(sorted(each)) for key, each in found.items()}


def _links(problem: Problem) -> dict[tuple[int, int], list[Link]]:
    """Hard links by the pair they bind, in both orders."""
    found: dict[tuple[int, int], list[Link]] = defaultdict(list)
    for link in problem.links:
        if not link.cost and link.one in problem.item and link.other in problem.item:
            found[link.one, link.other].append(link)
            found[link.other, link.one].append(link)
    return found
