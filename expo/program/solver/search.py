"""Lexicographic search: each objective is minimised in its order, and its value constrains those after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from time import monotonic
from typing import Any, cast

from .. import objective_texts
from . import candidates, greedy, objectives, time_blocks
from .base_model import BaseModel
from .candidates import Allowed
from .cp_sat import solver_for, stopping
from .lower_bounds import CellMap, CellModel, TimeModel, separable_parts
from .model import Model
from .neighbourhoods import NeighbourhoodPicker
from .problem import Objective, Place, Problem, Solution, Timetable
from .time_blocks import TimeBlockModel

Progress = Callable[[float, str], None]

#: Up to so many sessions the whole model proves its bounds as fast as a relaxation would.
FEW = 24
#: Above so many pairs of sessions in links and clashes a problem counts as large.
MANY_PAIRS = 300
STOPPED = "It was stopped, by the clock or by somebody, before its work was done, so a second run may differ."


@dataclass(frozen=True)
class Effort:
    """How long to search: `work` in CP-SAT's deterministic seconds for one objective; the clock is only a safety net.

    Above `large` sessions an objective gets up to `rounds` neighbourhoods of `round_work` each, until `patience` in a
    row brought no improvement. Above `most_choices` pairs of item and place there is no whole model.
    """

    work: float = 4.0
    net_seconds: float = 900.0
    workers: int = 1
    rounds: int = 120
    round_work: float = 0.4
    patience: int = 30
    large: int = 80
    most_choices: int = 60_000


@dataclass(frozen=True)
class Watch:
    """Callbacks of a search: `step` gets objective, value and bound when they change (of several bounds of one the
    highest counts), `keep` every better timetable; the search ends with its best once `stop` is true.
    """

    step: Callable[[str, int, int], None] = lambda key, value, bound: None
    stop: Callable[[], bool] = lambda: False
    keep: Callable[[Mapping[int, Place]], None] = lambda placements: None


def solve(
    problem: Problem,
    progress: Progress = lambda share, words: None,
    effort: Effort | None = None,
    watch: Watch | None = None,
) -> Solution:
    """The best timetable found; the same one for the same problem, in whatever order its parts are given."""
    problem = problem.sorted()
    progress(0.05, "Making a first timetable")
    return Search(problem, effort or Effort(), progress, watch or Watch()).run()


def first_timetable(problem: Problem) -> Timetable:
    """A greedy timetable, without any search."""
    problem = problem.sorted()
    return _first(problem, candidates.all_allowed_places(problem))


class Search:
    """One run: the timetable, improved objective by objective, and the value and bound of each."""

    def __init__(self, problem: Problem, effort: Effort, progress: Progress, watch: Watch) -> None:
        self.problem, self.effort, self.progress, self.watch = problem, effort, progress, watch
        self.allowed = candidates.all_allowed_places(problem)
        self.placements = _first(problem, self.allowed)
        self.ends = self.deadline = monotonic() + effort.net_seconds
        pairs = len(problem.links) + len(problem.clashes)
        self.is_large = len(problem.items) > effort.large or (pairs > MANY_PAIRS and not problem.time_blocks)
        self.picker = NeighbourhoodPicker(problem, problem.seed)
        self.has_whole_model = not self.is_large or sum(map(len, self.allowed.values())) <= effort.most_choices
        self.whole: BaseModel | None = None
        self.map: CellMap | None = None
        self.objective_key, self.objective = "", cast(Any, 0)
        self.reached: dict[str, int] = {}
        self.notes: list[str] = []

    def run(self) -> Solution:
        self.watch.keep(self.placements)
        reached = []
        keys = objectives.order(self.problem)
        for done, key in enumerate(keys):
            activity = objective_texts.text(key).activity
            self.progress(0.1 + 0.85 * done / len(keys), f"Goal {done + 1} of {len(keys)}: {activity}")
            # Twice its share of the time, because some need none and leave theirs to the others.
            costly = sum(self._value(each) > 0 for each in keys[done:])
            self.deadline = monotonic() + (self.ends - monotonic()) * min(1.0, 2 / (costly + 1))
            reached.append(self._minimise(key))
        # Work on later objectives may have improved an earlier one by chance.
        values = [(objective, self._value(objective.key)) for objective in reached]
        final = tuple(Objective(objective.key, value, min(objective.bound, value)) for objective, value in values)
        return Solution(candidates.placed(self.problem, self.placements), final, tuple(dict.fromkeys(self.notes)))

    def _minimise(self, key: str) -> Objective:
        """Minimise one objective unless it is at its bound, and constrain it for those that follow."""
        if self.watch.stop():
            self.notes.append(STOPPED)
            return Objective(key, self._value(key), 0)
        bound = 0
        if self._value(key):
            bound = self._relaxation_bound(key)
            self.watch.step(key, self._value(key), min(bound, self._value(key)))
        if self.is_large and not self.problem.time_blocks:
            bound = max(bound, self._solve_whole(key, bound, self.effort.work / 6))
        if self.is_large and self._value(key) > bound:
            self._assign_rooms({item: place.start for item, place in self.placements.items()}, key)
            self._search_neighbourhoods(key, bound)
        bound = max(bound, self._solve_whole(key, bound, self.effort.work))
        self.reached[key] = self._value(key)
        self.watch.step(key, self.reached[key], min(bound, self.reached[key]))
        if self.whole is not None:
            objective = self._objective(self.whole, key)
            if not isinstance(objective, int):
                self.whole.cp.add(objective <= self.reached[key])
        return Objective(key, self.reached[key], min(bound, self.reached[key]))

    def _relaxation_bound(self, key: str) -> int:
        """The best bound of the relaxations; for few sessions the whole model is as fast."""
        if self.problem.time_blocks or len(self.problem.items) <= min(FEW, self.effort.large):
            return 0
        deadline, self.deadline = self.deadline, monotonic() + (self.deadline - monotonic()) / 2
        bound = self._bound_by_cells(key) if separable_parts(self.problem, key) else 0
        if self._value(key) > bound:
            bound = max(bound, self._bound_by_times(key))
        self.deadline = deadline
        return bound

    def _bound_by_cells(self, key: str) -> int:
        """A bound by rooms and parts of days; then look for times inside them."""
        self.map = self.map or CellMap(self.problem, self.allowed)
        model = CellModel(self.problem, self.map)
        bound = self._bound(model, key)
        if model.cells and self._value(key) > bound:
            self._search_among(model.allowed_in_cells(), key)
        return bound

    def _bound_by_times(self, key: str) -> int:
        """A bound by times; then look for rooms at them."""
        model = TimeModel(self.problem, self.allowed)
        bound = self._bound(model, key)
        if model.times and self._value(key) > bound:
            self._assign_rooms(model.times, key)
        return bound

    def _assign_rooms(self, times: dict[int, int], key: str) -> None:
        """Look for the best rooms at these times."""
        if not self.problem.time_blocks:
            self._search_among(
                {i: [p for p in places if p.start == times.get(i)] for i, places in self.allowed.items()}, key
            )

    def _search_among(self, allowed: dict[int, list[Place]], key: str) -> None:
        """Minimise among few places, such as those of a relaxation's solution."""
        model = _model_class(self.problem)(self.problem, allowed)
        self._constrain_reached(model)
        self._solve(model, model.objective(key), key, self.effort.work)

    def _constrain_reached(self, model: BaseModel) -> None:
        for earlier, most in self.reached.items():
            model.hold(earlier, most)

    def _bound(self, model: BaseModel, key: str) -> int:
        objective = model.objective(key)
        if isinstance(objective, int):
            return 0
        self._constrain_reached(model)
        return self._solve(model, objective, key, self.effort.work)[0]

    def _value(self, key: str) -> int:
        return objectives.value(self.problem, key, self.placements)

    def _solve_whole(self, key: str, bound: int, work: float) -> int:
        """Solve the model of all sessions, where it is not too large; the bound it proves."""
        if not self.has_whole_model or self._value(key) <= bound:
            return bound
        if self.whole is None:
            self.whole = _model_class(self.problem)(self.problem, self.allowed)
            self._constrain_reached(self.whole)
        objective = self._objective(self.whole, key)
        return objective if isinstance(objective, int) else self._solve(self.whole, objective, key, work)[0]

    def _objective(self, whole: BaseModel, key: str) -> Any:
        """The objective's expression in the whole model, built once."""
        if self.objective_key != key:
            self.objective_key, self.objective = key, whole.objective(key)
        return self.objective

    def _search_neighbourhoods(self, key: str, bound: int) -> None:
        """Large neighbourhood search until the bound, the limit or the patience is reached."""
        idle, ends = 0, self.deadline
        if self.has_whole_model:
            ends -= (ends - monotonic()) / 2
        for _ in range(self.effort.rounds):
            if self._value(key) <= bound or idle >= self.effort.patience:
                return
            if monotonic() > ends or self.watch.stop():
                self.notes.append(STOPPED)
                return
            kind, free = self.picker.pick(key, self.placements)
            model = _model_class(self.problem)(self.problem, self.allowed, free, self.placements)
            self._constrain_reached(model)
            before = self._value(key)
            _, solved = self._solve(model, model.objective(key), key, self.effort.round_work)
            improved = self._value(key) < before
            self.picker.learn(kind, improved=improved, solved=solved)
            idle = 0 if improved else idle + 1

    def _solve(self, model: BaseModel, objective: Any, key: str, work: float) -> tuple[int, bool]:
        """Minimise, hinted with the current timetable, and keep an improvement; the bound, and whether it is proved."""
        from ortools.sat.python import cp_model

        if model.kind != "bare":  # there a hint costs more than it helps
            model.hint(self.placements)
        model.cp.minimize(objective)
        kind = model.kind or ("light" if self.is_large and model is not self.whole else "")
        solver = solver_for(self.problem.seed, work, self.deadline - monotonic(), self.effort.workers, kind=kind)
        with stopping(solver, self.watch.stop):
            status = solver.solve(model.cp)
        if monotonic() > self.deadline or self.watch.stop():
            self.notes.append(STOPPED)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            found = model.read(solver)  # its value is counted on the timetable, not read from the model
            if found is not None and objectives.value(self.problem, key, found) < self._value(key):
                self.placements = found
                self.watch.keep(found)
                self.watch.step(key, self._value(key), 0)
        lowest: float = solver.best_objective_bound
        return max(0, ceil(lowest - 1e-6)), status in (cp_model.OPTIMAL, cp_model.INFEASIBLE)


def _model_class(problem: Problem) -> type[Model] | type[TimeBlockModel]:
    return TimeBlockModel if problem.time_blocks else Model


def _first(problem: Problem, allowed: Allowed) -> Timetable:
    if problem.time_blocks:
        return time_blocks.first_timetable(problem, allowed)
    return greedy.first_timetable(problem, allowed)
