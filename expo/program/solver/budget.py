"""So much of the solver's own work for a whole question, so that it repeats: each part takes from it."""

from __future__ import annotations

from typing import Any

from .settings import solver_for

CLOCK_PER_WORK = 15.0


class Budget:
    """What is `left`, in the solver's own seconds."""

    def __init__(self, work: float) -> None:
        self.left = work

    def solve(self, model: Any, seed: int, most: float) -> tuple[Any, int]:
        """The solver with what it found, after at most so much of what is left, and its status."""
        work = max(0.01, min(most, self.left))
        solver = solver_for(seed, work, max(60.0, CLOCK_PER_WORK * work))
        status = solver.solve(model)
        self.left -= solver.deterministic_time
        return solver, status


def is_found(status: int) -> bool:
    """Whether the solver holds an answer."""
    from ortools.sat.python import cp_model

    return status in (cp_model.OPTIMAL, cp_model.FEASIBLE)


def is_settled(status: int) -> bool:
    """Whether it is the best, or it is proved that there is none."""
    from ortools.sat.python import cp_model

    return status in (cp_model.OPTIMAL, cp_model.INFEASIBLE)
