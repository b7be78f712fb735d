"""A first timetable for a problem of blocks: strand by strand, largest first, each into the cells that cost least."""

from collections import defaultdict

from . import aims, strands
from .problem import Item, Problem
from .spans import Place
from .strands import Cell

Chosen = dict[int, Place]


def start(problem: Problem, wanted: dict[int, list[Place]]) -> Chosen:
    """Every session that finds a cell of its strand with room for it."""
    lists: dict[int, list[Item]] = defaultdict(list)
    for item in problem.items:
        lists[-1 if item.strand is None else item.strand].append(item)
    draft = Draft(problem, wanted)
    for strand in sorted(lists, key=lambda key: (-sum(item.minutes for item in lists[key]), key)):
        draft.seat(strand, sorted(lists[strand], key=lambda item: (-item.minutes, item.order, item.id)))
    return draft.chosen


class Draft:
    """Which strand holds which cell, and how far the cells are filled."""

    def __init__(self, problem: Problem, wanted: dict[int, list[Place]]) -> None:
        self.problem, self.wanted = problem, wanted
        self.chosen: Chosen = {}
        self.filled: dict[Cell, int] = {}

    def seat(self, strand: int, items: list[Item]) -> None:
        """Fill its present cells first; open the cheapest new one when they are full."""
        own: list[Cell] = []
        for item in items:
            if self._is_full(item):
                continue
            cells = [(self.problem.day_of(place.start), place.room) for place in self.wanted[item.id]]
            open_cells = [cell for cell in cells if (cell in own or cell not in self.filled) and self._fits(item, cell)]
            if not open_cells:
                continue
            cell = min(open_cells, key=lambda each: self._pain(strand, item, each, own))
            own += [cell] if cell not in own else []
            self._put(item, cell)

    def _is_full(self, item: Item) -> bool:
        quotas = [quota for quota in self.problem.quotas if item.id in quota.items]
        return any(sum(key in self.chosen for key in quota.items) >= quota.most for quota in quotas)

    def _fits(self, item: Item, cell: Cell) -> bool:
        day = self.problem.days_in_order[cell[0]]
        return self.filled.get(cell, 0) + item.minutes <= day.end - day.start

    def _put(self, item: Item, cell: Cell) -> None:
        at = self.filled.get(cell, 0)
        self.chosen[item.id] = Place(cell[1], self.problem.days_in_order[cell[0]].start + at)
        self.filled[cell] = at + item.minutes

    def _pain(self, strand: int, item: Item, cell: Cell, own: list[Cell]) -> tuple[int, int, int, Cell]:
        place = Place(cell[1], self.problem.days_in_order[cell[0]].start)
        here = self.problem.strand.get(strand)
        new = strands.cell_cost(self.problem, here, cell) if here and cell not in own else 0
        far = min((abs(cell[0] - day) for day, _ in own), default=0)
        moves = sum(cell[1] != room for _, room in own) + sum(cell[0] == day for day, _ in own if cell not in own)
        return new + aims.cost(self.problem, "wishes", item, place), moves, far, cell
