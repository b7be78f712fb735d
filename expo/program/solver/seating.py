"""Seats the sessions of a strand in the rooms it has in a block, one after another, in the sequence they want."""

from collections import defaultdict
from collections.abc import Mapping

from .problem import Item, Problem
from .spans import Place

Cell = tuple[int, int]
Bins = dict[int, list[Item]]


def seat(
    problem: Problem,
    fixed: Mapping[int, Place],
    blocks: Mapping[int, int],
    cells: Mapping[int, list[Cell]],
) -> dict[int, Place] | None:
    """Rooms and starts for sessions whose blocks are known, or None when a strand does not fit into its rooms."""
    found = dict(fixed)
    for strand, rooms in cells.items():
        groups = _groups(problem, strand, fixed, blocks)
        bins: dict[Cell, list[Item]] = {}
        for block, group in groups.items():
            packed = _pack(problem, group, block, [room for at, room in rooms if at == block])
            if packed is None:
                return None
            bins |= {(block, room): items for room, items in packed.items()}
        found |= _line_up(problem, bins)
    return found


def _groups(
    problem: Problem, strand: int, fixed: Mapping[int, Place], blocks: Mapping[int, int]
) -> dict[int, list[Item]]:
    found: dict[int, list[Item]] = defaultdict(list)
    for item in problem.items:
        if item.strand == strand or (item.strand is None and strand == -1):
            if item.id in blocks:
                found[blocks[item.id]].append(item)
            elif item.id in fixed:
                found[problem.day_of(fixed[item.id].start)].append(item)
    return found


def _pack(problem: Problem, items: list[Item], block: int, rooms: list[int]) -> Bins | None:
    """Longest first into the fullest room that has space; sessions that clash share a room if they can."""
    day = problem.days_in_order[block]
    bins: Bins = {room: [] for room in sorted(rooms)}
    friends = {frozenset((clash.one, clash.other)) for clash in problem.clashes}
    for item in sorted(items, key=lambda each: (-each.minutes, each.order, each.id)):
        fits = [room for room in bins if _minutes(bins[room]) + item.minutes <= day.end - day.start]
        if not fits:
            return None
        bins[min(fits, key=lambda room: _pull(item, bins[room], friends))].append(item)
    return bins


def _pull(item: Item, there: list[Item], friends: set[frozenset[int]]) -> tuple[int, int]:
    return -sum(frozenset((item.id, other.id)) in friends for other in there), -_minutes(there)


def _minutes(items: list[Item]) -> int:
    return sum(item.minutes for item in items)


def _line_up(problem: Problem, bins: Mapping[Cell, list[Item]]) -> dict[int, Place]:
    """Starts, cell by cell; whoever wants the position that comes next goes next."""
    found, position = {}, 0
    for block, room in sorted(bins):
        at, waiting = problem.days_in_order[block].start, sorted(bins[block, room], key=lambda i: (i.order, i.id))
        while waiting:
            position += 1
            item = next((each for each in waiting if each.order == position), _least_keen(waiting))
            waiting.remove(item)
            found[item.id] = Place(room, at)
            at += item.minutes
    return found


def _least_keen(waiting: list[Item]) -> Item:
    """One without a wish for a position, if there is one."""
    return next((item for item in waiting if not item.order), waiting[0])
