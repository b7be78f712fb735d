"""A worker's part of a run: claim it, solve what it asks under a heartbeat, store a preview."""

from dataclasses import replace

from expo.kit.runs import fail, report, work_on

from ..models import Run
from ..queries.problem import Snapshot, snapshot
from ..solver import (
    STOPPED,
    Finding,
    Problem,
    Solution,
    as_it_stands,
    first_timetable,
    is_better,
    precheck,
    repair,
    solve,
)
from ..states import RunKind
from .asking import effort_of, problem_of
from .storing import second_opinion, store
from .watching import Recorder

CRASHED = (
    "The run stopped with an error, which the worker's log tells. Start a new run; if it fails too, ask the operators."
)
FEWEST = "No timetable that keeps the rules moves fewer sessions: proved."
MAYBE_FEWER = "Whether fewer sessions could move is not proved: the search ended before it had seen everything."


def execute_run(run_id: int) -> bool:
    """Work on a run: snapshot, solve under a heartbeat, store a preview. False when it is not ours to do."""
    return work_on(Run, run_id, perform, lambda run, _: fail(run, CRASHED))


def perform(run: Run) -> None:
    """The work itself; raises LeaseLost as soon as another worker holds the run."""
    report(run, 0.02, "Reading the edition")
    seen = snapshot(run.edition, seed=run.seed)
    problem = problem_of(run, seen)
    findings = precheck(problem)
    stops = [finding.text for finding in findings if finding.stops]
    if stops:
        fail(run, " ".join(stops))
    elif run.kind == RunKind.DRAFT:
        _draft(run, seen, problem, findings)
    else:
        _repair(run, seen, problem)


def _draft(run: Run, seen: Snapshot, problem: Problem, findings: list[Finding]) -> None:
    """The whole day anew. Whoever stops it gets the best that this worker, or one killed before it, had found."""
    recorder = Recorder(run, problem)
    if recorder.is_stopped:
        solution = as_it_stands(problem, recorder.best or first_timetable(problem), STOPPED)
    else:
        solution = solve(problem, lambda share, words: report(run, share, words), effort_of(run), recorder.watch)
    if recorder.is_stopped and recorder.best and is_better(problem, recorder.best, solution.places):
        solution = as_it_stands(problem, recorder.best, STOPPED)
    general = [finding.text for finding in findings if finding.item is None]
    _judge(run, seen, problem, replace(solution, notes=(*general, *solution.notes)), recorder)


def _repair(run: Run, seen: Snapshot, problem: Problem) -> None:
    report(run, 0.2, "Looking for the fewest moves")
    found = repair(problem)
    notes = (FEWEST if found.is_minimal else MAYBE_FEWER,)
    _judge(run, seen, problem, Solution(found.placed, found.tiers, notes))


def _judge(run: Run, seen: Snapshot, problem: Problem, solution: Solution, recorder: Recorder | None = None) -> None:
    broken = second_opinion(problem, solution)
    if broken:
        fail(run, f"The result was refused by the checker, so it was not stored: {' '.join(broken)}")
        return
    report(run, 0.97, "Writing down the reasons")
    store(run, problem, seen.versions, solution, trace=recorder.trace if recorder else [])
