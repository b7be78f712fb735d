"""What strands cost, as expressions over the cells they use: the same sums as in `strands`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any

from . import strands
from .board import Board, Chosen
from .rules import Rival, Strand
from .strands import Cell

if TYPE_CHECKING:
    from .model import Model

#: For each strand the cells it may use, each with its literal (or 1 when a fixed session uses it).
Cells = Mapping[int, Mapping[Cell, Any]]


def cells_of(model: Model) -> Cells:
    """Cells used by sessions of the model; none is used without a session in it."""
    by_cell: dict[tuple[int, Cell], list[Any]] = defaultdict(list)
    for (key, place), literal in model.x.items():
        strand = model.problem.item[key].strand
        if strand is not None:
            by_cell[strand, (model.problem.day_of(place.start), place.room)].append(literal)
    found: dict[int, dict[Cell, Any]] = defaultdict(dict)
    for (strand, cell), literals in by_cell.items():
        found[strand][cell] = model.flag(partial(uses, model, strand, cell))
        model.cp.add_max_equality(found[strand][cell], literals)
    for strand, used in strands.cells(model.problem, model.fixed).items():
        found[strand].update(dict.fromkeys(used, 1))
    return found


def uses(board: Board, strand: int, cell: Cell, chosen: Chosen) -> int:
    """Whether a strand uses a cell in a given timetable."""
    return int(any(_cell(board, key, chosen) == cell for key in board.members[strand] if key in chosen))


def _cell(board: Board, key: int, chosen: Chosen) -> Cell:
    return board.problem.day_of(chosen[key].start), chosen[key].room


def total(board: Board, cells: Cells) -> Any:
    """All that strands cost. Pairs of rivals in several rooms at once may count too little, never too much."""
    days = {strand.id: _days(board, strand.id, cells.get(strand.id, {})) for strand in board.problem.strands}
    alone = sum(_alone(board, strand, cells.get(strand.id, {}), days[strand.id]) for strand in board.problem.strands)
    return alone + sum(_rival(board, rival, days) for rival in board.problem.rivals)


def _days(board: Board, strand: int, cells: Mapping[Cell, Any]) -> dict[int, Any]:
    """Whether the strand is on, per day."""
    by_day: dict[int, list[Any]] = defaultdict(list)
    for (day, _), literal in cells.items():
        by_day[day].append(literal)
    return {day: _either(board, by_day[day], partial(_is_on, board, strand, day)) for day in sorted(by_day)}


def _either(board: Board, literals: list[Any], worth: Any) -> Any:
    if len(literals) == 1 or any(isinstance(each, int) for each in literals):
        return 1 if any(isinstance(each, int) for each in literals) else literals[0]
    made = board.flag(worth)
    board.cp.add_max_equality(made, literals)
    return made


def _is_on(board: Board, strand: int, day: int, chosen: Chosen) -> int:
    return int(any(_cell(board, key, chosen)[0] == day for key in board.members[strand] if key in chosen))


def _alone(board: Board, strand: Strand, cells: Mapping[Cell, Any], days: Mapping[int, Any]) -> Any:
    if not cells:
        return 0
    cost = sum(strands.cell_cost(board.problem, strand, cell) * literal for cell, literal in cells.items())
    if strand.per_room:
        cost += strand.per_room * _rooms(board, strand.id, cells)
    if strand.per_parallel:
        cost += strand.per_parallel * (sum(cells.values()) - sum(days.values()))
    if strand.per_gap and len(days) > 2:
        cost += strand.per_gap * _torn(board, strand.id, days)
    return cost


def _rooms(board: Board, strand: int, cells: Mapping[Cell, Any]) -> Any:
    """Rooms after the first."""
    by_room: dict[int, list[Any]] = defaultdict(list)
    for (_, room), literal in cells.items():
        by_room[room].append(literal)
    used = [_either(board, by_room[room], partial(_is_in, board, strand, room)) for room in sorted(by_room)]
    any_used = _either(board, used, partial(_any_used, board, strand))
    return sum(used) - any_used


def _is_in(board: Board, strand: int, room: int, chosen: Chosen) -> int:
    return int(any(chosen[key].room == room for key in board.members[strand] if key in chosen))


def _any_used(board: Board, strand: int, chosen: Chosen) -> int:
    return int(any(key in chosen for key in board.members[strand]))


def _torn(board: Board, strand: int, days: Mapping[int, Any]) -> Any:
    """Whether a day on which it is off lies between two on which it is on."""
    torn = board.flag(partial(_has_gap, board, strand))
    for first, last in combinations(sorted(days), 2):
        for between in range(first + 1, last):
            board.cp.add(days[first] + days[last] - days.get(between, 0) <= 1 + torn)
    return torn


def _has_gap(board: Board, strand: int, chosen: Chosen) -> int:
    days = {_cell(board, key, chosen)[0] for key in board.members[strand] if key in chosen}
    return int(bool(days) and len(days) <= max(days) - min(days))


def _rival(board: Board, rival: Rival, days: Mapping[int, Mapping[int, Any]]) -> Any:
    one, other = days.get(rival.one, {}), days.get(rival.other, {})
    return rival.cost * sum(_meeting(board, rival, day, one[day], other[day]) for day in one.keys() & other.keys())


def _meeting(board: Board, rival: Rival, day: int, one: Any, other: Any) -> Any:
    both = board.flag(lambda chosen: _is_on(board, rival.one, day, chosen) * _is_on(board, rival.other, day, chosen))
    board.cp.add(both >= one + other - 1)
    return both
