"""How CP-SAT is asked, everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

POLL_SECONDS = 0.5


def solver_for(seed: int, work: float, seconds: float, workers: int = 1, *, kind: str = "") -> Any:
    """Repeats itself on any machine: its limit is its own work, the clock is only a net.

    `kind` light: for many or large models; bare: for those that come with nothing to presolve.
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
    """While it searches, ask now and then whether to stop; a signal would wait until it has finished."""
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
