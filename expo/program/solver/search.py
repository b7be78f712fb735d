"""Solve aim by aim: each reached value becomes a rule for the aims after it (lexicographic optimum)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from time import monotonic
from typing import Any, cast

from . import aims, candidates, first_blocks, greedy
from .blocks import BlockModel
from .board import Board
from .cells import CellModel, Map, told
from .model import Model
from .neighbourhoods import Picker
from .problem import Problem, Solution, Tier
from .relaxed import TimeModel
from .settings import solver_for, stopping
from .spans import Place
from .words import words

Progress = Callable[[float, str], None]
Chosen = dict[int, Place]

FEW, MANY_PAIRS = 24, 300
STOPPED = "It was stopped, by the clock or by somebody, before its work was done, so a second run may differ."


@dataclass(frozen=True)
class Effort:
    """How long to search: `work` is CP-SAT's own deterministic seconds for one aim, the clock only a net below it.

    Above `large` sessions an aim gets up to `rounds` neighbourhoods of `round_work` each, and ends when `patience` of
    them in a row were of no use. Above `most_choices` pairs of item and place there is no model of the whole.
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
    """Somebody who looks on: `step` hears aim, value and bound when they change (of several bounds of one aim the
    highest counts), `keep` every timetable that is better than the last; `stop` ends with the best so far.
    """

    step: Callable[[str, int, int], None] = lambda key, value, bound: None
    stop: Callable[[], bool] = lambda: False
    keep: Callable[[Mapping[int, Place]], None] = lambda chosen: None


def solve(
    problem: Problem,
    progress: Progress = lambda share, words: None,
    effort: Effort | None = None,
    watch: Watch | None = None,
) -> Solution:
    """The best timetable found; the same one for the same problem, in whatever order it is told."""
    problem = problem.sorted()
    progress(0.05, "Making a first timetable")
    return Search(problem, effort or Effort(), progress, watch or Watch()).run()


def first_timetable(problem: Problem) -> Chosen:
    """Usable at once, before any search."""
    problem = problem.sorted()
    return first(problem, candidates.all_places(problem))


class Search:
    """One run: a timetable that gets better aim by aim, and what is known about each aim."""

    def __init__(self, problem: Problem, effort: Effort, progress: Progress, watch: Watch) -> None:
        self.problem, self.effort, self.progress, self.watch = problem, effort, progress, watch
        self.wanted = candidates.all_places(problem)
        self.chosen = first(problem, self.wanted)
        self.ends = self.until = monotonic() + effort.net_seconds
        pairs = len(problem.links) + len(problem.clashes)
        self.is_large = len(problem.items) > effort.large or (pairs > MANY_PAIRS and not problem.blocks)
        self.picker = Picker(problem, problem.seed)
        self.fits = not self.is_large or sum(map(len, self.wanted.values())) <= effort.most_choices
        self.whole: Board | None = None
        self.map: Map | None = None
        self.aim_of, self.aim = "", cast(Any, 0)
        self.held: dict[str, int] = {}
        self.notes: list[str] = []

    def run(self) -> Solution:
        self.watch.keep(self.chosen)
        tiers = []
        keys = aims.order(self.problem)
        for done, key in enumerate(keys):
            self.progress(0.1 + 0.85 * done / len(keys), f"Aim {done + 1} of {len(keys)}: {words(key)}")
            self.until = monotonic() + self._share(keys[done:])
            tiers.append(self._reach(key))
        told = tuple(self._final(tier) for tier in tiers)
        return Solution(candidates.placed(self.problem, self.chosen), told, tuple(dict.fromkeys(self.notes)))

    def _final(self, tier: Tier) -> Tier:
        """Work on later aims may have bettered an earlier one by chance."""
        value = self._value(tier.key)
        return Tier(tier.key, value, min(tier.bound, value))

    def _share(self, keys: list[str]) -> float:
        """Seconds for the next aim: twice its part, because some need none and what is left over goes on."""
        costly = sum(self._value(key) > 0 for key in keys)
        return (self.ends - monotonic()) * min(1.0, 2 / (costly + 1))

    def _reach(self, key: str) -> Tier:
        """One aim: skip it when nothing can be better, else search and hold what was found."""
        if self.watch.stop():
            self.notes.append(STOPPED)
            return Tier(key, self._value(key), 0)
        bound = 0
        if self._value(key):
            bound = self._undercut(key)
            self.watch.step(key, self._value(key), min(bound, self._value(key)))
        if self.is_large and not self.problem.blocks:
            bound = max(bound, self._whole(key, bound, self.effort.work / 6))
        if self.is_large and self._value(key) > bound:
            self._give_rooms({item: place.start for item, place in self.chosen.items()}, key)
            self._rounds(key, bound)
        bound = max(bound, self._whole(key, bound, self.effort.work))
        self.held[key] = self._value(key)
        self.watch.step(key, self.held[key], min(bound, self.held[key]))
        if self.whole is not None:
            self._hold(self.whole, key)
        return Tier(key, self.held[key], min(bound, self.held[key]))

    def _undercut(self, key: str) -> int:
        """The best bound of the smaller questions; a day of few sessions is told by its own model as soon."""
        if self.problem.blocks or len(self.problem.items) <= min(FEW, self.effort.large):
            return 0
        until, self.until = self.until, monotonic() + (self.until - monotonic()) / 2
        bound = self._where(key) if told(self.problem, key) else 0
        if self._value(key) > bound:
            bound = max(bound, self._when(key))
        self.until = until
        return bound

    def _where(self, key: str) -> int:
        """Rooms and parts of days first, then the times in them."""
        self.map = self.map or Map(self.problem, self.wanted)
        cells = CellModel(self.problem, self.map)
        bound = self._bound(cells, key)
        if cells.where and self._value(key) > bound:
            self._seek(cells.left(), key)
        return bound

    def _when(self, key: str) -> int:
        """Times first, then the rooms at them."""
        times = TimeModel(self.problem, self.wanted)
        bound = self._bound(times, key)
        if times.times and self._value(key) > bound:
            self._give_rooms(times.times, key)
        return bound

    def _give_rooms(self, times: dict[int, int], key: str) -> None:
        """Look for the best rooms at these times."""
        if not self.problem.blocks:
            self._seek({i: [p for p in places if p.start == times.get(i)] for i, places in self.wanted.items()}, key)

    def _seek(self, wanted: dict[int, list[Place]], key: str) -> None:
        """Look among few places; with those of a smaller question, its answer becomes ours."""
        model = form(self.problem)(self.problem, wanted)
        self._hold_all(model)
        self._ask(model, model.aim(key), key, self.effort.work)

    def _hold_all(self, model: Board) -> None:
        for earlier, most in self.held.items():
            model.hold(earlier, most)

    def _bound(self, model: Board, key: str) -> int:
        aim = model.aim(key)
        if isinstance(aim, int):
            return 0
        self._hold_all(model)
        return self._ask(model, aim, key, self.effort.work)[0]

    def _value(self, key: str) -> int:
        return aims.value(self.problem, key, self.chosen)

    def _whole(self, key: str, bound: int, work: float) -> int:
        """The whole problem at once, where it is not too large: what it finds, and the bound it proves."""
        if not self.fits or self._value(key) <= bound:
            return bound
        if self.whole is None:
            self.whole = form(self.problem)(self.problem, self.wanted)
            self._hold_all(self.whole)
        aim = self._aim(self.whole, key)
        return aim if isinstance(aim, int) else self._ask(self.whole, aim, key, work)[0]

    def _aim(self, whole: Board, key: str) -> Any:
        """The aim of the whole model, made once."""
        if self.aim_of != key:
            self.aim_of, self.aim = key, whole.aim(key)
        return self.aim

    def _hold(self, whole: Board, key: str) -> None:
        aim = self._aim(whole, key)
        if not isinstance(aim, int):
            whole.cp.add(aim <= self.held[key])

    def _rounds(self, key: str, bound: int) -> None:
        """Small models, one neighbourhood after the other."""
        idle, ends = 0, self.until
        if self.fits:
            ends -= (ends - monotonic()) / 2
        for _ in range(self.effort.rounds):
            if self._value(key) <= bound or idle >= self.effort.patience:
                return
            if monotonic() > ends or self.watch.stop():
                self.notes.append(STOPPED)
                return
            idle = 0 if self._round(key) else idle + 1

    def _round(self, key: str) -> bool:
        kind, free = self.picker.pick(key, self.chosen)
        model = form(self.problem)(self.problem, self.wanted, free, self.chosen)
        self._hold_all(model)
        before = self._value(key)
        _, to_the_end = self._ask(model, model.aim(key), key, self.effort.round_work)
        better = self._value(key) < before
        self.picker.learn(kind, better=better, to_the_end=to_the_end)
        return better

    def _ask(self, model: Board, aim: Any, key: str, work: float) -> tuple[int, bool]:
        """Minimise from the present timetable on and keep what is better; the bound, and whether it was proved."""
        from ortools.sat.python import cp_model

        if model.kind != "bare":  # there a hint costs more than it helps
            model.hint(self.chosen)
        model.cp.minimize(aim)
        kind = model.kind or ("light" if self.is_large and model is not self.whole else "")
        solver = solver_for(self.problem.seed, work, self.until - monotonic(), self.effort.workers, kind=kind)
        with stopping(solver, self.watch.stop):
            status = solver.solve(model.cp)
        if monotonic() > self.until or self.watch.stop():
            self.notes.append(STOPPED)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            self._take(model.chosen(solver), key)
        lowest: float = solver.best_objective_bound
        return max(0, ceil(lowest - 1e-6)), status in (cp_model.OPTIMAL, cp_model.INFEASIBLE)

    def _take(self, found: Chosen | None, key: str) -> None:
        """Keep what is better, counted on the timetable itself and not on the model's word."""
        if found is not None and aims.value(self.problem, key, found) < self._value(key):
            self.chosen = found
            self.watch.keep(found)
            self.watch.step(key, self._value(key), 0)


def form(problem: Problem) -> type[Model] | type[BlockModel]:
    """The form of the model that fits the problem."""
    return BlockModel if problem.blocks else Model


def first(problem: Problem, wanted: dict[int, list[Place]]) -> Chosen:
    """A usable timetable at once."""
    return first_blocks.start(problem, wanted) if problem.blocks else greedy.start(problem, wanted)
