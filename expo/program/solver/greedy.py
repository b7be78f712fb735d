"""A usable timetable at once: the best sessions first, each where it hurts least.

Not a step on the way only: when the search finds nothing better in its time, this is the answer.
"""

from collections import defaultdict
from collections.abc import Iterable

from . import aims, candidates
from .problem import Item, Place, Problem

Chosen = dict[int, Place]
Wanted = dict[int, list[Place]]


def start(problem: Problem) -> Chosen:
    """The better of two timetables: one from nothing, one that keeps the present places that still hold."""
    wanted = {item.id: candidates.places(problem, item) for item in problem.items}
    fresh, kept = Draft(problem, wanted), Draft(problem, wanted)
    kept.keep()
    for draft in (fresh, kept):
        draft.fill()
    return min((fresh.chosen, kept.chosen), key=lambda chosen: aims.values(problem, chosen))


class Draft:
    """A timetable in the making, indexed by room and by shared presenters; pins stand in it from the start."""

    def __init__(self, problem: Problem, wanted: Wanted) -> None:
        self.problem, self.wanted = problem, wanted
        self.chosen: Chosen = {}
        self.in_room: dict[int, set[int]] = defaultdict(set)
        self.mates = _mates(problem)
        self.order = sorted(problem.items, key=self._worth)
        for item in problem.items:
            if item.pin is not None:
                self.put(item, item.pin)

    def _worth(self, item: Item) -> tuple[int, ...]:
        """Higher bands first; inside a band what is hard to place, then what is better."""
        return (item.band, -item.minutes, len(self.wanted[item.id]), -item.merit, item.id)

    def put(self, item: Item, place: Place) -> None:
        self.chosen[item.id] = place
        self.in_room[place.room].add(item.id)

    def take_out(self, item: Item) -> Place:
        place = self.chosen.pop(item.id)
        self.in_room[place.room].discard(item.id)
        return place

    def keep(self) -> None:
        """Put sessions where they stand now, wherever that is still allowed."""
        for item in self.order:
            place = item.present
            if item.id in self.chosen or place is None or place not in self.wanted[item.id]:
                continue
            if not self.blockers(item, place):
                self.put(item, place)

    def fill(self) -> None:
        for item in self.order:
            if item.id not in self.chosen:
                self._place(item)

    def _place(self, item: Item) -> None:
        """Into the free place that costs least, else where one other session can step aside."""
        blocked = {place: self.blockers(item, place) for place in self.wanted[item.id]}
        free = [place for place, others in blocked.items() if not others]
        if free:
            one_each = {place.start: place for place in free}
            near = {start: self._nearness(item, place) for start, place in one_each.items()}
            self.put(item, min(free, key=lambda place: self._pain(item, place, near[place.start])))
            return
        for place, others in blocked.items():
            if len(others) == 1 and self._makes_way(others[0], item, place):
                return

    def _makes_way(self, other: Item, item: Item, place: Place) -> bool:
        if other.pin is not None:
            return False
        before = self.take_out(other)
        self.put(item, place)
        for elsewhere in self.wanted[other.id]:
            if not self.blockers(other, elsewhere):
                self.put(other, elsewhere)
                return True
        self.take_out(item)
        self.put(other, before)
        return False

    def blockers(self, item: Item, place: Place) -> list[Item]:
        """The sessions that hold the room or a presenter at that time."""
        return self._on_at(item, place, sorted(self.in_room[place.room] | self.mates[item.id]))

    def _on_at(self, item: Item, place: Place, keys: Iterable[int]) -> list[Item]:
        """Those of these sessions that would run at the same time."""
        end, found = place.start + item.minutes, []
        for key in keys:
            taken = self.chosen.get(key)
            if taken is None or key == item.id or taken.start >= end:
                continue
            other = self.problem.item[key]
            if place.start < taken.start + other.minutes:
                found.append(other)
        return found

    def _nearness(self, item: Item, place: Place) -> tuple[int, int]:
        """How many sessions of its sponsor, and shared topics, would run beside it; the room does not matter."""
        beside = self._on_at(item, place, self.chosen)
        same = sum(other.sponsor == item.sponsor for other in beside)
        return same, sum(len(other.topics & item.topics) for other in beside)

    def _pain(self, item: Item, place: Place, near: tuple[int, int]) -> tuple[int, ...]:
        problem = self.problem
        return (
            aims.cost(problem, "changes", item, place) if problem.is_published else 0,
            *near,
            aims.cost(problem, "overflow", item, place),
            aims.cost(problem, "changes", item, place),
            aims.cost(problem, "late-starts", item, place),
            place.start,
            place.room,
        )


def _mates(problem: Problem) -> dict[int, frozenset[int]]:
    """For each session those it shares a presenter with."""
    found: dict[int, set[int]] = {item.id: set() for item in problem.items}
    for group in aims.by_person(problem).values():
        keys = {item.id for item in group}
        for key in keys:
            found[key] |= keys - {key}
    return {key: frozenset(mates) for key, mates in found.items()}
