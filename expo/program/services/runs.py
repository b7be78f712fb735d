"""The life of a scheduler run: started, worked on, previewed, then adopted or discarded."""

import logging
from dataclasses import asdict
from datetime import timedelta
from importlib.metadata import version
from typing import Any, cast

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import WrongState
from expo.kit.policy import require
from expo.kit.queue import send
from expo.kit.runs import LeaseLost, RunState, claim, heartbeat, move, refuse_second_run, report, write

from .. import wording
from ..models import Run
from ..queries import Snapshot, moment, snapshot
from ..solver import Finding, Placed, Problem, Solution, precheck, score, solve, violations, why_here, why_not
from ..states import RunKind
from .adopting import apply_result, hold_accepted, refuse_outdated
from .standing import changes, standings
from .writing import take_turn

log = logging.getLogger(__name__)
SEED = 1
ATTEMPTS = 5
CRASHED = (
    "The run stopped with an error, which the worker's log tells. Start a new run; if it fails too, ask the operators."
)
EXPLAINED = 120  # above this the reasons are found when somebody asks for them
SOLVER = 2  # grows when the same input may give another timetable


@transaction.atomic
def start_run(
    *,
    by: User,
    edition: Edition,
    seed: int | None = None,
    kind: RunKind = RunKind.DRAFT,
    parameters: dict[str, Any] | None = None,
) -> Run:
    """Ask for a timetable; a worker makes it. One run of a kind at a time in an edition."""
    require(by, "program.run", edition)
    edition = take_turn(edition)
    if Run.objects.filter(edition=edition, kind=kind).under_way().exists():
        raise refuse_second_run()
    _refuse_hopeless(snapshot(edition).problem)
    run = Run.objects.create(
        edition=edition,
        started_by=by,
        kind=kind,
        seed=SEED if seed is None else seed,
        parameters=parameters or {},
        stage="Waiting for a worker",
    )
    record("program.run_started", by=by, target=run, data={"seed": run.seed})
    send("program.execute_run", run.pk)
    return run


def _refuse_hopeless(problem: Problem) -> None:
    """What is missing is said at once, not after a run."""
    if not problem.items:
        raise WrongState("nothing-accepted", "No session is accepted yet. Release a batch of decisions first.")
    for finding in precheck(problem):
        if finding.stops:
            raise WrongState(finding.code, finding.text)


def execute_run(run_id: int) -> bool:
    """Work on a run: snapshot, solve under a heartbeat, store a preview. False when it is not ours to do."""
    run = claim(Run, run_id)
    if run is None:
        return False
    try:
        with heartbeat(run):
            perform(run)
    except LeaseLost:
        log.info("run taken over or discarded", extra={"run": run.pk})
        return False
    except Exception:
        log.exception("run failed", extra={"run": run.pk})
        fail(run, CRASHED)
        return False
    return True


def perform(run: Run) -> None:
    """The work itself; raises LeaseLost as soon as another worker holds the run."""
    report(run, 0.02, "Reading the edition")
    seen = snapshot(run.edition, seed=run.seed)
    findings = precheck(seen.problem)
    stops = [finding.text for finding in findings if finding.stops]
    if stops:
        fail(run, " ".join(stops))
        return
    solution = solve(seen.problem, lambda share, words: report(run, share, words))
    broken = _second_opinion(seen.problem, solution)
    if broken:
        fail(run, f"The result was refused by the checker, so it was not stored: {' '.join(broken)}")
        return
    report(run, 0.97, "Writing down the reasons")
    _store(run, seen, solution, findings)


def _second_opinion(problem: Problem, solution: Solution) -> list[str]:
    counted = score(problem, solution.places)
    wrong = [
        f"{tier.key} is {counted[tier.key]}, not {tier.value}."
        for tier in solution.tiers
        if counted[tier.key] != tier.value
    ]
    return violations(problem, solution.placed) + wrong


def _store(run: Run, seen: Snapshot, solution: Solution, findings: list[Finding]) -> None:
    tiers = [asdict(tier) for tier in solution.tiers]
    left_out = [item for item in seen.problem.items if item.id not in solution.places]
    general = [finding.text for finding in findings if finding.item is None]
    _finish(
        run,
        state=RunState.PREVIEW,
        progress=1.0,
        stage="Ready to look at",
        finished_at=clock.now(),
        input_hash=seen.problem.fingerprint(),
        solver_status=wording.summary(tiers),
        objective=len(left_out),
        bound=sum(tier.bound for tier in solution.tiers if tier.key.startswith("left-out-")),
        reasons=[*general, *solution.notes],
        versions={"solver": SOLVER, "ortools": version("ortools")},
        result={
            "placed": [_placed(seen.problem, row, solution) for row in solution.placed],
            "left_out": [{"proposal": i.id, "reason": why_not(seen.problem, i, solution.places)} for i in left_out],
            "tiers": tiers,
            "versions": {str(key): number for key, number in seen.versions.items()},
        },
    )


@transaction.atomic
def _finish(run: Run, **fields: Any) -> None:
    """The preview and its journal entry, or neither: the lease decides."""
    write(run, **fields)
    record("program.run_ready", by=None, target=run)


def _placed(problem: Problem, row: Placed, solution: Solution) -> dict[str, Any]:
    item = problem.item[row.item]
    return {
        "proposal": row.item,
        "room": row.place.room,
        "track": row.track,
        "starts_at": moment(row.place.start).isoformat(),
        "minutes": item.minutes,
        "why": why_here(problem, item, solution.places) if len(problem.items) <= EXPLAINED else [],
    }


def fail(run: Run, error: str) -> None:
    """End the run with a sentence."""
    try:
        write(run, state=RunState.FAILED, error=error, stage="Stopped", finished_at=clock.now())
    except LeaseLost:
        log.info("run was no longer ours to fail", extra={"run": run.pk})


@transaction.atomic
def adopt(*, by: User, run: Run) -> Run:
    """Make the run's proposal the timetable, all or nothing. A second click changes nothing."""
    require(by, "program.adopt", run)
    edition = take_turn(run.edition)
    run = _locked(run)
    if run.state == RunState.ADOPTED:
        return run
    move(run, RunState.ADOPTED)
    run.edition = edition
    hold_accepted(run)
    refuse_outdated(run)
    before = standings(edition)
    apply_result(run)
    record("program.run_adopted", by=by, target=run, data={"changes": changes(before, standings(edition))})
    return run


def _locked(run: Run) -> Run:
    return cast(Run, Run.objects.select_for_update(of=("self",)).get(pk=run.pk))


@transaction.atomic
def discard_run(*, by: User, run: Run) -> Run:
    """Put a run aside; a worker that is busy with it stops at its next step."""
    require(by, "program.run", run)
    run = _locked(run)
    if run.state == RunState.DISCARDED:
        return run
    move(run, RunState.DISCARDED)
    record("program.run_discarded", by=by, target=run)
    return run


def sweep() -> int:
    """Ring again for runs that nobody works on; give up on one that killed several workers."""
    waiting = Run.objects.claimable().order_by("id")
    stuck = waiting.filter(attempts__gte=ATTEMPTS, heartbeat_at__lt=clock.now() - timedelta(seconds=20))
    stuck.update(
        state=RunState.FAILED,
        lease=None,
        finished_at=clock.now(),
        error=f"{ATTEMPTS} workers in a row stopped during this run. Ask the operators to look at the workers' log.",
    )
    found = list(Run.objects.claimable().order_by("id"))
    for run in found:
        send("program.execute_run", run.pk)
    return len(found)
