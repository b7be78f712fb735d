"""Two relaxations of the timetable whose optima are lower bounds, and often lead to a timetable.

`TimeModel` decides when, without where. `CellModel` decides in which room and which part of the day, without when. A
cell is a stretch of a room that no session can straddle: a half-day where workshops fill half-days, else what lies
between two breaks, else a day. Inside a cell only minutes count, and of a person only the minutes inside a stretch of
the whole conference. Every real timetable satisfies both, so a bound proved here holds for it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from typing import Any

from . import objectives, terms
from .base_model import BaseModel, Start, TimedModel, covering_at
from .candidates import Allowed
from .model import starts_at
from .problem import Item, Place, Placements, Problem, Span

#: A room and the index of the stretch in it.
Cell = tuple[int, int]


class TimeModel(TimedModel):
    """When without where: at no time more sessions than rooms that would take them."""

    def __init__(self, problem: Problem, allowed: Allowed) -> None:
        super().__init__(problem, {})
        self.places = allowed
        self.times: dict[int, int] = {}
        self.rooms: dict[int, dict[int, list[int]]] = {item: defaultdict(list) for item in allowed}
        for key, places in allowed.items():
            for place in places:
                self.rooms[key][place.start].append(place.room)
        self._starts = {
            item: [(item, start, self.flag(partial(starts_at, item, start))) for start in rooms]
            for item, rooms in self.rooms.items()
        }
        for starts in self._starts.values():
            self.at_most_one([x for _, _, x in starts])
        for item in problem.items:
            if item.pin is not None:
                self.cp.add_exactly_one(x for _, _, x in self._starts[item.id])
        self._rooms_have_capacity()
        for group in objectives.by_person(problem).values():
            spans = self._spans(group, problem.rest, with_setup=False)
            for covering in covering_at(spans, {begin for begin, _, _ in spans}):
                self.at_most_one(covering)
        terms.hard_links(self)
        self.keep_quotas({key: [x for _, _, x in starts] for key, starts in self._starts.items()})

    def starts(self, group: Iterable[Item]) -> list[Start]:
        return [each for item in group for each in self._starts[item.id]]

    def rooms_of(self, key: int) -> list[tuple[int, int, Any]]:
        return []

    def _rooms_have_capacity(self) -> None:
        """Of the sessions confined to one set of rooms no more are on at once than the set has rooms."""
        fits = {item: frozenset(place.room for place in places) for item, places in self.places.items()}
        for rooms in sorted(set(fits.values()), key=sorted):
            inside = [item for item in self.problem.items if fits[item.id] <= rooms]
            spans = self._spans(inside, 0, with_setup=True)
            for covering in covering_at(spans, {begin for begin, _, _ in spans}):
                if len(covering) > len(rooms):
                    self.cp.add(sum(covering) <= len(rooms))

    def _spans(self, group: Iterable[Item], rest: int, *, with_setup: bool) -> list[tuple[int, int, Any]]:
        spans = []
        for key, start, x in self.starts(group):
            item = self.problem.item[key]
            spans.append((start - (item.setup if with_setup else 0), start + item.minutes + rest, x))
        return spans

    def options(self, item: Item) -> list[Any]:
        return [x for _, _, x in self._starts[item.id]]

    def term(self, key: str) -> Any:
        if key in terms.WHOLE:
            return terms.WHOLE[key](self)
        if key in objectives.WHOLE:
            return 0
        soft = terms.soft_links(self) if key == "wishes" else 0
        return super().term(key) + soft

    def item_cost(self, key: str, item: Item) -> Any:
        absent = objectives.cost(self.problem, key, item, None)
        rooms = self.rooms[item.id]
        return absent + sum(
            (min(objectives.cost(self.problem, key, item, Place(room, start)) for room in rooms[start]) - absent) * x
            for _, start, x in self._starts[item.id]
        )

    def read(self, solver: Any) -> None:
        """Times without rooms are no timetable; `times` keeps them."""
        self.times = {item: start for each in self._starts.values() for item, start, x in each if solver.value(x)}


class CellModel(BaseModel):
    """One 0-1 variable per session and cell; objectives count each session at its best start in the cell."""

    kind = "bare"

    def __init__(self, problem: Problem, cell_map: CellMap) -> None:
        super().__init__(problem, {})
        self.map, self.places = cell_map, cell_map.places

        def is_in(key: int, cell: Cell, placements: Placements) -> int:
            return int(key in placements and cell_map.cell(problem.item[key], placements[key]) == cell)

        self.x = {
            item: {cell: self.flag(partial(is_in, item, cell)) for cell in cells} for item, cells in self.places.items()
        }
        self.cells: dict[int, Cell] = {}
        for item in problem.items:
            literals = list(self.x[item.id].values())
            (self.cp.add_exactly_one if item.pin else self.cp.add_at_most_one)(literals)
        inside: dict[Cell, list[tuple[int, Any]]] = defaultdict(list)
        for item in problem.items:
            for cell, x in self.x[item.id].items():
                inside[cell].append((item.minutes + item.setup, x))
        for cell in sorted(inside):
            self._at_most(inside[cell], self.map.minutes(cell))
        for group in objectives.by_person(problem).values():
            busy: dict[int, list[tuple[int, Any]]] = defaultdict(list)
            for item in group:
                for cell, x in self.x[item.id].items():
                    busy[self.map.stretch_of(cell)].append((item.minutes + problem.rest, x))
            for stretch in sorted(busy):
                self._at_most(busy[stretch], self.map.stretches[stretch].minutes + problem.rest)
        self.keep_quotas({key: list(cells.values()) for key, cells in self.x.items()})

    def _at_most(self, rows: list[tuple[int, Any]], minutes: int) -> None:
        if sum(length for length, _ in rows) > minutes:
            self.cp.add(sum(length * x for length, x in rows) <= minutes)

    def options(self, item: Item) -> list[Any]:
        return list(self.x[item.id].values())

    def objective(self, key: str) -> Any:
        parts, costs = separable_parts(self.problem, key), list[Any]()
        if not parts:
            return 0

        def cost(item: Item, place: Place | None) -> int:
            return sum(weight * objectives.cost(self.problem, part, item, place) for part, weight in parts)

        for item in self.problem.items:
            absent, by_room = cost(item, None), all(depends_on_room_only(part, item) for part, _ in parts)
            lowest = {
                cell: min(cost(item, place) for place in (places[:1] if by_room else places))
                for cell, places in self.places[item.id].items()
            }
            inside = sum((lowest[cell] - absent) * x for cell, x in self.x[item.id].items() if lowest[cell] != absent)
            costs.append(absent + inside)
        return sum(costs)

    def read(self, solver: Any) -> None:
        """Cells without times are no timetable; `cells` keeps them."""
        self.cells = {item: cell for item, xs in self.x.items() for cell, x in xs.items() if solver.boolean_value(x)}

    def allowed_in_cells(self) -> dict[int, list[Place]]:
        """The allowed places of each session inside its cell."""
        return {item: cells.get(self.cells.get(item, (0, -1)), []) for item, cells in self.places.items()}


class CellMap:
    """The stretches of the whole conference and of each room, and the allowed places of each session by cell."""

    def __init__(self, problem: Problem, allowed: Allowed) -> None:
        spans: dict[int, set[Span]] = defaultdict(set)
        for item in problem.items:
            for place in allowed[item.id]:
                spans[place.room].add(Span(place.start - item.setup, place.start + item.minutes))
        self.rooms = {room: _merged(of_room) for room, of_room in spans.items()}
        self.stretches = _merged(span for stretches in self.rooms.values() for span in stretches)
        self._begins = {room: [span.start for span in stretches] for room, stretches in self.rooms.items()}
        self.places: dict[int, dict[Cell, list[Place]]] = {item.id: defaultdict(list) for item in problem.items}
        for item in problem.items:
            for place in allowed[item.id]:
                self.places[item.id][self.cell(item, place)].append(place)

    def cell(self, item: Item, place: Place) -> Cell:
        return place.room, bisect_right(self._begins[place.room], place.start - item.setup) - 1

    def minutes(self, cell: Cell) -> int:
        return self.rooms[cell[0]][cell[1]].minutes

    def stretch_of(self, cell: Cell) -> int:
        """The index of the conference's stretch that contains a cell."""
        start = self.rooms[cell[0]][cell[1]].start
        return bisect_right(self.stretches, start, key=lambda span: span.start) - 1


def separable_parts(problem: Problem, key: str) -> list[tuple[str, int]]:
    """The parts of an objective that are sums over sessions, each with its weight; only they count in cells."""
    return [(part, weight) for part, weight in objectives.parts(problem, key) if part not in objectives.WHOLE]


def depends_on_room_only(key: str, item: Item) -> bool:
    """Whether an objective's cost of a session is the same at every start in a room."""
    if key == "wishes":
        return all(wish.start is None and wish.end is None for wish in item.wishes)
    return key in ("overflow", "merit-left-out") or key.startswith("left-out-")


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Overlapping spans as one; spans that only touch stay apart."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(span.end, merged[-1].end))
        else:
            merged.append(span)
    return merged
