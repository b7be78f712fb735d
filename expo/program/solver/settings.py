"""How CP-SAT is asked, everywhere."""

from __future__ import annotations

from typing import Any


def solver_for(seed: int, work: float, seconds: float, workers: int = 1, *, light: bool = False) -> Any:
    """Repeats itself on any machine: its limit is its own work, the clock is only a net."""
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = workers
    solver.parameters.interleave_search = workers > 1
    solver.parameters.linearization_level = 2
    solver.parameters.random_seed = seed % 2**31
    solver.parameters.max_deterministic_time = work
    solver.parameters.max_time_in_seconds = max(0.1, seconds)
    if light:  # presolve alone would eat the limit of a large model
        solver.parameters.max_presolve_iterations = 1
        solver.parameters.find_big_linear_overlap = False
    return solver
