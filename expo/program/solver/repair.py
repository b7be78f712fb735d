"""After a change (a withdrawal, a lost room, a late arrival, another length): the timetable that moves fewest sessions.

First only the sessions that cannot stay are moved. Where that works, nothing better exists, because each of them must
move: the proof is a count. Only where it fails the whole timetable is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from . import aims, candidates, greedy
from .ledger import Ledger
from .model import Model
from .problem import Item, Placed, Problem, Tier
from .reach import Reach
from .spans import Place

Chosen = dict[int, Place]
WAYS = 30


@dataclass(frozen=True)
class Move:
    """What changes for one session. `after` None: it loses its place; `before` None: it gets one."""

    item: int
    before: Place | None
    after: Place | None
    people: tuple[str, ...]

    @property
    def is_new_time(self) -> bool:
        return self.before is not None and self.after is not None and self.before.start != self.after.start


@dataclass(frozen=True)
class Repair:
    """A timetable for the changed day, what it moves, and whether fewer moves were proved impossible."""

    placed: tuple[Placed, ...]
    moves: tuple[Move, ...]
    tiers: tuple[Tier, ...]

    @property
    def is_minimal(self) -> bool:
        return all(tier.is_proved for tier in self.tiers if tier.key in aims.REPAIR)

    @property
    def places(self) -> Chosen:
        return {each.item: each.place for each in self.placed}


def repair(problem: Problem, work: float = 8.0, seconds: float = 60.0) -> Repair:
    """Mend the present timetable (`present` of each item) under the problem's rules as they are now."""
    problem = replace(problem, is_repair=True).sorted()
    wanted = _beside_pins(problem)
    hit = cannot_stay(problem, wanted)
    stay = {i.id: i.present for i in problem.items if i.present is not None and i.id not in hit}
    out = frozenset(item.id for item in problem.items if item.id not in stay)
    reach = Reach(problem, _start(problem, wanted, stay), work, seconds)
    least = _least(problem, wanted, hit)
    reach.descend(Model(problem, wanted, out, stay), aims.REPAIR, least)
    if _falls_short(reach, least):
        helpers = out | _helpers(problem, wanted, reach.chosen)
        must_help = reach.proved_above("lost", least["lost"])
        reach.descend(Model(problem, wanted, helpers, _without(stay, helpers)), aims.REPAIR, least)
        if must_help and reach.value("lost") == least["lost"]:
            least["moved"] += 1  # not without one more than those that cannot stay
            reach.note(least)
    if _falls_short(reach, least):
        reach.restart()
        reach.descend(Model(problem, wanted), aims.REPAIR, least)
    tiers = reach.tiers
    moved = frozenset(i.id for i in problem.items if i.present is None or reach.chosen.get(i.id) != i.present)
    around = {key: place for key, place in reach.chosen.items() if key not in moved}
    reach.descend(Model(problem, wanted, moved, around), aims.order(problem)[len(aims.REPAIR) :], {}, hold=aims.REPAIR)
    return Repair(candidates.placed(problem, reach.chosen), _moves(problem, reach.chosen), tiers)


def _beside_pins(problem: Problem) -> dict[int, list[Place]]:
    """Where each may go: a pin may be new and stand in the way of what has a place today."""
    ledger = Ledger(problem)
    for item in problem.items:
        if item.pin is not None:
            ledger.put(item, item.pin)
    return {
        item.id: [item.pin] if item.pin is not None else list(ledger.free(item, candidates.places(problem, item)))
        for item in problem.items
    }


def _falls_short(reach: Reach, least: dict[str, int]) -> bool:
    return any(reach.value(key) > least.get(key, 0) for key in aims.REPAIR)


def _without(places: Chosen, keys: frozenset[int]) -> Chosen:
    return {key: place for key, place in places.items() if key not in keys}


def _helpers(problem: Problem, wanted: dict[int, list[Place]], chosen: Chosen) -> frozenset[int]:
    """Sessions that stand alone, or with few others, where one that found no place could go."""
    ledger = Ledger(problem)
    for key, place in chosen.items():
        ledger.put(problem.item[key], place)
    found: set[int] = set()
    for item in problem.items:
        if item.present is not None and item.id not in chosen:
            ways = [[other.id for other in ledger.blockers(item, place)] for place in wanted[item.id]]
            for way in sorted(ways, key=len)[:WAYS]:
                found.update(way)
    near = [problem.item[key] for key in sorted(found)]
    return frozenset(item.id for item in near if item.pin is None)


def cannot_stay(problem: Problem, wanted: dict[int, list[Place]]) -> frozenset[int]:
    """Sessions whose present place is closed to them, or contested by another that is still in its own."""
    ledger, hit = Ledger(problem), set[int]()
    standing = [item for item in problem.items if item.present is not None]
    for item in standing:
        if item.present is not None and item.present in wanted[item.id]:
            ledger.put(item, item.present)
        else:
            hit.add(item.id)
    for item in standing:
        if item.id in ledger.chosen and ledger.blockers(item, ledger.chosen[item.id]):
            hit.add(item.id)
    return frozenset(hit)


def _start(problem: Problem, wanted: dict[int, list[Place]], stay: Chosen) -> Chosen:
    """What stays, and the others wherever there is space."""
    kept = [replace(i, pin=stay[i.id]) if i.id in stay and i.pin is None else i for i in problem.items]
    narrowed = {key: [stay[key]] if key in stay else places for key, places in wanted.items()}
    draft = greedy.Draft(replace(problem, items=tuple(kept)), narrowed, greedy.better_first)
    draft.keep()
    draft.fill()
    return draft.ledger.chosen


def _least(problem: Problem, wanted: dict[int, list[Place]], hit: frozenset[int]) -> dict[str, int]:
    """How many sessions must move at least: those with a closed place, and one of each pair in each other's way."""
    closed = [problem.item[key] for key in sorted(hit) if problem.item[key].present not in wanted[key]]
    contested = [problem.item[key] for key in sorted(hit) if problem.item[key].present in wanted[key]]
    best = {item.id: _elsewhere(item) if wanted[item.id] else None for item in closed}
    least = {key: sum(aims.cost(problem, key, item, best[item.id]) for item in closed) for key in aims.REPAIR}
    if contested:
        for key, cover in _cover(problem, contested).items():
            least[key] += cover
    return least


def _elsewhere(item: Item) -> Place:
    """Any place but its present one."""
    assert item.present is not None  # noqa: S101 - only sessions that stand somewhere are hit
    return Place(item.present.room, item.present.start - 1)


def _cover(problem: Problem, contested: list[Item]) -> dict[str, int]:
    """The fewest that must move so that no two of the others are in each other's way, announced ones first."""
    from ortools.sat.python import cp_model

    cp, ledger = cp_model.CpModel(), Ledger(problem)
    moves = {item.id: cp.new_bool_var("") for item in contested}
    for item in contested:
        if item.present is not None:
            ledger.put(item, item.present)
    for item in contested:
        for other in ledger.blockers(item, ledger.chosen[item.id]):
            cp.add_bool_or(moves[item.id], moves[other.id])
    heavy = len(contested) + 1
    cp.minimize(sum((heavy if item.is_announced else 1) * moves[item.id] for item in contested))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.solve(cp)
    announced, others = divmod(round(solver.best_objective_bound), heavy)
    return {"moved-announced": announced, "moved": others}


def _moves(problem: Problem, chosen: Chosen) -> tuple[Move, ...]:
    """The difference, session by session."""
    return tuple(
        Move(item.id, item.present, chosen.get(item.id), tuple(sorted(item.people)))
        for item in problem.items
        if item.present != chosen.get(item.id)
    )
