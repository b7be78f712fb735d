"""A matching run's life up to its preview."""

import logging
import secrets
from importlib.metadata import version
from typing import Any

from django.db import IntegrityError, transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.states import Phase
from expo.journal.services import record
from expo.kit.errors import Invalid, Refused, WrongState
from expo.kit.policy import require
from expo.kit.queue import send
from expo.kit.runs import LeaseLost, RunState, claim, heartbeat, refuse_second_run, report, write

from .. import matching, queries
from ..models import Run
from .words import gap_sentences

log = logging.getLogger(__name__)
PHASES = (Phase.CALL, Phase.REVIEW, Phase.DECIDE, Phase.SCHEDULE)
MOST_ATTEMPTS = 5
MOST_SEED = 2**31 - 1


@transaction.atomic
def start_run(*, by: User, edition: Edition, seed: int | None = None) -> Run:
    """Queue a matching of everything that awaits review outside the starter's wall."""
    require(by, "assignments.run", edition)
    _check_start(by, edition, seed)
    run = _only_run(by, edition, secrets.randbelow(MOST_SEED) if seed is None else seed)
    record("assignments.run_started", by=by, target=run, data={"seed": run.seed})
    send("assignments.execute_run", run.pk)
    return run


def _check_start(by: User, edition: Edition, seed: int | None) -> None:
    if edition.phase not in PHASES:
        raise WrongState(
            "wrong-phase",
            "Reviewers are assigned from the call until the program is published. Move the phase first.",
        )
    if seed is not None and not 0 <= seed <= MOST_SEED:
        raise Invalid("seed-range", f"A seed is a whole number from 0 to {MOST_SEED}.", field="seed")
    if not queries.board(edition, by).exists():
        raise WrongState("nothing-to-assign", "No proposal that you may see awaits review. Wait for submissions.")
    if not queries.people(edition):
        raise WrongState("no-reviewers", "This edition has no reviewers yet. An organiser can invite some under Roles.")


def _only_run(by: User, edition: Edition, seed: int) -> Run:
    """The database allows one run under way per edition; whoever comes second is told so."""
    try:
        with transaction.atomic():
            return Run.objects.create(
                edition=edition, seed=seed, started_by=by, parameters={"k": edition.reviews_per_proposal}
            )
    except IntegrityError as error:
        if "assignment_run_one_under_way" not in str(error):
            raise
        raise refuse_second_run() from error


def execute_run(run_id: int) -> bool:
    """Claim the run, solve it and keep the result as a preview; False when it is not ours (any more)."""
    run = claim(Run, run_id)
    if run is None:
        return False
    try:
        with heartbeat(run):
            _work(run)
    except LeaseLost:
        return False
    except Exception as error:
        return _fail(run, error)
    return True


def _work(run: Run) -> None:
    if run.attempts > MOST_ATTEMPTS:
        raise Refused(
            "worker-lost",
            f"The worker was lost {MOST_ATTEMPTS} times in this run. Look at its memory, then start again.",
        )
    report(run, 0.1, "Reading proposals, reviewers and conflicts")
    shot = queries.snapshot(run.edition, run.started_by, run.seed)
    report(run, 0.4, "Placing proposals among reviewers")
    solution = matching.solve(shot.problem)
    report(run, 0.9, "Writing down why")
    _keep(run, shot, solution)


def _keep(run: Run, shot: queries.Snapshot, solution: matching.Solution) -> None:
    """Store the preview and its fact in one transaction, if the lease still holds."""
    with transaction.atomic():
        write(
            run,
            state=RunState.PREVIEW,
            progress=1.0,
            stage="Ready to look at",
            input_hash=matching.fingerprint(shot.problem),
            solver_status="optimal",
            objective=solution.total_affinity,
            bound=None,
            result=_result(shot, solution),
            versions={"ortools": version("ortools")},
        )
        record("assignments.run_ready", by=None, target=run)


def _result(shot: queries.Snapshot, solution: matching.Solution) -> dict[str, Any]:
    """Everything pages show of a run; each entry names its proposal, so that a viewer's wall can hide it."""
    return {
        "proposals": [proposal.id for proposal in shot.problem.proposals],
        "pairs": [_pair(shot, pair) for pair in solution.pairs],
        "gaps": [
            {"proposal": gap.proposal, "missing": gap.missing, "said": gap_sentences(gap, shot)}
            for gap in solution.gaps
        ],
        "kept": sorted([*map(list, shot.problem.locked), *map(list, shot.outside)]),
        "people": [{"reviewer": each.id, "most": each.most} for each in shot.people.values()],
    }


def _pair(shot: queries.Snapshot, pair: matching.Pair) -> dict[str, Any]:
    affinity = shot.affinities[pair]
    why = [*affinity.sentences(shot.topics), "No conflict of interest was found."]
    return {"proposal": pair[0], "reviewer": pair[1], "affinity": round(affinity.value, 6), "why": why}


def _fail(run: Run, error: Exception) -> bool:
    sentence = (
        error.message
        if isinstance(error, Refused)
        else f"Something broke while matching; nothing was assigned. Start again, and if it happens twice, "
        f"tell the people who look after this site: run {run.pk}, {type(error).__name__}."
    )
    log.error("assignment run failed", extra={"run": run.pk}, exc_info=error)
    try:
        with transaction.atomic():
            write(run, state=RunState.FAILED, stage="Stopped", error=sentence)
            record("assignments.run_failed", by=None, target=run, data={"error": sentence})
    except LeaseLost:
        return False
    return True


def sweep() -> int:
    """Ring again for runs that nobody works on; returns how many."""
    waiting = list(Run.objects.claimable().order_by("id").values_list("pk", flat=True)[:50])
    for run_id in waiting:
        send("assignments.execute_run", run_id)
    return len(waiting)
