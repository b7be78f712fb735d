"""What chairs do with runs of the scheduler: start, stop, name, adopt and put aside."""

from collections.abc import Mapping
from typing import Any, cast

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require
from expo.kit.queue import send
from expo.kit.runs import RunState, give_up, move, refuse_second_run, requeue_stale

from ..models import Question, Run
from ..queries.problem import snapshot
from ..states import RunKind
from .adopting import apply_result, hold_accepted, refuse_outdated
from .asking import checked
from .questions import TASK
from .standing import changes, standings
from .writing import take_turn

SEED = 1
MOST_SEED = 2**31 - 1
LONGEST_NAME = 60


@transaction.atomic
def start_run(
    *,
    by: User,
    edition: Edition,
    seed: int | None = None,
    kind: RunKind = RunKind.DRAFT,
    parameters: Mapping[str, Any] | None = None,
    name: str = "",
) -> Run:
    """Ask for a timetable; a worker makes it. One run of a kind at a time in an edition.

    `parameters` of a draft: `effort` (quick, usual, thorough), `fresh` (true: forget the present places); of a what-if:
    `put`, a list of [proposal, room, start in ISO 8601].
    """
    require(by, "program.run", edition)
    edition = take_turn(edition)
    if Run.objects.filter(edition=edition, kind=kind).under_way().exists():
        raise refuse_second_run()
    run = Run.objects.create(
        edition=edition,
        started_by=by,
        kind=kind,
        name=_name(name),
        seed=_seed(seed),
        parameters=checked(by, edition, kind, parameters or {}, snapshot(edition)),
        stage="Waiting for a worker",
    )
    record("program.run_started", by=by, target=run, data={"seed": run.seed, "kind": run.kind})
    send("program.execute_run", run.pk)
    return run


def _seed(seed: int | None) -> int:
    if seed is not None and not 0 <= seed <= MOST_SEED:
        raise Invalid("bad-seed", f"The seed is a whole number from 0 to {MOST_SEED}.", field="seed")
    return SEED if seed is None else seed


def _name(name: str) -> str:
    name = " ".join(name.split())
    if len(name) > LONGEST_NAME or "\x00" in name:
        raise Invalid("bad-name", f"A name has at most {LONGEST_NAME} characters. Shorten it.", field="name")
    return name


@transaction.atomic
def stop_run(*, by: User, run: Run) -> Run:
    """Stop the search and keep the best it has found; one that nobody works on yet gives the first timetable."""
    require(by, "program.run", run)
    run = _locked(run)
    if not run.is_under_way:
        raise WrongState("not-under-way", "This run has ended, so there is nothing to stop. Look at what it found.")
    if run.kind != RunKind.DRAFT:
        raise WrongState("not-stoppable", "A repair has no best so far before its end. Wait, or discard the run.")
    if run.stop_asked_at is None:
        run.stop_asked_at = clock.now()
        run.save(update_fields=["stop_asked_at"])
        record("program.run_stopped", by=by, target=run)
    return run


@transaction.atomic
def name_run(*, by: User, run: Run, name: str) -> Run:
    """Call a run something, so that several can be told apart; an empty name takes it away."""
    require(by, "program.run", run)
    run, name = _locked(run), _name(name)
    if run.name != name:
        run.name = name
        run.save(update_fields=["name"])
        record("program.run_named", by=by, target=run, data={"name": name})
    return run


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
    """Ring again for runs and questions that nobody works on; give up on one that killed several workers."""
    give_up(Run)
    give_up(Question)
    return requeue_stale(Run, "program.execute_run") + requeue_stale(Question, TASK)
