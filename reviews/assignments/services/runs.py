"""The life of a matching run: started, executed, published or discarded."""

import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from django.conf import settings as site
from django.db import IntegrityError, transaction
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import holders
from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit.errors import Invalid, NotAllowed, Refused, WrongState
from expo.kit.policy import require
from expo.kit.queue import send
from expo.kit.runs import (
    ENDED,
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
from expo.notify.services import post
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import behind_the_wall, wall
from expo.proposals.services.claim_answers import require_answers

from ..matching.engine import solve
from ..matching.problem import Solution, commitment, fingerprint
from ..models import Assignment, QueueSettings, Run
from ..queries import lookups, problem, roster
from ..states import LIVE, AssignmentState, RepairMode, RunKind
from .assignments import Dates, end, lock_queue, new_offer, notify_offered, notify_released, request_repair
from .checks import AssignmentChecker
from .run_results import result_of, solve_other
from .settings import KNOWN, roles_and_chance, roles_cross

PHASES = (Phase.CALL, Phase.REVIEW, Phase.DECIDE, Phase.SCHEDULE)
MOST_SEED = 2**31 - 1
ENGINES = ("numpy", "pylmcf", "scikit-learn", "scipy")
Row = dict[str, Any]


@transaction.atomic
def start(*, by: User | None, edition: Edition, seed: int | None = None, kind: str = RunKind.MATCHING) -> Run:
    """Queue a matching of everything that awaits review outside the starter's wall, or of what lost a reviewer.

    A run that the queue itself started is discarded for a chair's, and started again afterwards.
    """
    if by is not None:
        require(by, "assignments.run", edition)
    settings = lookups.settings_of(edition)
    concerns = _check_start(by, edition, settings, seed, kind)
    seed = secrets.randbelow(MOST_SEED) if seed is None else seed
    nonce = secrets.token_hex(16) if settings.chance_cap < 1 else ""
    values = {
        "seed": seed,
        "kind": kind,
        "nonce": nonce,
        "commitment": commitment(nonce, seed) if nonce else "",
        "parameters": {  # the settings stay with the run, so that it can be replayed
            "k": settings.edition.reviews_per_proposal,
            "chance": settings.chance_cap,
            "settings": {name: getattr(settings, name) for name in KNOWN},
            "concerns": concerns,
        },
    }
    run = _create(by, edition, values)
    data = {"commitment": run.commitment} if run.is_draw else {"seed": run.seed}
    record_run_fact("started", run, by, kind=kind, **data)
    send("assignments.execute_run", run.pk)
    return run


def start_repair(*, by: User | None, edition: Edition) -> Run:
    """Fill again what declines, expiries, conflicts and departures left open; no other live pair is touched."""
    if by is not None:
        require(by, "assignments.repair", edition)
    return start(by=by, edition=edition, kind=RunKind.REPAIR)


def _check_start(by: User | None, edition: Edition, settings: QueueSettings, seed: int | None, kind: str) -> list[int]:
    """The proposals it is about; refuses what cannot help anybody."""
    if edition.phase not in PHASES:
        raise WrongState(
            "wrong-phase",
            "Reviewers are assigned from the call until the program is published. Change the phase first.",
        )
    if seed is not None and not 0 <= seed <= MOST_SEED:
        raise Invalid("seed-range", f"A seed is a whole number from 0 to {MOST_SEED}.", field="seed")
    if seed is not None and settings.chance_cap < 1:
        raise Invalid(
            "seed-is-secret",
            "Reviewers are drawn by chance here, so nobody may choose or know the seed beforehand. Leave it empty.",
            field="seed",
        )
    if by is not None:
        require_answers(by, edition)
    concerns = [proposal.pk for proposal in problem.in_scope(edition, by, kind, settings)]
    if not concerns and kind == RunKind.REPAIR:
        raise WrongState("nothing-to-repair", "No proposal that you may see has lost a reviewer. Nothing to repair.")
    if not concerns:
        raise WrongState("nothing-to-assign", "No proposal that you may see awaits review. Wait for submissions.")
    if not roster.people(edition):
        raise WrongState("no-reviewers", "This edition has no reviewers yet. Invite reviewers first.")
    if settings.chance_cap < 1 and roles_cross(edition, settings):
        raise roles_and_chance()
    return concerns


def _create(by: User | None, edition: Edition, values: dict[str, Any]) -> Run:
    """A chair does not wait for the queue's own run, of which they may not be allowed to know: it is discarded."""
    try:
        return _create_if_alone(by, edition, values)
    except WrongState:
        rows = Run.objects.select_for_update(of=("self",)).filter(edition=edition, started_by=None)
        own = [] if by is None else list(rows.filter(state__in=UNDER_WAY))
        if not own:
            raise
        for run in own:
            move(run, RunState.DISCARDED, stage="Replaced by a cochair's run")
            record_run_fact("discarded", run, None)
            request_repair(edition.pk)
        return _create_if_alone(by, edition, values)


def _create_if_alone(by: User | None, edition: Edition, values: dict[str, Any]) -> Run:
    """The database allows one run under way per edition; whoever comes second is refused."""
    try:
        with transaction.atomic():
            run: Run = Run.objects.create(edition=edition, started_by=by, **values)
    except IntegrityError as error:
        if "assignment_run_one_under_way" not in str(error):
            raise
        raise refuse_second_run() from error
    return run


def execute(run_id: int) -> bool:
    """Claim the run, solve it and keep the result as a preview; False when it is not ours (any more)."""
    return work_on(Run, run_id, _solve, _fail)


def sweep() -> int:
    """Dispatch again runs that nobody works on; a run that stopped several workers ends when it is next begun."""
    return requeue_stale(Run, "assignments.execute_run")


def _solve(run: Run) -> None:
    if run.attempts > MOST_ATTEMPTS:
        raise Refused(
            "worker-lost",
            f"The worker was lost {MOST_ATTEMPTS} times in this run. Look at its memory, then start again.",
        )
    report(run, 0.1, "Reading proposals, reviewers and conflicts")
    settings = QueueSettings(edition=run.edition, **run.parameters["settings"])
    snapshot = problem.read_snapshot(run.edition, run.started_by, run.seed, run.kind, settings)
    if snapshot.problem.rules.chance < 1 and roles_cross(run.edition, settings):
        raise roles_and_chance()
    report(run, 0.4, "Matching proposals and reviewers")
    solution = solve(snapshot.problem)
    report(run, 0.7, "Comparing with the other way to treat unanswered offers")
    other = solve_other(snapshot)
    report(run, 0.9, "Writing the explanations")
    _store_preview(run, snapshot, solution, other)


def _store_preview(run: Run, snapshot: problem.Snapshot, solution: Solution, other: Solution | None = None) -> None:
    """Store the preview and its fact in one transaction, if the lease still holds."""
    concerns = {*run.parameters.get("concerns", []), *(proposal.id for proposal in snapshot.problem.proposals)}
    run.parameters = {**run.parameters, "concerns": sorted(concerns)}  # the snapshot may hold more by now
    with transaction.atomic():
        write(
            run,
            parameters=run.parameters,
            state=RunState.PREVIEW,
            progress=1.0,
            stage="Preview ready",
            input_hash=fingerprint(snapshot.problem),
            solver_status="optimal" if solution.units == solution.bound_units else "feasible",
            objective=solution.total_affinity,
            bound=solution.bound,
            result=result_of(run, snapshot, solution, other),
            versions={name: version(name) for name in ENGINES},
        )
        _after_preview(run, record_run_fact("ready", run, None))


def _fail(run: Run, error: Exception) -> bool:
    sentence = (
        error.message
        if isinstance(error, Refused)
        else f"The matching failed with an error; nothing was assigned. Start again; if it fails again, "
        f"tell the people who run this site: run {run.pk}, {type(error).__name__}."
    )
    with transaction.atomic():
        if not fail(run, sentence):
            return False
        run.state = RunState.FAILED
        record_run_fact("failed", run, None, error=sentence)
    return True


def _after_preview(run: Run, entry: Entry) -> None:
    """In the transaction that stores the preview, so that a worker's death leaves nothing half done."""
    send("assignments.tick")  # a repair that was requested while it worked
    older: list[Run] = []
    if run.kind == RunKind.REPAIR:  # an older one of the same starter knows less; the newer one covers what it covered
        rows = Run.objects.filter(edition=run.edition, kind=RunKind.REPAIR, started_by=run.started_by)
        previews = rows.filter(state=RunState.PREVIEW, pk__lt=run.pk)
        older = list(previews.select_for_update(of=("self",)).order_by("id"))
    for each in older:
        move(each, RunState.DISCARDED, stage="Replaced by a newer repair")
        record_run_fact("discarded", each, None, replaced_by=run.pk)
    if run.started_by_id is not None:
        return
    settings = lookups.settings_of(run.edition)  # as they are now: a chair may have changed them while the run worked
    if settings.is_rolling or settings.repairs == RepairMode.PUBLISH:
        publish(by=None, run=run)
        return
    # Each cochair learns what the repair does outside their own wall, and nothing when that is nothing, or no more
    # than what they were told of an undecided one: else the mail's moment would tell what happens behind the wall.
    result = Run.objects.values_list("result", flat=True).get(pk=run.pk) or {}
    url = site.SITE_URL + reverse("assignments:board", args=[run.edition.slug])
    for chair in holders(run.edition, RoleKind.COCHAIR):
        hidden = behind_the_wall(chair, run.edition)
        filled, missing = new = _filled_and_missing(result, hidden)
        if new != ({}, {}) and new not in [_filled_and_missing(each.result or {}, hidden) for each in older]:
            context = {"edition": run.edition, "url": url, "filled": filled.total(), "missing": missing.total()}
            post("assignments/repair_ready", to=[chair], entry=entry, context=context)


def _filled_and_missing(result: Mapping[str, Any], hidden: frozenset[int]) -> tuple[Counter[int], Counter[int]]:
    """By visible proposal: reviews that get a reviewer, and those that stay without one."""
    filled = Counter(row["proposal"] for row in result.get("pairs", []) if row["proposal"] not in hidden)
    gaps = [row for row in result.get("gaps", []) if row["proposal"] not in hidden]
    return filled, Counter({row["proposal"]: row["missing"] for row in gaps})


def record_run_fact(fact: str, run: Run, by: User | None, **data: Any) -> Entry:
    """Record something about a run; when a draw has ended, with what anybody needs to check its commitment."""
    if run.is_draw and run.state in ENDED:
        data |= {"seed": run.seed, "nonce": run.nonce, "commitment": run.commitment}
    # A run that the queue began over one sponsor's proposals is hidden like one of them: that a review lost its
    # reviewer is nobody else's business. A chair's own run is about all that this chair sees.
    concerns = run.parameters.get("concerns", []) if run.started_by_id is None else []
    sponsors = set(Proposal.objects.filter(pk__in=concerns).values_list("sponsor", flat=True))
    hidden_like = min(concerns) if len(sponsors) == 1 else None
    return record(f"assignments.run_{fact}", by=by, target=run, proposal_id=hidden_like, data=data)


@dataclass(frozen=True)
class PublishedRun:
    """What publishing did: offers made and taken back, and pairs left out with their reasons in the run."""

    offered: int
    dropped: int
    withdrawn: int = 0


@transaction.atomic
def publish(*, by: User | None, run: Run) -> PublishedRun:
    """Offer what a preview proposes and take back what it gives up; what no longer fits is left out with its reason.

    All or nothing, checked again against what happened since.
    """
    if by is not None:
        require(by, "assignments.publish", run)
    run = _lock(run)
    _check_publish(by, run)
    lock_queue(run.edition)
    # Locked until the commit: nothing is withdrawn or submitted again meanwhile.
    concerned = Proposal.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=_affected(run))
    proposals = {proposal.pk: proposal for proposal in concerned.order_by("id")}
    withdrawn = _take_back(run)
    people = {each.id: each for each in roster.people(run.edition)}
    checker = AssignmentChecker.read(by, run.edition, proposals, people)
    rows = (run.result or {}).get("pairs", [])
    pairs = [{**row, "dropped": checker.take(row["proposal"], row["reviewer"])} for row in rows]
    offers = _offers(run, [pair for pair in pairs if not pair["dropped"]], checker)
    Assignment.objects.bulk_create(offers)
    move(run, RunState.PUBLISHED, result={**(run.result or {}), "pairs": pairs, "withdrawn": withdrawn})
    entry = record_run_fact("published", run, by)
    for reviewer, count in Counter(each.reviewer for each in offers).items():
        notify_offered(reviewer, run.edition, entry, count, offers[0].due_at)
    if len(offers) < len(pairs):
        request_repair(run.edition_id)
    return PublishedRun(len(offers), len(pairs) - len(offers), sum(not row["dropped"] for row in withdrawn))


@transaction.atomic
def discard(*, by: User, run: Run) -> Run:
    """Throw a run away, whether it waits, works or has a preview; nothing was assigned and nothing will be."""
    require(by, "assignments.run", run)
    run = _lock(run)
    if run.state == RunState.DISCARDED:
        return run
    if run.state == RunState.PUBLISHED:
        raise WrongState("already-published", "This run is published. Release single assignments on the board instead.")
    move(run, RunState.DISCARDED, stage="Discarded")
    record_run_fact("discarded", run, by)
    return run


def _lock(run: Run) -> Run:
    rows = Run.objects.select_for_update(of=("self",)).select_related("edition", "started_by")
    locked: Run = rows.get(pk=run.pk)
    return locked


def _check_publish(by: User | None, run: Run) -> None:
    if run.state == RunState.PUBLISHED:
        raise WrongState(
            "already-published",
            "This run is published already; its offers are on the board. Start a new run to fill gaps.",
        )
    if run.state != RunState.PREVIEW:
        raise WrongState("no-preview", "This run has no preview to publish. Reload the page to see its state.")
    if by is None:
        return
    hidden = wall(by, run.edition)
    proposals = list(Proposal.objects.filter(pk__in=_affected(run)))
    if any(hidden.asks(proposal) for proposal in proposals):
        require_answers(by, run.edition)
    if any(hidden.hides(proposal) for proposal in proposals):
        raise NotAllowed(
            "run-behind-wall",
            "Part of this run is hidden from you by a conflict, so you cannot publish it. "
            "Another cochair can, or you discard it and start one of your own.",
        )


def _affected(run: Run) -> list[int]:
    """Every proposal that gains or loses a reviewer."""
    result = run.result or {}
    return sorted({row["proposal"] for name in ("pairs", "withdrawn") for row in result.get(name, [])})


def _take_back(run: Run) -> list[Row]:
    """Ends unanswered offers that the run gives up; what was answered since stays, with the reason in its row."""
    rows = (run.result or {}).get("withdrawn", [])
    live = Assignment.objects.select_for_update(of=("self",)).filter(
        edition=run.edition, proposal__in={row["proposal"] for row in rows}, state__in=LIVE
    )
    by_pair = {
        (each.proposal_id, each.reviewer_id): each
        for each in live.select_related("edition", "proposal", "reviewer").order_by("id")
    }
    checked, ended = [], []
    reason = "The offer was taken back by a new matching."
    for row in rows:
        assignment = by_pair.get((row["proposal"], row["reviewer"]))
        dropped = "Has ended already." if assignment is None else ""
        if assignment is not None and assignment.state != AssignmentState.OFFERED:
            dropped = "Has been accepted since."
        elif assignment is not None:
            ended.append((assignment, end(assignment, AssignmentState.RELEASED, by=None, reason=reason)))
        checked.append({**row, "dropped": dropped})
    notify_released(ended)
    return checked


def _offers(run: Run, pairs: list[Row], checker: AssignmentChecker) -> list[Assignment]:
    dates = Dates.of(run.edition)
    ids = {row["reviewer"] for pair in pairs for row in pair.get("instead", [])}
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=ids)}
    offers = []
    for pair in pairs:
        instead = [  # for chairs: who else
            f"{names.get(row['reviewer'], 'Somebody who left')}: match {row['affinity']:.2f}."
            for row in pair.get("instead", [])
        ]
        offers.append(
            new_offer(
                proposal=checker.proposals[pair["proposal"]],
                reviewer=checker.people[pair["reviewer"]],
                dates=dates,
                affinity=pair["affinity"],
                why=pair["why"],
                instead=instead,
                seed=run.seed,
                run=run,
            )
        )
    return offers
