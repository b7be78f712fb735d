"""Could these two swap? Yes; or what it would break, and the fewest further moves that make it possible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .checker import Fault, faults, violations
from .problem import Problem
from .repair import Move, repair
from .spans import Place
from .weighing import Costs, Scale

#: A rule of the chairs, which no checker of places knows.
PINNED = "pinned"
PAIR = 2


@dataclass(frozen=True)
class SwapAnswer:
    """`breaks` are (session, rule); `costs` compare with the present timetable after all the `moves`.

    `further` counts the moves of others that the swap takes: 0 when it is allowed as it is, None when no such moves
    were found. `is_sure`: fewer were proved impossible, or that there are none.
    """

    one: int
    other: int
    breaks: tuple[tuple[int, Fault], ...]
    moves: tuple[Move, ...]
    costs: Costs
    further: int | None
    is_sure: bool = True

    @property
    def is_allowed(self) -> bool:
        return not self.breaks

    @property
    def is_possible(self) -> bool:
        return self.further is not None


def swap(problem: Problem, places: Mapping[int, Place], one: int, other: int, work: float = 4.0) -> SwapAnswer:
    """Each takes the room and the start of the other; who has no place takes no part."""
    swapped = {**places, one: places[other], other: places[one]}
    broken = _broken(problem, swapped, one, other)
    direct = SwapAnswer(one, other, broken, _moves(problem, places, swapped), (), 0)
    if not broken:
        return replace(direct, costs=_costs(problem, places, swapped))
    if _is_hopeless(problem, broken, one, other):
        return replace(direct, further=None, costs=_costs(problem, places, swapped))
    return _with_further_moves(problem, places, swapped, direct, work)


def _is_hopeless(problem: Problem, broken: tuple[tuple[int, Fault], ...], one: int, other: int) -> bool:
    """Whether something is in the way that no move of others clears: a rule about one alone, or who may not move."""
    held = {one, other} | {item.id for item in problem.items if item.pin is not None}
    return any(fault.other is None or fault.other in held for _, fault in broken)


def _broken(problem: Problem, after: Mapping[int, Place], one: int, other: int) -> tuple[tuple[int, Fault], ...]:
    """Rules the swap breaks; what the two do to each other is told once."""
    found: list[tuple[int, Fault]] = []
    for key in (one, other):
        item = problem.item[key]
        if item.pin is not None:
            found.append((key, Fault(PINNED)))
        told = [fault for fault in faults(problem, item, after[key], after) if key == one or fault.other != one]
        found += [(key, fault) for fault in told]
    return tuple(found)


def _with_further_moves(
    problem: Problem, places: Mapping[int, Place], swapped: Mapping[int, Place], direct: SwapAnswer, work: float
) -> SwapAnswer:
    """The rest of the timetable, mended around the two in each other's places."""
    pair = (direct.one, direct.other)
    trial = _held(problem, places, swapped, pair)
    mended = repair(trial, work)
    after = mended.places
    if len(after) < len(trial.items) or violations(trial, mended.placed):
        sure = any(tier.key.startswith("lost") and tier.bound > 0 for tier in mended.tiers)
        return replace(direct, further=None, costs=_costs(problem, places, swapped), is_sure=sure)
    moves = _moves(problem, places, after)
    return replace(
        direct,
        moves=moves,
        costs=_costs(problem, places, after),
        further=len(moves) - PAIR,
        is_sure=mended.is_minimal,
    )


def _held(
    problem: Problem, places: Mapping[int, Place], swapped: Mapping[int, Place], pair: tuple[int, int]
) -> Problem:
    """Only what has a place, and the two held where they would be."""
    there = [
        replace(item, present=places[item.id], pin=swapped[item.id] if item.id in pair else item.pin)
        for item in problem.items
        if item.id in places
    ]
    return replace(
        problem,
        items=tuple(there),
        links=tuple(each for each in problem.links if {each.one, each.other} <= places.keys()),
        clashes=tuple(each for each in problem.clashes if {each.one, each.other} <= places.keys()),
    )


def _costs(problem: Problem, before: Mapping[int, Place], after: Mapping[int, Place]) -> Costs:
    movers = [key for key in after if before.get(key) != after[key]]
    return Scale(problem, movers, before).costs(after)


def _moves(problem: Problem, before: Mapping[int, Place], after: Mapping[int, Place]) -> tuple[Move, ...]:
    return tuple(
        Move(item.id, before.get(item.id), after.get(item.id), tuple(sorted(item.people)))
        for item in problem.items
        if before.get(item.id) != after.get(item.id)
    )
