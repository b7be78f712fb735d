"""A smaller question: in which room and which part of the day, without when. It gives bounds, and often the answer.

A cell is a stretch of a room that no session can straddle: a half-day where workshops fill half-days, else what lies
between two breaks, else a day. Only minutes count inside a cell, and only minutes of a person inside a stretch of the
whole conference. All real timetables keep these rules, so what is proved here holds for them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from . import aims
from .board import Board, Chosen
from .problem import Item, Problem
from .spans import Place, Span

Wanted = Mapping[int, list[Place]]
#: A room and the number of the stretch in it.
Cell = tuple[int, int]


class CellModel(Board):
    """One yes-or-no per session and cell; the aims count each session at its best start in the cell."""

    kind = "bare"

    def __init__(self, problem: Problem, cells: Map) -> None:
        super().__init__(problem, {})
        self.map, self.places = cells, cells.places
        self.x = {
            item: {cell: self.flag(partial(self._is_in, item, cell)) for cell in cells}
            for item, cells in self.places.items()
        }
        self.where: dict[int, Cell] = {}
        self._once_each()
        self._cells_suffice()
        self._people_suffice()
        self.keep_quotas({key: list(cells.values()) for key, cells in self.x.items()})

    def _once_each(self) -> None:
        for item in self.problem.items:
            literals = list(self.x[item.id].values())
            (self.cp.add_exactly_one if item.pin else self.cp.add_at_most_one)(literals)

    def _cells_suffice(self) -> None:
        inside: dict[Cell, list[tuple[int, Any]]] = defaultdict(list)
        for item in self.problem.items:
            for cell, x in self.x[item.id].items():
                inside[cell].append((item.minutes + item.setup, x))
        for cell in sorted(inside):
            self._at_most(inside[cell], self.map.minutes(cell))

    def _people_suffice(self) -> None:
        rest = self.problem.rest
        for group in aims.by_person(self.problem).values():
            busy: dict[int, list[tuple[int, Any]]] = defaultdict(list)
            for item in group:
                for cell, x in self.x[item.id].items():
                    busy[self.map.whole(cell)].append((item.minutes + rest, x))
            for stretch in sorted(busy):
                self._at_most(busy[stretch], self.map.stretches[stretch].minutes + rest)

    def _at_most(self, rows: list[tuple[int, Any]], minutes: int) -> None:
        if sum(length for length, _ in rows) > minutes:
            self.cp.add(sum(length * x for length, x in rows) <= minutes)

    def options(self, item: Item) -> list[Any]:
        return list(self.x[item.id].values())

    def aim(self, key: str) -> Any:
        parts = told(self.problem, key)
        return sum(self._item_cost(parts, item) for item in self.problem.items) if parts else 0

    def _item_cost(self, parts: list[tuple[str, int]], item: Item) -> Any:
        def cost(place: Place | None) -> int:
            return sum(weight * aims.cost(self.problem, part, item, place) for part, weight in parts)

        absent, alike = cost(None), all(is_of_room(part, item) for part, _ in parts)
        least = {
            cell: cost(places[0]) if alike else min(map(cost, places)) for cell, places in self.places[item.id].items()
        }
        return absent + sum((least[cell] - absent) * x for cell, x in self.x[item.id].items() if least[cell] != absent)

    def _is_in(self, item: int, cell: Cell, chosen: Chosen) -> int:
        return int(item in chosen and self.map.cell(self.problem.item[item], chosen[item]) == cell)

    def chosen(self, solver: Any) -> None:
        """Cells without times are no timetable; the cells are kept."""
        self.where = {item: cell for item, xs in self.x.items() for cell, x in xs.items() if solver.boolean_value(x)}

    def left(self) -> dict[int, list[Place]]:
        """The places of each session inside its cell."""
        return {item: cells.get(self.where.get(item, (0, -1)), []) for item, cells in self.places.items()}


class Map:
    """The stretches of the whole conference and of each room, and which places of a session lie in which cell."""

    def __init__(self, problem: Problem, wanted: Wanted) -> None:
        spans: dict[int, set[Span]] = defaultdict(set)
        for item in problem.items:
            for place in wanted[item.id]:
                spans[place.room].add(_span(item, place))
        self.rooms = {room: _merged(found) for room, found in spans.items()}
        self.stretches = _merged(span for stretches in self.rooms.values() for span in stretches)
        self._begins = {room: [span.start for span in stretches] for room, stretches in self.rooms.items()}
        self.places = {item.id: self._by_cell(item, wanted[item.id]) for item in problem.items}

    def cell(self, item: Item, place: Place) -> Cell:
        return place.room, bisect_right(self._begins[place.room], place.start - item.setup) - 1

    def _by_cell(self, item: Item, places: Iterable[Place]) -> dict[Cell, list[Place]]:
        found: dict[Cell, list[Place]] = defaultdict(list)
        for place in places:
            found[self.cell(item, place)].append(place)
        return dict(found)

    def minutes(self, cell: Cell) -> int:
        return self.rooms[cell[0]][cell[1]].minutes

    def whole(self, cell: Cell) -> int:
        """The stretch of the conference that a cell lies in."""
        start = self.rooms[cell[0]][cell[1]].start
        return bisect_right(self.stretches, start, key=lambda span: span.start) - 1


def told(problem: Problem, key: str) -> list[tuple[str, int]]:
    """The parts of an aim that are known here, each with its weight: what costs session by session."""
    return [(part, weight) for part, weight in aims.parts(problem, key) if part not in aims.WHOLE]


def is_of_room(key: str, item: Item) -> bool:
    """Whether an aim counts a session the same at every start in a room."""
    if key == "wishes":
        return all(wish.start is None and wish.end is None for wish in item.wishes)
    return key in ("overflow", "merit-left-out") or key.startswith("left-out-")


def _span(item: Item, place: Place) -> Span:
    return Span(place.start - item.setup, place.start + item.minutes)


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Overlapping spans as one; spans that only touch stay apart."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.start < found[-1].end:
            found[-1] = Span(found[-1].start, max(span.end, found[-1].end))
        else:
            found.append(span)
    return found
