"""Could two sessions swap? If not, what the swap would break, and the fewest further moves that make it possible."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .alternatives import CostComparison, Costs
from .checker import Fault, faults, violations
from .problem import Placements, Problem
from .repair import SessionMove, repair, session_moves

#: A chair's wish, so not a fault that the checker knows.
PINNED = "pinned"


@dataclass(frozen=True)
class SwapAnswer:
    """`breaks` are (session, fault); `costs` are the differences to the current timetable after all the `moves`.

    `further` counts the moves of others that the swap requires: 0 when it is allowed as it is, None when no such moves
    were found. `is_sure`: it is proved that fewer, or any, are impossible.
    """

    one: int
    other: int
    breaks: tuple[tuple[int, Fault], ...]
    moves: tuple[SessionMove, ...]
    costs: Costs
    further: int | None
    is_sure: bool = True

    @property
    def is_allowed(self) -> bool:
        return not self.breaks

    @property
    def is_possible(self) -> bool:
        return self.further is not None


def swap(problem: Problem, places: Placements, one: int, other: int, work: float = 4.0) -> SwapAnswer:
    """Each takes the room and the start of the other; unplaced sessions are ignored."""
    swapped = {**places, one: places[other], other: places[one]}
    broken: list[tuple[int, Fault]] = []
    for key in (one, other):
        if problem.item[key].pin is not None:
            broken.append((key, Fault(PINNED)))
        of_item = faults(problem, problem.item[key], swapped[key], swapped)
        broken += [(key, fault) for fault in of_item if key == one or fault.other != one]  # between the two: once
    direct = SwapAnswer(one, other, tuple(broken), session_moves(problem, places, swapped), (), 0)
    if not broken:
        return replace(direct, costs=_costs(problem, places, swapped))
    fixed = {one, other} | {item.id for item in problem.items if item.pin is not None}
    if any(fault.other is None or fault.other in fixed for _, fault in broken):  # moving others does not help
        return replace(direct, further=None, costs=_costs(problem, places, swapped))
    # The rest of the timetable is repaired around the two, pinned to each other's places.
    placed = [
        replace(item, present=places[item.id], pin=swapped[item.id] if item.id in (one, other) else item.pin)
        for item in problem.items
        if item.id in places
    ]
    trial = replace(
        problem,
        items=tuple(placed),
        links=tuple(each for each in problem.links if {each.one, each.other} <= places.keys()),
        clashes=tuple(each for each in problem.clashes if {each.one, each.other} <= places.keys()),
    )
    repaired = repair(trial, work)
    after = repaired.places
    if len(after) < len(trial.items) or violations(trial, repaired.placed):
        sure = any(each.key.startswith("lost") and each.bound > 0 for each in repaired.objectives)
        return replace(direct, further=None, costs=_costs(problem, places, swapped), is_sure=sure)
    moves, costs = session_moves(problem, places, after), _costs(problem, places, after)
    return replace(direct, moves=moves, costs=costs, further=len(moves) - 2, is_sure=repaired.is_minimal)


def _costs(problem: Problem, before: Placements, after: Placements) -> Costs:
    movers = [key for key in after if before.get(key) != after[key]]
    return CostComparison(problem, movers, before).costs(after)
