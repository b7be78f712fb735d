"""A worker's part of a run: claim it, solve it under a heartbeat, keep the trace, check the result, store a preview."""

import threading
from collections.abc import Mapping
from dataclasses import asdict, replace
from importlib.metadata import version
from time import monotonic
from typing import Any

from django.db import connection, transaction

from expo.journal.services import record
from expo.kit.runs import RunState, fail, finish, report, work_on, write

from .. import objective_texts
from ..models import Run
from ..queries.problem import Snapshot, moment, snapshot
from ..solver.candidates import placed
from ..solver.checker import score, violations
from ..solver.explain import why_here, why_not
from ..solver.objectives import as_solution, is_better
from ..solver.prechecks import precheck
from ..solver.problem import Place, Problem, Solution
from ..solver.repair import repair
from ..solver.search import STOPPED, Watch, first_timetable, solve
from ..states import RunKind
from .runs import EFFORTS, problem_of

CRASHED = "The run stopped with an error; the worker's log has it. Start a new run; if it fails too, ask the operators."
FEWEST = "No timetable that keeps the rules moves fewer sessions: proved."
MAYBE_FEWER = "Whether fewer sessions could move is not proved: the search ended before it had seen everything."
WRITE_SECONDS = 1.0
ASK_SECONDS = 2.0
MOST_EXPLAINED = 120  # above this the reasons are found when somebody asks for them
SOLVER = 3  # grows when the same input may give another timetable
Chosen = Mapping[int, Place]
TracePoint = list[Any]  # [seconds since the work began, aim, value, bound]


def execute(run_id: int) -> bool:
    """Work on a run: snapshot, solve under a heartbeat, store a preview. False when it is not ours to do."""
    return work_on(Run, run_id, perform, lambda run, _: fail(run, CRASHED))


def perform(run: Run) -> None:
    """The work itself; raises LeaseLost as soon as another worker holds the run."""
    report(run, 0.02, "Reading the edition")
    now = snapshot(run.edition, seed=run.seed)
    problem = problem_of(run, now)
    findings = precheck(problem)
    stops = [finding.text for finding in findings if finding.stops]
    if stops:
        fail(run, " ".join(stops))
    elif run.kind == RunKind.DRAFT:  # whoever stops it gets the best that this worker, or one killed before it, found
        recorder = Recorder(run, problem)
        if recorder.is_stopped:
            solution = as_solution(problem, recorder.best or first_timetable(problem), STOPPED)
        else:
            effort = EFFORTS.get(run.parameters.get("effort", "usual"), EFFORTS["usual"])
            solution = solve(problem, lambda share, stage: report(run, share, stage), effort, recorder.watch)
        if recorder.is_stopped and recorder.best and is_better(problem, recorder.best, solution.places):
            solution = as_solution(problem, recorder.best, STOPPED)
        general = [finding.text for finding in findings if finding.item is None]
        solution = replace(solution, notes=(*general, *solution.notes))
        _check_and_store(run, now, problem, solution, trace=recorder.trace)
    else:
        report(run, 0.2, "Looking for the fewest moves")
        repaired = repair(problem)
        notes = (FEWEST if repaired.is_minimal else MAYBE_FEWER,)
        _check_and_store(run, now, problem, Solution(repaired.placed, repaired.objectives, notes))


def _check_and_store(
    run: Run, now: Snapshot, problem: Problem, solution: Solution, trace: list[TracePoint] | None = None
) -> None:
    broken = second_opinion(problem, solution)
    if broken:
        fail(run, f"The result was refused by the checker, so it was not stored: {' '.join(broken)}")
        return
    report(run, 0.97, "Writing down the reasons")
    _store(run, now, problem, solution, trace or [])


def second_opinion(problem: Problem, solution: Solution) -> list[str]:
    """What the checker, which shares no code with the engine, finds wrong with an answer."""
    recounted = score(problem, solution.places)
    wrong = [
        f"{tier.key} is {recounted[tier.key]}, not {tier.value}."
        for tier in solution.objectives
        if recounted[tier.key] != tier.value
    ]
    return violations(problem, solution.placed) + wrong


@transaction.atomic
def _store(run: Run, now: Snapshot, problem: Problem, solution: Solution, trace: list[TracePoint]) -> None:
    """The preview and its journal entry, or neither: the lease decides."""
    tiers = [asdict(tier) for tier in solution.objectives]
    left_out = [item for item in problem.items if item.id not in solution.places]
    is_explained = len(problem.items) <= MOST_EXPLAINED
    rows = [
        {
            "proposal": row.item,
            "room": row.place.room,
            "track": row.track,
            "starts_at": moment(row.place.start).isoformat(),
            "minutes": problem.item[row.item].minutes,
            "why": why_here(problem, problem.item[row.item], solution.places) if is_explained else [],
        }
        for row in solution.placed
    ]
    finish(
        run,
        "Ready to look at",
        input_hash=problem.fingerprint(),
        solver_status=objective_texts.summary(tiers),
        objective=len(left_out),
        bound=sum(tier.bound for tier in solution.objectives if tier.key.startswith("left-out-")),
        reasons=list(solution.notes),
        versions={"solver": SOLVER, "ortools": version("ortools")},
        result={
            "placed": rows,
            "left_out": [{"proposal": item.id, "reason": why_not(problem, item, solution.places)} for item in left_out],
            "tiers": tiers,
            "versions": {str(key): number for key, number in now.versions.items()},
        },
        trace=trace,
    )
    record("program.run_ready", by=None, target=run)


class Recorder:
    """Keeps the trace and the best timetable on the run: at most one write a second, and one when an aim ends.

    Every write checks the lease. The timetable that a killed worker had reached is kept until this one is better.
    """

    def __init__(self, run: Run, problem: Problem) -> None:
        self.run, self.problem, self.hash = run, problem, problem.fingerprint()
        self.began = self.asked = self.written = monotonic()
        self.trace: list[TracePoint] = []
        self.bounds: dict[str, int] = {}
        self.earlier: Chosen | None = _earlier(run, problem, self.hash)
        self.best: Chosen = self.earlier or {}
        self.is_stopped = run.stop_asked_at is not None
        self.thread = threading.get_ident()

    @property
    def watch(self) -> Watch:
        return Watch(self.step, self.stop, self.keep)

    def step(self, key: str, value: int, bound: int) -> None:
        """Note where an aim is; of the bounds the highest counts."""
        begins = not self.trace or self.trace[-1][1] != key
        self.bounds[key] = max(bound, self.bounds.get(key, 0))
        point = [round(monotonic() - self.began, 1), key, value, min(value, self.bounds[key])]
        # Between an objective's first and last point one a second will do.
        before = self.trace[-2] if not begins and len(self.trace) > 1 else None
        if before is not None and before[1] == key and point[0] - before[0] < WRITE_SECONDS:
            self.trace.pop()
        self.trace.append(point)
        if begins or monotonic() - self.written >= WRITE_SECONDS:
            self.written = monotonic()
            incumbent = [[item, place.room, place.start] for item, place in sorted(self.best.items())]
            write(self.run, trace=self.trace, result={"incumbent": incumbent, "input": self.hash})

    def keep(self, chosen: Chosen) -> None:
        """A better timetable than the last one of this worker."""
        if self.earlier is None or is_better(self.problem, chosen, self.earlier):
            self.earlier, self.best = None, dict(chosen)

    def stop(self) -> bool:
        """Whether a chair wants the best so far, or the run is no longer ours. Asked from the solver's thread too."""
        if self.is_stopped or monotonic() - self.asked < ASK_SECONDS:
            return self.is_stopped
        self.asked = monotonic()
        try:
            row = Run.objects.filter(pk=self.run.pk).values("lease", "state", "stop_asked_at").first()
        finally:
            if threading.get_ident() != self.thread:
                connection.close()
        if row is not None:
            is_lost = (row["lease"], row["state"]) != (self.run.lease, RunState.RUNNING)
            self.is_stopped = bool(row["stop_asked_at"]) or is_lost
        return self.is_stopped


def _earlier(run: Run, problem: Problem, fingerprint: str) -> Chosen | None:
    """What a worker before this one had reached on the same input, if the checker lets it pass."""
    stored = run.result or {}
    if stored.get("input") != fingerprint or not stored.get("incumbent"):
        return None
    chosen = {item: Place(room, start) for item, room, start in stored["incumbent"]}
    return None if violations(problem, placed(problem, chosen)) else chosen
