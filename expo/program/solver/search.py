"""Solve aim by aim: each reached value becomes a rule for the aims after it (lexicographic optimum)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from time import monotonic
from typing import Any

from . import aims, candidates, first_blocks, greedy
from .blocks import BlockModel
from .board import Board
from .model import Model
from .problem import Problem, Solution, Tier
from .spans import Place

Progress = Callable[[float, str], None]
Chosen = dict[int, Place]

STOPPED = "The clock stopped this run before its work was done, so a second run may differ."


@dataclass(frozen=True)
class Effort:
    """How long to search: `work` is CP-SAT's own deterministic seconds for one aim, the clock only a net below it."""

    work: float = 4.0
    net_seconds: float = 120.0
    workers: int = 1


def solve(problem: Problem, progress: Progress = lambda share, words: None, effort: Effort | None = None) -> Solution:
    """The best timetable found; the same one for the same problem, in whatever order it is told."""
    problem = problem.sorted()
    progress(0.05, "Making a first timetable")
    search = Search(problem, effort or Effort(), progress)
    return search.run()


WORDS = {
    "left-out-": "placing sessions",
    "merit-left-out": "placing the best sessions",
    "prime-time": "sharing prime time",
    "sponsor-parallel": "keeping a sponsor's sessions apart",
    "topic-parallel": "keeping sessions on one topic apart",
    "clashes": "keeping apart what the same people want to hear",
    "strands": "keeping what belongs together together",
    "overflow": "fitting audiences into rooms",
    "wishes": "granting wishes",
    "sequence": "keeping sessions in sequence",
    "changes": "keeping what stands",
    "late-starts": "starting early, without gaps",
    "blend": "weighing all aims against each other",
}


class Search:
    """One run: a timetable that gets better, and what is known about each aim."""

    def __init__(self, problem: Problem, effort: Effort, progress: Progress) -> None:
        self.problem, self.effort, self.progress = problem, effort, progress
        self.wanted = {item.id: candidates.places(problem, item) for item in problem.items}
        self.chosen = first(problem, self.wanted)
        self.began, self.notes = monotonic(), list[str]()

    def run(self) -> Solution:
        self.progress(0.1, "Building the model")
        model = form(self.problem)(self.problem, self.wanted)
        tiers = []
        keys = aims.order(self.problem)
        for done, key in enumerate(keys):
            self.progress(0.1 + 0.85 * done / len(keys), f"Aim {done + 1} of {len(keys)}: {words(key)}")
            tiers.append(self._reach(model, key))
        return Solution(candidates.placed(self.problem, self.chosen), tuple(tiers), tuple(dict.fromkeys(self.notes)))

    def _reach(self, model: Board, key: str) -> Tier:
        """One aim: skip it when nothing can be better, else search and hold what was found."""
        reached = aims.value(self.problem, key, self.chosen)
        aim = model.aim(key)
        if isinstance(aim, int):
            return Tier(key, reached, reached)
        bound = 0
        if reached:
            bound = self._search(model, aim, key)
            reached = aims.value(self.problem, key, self.chosen)
        model.cp.add(aim <= reached)
        return Tier(key, reached, min(bound, reached))

    def _search(self, model: Board, aim: Any, key: str) -> int:
        from ortools.sat.python import cp_model

        model.hint(self.chosen)
        model.cp.minimize(aim)
        solver = solver_for(self.problem.seed, self.effort)
        status = solver.solve(model.cp)
        if solver.wall_time >= self.effort.net_seconds:
            self.notes.append(STOPPED)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return 0
        self._take(model.chosen(solver), key)
        lowest: float = solver.best_objective_bound
        return max(0, ceil(lowest - 1e-6))

    def _take(self, found: Chosen | None, key: str) -> None:
        """Keep what is better, counted on the timetable itself and not on the model's word."""
        if found is not None and aims.value(self.problem, key, found) < aims.value(self.problem, key, self.chosen):
            self.chosen = found


def words(key: str) -> str:
    """An aim for the person who watches."""
    return WORDS[key.rstrip("0123456789")]


def form(problem: Problem) -> type[Model] | type[BlockModel]:
    """The form of the model that fits the problem."""
    return BlockModel if problem.blocks else Model


def first(problem: Problem, wanted: dict[int, list[Place]]) -> Chosen:
    """A usable timetable at once."""
    return first_blocks.start(problem, wanted) if problem.blocks else greedy.start(problem, wanted)


def solver_for(seed: int, effort: Effort) -> Any:
    """Repeats itself on any machine: its limit is its own work, not the clock."""
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = effort.workers
    solver.parameters.interleave_search = effort.workers > 1
    solver.parameters.linearization_level = 2
    solver.parameters.random_seed = seed % 2**31
    solver.parameters.max_deterministic_time = effort.work
    solver.parameters.max_time_in_seconds = effort.net_seconds
    return solver
