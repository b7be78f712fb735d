"""Conferences in time blocks: the model of blocks and cells, packing talks into rooms, and a first timetable.

A talk's room follows from its roaming track's, so the model has one 0-1 variable per talk and block and one per track
and cell, not one per talk and cell. What depends on the room of a single talk (a wish for a room, the sequence) counts
as in its best room: the model is a relaxation, so its bounds hold, and values are counted on the packed timetable.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from typing import Any

from . import candidates, objectives, terms
from .base_model import BaseModel
from .candidates import Allowed
from .objectives import Cell
from .problem import Clash, Item, Place, Placements, Problem, Timetable

#: Stands for "no roaming track": such sessions share cells with each other only.
NO_TRACK = -1
#: The sessions of each room.
Bins = dict[int, list[Item]]


class TimeBlockModel(BaseModel):
    """Decides the blocks of `free` items and the cells of their tracks around all the others, which are fixed."""

    def __init__(
        self,
        problem: Problem,
        allowed: Allowed | None = None,
        free: frozenset[int] | None = None,
        placements: Placements | None = None,
    ) -> None:
        super().__init__(
            problem, {} if free is None else {k: p for k, p in (placements or {}).items() if k not in free}
        )
        self.free = [item for item in problem.items if free is None or item.id in free]
        allowed = allowed or {item.id: candidates.allowed_places(problem, item) for item in self.free}
        self.x: dict[tuple[int, int], Any] = {}
        for item in self.free:
            for block in sorted({problem.day_of(place.start) for place in allowed[item.id]}):
                self.x[item.id, block] = self.flag(partial(_is_on, problem, item.id, block))
        self.cells = self._cells(allowed)
        for item in self.free:
            literals = [literal for _, literal in self.blocks_of(item)]
            (self.cp.add_exactly_one if item.pin else self.cp.add_at_most_one)(literals)
        by_cell: dict[Cell, list[Any]] = defaultdict(list)
        for cells in self.cells.values():
            for cell, literal in cells.items():
                by_cell[cell].append(literal)
        for cell in sorted(by_cell):  # holds one track
            literals = [each for each in by_cell[cell] if not isinstance(each, int)]
            self.at_most_one(literals, len(by_cell[cell]) - len(literals))
        self._tracks_fit_their_cells()
        self.keep_quotas({item.id: [x for _, x in self.blocks_of(item)] for item in self.free})

    def blocks_of(self, item: Item) -> list[tuple[int, Any]]:
        """The blocks a session may be in, each with its literal; 1 where it is fixed."""
        if item.id in self.fixed:
            return [(self.problem.day_of(self.fixed[item.id].start), 1)]
        days = range(len(self.problem.days))
        return [(day, self.x[item.id, day]) for day in days if (item.id, day) in self.x]

    def _cells(self, allowed: Allowed) -> dict[int, dict[Cell, Any]]:
        """The cells of each track, each with its literal; those of tracks without a free session are fixed."""
        open_to: dict[int, set[Cell]] = defaultdict(set)
        kept: dict[int, set[Cell]] = defaultdict(set)
        for item in self.problem.items:
            track = _track_of(item)
            if item.id in self.fixed:
                kept[track].add((self.problem.day_of(self.fixed[item.id].start), self.fixed[item.id].room))
            else:
                open_to[track] |= {(self.problem.day_of(p.start), p.room) for p in allowed[item.id]}
        self.undecided = sorted(open_to)
        cells: dict[int, dict[Cell, Any]] = {}
        for track in {*open_to, *kept}:
            cells[track] = dict.fromkeys(sorted(kept[track]), 1)
            for cell in sorted(open_to[track] - kept[track]):
                cells[track][cell] = self.flag(partial(terms.uses, self, track, cell))
        return cells

    def _tracks_fit_their_cells(self) -> None:
        """A track's minutes fit into its rooms of a block, its long sessions too, and no cell stays empty."""
        by_track: dict[int, list[Item]] = defaultdict(list)
        for item in self.problem.items:
            by_track[_track_of(item)].append(item)
        for track in self.undecided:
            for block, day in enumerate(self.problem.days_in_order):
                rooms = [literal for cell, literal in self.cells[track].items() if cell[0] == block]
                self._fits(by_track[track], block, day.end - day.start, rooms)

    def _fits(self, items: list[Item], block: int, minutes: int, rooms: list[Any]) -> None:
        on = [(item.minutes, x) for item in items for at, x in self.blocks_of(item) if at == block]
        if not on:
            for room in rooms:
                self.cp.add(room == 0)
            return
        self.cp.add(sum(length * x for length, x in on) <= minutes * sum(rooms))
        halves = [(1 + (2 * length > minutes), x) for length, x in on if 2 * length >= minutes]
        if len(halves) > 1:
            self.cp.add(sum(half * x for half, x in halves) <= 2 * sum(rooms))
        self.cp.add(sum(rooms) <= sum(x for _, x in on))
        for _, x in on:
            self.cp.add(sum(rooms) >= x)

    def term(self, key: str) -> Any:
        if key == "strands":
            return terms.track_costs(self, self.cells)
        if key == "clashes":
            return sum(clash.cost * self._clash(clash) for clash in self.problem.clashes)
        if key in objectives.WHOLE:
            return 0  # relaxed: it depends on the order inside a block
        return super().term(key)

    def item_cost(self, key: str, item: Item) -> Any:
        if item.id in self.fixed:
            return objectives.cost(self.problem, key, item, self.fixed[item.id])
        absent = objectives.cost(self.problem, key, item, None)
        costs = []
        for block, x in self.blocks_of(item):
            places = [Place(room.id, self.problem.days_in_order[block].start) for room in self.problem.rooms]
            lowest = min(objectives.cost(self.problem, key, item, place) for place in places)
            costs.append((lowest - absent, x))
        return absent + sum(cost * x for cost, x in costs if cost)

    def _clash(self, clash: Clash) -> Any:
        """Two tracks never share a room, so their sessions clash when they share a block."""
        one, other = self.problem.item[clash.one], self.problem.item[clash.other]
        if one.roaming_track == other.roaming_track:
            return 0

        def meet_in(block: int, placements: Placements) -> int:
            return int(all(_is_on(self.problem, key, block, placements) for key in (clash.one, clash.other)))

        of_one, of_other = dict(self.blocks_of(one)), dict(self.blocks_of(other))
        meetings: list[Any] = []
        for block in of_one.keys() & of_other.keys():
            if isinstance(of_one[block], int) or isinstance(of_other[block], int):
                meetings.append(of_one[block] if isinstance(of_other[block], int) else of_other[block])
            else:
                meetings.append(self.flag(partial(meet_in, block)))
                self.cp.add(meetings[-1] >= of_one[block] + of_other[block] - 1)
        return sum(meetings)

    def read(self, solver: Any) -> Timetable | None:
        blocks = {item: block for (item, block), x in self.x.items() if solver.boolean_value(x)}
        cells = {
            track: [cell for cell, x in self.cells[track].items() if isinstance(x, int) or solver.boolean_value(x)]
            for track in self.undecided
        }
        return pack(self.problem, self.fixed, blocks, cells)


def _is_on(problem: Problem, item: int, block: int, placements: Placements) -> int:
    return int(item in placements and problem.day_of(placements[item].start) == block)


def _track_of(item: Item) -> int:
    return NO_TRACK if item.roaming_track is None else item.roaming_track


def pack(
    problem: Problem, fixed: Placements, blocks: Mapping[int, int], cells: Mapping[int, list[Cell]]
) -> Timetable | None:
    """Rooms and starts for sessions whose blocks are known, or None when a track does not fit into its rooms."""
    placements = dict(fixed)
    for track, rooms in cells.items():
        groups: dict[int, list[Item]] = defaultdict(list)  # its sessions by block, without those that have none
        for item in problem.items:
            if _track_of(item) == track and item.id in blocks:
                groups[blocks[item.id]].append(item)
            elif _track_of(item) == track and item.id in fixed:
                groups[problem.day_of(fixed[item.id].start)].append(item)
        bins: dict[Cell, list[Item]] = {}
        for block, group in groups.items():
            packed = _pack_block(problem, group, block, [room for at, room in rooms if at == block])
            if packed is None:
                return None
            bins |= {(block, room): items for room, items in packed.items()}
        placements |= _line_up(problem, bins)
    return placements


def _pack_block(problem: Problem, items: list[Item], block: int, rooms: list[int]) -> Bins | None:
    """Longest first, best fit; sessions that clash share a room if they can."""
    day = problem.days_in_order[block]
    bins: Bins = {room: [] for room in sorted(rooms)}
    clashing = {frozenset((clash.one, clash.other)) for clash in problem.clashes}
    for item in sorted(items, key=lambda each: (-each.minutes, each.order, each.id)):
        fits = [room for room in bins if _minutes(bins[room]) + item.minutes <= day.end - day.start]
        if not fits:
            return None

        def preference(room: int, item: Item = item) -> tuple[int, int]:
            return -sum(frozenset((item.id, other.id)) in clashing for other in bins[room]), -_minutes(bins[room])

        bins[min(fits, key=preference)].append(item)
    return bins


def _minutes(items: list[Item]) -> int:
    return sum(item.minutes for item in items)


def _line_up(problem: Problem, bins: Mapping[Cell, list[Item]]) -> Timetable:
    """Starts, cell by cell; next comes the session whose `order` is the next position, else one without an order."""
    placements, position = {}, 0
    for block, room in sorted(bins):
        at, waiting = problem.days_in_order[block].start, sorted(bins[block, room], key=lambda i: (i.order, i.id))
        while waiting:
            position += 1
            unordered = next((each for each in waiting if not each.order), waiting[0])
            item = next((each for each in waiting if each.order == position), unordered)
            waiting.remove(item)
            placements[item.id] = Place(room, at)
            at += item.minutes
    return placements


def first_timetable(problem: Problem, allowed: Allowed) -> Timetable:
    """Greedy: track by track, largest first, each into the cells that cost least."""
    by_track: dict[int, list[Item]] = defaultdict(list)
    for item in problem.items:
        by_track[_track_of(item)].append(item)
    filling = CellFilling(problem, allowed)
    for track in sorted(by_track, key=lambda key: (-_minutes(by_track[key]), key)):
        filling.add_track(track, sorted(by_track[track], key=lambda item: (-item.minutes, item.order, item.id)))
    return filling.placements


class CellFilling:
    """Which track occupies which cell, and how far the cells are filled."""

    def __init__(self, problem: Problem, allowed: Allowed) -> None:
        self.problem, self.allowed = problem, allowed
        self.placements: Timetable = {}
        self.filled: dict[Cell, int] = {}

    def add_track(self, track: int, items: list[Item]) -> None:
        """Fill its present cells first; open the cheapest new one when they are full."""
        own: list[Cell] = []
        for item in items:
            quotas = [quota for quota in self.problem.quotas if item.id in quota.items]
            if any(sum(key in self.placements for key in quota.items) >= quota.most for quota in quotas):
                continue
            cells = [(self.problem.day_of(place.start), place.room) for place in self.allowed[item.id]]
            open_cells = [cell for cell in cells if (cell in own or cell not in self.filled) and self._fits(item, cell)]
            if not open_cells:
                continue
            cell = min(open_cells, key=lambda each: self._cost(track, item, each, own))
            own += [cell] if cell not in own else []
            at = self.filled.get(cell, 0)
            self.placements[item.id] = Place(cell[1], self.problem.days_in_order[cell[0]].start + at)
            self.filled[cell] = at + item.minutes

    def _fits(self, item: Item, cell: Cell) -> bool:
        day = self.problem.days_in_order[cell[0]]
        return self.filled.get(cell, 0) + item.minutes <= day.end - day.start

    def _cost(self, track: int, item: Item, cell: Cell, own: list[Cell]) -> tuple[int, int, int, Cell]:
        place = Place(cell[1], self.problem.days_in_order[cell[0]].start)
        owner = self.problem.roaming_track.get(track)
        opening = objectives.cell_cost(self.problem, owner, cell) if owner and cell not in own else 0
        days_away = min((abs(cell[0] - day) for day, _ in own), default=0)
        moves = sum(cell[1] != room for _, room in own) + sum(cell[0] == day for day, _ in own if cell not in own)
        return opening + objectives.cost(self.problem, "wishes", item, place), moves, days_away, cell
