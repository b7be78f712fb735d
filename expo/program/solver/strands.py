"""What strands cost: the cells (a room on one day or in one block) they use, and what runs beside them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import combinations

from .problem import Problem
from .rules import Strand
from .spans import Place

#: (position of the day, room)
Cell = tuple[int, int]


def cells(problem: Problem, chosen: Mapping[int, Place]) -> dict[int, set[Cell]]:
    """The cells each strand uses."""
    used: dict[int, set[Cell]] = {}
    for item in problem.items:
        place = chosen.get(item.id)
        if place is not None and item.strand is not None:
            used.setdefault(item.strand, set()).add((problem.day_of(place.start), place.room))
    return used


def total(problem: Problem, chosen: Mapping[int, Place]) -> int:
    """All that strands cost, alone and beside their rivals."""
    used = cells(problem, chosen)
    alone = sum(_alone(problem, strand, used.get(strand.id, set())) for strand in problem.strands)
    return alone + sum(
        rival.cost * _meetings(used.get(rival.one, ()), used.get(rival.other, ())) for rival in problem.rivals
    )


def _alone(problem: Problem, strand: Strand, used: set[Cell]) -> int:
    if not used:
        return 0
    days, rooms = sorted({day for day, _ in used}), {room for _, room in used}
    torn = days != list(range(days[0], days[-1] + 1))
    return (
        sum(cell_cost(problem, strand, cell) for cell in used)
        + strand.per_room * (len(rooms) - 1)
        + strand.per_parallel * (len(used) - len(days))
        + strand.per_gap * torn
    )


def cell_cost(problem: Problem, strand: Strand, cell: Cell) -> int:
    """What a strand pays for one cell."""
    start = problem.days_in_order[cell[0]].start if cell[0] >= 0 else 0
    return sum(wish.cost for wish in strand.wishes if wish.covers(cell[1], start))


def _meetings(one: Iterable[Cell], other: Iterable[Cell]) -> int:
    """Pairs of cells on the same day."""
    there = Counter(day for day, _ in other)
    return sum(there[day] for day, _ in one)


def rooms_of(used: Iterable[Cell]) -> int:
    """How many rooms a strand changes between."""
    return len({room for _, room in used})


def crowded(problem: Problem, chosen: Mapping[int, Place]) -> list[tuple[int, int]]:
    """Pairs of strands that share a cell, which blocks forbid."""
    used = cells(problem, chosen)
    return [(one, other) for one, other in combinations(sorted(used), 2) if used[one] & used[other]]
