"""Solve aim by aim: each reached value becomes a rule for the aims after it (lexicographic optimum)."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any

from . import aims, candidates, greedy
from .model import Model
from .problem import Place, Problem, Solution, Tier

Progress = Callable[[float, str], None]

#: CP-SAT's own deterministic seconds for one aim; the wall clock is only a net below it.
EFFORT = 4.0
NET_SECONDS = 120.0
#: Above this many item-place pairs the model itself costs more than it gives.
MOST_CHOICES = 60_000


def solve(problem: Problem, progress: Progress = lambda share, words: None) -> Solution:
    """The best timetable found; the same one for the same problem, in whatever order it is told."""
    problem = problem.sorted()
    progress(0.05, "Making a first timetable")
    chosen = greedy.start(problem)
    if sum(len(candidates.places(problem, item)) for item in problem.items) > MOST_CHOICES:
        return _unsearched(problem, chosen)
    progress(0.1, "Building the model")
    return _improve(problem, chosen, progress)


def _unsearched(problem: Problem, chosen: dict[int, Place]) -> Solution:
    tiers = tuple(Tier(key, aims.value(problem, key, chosen), 0) for key in aims.order(problem))
    note = (
        "There are too many possible places to search them all; this is the first timetable, made session by session."
    )
    return Solution(candidates.placed(problem, chosen), tiers, (note,))


def _improve(problem: Problem, chosen: dict[int, Place], progress: Progress) -> Solution:
    model, tiers, notes = Model(problem), [], []
    keys = aims.order(problem)
    for done, key in enumerate(keys):
        progress(0.1 + 0.85 * done / len(keys), f"Aim {done + 1} of {len(keys)}: {WORDS[key.rstrip('0123456789')]}")
        tier, chosen, in_time = _reach(model, key, chosen)
        tiers.append(tier)
        if not in_time:
            notes.append("The clock stopped this run before its work was done, so a second run may differ.")
    return Solution(candidates.placed(problem, chosen), tuple(tiers), tuple(dict.fromkeys(notes)))


WORDS = {
    "left-out-": "placing sessions",
    "merit-left-out": "placing the best sessions",
    "sponsor-parallel": "keeping a sponsor's sessions apart",
    "topic-parallel": "keeping sessions on one topic apart",
    "overflow": "fitting audiences into rooms",
    "changes": "keeping what stands",
    "late-starts": "starting early, without gaps",
}


def _reach(model: Model, key: str, chosen: dict[int, Place]) -> tuple[Tier, dict[int, Place], bool]:
    """One aim: skip it when nothing can be better, else search and hold what was found."""
    reached = aims.value(model.problem, key, chosen)
    aim = model.aim(key)
    if isinstance(aim, int):
        return Tier(key, reached, reached), chosen, True
    bound, in_time = 0, True
    if reached:
        chosen, bound, in_time = _search(model, aim, chosen, reached)
        reached = aims.value(model.problem, key, chosen)
    model.cp.add(aim <= reached)
    return Tier(key, reached, min(bound, reached)), chosen, in_time


def _search(model: Model, aim: Any, chosen: dict[int, Place], reached: int) -> tuple[dict[int, Place], int, bool]:
    from ortools.sat.python import cp_model

    model.hint(chosen)
    model.cp.minimize(aim)
    solver = _solver(model.problem.seed)
    status = solver.solve(model.cp)
    in_time = solver.wall_time < NET_SECONDS
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return chosen, 0, in_time
    better = solver.objective_value < reached
    return (model.chosen(solver) if better else chosen), max(0, ceil(solver.best_objective_bound - 1e-6)), in_time


def _solver(seed: int) -> Any:
    """One worker with a deterministic limit repeats itself on any machine."""
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 2
    solver.parameters.random_seed = seed % 2**31
    solver.parameters.max_deterministic_time = EFFORT
    solver.parameters.max_time_in_seconds = NET_SECONDS
    return solver
