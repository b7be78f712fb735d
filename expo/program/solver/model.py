"""The timetable as a CP-SAT model: one 0-1 variable per item and place, cliques for rooms and people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import permutations
from typing import Any

from . import candidates, objectives, terms
from .base_model import HintValue, Start, TimedModel, covering_at
from .objectives import Cell
from .problem import Item, Place, Placements, Problem, Timetable
from .terms import TrackCells


class Model(TimedModel):
    """Hard constraints from the start; each objective is added when it is minimised, so that early models stay small.

    With `free`, only those items are decided, around the others of `placements`, which are fixed.
    """

    def __init__(
        self,
        problem: Problem,
        allowed: Mapping[int, list[Place]] | None = None,
        free: frozenset[int] | None = None,
        placements: Placements | None = None,
    ) -> None:
        super().__init__(
            problem, {} if free is None else {k: p for k, p in (placements or {}).items() if k not in free}
        )
        allowed = allowed or candidates.all_allowed_places(problem)
        self.free = [item for item in problem.items if free is None or item.id in free]
        self._index_fixed()
        self.places = {
            item.id: [place for place in allowed[item.id] if not self.fixed or not self._is_blocked(item, place)]
            for item in self.free
        }
        self.x: dict[tuple[int, Place], Any] = {
            (item, place): self.flag(partial(_is_at, item, place))
            for item, places in self.places.items()
            for place in places
        }
        self._starts: dict[int, list[Start]] = {}
        self._cells: dict[int, list[tuple[int, int, Any]]] = {}
        for item in self.free:
            literals = [self.x[item.id, place] for place in self.places[item.id]]
            (self.cp.add_exactly_one if item.pin else self.cp.add_at_most_one)(literals)
        self._rooms_hold_one()
        self.people_in_one_place()
        terms.hard_links(self)
        self.keep_quotas({key: [self.x[key, place] for place in places] for key, places in self.places.items()})

    def _index_fixed(self) -> None:
        """When fixed items occupy each room, and for each item the fixed ones it shares a presenter with."""
        self._taken: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._related: dict[int, list[Item]] = defaultdict(list)
        if not self.fixed:
            return
        for key, place in self.fixed.items():
            item = self.problem.item[key]
            self._taken[place.room].append((place.start - item.setup, place.start + item.minutes))
        for group in objectives.by_person(self.problem).values():
            fixed = [item for item in group if item.id in self.fixed]
            for item in group:
                self._related[item.id] += fixed

    def _is_blocked(self, item: Item, place: Place) -> bool:
        """Whether the fixed items exclude this place."""
        begin, end = place.start - item.setup, place.start + item.minutes
        for start, stop in self._taken[place.room]:
            if start < end and begin < stop:
                return True
        for other in self._related[item.id]:
            there, gap = self.fixed[other.id], self.problem.gap(place.room, self.fixed[other.id].room)
            if there.start < end + gap and place.start < there.start + other.minutes + gap:
                return True
        return False

    def _rooms_hold_one(self) -> None:
        by_room: dict[int, list[tuple[int, int, Any]]] = defaultdict(list)
        for (key, place), literal in self.x.items():
            item = self.problem.item[key]
            by_room[place.room].append((place.start - item.setup, place.start + item.minutes, literal))
        for room in sorted(by_room):
            for covering in covering_at(by_room[room], {begin for begin, _, _ in by_room[room]}):
                self.room_holds(room, covering)

    def room_holds(self, room: int, literals: list[Any]) -> None:
        """How many of the sessions that are on at once a room can hold: one."""
        self.at_most_one(literals)

    def people_in_one_place(self) -> None:
        """Nobody is on stage twice at once, nor sooner again than they have rested and walked."""
        rest, walks = self.problem.rest, bool(self.problem.walk or self.problem.walks)
        for group in objectives.by_person(self.problem).values():
            free = [item for item in group if item.id in self.places]
            spans = [(s, s + self.problem.item[key].minutes + rest, x) for key, s, x in self.starts(free)]
            for covering in covering_at(spans, {begin for begin, _, _ in spans}):
                self.at_most_one(covering)
            if walks:
                add_walks(self, free)

    def starts(self, group: Iterable[Item]) -> list[Start]:
        found: list[Start] = []
        for key in (item.id for item in group if item.id in self.places):
            if key not in self._starts:
                by_start: dict[int, list[Any]] = defaultdict(list)
                for place in self.places[key]:
                    by_start[place.start].append(self.x[key, place])
                self._starts[key] = [
                    (key, start, self._sum_of(partial(starts_at, key, start), xs)) for start, xs in by_start.items()
                ]
            found += self._starts[key]
        return found

    def rooms_of(self, key: int) -> list[tuple[int, int, Any]]:
        if key in self.fixed:
            return [(self.problem.day_of(self.fixed[key].start), self.fixed[key].room, None)]

        def is_in(cell: Cell, placements: Placements) -> int:
            there = placements.get(key)
            return int(there is not None and (self.problem.day_of(there.start), there.room) == cell)

        if key not in self._cells:
            by_cell: dict[tuple[int, int], list[Any]] = defaultdict(list)
            for place in self.places.get(key, ()):
                by_cell[self.problem.day_of(place.start), place.room].append(self.x[key, place])
            self._cells[key] = [(*cell, self._sum_of(partial(is_in, cell), xs)) for cell, xs in by_cell.items()]
        return self._cells[key]

    def _sum_of(self, hint: HintValue, literals: list[Any]) -> Any:
        """One literal for literals of which at most one is true."""
        if len(literals) == 1:
            return literals[0]
        variable = self.flag(hint)
        self.cp.add(sum(literals) == variable)
        return variable

    def options(self, item: Item) -> list[Any]:
        return [self.x[item.id, place] for place in self.places[item.id]]

    def term(self, key: str) -> Any:
        if key in terms.WHOLE:
            return terms.WHOLE[key](self)
        if key == "strands":
            return terms.track_costs(self, _track_cells(self))
        if key in objectives.WHOLE:
            return 0  # the sequence inside a track is decided when time blocks are packed
        return super().term(key) + (terms.soft_links(self) if key == "wishes" else 0)

    def item_cost(self, key: str, item: Item) -> Any:
        if item.id not in self.places:
            return objectives.cost(self.problem, key, item, self.fixed.get(item.id))
        absent = objectives.cost(self.problem, key, item, None)
        costs = [(place, objectives.cost(self.problem, key, item, place) - absent) for place in self.places[item.id]]
        return absent + sum(cost * self.x[item.id, place] for place, cost in costs if cost)

    def read(self, solver: Any) -> Timetable:
        decided = {item: place for (item, place), literal in self.x.items() if solver.boolean_value(literal)}
        return {**self.fixed, **decided}


def _is_at(item: int, place: Place, placements: Placements) -> int:
    return int(placements.get(item) == place)


def starts_at(item: int, start: int, placements: Placements) -> int:
    """Whether a session starts then in a given timetable."""
    there = placements.get(item)
    return int(there is not None and there.start == start)


def _track_cells(model: Model) -> TrackCells:
    """The cells of roaming tracks; a cell is used exactly when a session is in it."""
    by_cell: dict[tuple[int, Cell], list[Any]] = defaultdict(list)
    for (key, place), literal in model.x.items():
        track = model.problem.item[key].roaming_track
        if track is not None:
            by_cell[track, (model.problem.day_of(place.start), place.room)].append(literal)
    cells: dict[int, dict[Cell, Any]] = defaultdict(dict)
    for (track, cell), literals in by_cell.items():
        cells[track][cell] = model.flag(partial(terms.uses, model, track, cell))
        model.cp.add_max_equality(cells[track][cell], literals)
    for track, used in objectives.track_cells(model.problem, model.fixed).items():
        cells[track].update(dict.fromkeys(used, 1))
    return cells


def add_walks(model: Model, group: list[Item]) -> None:
    """Nobody presents before they can have walked there: rows per room of the first session."""
    for one, other in permutations(group, 2):
        by_room = _spans_by_room(model, one), _spans_by_room(model, other)
        for room in by_room[0]:
            for gap in sorted({model.problem.gap(room, there) for there in by_room[1] if there != room}):
                _add_walk(model, gap, by_room[0][room], [
                    each for there in by_room[1] if there != room and model.problem.gap(room, there) >= gap
                    for each in by_room[1][there]
                ])  # fmt: skip


def _add_walk(model: Model, gap: int, first: list[tuple[int, int, Any]], then: list[tuple[int, int, Any]]) -> None:
    for at in sorted({start for start, _, _ in then}):
        here = [x for start, end, x in first if start <= at < end + gap]
        there = [x for start, end, x in then if start <= at < end]
        if here and there:
            model.at_most_one(here + there)


def _spans_by_room(model: Model, item: Item) -> dict[int, list[tuple[int, int, Any]]]:
    spans: dict[int, list[tuple[int, int, Any]]] = defaultdict(list)
    for place in model.places[item.id]:
        spans[place.room].append((place.start, place.start + item.minutes, model.x[item.id, place]))
    return spans
