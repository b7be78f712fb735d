"""After a change (a withdrawal, a lost room, a late arrival, another length): the timetable that moves fewest sessions.

First only the sessions that cannot stay are moved. If that succeeds it is optimal: each of them must move, so their
number is a lower bound. Only if it fails are further sessions, and at last all, decided anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import ceil
from time import monotonic
from typing import Any

from . import candidates, greedy, objectives
from .base_model import BaseModel
from .candidates import Allowed
from .cp_sat import is_feasible, solver_for
from .model import Model
from .occupancy import Occupancy
from .problem import Item, Objective, Place, Placed, Placements, Problem, Timetable

#: So many ways to make a place free are considered for each session that found none.
WAYS = 30
#: Above so many variables presolve is kept short.
LARGE_MODEL = 5000


@dataclass(frozen=True)
class SessionMove:
    """What changes for one session. `after` None: it loses its place; `before` None: it is newly placed."""

    item: int
    before: Place | None
    after: Place | None
    people: tuple[str, ...]


@dataclass(frozen=True)
class Repair:
    """A timetable for the changed day and its moves; `is_minimal`: fewer are proved impossible."""

    placed: tuple[Placed, ...]
    moves: tuple[SessionMove, ...]
    objectives: tuple[Objective, ...]

    @property
    def is_minimal(self) -> bool:
        return all(each.is_proved for each in self.objectives if each.key in objectives.REPAIR)

    @property
    def places(self) -> Timetable:
        return {each.item: each.place for each in self.placed}


def repair(problem: Problem, work: float = 8.0, seconds: float = 60.0) -> Repair:
    """Repair the current timetable (`present` of each item) under the problem's constraints as they are now."""
    problem = replace(problem, is_repair=True).sorted()
    # The allowed places that no pin blocks; a pin may be new and block a present place.
    occupancy = Occupancy(problem)
    for item in problem.items:
        if item.pin is not None:
            occupancy.add(item, item.pin)
    allowed = {
        item.id: [item.pin]
        if item.pin is not None
        else list(occupancy.free(item, candidates.allowed_places(problem, item)))
        for item in problem.items
    }
    displaced = cannot_stay(problem, allowed)
    stay = {i.id: i.present for i in problem.items if i.present is not None and i.id not in displaced}
    free = frozenset(item.id for item in problem.items if item.id not in stay)
    descent = LexicographicDescent(problem, _start(problem, allowed, stay), work, seconds)
    bounds = _lower_bounds(problem, allowed, displaced)
    descent.minimise(Model(problem, allowed, free, stay), objectives.REPAIR, bounds)
    if _is_above(descent, bounds):
        free |= _movable_blockers(problem, allowed, descent.placements)
        others_must_move = descent.is_proved_above("lost", bounds["lost"])
        fixed = {key: place for key, place in stay.items() if key not in free}
        descent.minimise(Model(problem, allowed, free, fixed), objectives.REPAIR, bounds)
        if others_must_move and descent.value("lost") == bounds["lost"]:
            bounds["moved"] += 1  # at least one more than those that cannot stay
            descent.replace_bounds(bounds)
    if _is_above(descent, bounds):
        descent.restart()
        descent.minimise(Model(problem, allowed), objectives.REPAIR, bounds)
    reached = descent.objectives
    moved = frozenset(i.id for i in problem.items if i.present is None or descent.placements.get(i.id) != i.present)
    around = {key: place for key, place in descent.placements.items() if key not in moved}
    descent.minimise(
        Model(problem, allowed, moved, around),
        objectives.order(problem)[len(objectives.REPAIR) :],
        {},
        hold=objectives.REPAIR,
    )
    present = {item.id: item.present for item in problem.items if item.present is not None}
    moves = session_moves(problem, present, descent.placements)
    return Repair(candidates.placed(problem, descent.placements), moves, reached)


def _is_above(descent: LexicographicDescent, bounds: Mapping[str, int]) -> bool:
    return any(descent.value(key) > bounds.get(key, 0) for key in objectives.REPAIR)


def _movable_blockers(problem: Problem, allowed: Allowed, placements: Placements) -> frozenset[int]:
    """Unpinned sessions that block, alone or with few others, a place of a session that lost its own."""
    occupancy = Occupancy(problem)
    for key, place in placements.items():
        occupancy.add(problem.item[key], place)
    blockers: set[int] = set()
    for item in problem.items:
        if item.present is not None and item.id not in placements:
            ways = [[other.id for other in occupancy.blockers(item, place)] for place in allowed[item.id]]
            for way in sorted(ways, key=len)[:WAYS]:
                blockers.update(way)
    return frozenset(key for key in blockers if problem.item[key].pin is None)


def cannot_stay(problem: Problem, allowed: Allowed) -> frozenset[int]:
    """Sessions whose present place is no longer allowed, or contested by another in its present place."""
    occupancy, displaced = Occupancy(problem), set[int]()
    present = [item for item in problem.items if item.present is not None]
    for item in present:
        if item.present is not None and item.present in allowed[item.id]:
            occupancy.add(item, item.present)
        else:
            displaced.add(item.id)
    for item in present:
        if item.id in occupancy.placements and occupancy.blockers(item, occupancy.placements[item.id]):
            displaced.add(item.id)
    return frozenset(displaced)


def _start(problem: Problem, allowed: Allowed, stay: Placements) -> Timetable:
    """What stays, and the others greedily around it."""
    kept = [replace(i, pin=stay[i.id]) if i.id in stay and i.pin is None else i for i in problem.items]
    narrowed = {key: [stay[key]] if key in stay else places for key, places in allowed.items()}
    timetable = greedy.GreedyTimetable(replace(problem, items=tuple(kept)), narrowed, greedy.better_first)
    timetable.keep()
    timetable.fill()
    return timetable.occupancy.placements


def _lower_bounds(problem: Problem, allowed: Allowed, displaced: frozenset[int]) -> dict[str, int]:
    """How many sessions must move at least: those whose place is closed, and one of each pair that conflicts."""
    closed = [problem.item[key] for key in sorted(displaced) if problem.item[key].present not in allowed[key]]
    contested = [problem.item[key] for key in sorted(displaced) if problem.item[key].present in allowed[key]]
    # At best any place but the present one; none when no place is allowed.
    best = {i.id: Place(i.present.room, i.present.start - 1) if i.present and allowed[i.id] else None for i in closed}
    bounds = {
        key: sum(objectives.cost(problem, key, item, best[item.id]) for item in closed) for key in objectives.REPAIR
    }
    if contested:
        for key, cover in _vertex_cover(problem, contested).items():
            bounds[key] += cover
    return bounds


def _vertex_cover(problem: Problem, contested: list[Item]) -> dict[str, int]:
    """The fewest that must move so that no two of the others conflict, announced ones first."""
    from ortools.sat.python import cp_model

    cp, occupancy = cp_model.CpModel(), Occupancy(problem)
    must_move = {item.id: cp.new_bool_var("") for item in contested}
    for item in contested:
        if item.present is not None:
            occupancy.add(item, item.present)
    for item in contested:
        for other in occupancy.blockers(item, occupancy.placements[item.id]):
            cp.add_bool_or(must_move[item.id], must_move[other.id])
    heavy = len(contested) + 1
    cp.minimize(sum((heavy if item.is_announced else 1) * must_move[item.id] for item in contested))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.solve(cp)
    announced, others = divmod(round(solver.best_objective_bound), heavy)
    return {"moved-announced": announced, "moved": others}


def session_moves(problem: Problem, before: Placements, after: Placements) -> tuple[SessionMove, ...]:
    """The difference of two timetables, session by session."""
    return tuple(
        SessionMove(item.id, before.get(item.id), after.get(item.id), tuple(sorted(item.people)))
        for item in problem.items
        if before.get(item.id) != after.get(item.id)
    )


class LexicographicDescent:
    """Minimises objectives in order, on one or several models; each value reached constrains those after it."""

    def __init__(self, problem: Problem, start: Timetable, work: float, seconds: float) -> None:
        self.problem, self.placements, self.work = problem, start, work
        self.ends = monotonic() + seconds
        self.restart()

    def restart(self) -> None:
        """Forget the bounds, keep the timetable."""
        self.reached: dict[str, Objective] = {}
        self.bounds: dict[str, int] = {}

    @property
    def objectives(self) -> tuple[Objective, ...]:
        return tuple(self.reached.values())

    def value(self, key: str) -> int:
        return objectives.value(self.problem, key, self.placements)

    def is_proved_above(self, key: str, value: int) -> bool:
        """Whether the last model is proved not to reach this value."""
        return self.bounds.get(key, 0) > value

    def replace_bounds(self, lower_bounds: Mapping[str, int]) -> None:
        """Replace the bounds of the last model, which holds for a part only, by those of the whole problem."""
        self.reached = {
            key: Objective(key, each.value, min(each.value, lower_bounds.get(key, 0)))
            for key, each in self.reached.items()
        }

    def minimise(
        self, model: BaseModel, keys: Iterable[str], lower_bounds: Mapping[str, int], hold: Iterable[str] = ()
    ) -> None:
        """Minimise objectives in order, with those of `hold` constrained to what they reached before."""
        for key in hold:
            objective = model.objective(key)
            if not isinstance(objective, int):
                model.cp.add(objective <= self.value(key))
        for key in keys:
            objective, bound = model.objective(key), lower_bounds.get(key, 0)
            if isinstance(objective, int):
                bound = objective
            elif self.value(key) > bound:
                bound = max(bound, self._solve(model, objective, key))
            if not isinstance(objective, int):
                model.cp.add(objective <= self.value(key))
            self.bounds[key] = bound
            self.reached[key] = Objective(key, self.value(key), min(bound, self.value(key)))

    def _solve(self, model: BaseModel, objective: Any, key: str) -> int:
        """Minimise one objective and keep an improvement; the bound that is proved."""
        model.hint(self.placements)
        model.cp.minimize(objective)
        kind = "light" if len(model.hints) > LARGE_MODEL else ""
        solver = solver_for(self.problem.seed, self.work, self.ends - monotonic(), kind=kind)
        if is_feasible(solver.solve(model.cp)):
            found = model.read(solver)
            if found is not None and objectives.value(self.problem, key, found) < self.value(key):
                self.placements = found
        lowest: float = solver.best_objective_bound
        return max(0, ceil(lowest - 1e-6))
