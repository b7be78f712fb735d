"""A matching run's life up to its preview."""

import secrets
from importlib.metadata import version
from typing import Any

from django.db import IntegrityError, transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.states import Phase
from expo.kit.errors import Invalid, Refused, WrongState
from expo.kit.policy import require
from expo.kit.queue import send
from expo.kit.runs import (
    MOST_ATTEMPTS,
    UNDER_WAY,
    RunState,
    fail,
    move,
    refuse_second_run,
    report,
    requeue_stale,
    work_on,
    write,
)
from expo.proposals.services import require_answers

from ..matching.engine import solve
from ..matching.problem import Solution, commitment, fingerprint
from ..models import QueueSettings, Run
from ..queries import lookups, problem, roster
from ..states import RunKind
from .facts import note
from .finishing import after_ready
from .settings import KNOWN, roles_and_chance, roles_cross
from .telling import result_of, solve_other
from .wanting import want

PHASES = (Phase.CALL, Phase.REVIEW, Phase.DECIDE, Phase.SCHEDULE)
MOST_SEED = 2**31 - 1
ENGINES = ("numpy", "pylmcf", "scikit-learn", "scipy")


@transaction.atomic
def start_run(*, by: User | None, edition: Edition, seed: int | None = None, kind: str = RunKind.MATCHING) -> Run:
    """Queue a matching of everything that awaits review outside the starter's wall, or a repair of what came apart.

    A run that the queue itself started gives way to a chair's, and is taken up again afterwards.
    """
    if by is not None:
        require(by, "assignments.run", edition)
    settings = lookups.settings_of(edition)
    concerns = _check_start(by, edition, settings, seed, kind)
    run = _first_run(by, edition, _new_run(settings, seed, kind, concerns))
    told = {"commitment": run.commitment} if run.is_draw else {"seed": run.seed}
    note("started", run, by, kind=kind, **told)
    send("assignments.execute_run", run.pk)
    return run


def start_repair(*, by: User | None, edition: Edition) -> Run:
    """Fill again what declines, expiries, conflicts and departures left open; no other live pair is touched."""
    if by is not None:
        require(by, "assignments.repair", edition)
    return start_run(by=by, edition=edition, kind=RunKind.REPAIR)


def _check_start(by: User | None, edition: Edition, settings: QueueSettings, seed: int | None, kind: str) -> list[int]:
    """The proposals it is about; refuses what cannot help anybody."""
    if edition.phase not in PHASES:
        raise WrongState(
            "wrong-phase",
            "Reviewers are assigned from the call until the program is published. Move the phase first.",
        )
    _check_seed(settings, seed)
    if by is not None:
        require_answers(by, edition)
    concerns = [proposal.pk for proposal in problem.in_scope(edition, by, kind, settings)]
    if not concerns:
        raise _nothing(kind)
    if not roster.people(edition):
        raise WrongState("no-reviewers", "This edition has no reviewers yet. An organiser can invite some under Roles.")
    if settings.chance_cap < 1 and roles_cross(edition, settings):
        raise roles_and_chance()
    return concerns


def _check_seed(settings: QueueSettings, seed: int | None) -> None:
    if seed is None:
        return
    if not 0 <= seed <= MOST_SEED:
        raise Invalid("seed-range", f"A seed is a whole number from 0 to {MOST_SEED}.", field="seed")
    if settings.chance_cap < 1:
        raise Invalid(
            "seed-is-secret",
            "Reviewers are drawn by chance here, so nobody may choose or know the seed beforehand. Leave it empty.",
            field="seed",
        )


def _nothing(kind: str) -> WrongState:
    if kind == RunKind.REPAIR:
        return WrongState("nothing-to-repair", "No place came free on a proposal that you may see. Nothing to repair.")
    return WrongState("nothing-to-assign", "No proposal that you may see awaits review. Wait for submissions.")


def _first_run(by: User | None, edition: Edition, values: dict[str, Any]) -> Run:
    """Nobody is told to wait for the queue's own work, of which they may not be allowed to know."""
    try:
        return _only_run(by, edition, values)
    except WrongState:
        if by is None or not _let_pass(edition):
            raise
        return _only_run(by, edition, values)


def _let_pass(edition: Edition) -> bool:
    rows = Run.objects.select_for_update(of=("self",)).filter(edition=edition, started_by=None, state__in=UNDER_WAY)
    own = list(rows)
    for run in own:
        move(run, RunState.DISCARDED, stage="Gave way to a cochair's run")
        note("discarded", run, None)
        want(edition.pk)
    return bool(own)


def _new_run(settings: QueueSettings, seed: int | None, kind: str, concerns: list[int]) -> dict[str, Any]:
    """What a run begins with; the settings stay with it, so that it can be replayed."""
    seed = secrets.randbelow(MOST_SEED) if seed is None else seed
    is_draw = settings.chance_cap < 1
    nonce = secrets.token_hex(16) if is_draw else ""
    return {
        "seed": seed,
        "kind": kind,
        "nonce": nonce,
        "commitment": commitment(nonce, seed) if is_draw else "",
        "parameters": {
            "k": settings.edition.reviews_per_proposal,
            "chance": settings.chance_cap,
            "settings": {name: getattr(settings, name) for name in KNOWN},
            "concerns": concerns,
        },
    }


def _only_run(by: User | None, edition: Edition, values: dict[str, Any]) -> Run:
    """The database allows one run under way per edition; whoever comes second is told so."""
    try:
        with transaction.atomic():
            made: Run = Run.objects.create(edition=edition, started_by=by, **values)
    except IntegrityError as error:
        if "assignment_run_one_under_way" not in str(error):
            raise
        raise refuse_second_run() from error
    return made


def execute_run(run_id: int) -> bool:
    """Claim the run, solve it and keep the result as a preview; False when it is not ours (any more)."""
    return work_on(Run, run_id, _work, _fail)


def _work(run: Run) -> None:
    if run.attempts > MOST_ATTEMPTS:
        raise Refused(
            "worker-lost",
            f"The worker was lost {MOST_ATTEMPTS} times in this run. Look at its memory, then start again.",
        )
    report(run, 0.1, "Reading proposals, reviewers and conflicts")
    settings = QueueSettings(edition=run.edition, **run.parameters["settings"])
    shot = problem.read_snapshot(run.edition, run.started_by, run.seed, run.kind, settings)
    if shot.problem.rules.chance < 1 and roles_cross(run.edition, settings):
        raise roles_and_chance()
    report(run, 0.4, "Placing proposals among reviewers")
    solution = solve(shot.problem)
    report(run, 0.7, "Comparing with the other way to treat unanswered offers")
    other = solve_other(shot)
    report(run, 0.9, "Writing down why")
    _keep(run, shot, solution, other)


def _keep(run: Run, shot: problem.Snapshot, solution: Solution, other: Solution | None = None) -> None:
    """Store the preview and its fact in one transaction, if the lease still holds."""
    concerns = {*run.parameters.get("concerns", []), *(proposal.id for proposal in shot.problem.proposals)}
    run.parameters = {**run.parameters, "concerns": sorted(concerns)}  # more may have come apart since it was started
    with transaction.atomic():
        write(
            run,
            parameters=run.parameters,
            state=RunState.PREVIEW,
            progress=1.0,
            stage="Ready to look at",
            input_hash=fingerprint(shot.problem),
            solver_status="optimal" if solution.units == solution.bound_units else "feasible",
            objective=solution.total_affinity,
            bound=solution.bound,
            result=result_of(run, shot, solution, other),
            versions={name: version(name) for name in ENGINES},
        )
        after_ready(run, note("ready", run, None))


def _fail(run: Run, error: Exception) -> bool:
    sentence = (
        error.message
        if isinstance(error, Refused)
        else f"Something broke while matching; nothing was assigned. Start again, and if it happens twice, "
        f"tell the people who look after this site: run {run.pk}, {type(error).__name__}."
    )
    with transaction.atomic():
        if not fail(run, sentence):
            return False
        run.state = RunState.FAILED
        note("failed", run, None, error=sentence)
    return True


def sweep() -> int:
    """Ring again for runs that nobody works on; a run that stopped several workers ends when it is next begun."""
    return requeue_stale(Run, "assignments.execute_run")
