"""The timetable as a CP-SAT model: one yes-or-no per item and place, cliques for rooms and people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from . import aims, candidates, strand_terms, terms
from .board import Board, Chosen, covering_at
from .problem import Item, Problem
from .spans import Place

#: (item, its start, the literal that says so)
Start = tuple[int, int, Any]


class Model(Board):
    """Hard rules from the start; aims are added when their turn comes, so that early ones stay small.

    With `free`, only those items are decided, around the others of `chosen`, which stay.
    """

    def __init__(
        self,
        problem: Problem,
        wanted: Mapping[int, list[Place]] | None = None,
        free: frozenset[int] | None = None,
        chosen: Chosen | None = None,
    ) -> None:
        super().__init__(problem, {} if free is None else {k: p for k, p in (chosen or {}).items() if k not in free})
        wanted = wanted or candidates.all_places(problem)
        self.free = [item for item in problem.items if free is None or item.id in free]
        self.places = {item.id: self._left(item, wanted[item.id]) for item in self.free}
        self.x: dict[tuple[int, Place], Any] = {
            (item, place): self.flag(partial(_stands, item, place))
            for item, places in self.places.items()
            for place in places
        }
        self._starts: dict[int, list[Start]] = {}
        self._cells: dict[int, list[tuple[int, int, Any]]] = {}
        self._once_each()
        self._rooms_hold_one()
        self._people_in_one_place()
        terms.hard_links(self)
        self.keep_quotas({key: [self.x[key, place] for place in places] for key, places in self.places.items()})

    def _left(self, item: Item, places: list[Place]) -> list[Place]:
        """The places that the fixed items leave."""
        if not self.fixed:
            return places
        return [place for place in places if not self._is_barred(item, place)]

    def _is_barred(self, item: Item, place: Place) -> bool:
        begin, end = place.start - item.setup, place.start + item.minutes
        for start, stop in self._taken[place.room]:
            if start < end and begin < stop:
                return True
        for other in self._mates[item.id]:
            there, gap = self.fixed[other.id], self.problem.gap(place.room, self.fixed[other.id].room)
            if there.start < end + gap and place.start < there.start + other.minutes + gap:
                return True
        return False

    @property
    def _taken(self) -> Mapping[int, list[tuple[int, int]]]:
        if not hasattr(self, "_rooms_taken"):
            self._rooms_taken: dict[int, list[tuple[int, int]]] = defaultdict(list)
            for key, place in self.fixed.items():
                item = self.problem.item[key]
                self._rooms_taken[place.room].append((place.start - item.setup, place.start + item.minutes))
        return self._rooms_taken

    @property
    def _mates(self) -> Mapping[int, list[Item]]:
        """For each item the fixed ones it shares a presenter with."""
        if not hasattr(self, "_fixed_mates"):
            self._fixed_mates: dict[int, list[Item]] = defaultdict(list)
            for group in aims.by_person(self.problem).values():
                there = [item for item in group if item.id in self.fixed]
                for item in group:
                    self._fixed_mates[item.id] += there
        return self._fixed_mates

    def _once_each(self) -> None:
        for item in self.free:
            literals = [self.x[item.id, place] for place in self.places[item.id]]
            (self.cp.add_exactly_one if item.pin else self.cp.add_at_most_one)(literals)

    def _rooms_hold_one(self) -> None:
        by_room: dict[int, list[tuple[int, int, Any]]] = defaultdict(list)
        for (key, place), literal in self.x.items():
            item = self.problem.item[key]
            by_room[place.room].append((place.start - item.setup, place.start + item.minutes, literal))
        for room in sorted(by_room):
            for covering in covering_at(by_room[room], {begin for begin, _, _ in by_room[room]}):
                self._room_holds(room, covering)

    def _room_holds(self, room: int, literals: list[Any]) -> None:
        self.at_most_one(literals)

    def _people_in_one_place(self) -> None:
        rest, walks = self.problem.rest, bool(self.problem.walk or self.problem.walks)
        for group in aims.by_person(self.problem).values():
            free = [item for item in group if item.id in self.places]
            spans = [(s, s + self.problem.item[key].minutes + rest, x) for key, s, x in self.starts(free)]
            for covering in covering_at(spans, {begin for begin, _, _ in spans}):
                self.at_most_one(covering)
            if walks:
                terms.walks(self, free)

    def starts(self, group: Iterable[Item]) -> list[Start]:
        """Where free items may start, whatever the room: one literal per item and start."""
        return [each for item in group if item.id in self.places for each in self._starts_of(item.id)]

    def _starts_of(self, key: int) -> list[Start]:
        if key not in self._starts:
            by_start: dict[int, list[Any]] = defaultdict(list)
            for place in self.places[key]:
                by_start[place.start].append(self.x[key, place])
            self._starts[key] = [(key, start, self._any(key, start, xs)) for start, xs in by_start.items()]
        return self._starts[key]

    def rooms_of(self, key: int) -> list[tuple[int, int, Any]]:
        """The cells (day, room) a session may be in, each with its literal; None for where it stays."""
        if key in self.fixed:
            return [(self.problem.day_of(self.fixed[key].start), self.fixed[key].room, None)]
        if key not in self._cells:
            by_cell: dict[tuple[int, int], list[Any]] = defaultdict(list)
            for place in self.places.get(key, ()):
                by_cell[self.problem.day_of(place.start), place.room].append(self.x[key, place])
            self._cells[key] = [(*cell, self._one_of(key, cell, xs)) for cell, xs in by_cell.items()]
        return self._cells[key]

    def _one_of(self, key: int, cell: tuple[int, int], literals: list[Any]) -> Any:
        if len(literals) == 1:
            return literals[0]
        made = self.flag(partial(_is_in_cell, self.problem, key, cell))
        self.cp.add(sum(literals) == made)
        return made

    def _any(self, key: int, start: int, literals: list[Any]) -> Any:
        if len(literals) == 1:
            return literals[0]
        made = self.flag(partial(starts_at, key, start))
        self.cp.add(sum(literals) == made)
        return made

    def options(self, item: Item) -> list[Any]:
        return [self.x[item.id, place] for place in self.places[item.id]]

    def aim(self, key: str) -> Any:
        return sum(weight * self._aim(part) for part, weight in aims.parts(self.problem, key))

    def _aim(self, key: str) -> Any:
        if key in terms.WHOLE:
            return terms.WHOLE[key](self)
        if key == "strands":
            return strand_terms.total(self, strand_terms.cells_of(self))
        if key in aims.WHOLE:
            return 0  # the sequence inside a strand is left to the seating of blocks
        return sum(self._item_cost(key, item) for item in self.problem.items) + (
            terms.soft_links(self) if key == "wishes" else 0
        )

    def _item_cost(self, key: str, item: Item) -> Any:
        if item.id not in self.places:
            return aims.cost(self.problem, key, item, self.fixed.get(item.id))
        absent = aims.cost(self.problem, key, item, None)
        costs = [(place, aims.cost(self.problem, key, item, place) - absent) for place in self.places[item.id]]
        return absent + sum(cost * self.x[item.id, place] for place, cost in costs if cost)

    def chosen(self, solver: Any) -> dict[int, Place]:
        found = {item: place for (item, place), literal in self.x.items() if solver.boolean_value(literal)}
        return {**self.fixed, **found}


def _stands(item: int, place: Place, chosen: Chosen) -> int:
    return int(chosen.get(item) == place)


def starts_at(item: int, start: int, chosen: Chosen) -> int:
    """Whether a session starts then in a given timetable."""
    there = chosen.get(item)
    return int(there is not None and there.start == start)


def _is_in_cell(problem: Problem, item: int, cell: tuple[int, int], chosen: Chosen) -> int:
    there = chosen.get(item)
    return int(there is not None and (problem.day_of(there.start), there.room) == cell)
