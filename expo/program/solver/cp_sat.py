"""How CP-SAT is called: by deterministic work, never by the clock alone, so that every result repeats."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

POLL_SECONDS = 0.5


def solver_for(seed: int, work: float, seconds: float, workers: int = 1, *, kind: str = "") -> Any:
    """A solver limited by deterministic `work`; `seconds` on the clock are only a safety net.

    `kind` "light": for many or large models; "bare": for models with nothing to presolve.
    """
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = workers
    solver.parameters.interleave_search = workers > 1
    solver.parameters.linearization_level = 2
    solver.parameters.random_seed = seed % 2**31
    solver.parameters.max_deterministic_time = work
    solver.parameters.max_time_in_seconds = max(0.1, seconds)
    if kind == "light":  # presolve alone would eat the limit of a large model
        solver.parameters.max_presolve_iterations = 1
        solver.parameters.find_big_linear_overlap = False
    elif kind == "bare":
        solver.parameters.cp_model_presolve = False
        solver.parameters.symmetry_level = 0
        solver.parameters.linearization_level = 1
        solver.parameters.add_lp_constraints_lazily = False
    return solver


@contextmanager
def stopping(solver: Any, stop: Callable[[], bool]) -> Iterator[None]:
    """Poll `stop` in a thread while the solver searches; a signal would wait until it has finished."""
    done = Event()

    def poll() -> None:
        while not done.wait(POLL_SECONDS):
            if stop():
                solver.stop_search()

    watcher = Thread(target=poll, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


CLOCK_PER_WORK = 15.0


class WorkLimit:
    """A question's limit in deterministic seconds, of which each solve uses some; `left` is what remains."""

    def __init__(self, work: float) -> None:
        self.left = work

    def solve(self, model: Any, seed: int, most: float) -> tuple[Any, int]:
        """The solver after at most `most` of the work that is left, and its status."""
        work = max(0.01, min(most, self.left))
        solver = solver_for(seed, work, max(60.0, CLOCK_PER_WORK * work))
        status = solver.solve(model)
        self.left -= solver.deterministic_time
        return solver, status


def is_feasible(status: int) -> bool:
    """Whether the solver holds a solution."""
    from ortools.sat.python import cp_model

    return status in (cp_model.OPTIMAL, cp_model.FEASIBLE)


def is_settled(status: int) -> bool:
    """Whether the solution is proved optimal, or the model infeasible."""
    from ortools.sat.python import cp_model

    return status in (cp_model.OPTIMAL, cp_model.INFEASIBLE)
