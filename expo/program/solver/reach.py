"""One model, aim after aim: each value that is reached becomes a rule for the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil
from time import monotonic
from typing import Any

from . import aims
from .board import Board
from .problem import Problem, Tier
from .settings import solver_for
from .spans import Place

Chosen = dict[int, Place]


class Reach:
    """A timetable that gets better, and what is proved about it."""

    def __init__(self, problem: Problem, start: Chosen, work: float, seconds: float) -> None:
        self.problem, self.chosen, self.work = problem, start, work
        self.ends = monotonic() + seconds
        self.restart()

    def restart(self) -> None:
        """Forget the bounds, keep the timetable."""
        self.reached: dict[str, Tier] = {}
        self.bounds: dict[str, int] = {}

    @property
    def tiers(self) -> tuple[Tier, ...]:
        return tuple(self.reached.values())

    def value(self, key: str) -> int:
        return aims.value(self.problem, key, self.chosen)

    def proved_above(self, key: str, value: int) -> bool:
        """Whether the last model could not have reached this value."""
        return self.bounds.get(key, 0) > value

    def note(self, least: Mapping[str, int]) -> None:
        """Replace the bounds of the last model, which was a part, by what is known of the whole."""
        self.reached = {
            key: Tier(key, tier.value, min(tier.value, least.get(key, 0))) for key, tier in self.reached.items()
        }

    def descend(self, model: Board, keys: Iterable[str], least: Mapping[str, int], hold: Iterable[str] = ()) -> None:
        """Minimise the aims in order, under what the held ones have reached; `least` is known from elsewhere."""
        for key in hold:
            aim = model.aim(key)
            if not isinstance(aim, int):
                model.cp.add(aim <= self.value(key))
        for key in keys:
            bound = self._step(model, key, least.get(key, 0))
            self.bounds[key] = bound
            self.reached[key] = Tier(key, self.value(key), min(bound, self.value(key)))

    def _step(self, model: Board, key: str, bound: int) -> int:
        aim = model.aim(key)
        if isinstance(aim, int):
            return aim
        if self.value(key) > bound:
            bound = max(bound, self._ask(model, aim, key))
        model.cp.add(aim <= self.value(key))
        return bound

    def _ask(self, model: Board, aim: Any, key: str) -> int:
        from ortools.sat.python import cp_model

        model.hint(self.chosen)
        model.cp.minimize(aim)
        solver = solver_for(
            self.problem.seed, self.work, self.ends - monotonic(), kind="light" if len(model.known) > 5000 else ""
        )
        if solver.solve(model.cp) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            found = model.chosen(solver)
            if found is not None and aims.value(self.problem, key, found) < self.value(key):
                self.chosen = found
        lowest: float = solver.best_objective_bound
        return max(0, ceil(lowest - 1e-6))
