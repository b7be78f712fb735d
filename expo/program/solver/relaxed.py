"""A smaller question whose answer nobody can undercut: when, without where. It gives bounds, and often the times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from . import aims, terms
from .board import Board, covering_at
from .model import Start, starts_at
from .problem import Item, Problem
from .spans import Place

Wanted = Mapping[int, list[Place]]


class TimeModel(Board):
    """Rooms of a kind are one pool: at no time more sessions than rooms that would take them."""

    def __init__(self, problem: Problem, wanted: Wanted) -> None:
        super().__init__(problem, {})
        self.places = wanted
        self.times: dict[int, int] = {}
        self.rooms = {item: _by_start(places) for item, places in wanted.items()}
        self._starts = {
            item: [(item, start, self.flag(partial(starts_at, item, start))) for start in rooms]
            for item, rooms in self.rooms.items()
        }
        for starts in self._starts.values():
            self.at_most_one([x for _, _, x in starts])
        for item in problem.items:
            if item.pin is not None:
                self.cp.add_exactly_one(x for _, _, x in self._starts[item.id])
        self._rooms_suffice()
        self._people_in_one_place()
        terms.hard_links(self)
        self.keep_quotas({key: [x for _, _, x in starts] for key, starts in self._starts.items()})

    def starts(self, group: Iterable[Item]) -> list[Start]:
        """Where sessions may start, whatever the room."""
        return [each for item in group for each in self._starts[item.id]]

    def rooms_of(self, key: int) -> list[tuple[int, int, Any]]:
        """Not known here."""
        return []

    def _rooms_suffice(self) -> None:
        """Sessions that all fit into one set of rooms are never more at once than the set."""
        fits = {item: frozenset(place.room for place in places) for item, places in self.places.items()}
        for rooms in sorted(set(fits.values()), key=sorted):
            inside = [item for item in self.problem.items if fits[item.id] <= rooms]
            spans = self._spans(inside, 0, with_setup=True)
            for covering in covering_at(spans, {begin for begin, _, _ in spans}):
                if len(covering) > len(rooms):
                    self.cp.add(sum(covering) <= len(rooms))

    def _people_in_one_place(self) -> None:
        for group in aims.by_person(self.problem).values():
            spans = self._spans(group, self.problem.rest, with_setup=False)
            for covering in covering_at(spans, {begin for begin, _, _ in spans}):
                self.at_most_one(covering)

    def _spans(self, group: Iterable[Item], rest: int, *, with_setup: bool) -> list[tuple[int, int, Any]]:
        found = []
        for key, start, x in self.starts(group):
            item = self.problem.item[key]
            found.append((start - (item.setup if with_setup else 0), start + item.minutes + rest, x))
        return found

    def options(self, item: Item) -> list[Any]:
        return [x for _, _, x in self._starts[item.id]]

    def aim(self, key: str) -> Any:
        return sum(weight * self._aim(part) for part, weight in aims.parts(self.problem, key))

    def _aim(self, key: str) -> Any:
        if key in terms.WHOLE:
            return terms.WHOLE[key](self)
        if key in aims.WHOLE:
            return 0
        soft = terms.soft_links(self) if key == "wishes" else 0
        return sum(self._item_cost(key, item) for item in self.problem.items) + soft

    def _item_cost(self, key: str, item: Item) -> Any:
        absent = aims.cost(self.problem, key, item, None)
        rooms = self.rooms[item.id]
        return absent + sum(
            (min(aims.cost(self.problem, key, item, Place(room, start)) for room in rooms[start]) - absent) * x
            for _, start, x in self._starts[item.id]
        )

    def chosen(self, solver: Any) -> None:
        """Times without rooms are no timetable; the times are kept."""
        self.times = {item: start for each in self._starts.values() for item, start, x in each if solver.value(x)}


def _by_start(places: Iterable[Place]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for place in places:
        found[place.start].append(place.room)
    return dict(found)
