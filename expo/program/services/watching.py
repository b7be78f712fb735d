"""What a run tells while it searches, and how it hears that a chair has enough."""

import threading
from collections.abc import Mapping
from time import monotonic
from typing import Any

from django.db import connection

from expo.kit.runs import RunState, write

from ..models import Run
from ..solver import Place, Problem, Watch, is_better, violations
from ..solver.candidates import placed

WRITE_SECONDS = 1.0
ASK_SECONDS = 2.0
Chosen = Mapping[int, Place]
Step = list[Any]  # [seconds since the work began, aim, value, bound]


class Recorder:
    """Keeps the trace and the best timetable on the run: at most one write a second, and one when an aim ends.

    Every write checks the lease. The timetable that a killed worker had reached is kept until this one is better.
    """

    def __init__(self, run: Run, problem: Problem) -> None:
        self.run, self.problem, self.hash = run, problem, problem.fingerprint()
        self.began = self.asked = self.written = monotonic()
        self.trace: list[Step] = []
        self.bounds: dict[str, int] = {}
        self.earlier: Chosen | None = _earlier(run, problem, self.hash)
        self.best: Chosen = self.earlier or {}
        self.is_stopped = run.stop_asked_at is not None
        self.thread = threading.get_ident()

    @property
    def watch(self) -> Watch:
        return Watch(self.step, self.stop, self.keep)

    def step(self, key: str, value: int, bound: int) -> None:
        """Note where an aim stands; of the bounds the highest counts."""
        begins = not self.trace or self.trace[-1][1] != key
        self.bounds[key] = max(bound, self.bounds.get(key, 0))
        row = [round(monotonic() - self.began, 1), key, value, min(value, self.bounds[key])]
        if not begins and self._is_crowded(row):
            self.trace.pop()
        self.trace.append(row)
        if begins or monotonic() - self.written >= WRITE_SECONDS:
            self._write()

    def _is_crowded(self, row: Step) -> bool:
        """Between the first and the last of an aim one row a second will do."""
        return len(self.trace) > 1 and self.trace[-2][1] == row[1] and row[0] - self.trace[-2][0] < WRITE_SECONDS

    def keep(self, chosen: Chosen) -> None:
        """A better timetable than the last one of this worker."""
        if self.earlier is None or is_better(self.problem, chosen, self.earlier):
            self.earlier, self.best = None, dict(chosen)

    def stop(self) -> bool:
        """Whether a chair wants the best so far, or the run is no longer ours. Asked from the solver's thread too."""
        if not self.is_stopped and monotonic() - self.asked >= ASK_SECONDS:
            self.asked = monotonic()
            self.is_stopped = self._ask()
        return self.is_stopped

    def _ask(self) -> bool:
        try:
            row = Run.objects.filter(pk=self.run.pk).values("lease", "state", "stop_asked_at").first()
        finally:
            if threading.get_ident() != self.thread:
                connection.close()
        if row is None:
            return False
        return bool(row["stop_asked_at"]) or (row["lease"], row["state"]) != (self.run.lease, RunState.RUNNING)

    def _write(self) -> None:
        self.written = monotonic()
        write(self.run, trace=self.trace, result={"incumbent": rows_of(self.best), "input": self.hash})


def rows_of(chosen: Chosen) -> list[list[int]]:
    """[session, room, minute], as stored beside a run under way."""
    return [[key, place.room, place.start] for key, place in sorted(chosen.items())]


def _earlier(run: Run, problem: Problem, fingerprint: str) -> Chosen | None:
    """What a worker before this one had reached on the same input, if the checker lets it pass."""
    stored = run.result or {}
    if stored.get("input") != fingerprint or not stored.get("incumbent"):
        return None
    found = {item: Place(room, start) for item, room, start in stored["incumbent"]}
    return None if violations(problem, placed(problem, found)) else found
