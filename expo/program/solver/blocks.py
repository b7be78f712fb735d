"""The model of a problem of blocks: which block each session is in, and which rooms each strand uses there.

A talk's room follows from its strand's, so there is one yes-or-no per talk and block and one per strand and cell, not
one per talk and cell. What depends on the room of a single talk (a wish for a room, the sequence) counts here as in its
best room: the model may promise too much, never too little, so bounds hold, and values are counted on what is seated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from typing import Any

from . import aims, candidates, seating, strand_terms
from .board import Board, Chosen
from .problem import Item, Problem
from .rules import Clash
from .spans import Place


class BlockModel(Board):
    """Decides the blocks of `free` items and the cells of their strands around all the others."""

    def __init__(
        self,
        problem: Problem,
        wanted: Mapping[int, list[Place]] | None = None,
        free: frozenset[int] | None = None,
        chosen: Chosen | None = None,
    ) -> None:
        super().__init__(problem, {} if free is None else {k: p for k, p in (chosen or {}).items() if k not in free})
        self.free = [item for item in problem.items if free is None or item.id in free]
        wanted = wanted or {item.id: candidates.places(problem, item) for item in self.free}
        self.x: dict[tuple[int, int], Any] = {}
        for item in self.free:
            for block in sorted({problem.day_of(place.start) for place in wanted[item.id]}):
                self.x[item.id, block] = self.flag(partial(_is_on, problem, item.id, block))
        self.cells = self._cells(wanted)
        self._once_each()
        self._one_strand_a_cell()
        self._no_more_than_fits()
        self.keep_quotas({item.id: [x for _, x in self.blocks_of(item)] for item in self.free})

    def blocks_of(self, item: Item) -> list[tuple[int, Any]]:
        """The blocks a session may be in, each with its literal; 1 for where it stays."""
        if item.id in self.fixed:
            return [(self.problem.day_of(self.fixed[item.id].start), 1)]
        days = range(len(self.problem.days))
        return [(day, self.x[item.id, day]) for day in days if (item.id, day) in self.x]

    def _cells(self, wanted: Mapping[int, list[Place]]) -> dict[int, dict[tuple[int, int], Any]]:
        """Cells of strands with a free session; those of the others stay as they are."""
        open_to: dict[int, set[tuple[int, int]]] = defaultdict(set)
        kept: dict[int, set[tuple[int, int]]] = defaultdict(set)
        for item in self.problem.items:
            strand = -1 if item.strand is None else item.strand
            if item.id in self.fixed:
                kept[strand].add((self.problem.day_of(self.fixed[item.id].start), self.fixed[item.id].room))
            else:
                open_to[strand] |= {(self.problem.day_of(p.start), p.room) for p in wanted[item.id]}
        self.loose = sorted(open_to)
        return {strand: self._cells_of(strand, open_to[strand], kept[strand]) for strand in {*open_to, *kept}}

    def _cells_of(self, strand: int, open_to: set[tuple[int, int]], kept: set[tuple[int, int]]) -> dict[Any, Any]:
        found: dict[tuple[int, int], Any] = dict.fromkeys(sorted(kept), 1)
        for cell in sorted(open_to - kept):
            found[cell] = self.flag(partial(strand_terms.uses, self, strand, cell))
        return found

    def _once_each(self) -> None:
        for item in self.free:
            literals = [literal for _, literal in self.blocks_of(item)]
            (self.cp.add_exactly_one if item.pin else self.cp.add_at_most_one)(literals)

    def _one_strand_a_cell(self) -> None:
        by_cell: dict[tuple[int, int], list[Any]] = defaultdict(list)
        for cells in self.cells.values():
            for cell, literal in cells.items():
                by_cell[cell].append(literal)
        for cell in sorted(by_cell):
            literals = [each for each in by_cell[cell] if not isinstance(each, int)]
            self.at_most_one(literals, len(by_cell[cell]) - len(literals))

    def _no_more_than_fits(self) -> None:
        """The minutes of a strand fit into its rooms of a block, its long sessions too, and no room is for show."""
        by_strand: dict[int, list[Item]] = defaultdict(list)
        for item in self.problem.items:
            by_strand[-1 if item.strand is None else item.strand].append(item)
        for strand in self.loose:
            for block, day in enumerate(self.problem.days_in_order):
                rooms = [literal for cell, literal in self.cells[strand].items() if cell[0] == block]
                self._fits(by_strand[strand], block, day.end - day.start, rooms)

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

    def aim(self, key: str) -> Any:
        return sum(weight * self._aim(part) for part, weight in aims.parts(self.problem, key))

    def _aim(self, key: str) -> Any:
        if key == "strands":
            return strand_terms.total(self, self.cells)
        if key == "clashes":
            return sum(clash.cost * self._clash(clash) for clash in self.problem.clashes)
        if key in aims.WHOLE:
            return 0  # not told apart inside a block
        return sum(self._item_cost(key, item) for item in self.problem.items)

    def _item_cost(self, key: str, item: Item) -> Any:
        if item.id in self.fixed:
            return aims.cost(self.problem, key, item, self.fixed[item.id])
        absent = aims.cost(self.problem, key, item, None)
        terms = [(self._least(key, item, block) - absent, x) for block, x in self.blocks_of(item)]
        return absent + sum(cost * x for cost, x in terms if cost)

    def _least(self, key: str, item: Item, block: int) -> int:
        start = self.problem.days_in_order[block].start
        return min(aims.cost(self.problem, key, item, Place(room.id, start)) for room in self.problem.rooms)

    def _clash(self, clash: Clash) -> Any:
        """Two strands never share a room, so their sessions clash when they share a block."""
        one, other = self.problem.item[clash.one], self.problem.item[clash.other]
        if one.strand == other.strand:
            return 0
        both = dict(self.blocks_of(one)), dict(self.blocks_of(other))
        return sum(
            self._meet(clash, block, both[0][block], both[1][block]) for block in both[0].keys() & both[1].keys()
        )

    def _meet(self, clash: Clash, block: int, one: Any, other: Any) -> Any:
        if isinstance(one, int) or isinstance(other, int):
            return one if isinstance(other, int) else other
        meet = self.flag(partial(_both_on, self.problem, clash, block))
        self.cp.add(meet >= one + other - 1)
        return meet

    def chosen(self, solver: Any) -> dict[int, Place] | None:
        blocks = {item: block for (item, block), x in self.x.items() if solver.boolean_value(x)}
        cells = {
            strand: [cell for cell, x in self.cells[strand].items() if isinstance(x, int) or solver.boolean_value(x)]
            for strand in self.loose
        }
        return seating.seat(self.problem, self.fixed, blocks, cells)


def _is_on(problem: Problem, item: int, block: int, chosen: Chosen) -> int:
    return int(item in chosen and problem.day_of(chosen[item].start) == block)


def _both_on(problem: Problem, clash: Clash, block: int, chosen: Chosen) -> int:
    return _is_on(problem, clash.one, block, chosen) * _is_on(problem, clash.other, block, chosen)
