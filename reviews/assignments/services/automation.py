"""What the queue does by itself: every minute, when a repair is requested, and after facts of other apps.

Reminders name no proposal and count none: people who run the outbox may have a conflict with some. The facts are kept
one for each assignment, hidden like its proposal.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, timedelta
from itertools import groupby

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import holders
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock
from expo.kit.deadlines import has_passed
from expo.kit.errors import Refused
from expo.kit.policy import require
from expo.notify.services import post
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import behind_the_wall
from expo.proposals.states import VERDICTS, ProposalState

from ..models import Absence, Assignment, QueueSettings, Run
from ..queries import lookups, problem, roster
from ..queries.reviewer_queue import count_complete
from ..states import OPEN, AssignmentState, RepairMode, RunKind
from . import runs
from .assignments import end, lock_queue, moved_past, notify_ended, notify_released, request_repair

log = logging.getLogger(__name__)
Step = Callable[[Edition], int]
DECIDED = (*VERDICTS.values(), ProposalState.CONFIRMED)
ONCE_IN = timedelta(days=1)
MOST_AT_ONCE = 500


def tick() -> int:
    """Expire, remind, escalate and start requested repairs; returns how many of these there were.

    Each step of each edition is one transaction that no two workers are in at once, and asks afresh what is due:
    so it does not matter how often the task is dispatched, or where a worker dies.
    """
    editions = Edition.objects.filter(phase__in=runs.PHASES, assignments__state__in=OPEN)
    done = sum(
        _run_step(edition, step)
        for edition in editions.distinct().order_by("id")
        for step in (release_long_away, expire, remind_due, escalate)
    )
    requests = list(QueueSettings.objects.exclude(wanted_at=None).select_related("edition").order_by("pk"))
    return done + sum(_run_step(row.edition, start_requested_repair) for row in requests)


def _run_step(edition: Edition, step: Step) -> int:
    """Run one step, unless another worker is about it. One that breaks holds up neither other steps nor editions."""
    key = f"assignments.{step.__name__}.{edition.pk}"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [key])
            return step(edition) if cursor.fetchone() == (True,) else 0
    except Exception:
        log.exception("a step of the queue broke", extra={"edition": edition.pk, "step": step.__name__})
        return 0


def start_requested_repair(edition: Edition) -> int:
    """Start the repair that was requested. While a run is under way the request waits for its end."""
    row = QueueSettings.objects.select_for_update(of=("self",)).exclude(wanted_at=None).filter(pk=edition.pk).first()
    if row is None or Run.objects.under_way().filter(edition=edition).exists():
        return 0
    started, is_asked = 0, row.repairs != RepairMode.OFF or row.is_rolling
    if edition.phase in runs.PHASES and is_asked and problem.in_scope(edition, None, RunKind.REPAIR, row):
        try:
            with transaction.atomic():
                runs.start(by=None, edition=edition, kind=RunKind.REPAIR)
            started = 1
        except Refused as refusal:
            if refusal.code == "run-under-way":  # a chair's run came first: the request has to wait
                return 0
    QueueSettings.objects.filter(pk=edition.pk).update(wanted_at=None)
    return started


def expire(edition: Edition) -> int:
    """End offers whose time to answer has passed; days away are added to it first."""
    due = list(_open_offers(edition).filter(answer_by__lte=clock.now())[:MOST_AT_ONCE])
    absences: dict[int, list[tuple[date, date]]] = {}
    rows = Absence.objects.filter(profile__edition=edition, profile__user__in={each.reviewer_id for each in due})
    for user, first, last in rows.values_list("profile__user_id", "first_day", "last_day"):
        absences.setdefault(user, []).append((first, last))
    expired = [each for each in due if not _extended(each, absences.get(each.reviewer_id, ()))]
    reason = "Not answered in time."
    ended = [(each, end(each, AssignmentState.EXPIRED, by=None, reason=reason)) for each in expired]
    notify_ended("assignments/expired", ended)
    if ended:
        request_repair(edition.pk)
    return len(ended)


def _extended(assignment: Assignment, away: Iterable[tuple[date, date]]) -> bool:
    """Whether an absence moved the time to answer into the future; it is stored, so that pages show it."""
    edition = assignment.edition
    moved = moved_past(assignment.answer_by, away, edition.zone) if assignment.answer_by else clock.now()
    if assignment.due_at is not None:
        moved = min(moved, max(assignment.due_at, clock.now()))
    if moved <= clock.now():
        return False
    assignment.answer_by = moved
    assignment.save(update_fields=["answer_by"])
    return True


def release_long_away(edition: Edition) -> int:
    """Take back unanswered offers from people who are away today and until the review is due."""
    day = roster.today(edition)
    absent = Absence.objects.filter(profile__edition=edition, first_day__lte=day, last_day__gte=day)
    until: dict[int, date] = dict(absent.order_by("last_day").values_list("profile__user_id", "last_day"))
    rows = _open_offers(edition).filter(reviewer__in=until) if until else Assignment.objects.none()
    due_day = {row.pk: row.due_at.astimezone(edition.zone).date() if row.due_at else date.max for row in rows}
    away = [each for each in rows if due_day[each.pk] <= until[each.reviewer_id]][:MOST_AT_ONCE]
    reason = "Away until the review is due."
    notify_released([(each, end(each, AssignmentState.RELEASED, by=None, reason=reason)) for each in away])
    if away:
        request_repair(edition.pk)
    return len(away)


def _open_offers(edition: Edition) -> QuerySet[Assignment]:
    """Unanswered offers on what still awaits review; what somebody answers right now waits for the next minute."""
    rows = Assignment.objects.select_for_update(of=("self",), skip_locked=True)
    offers = rows.filter(edition=edition, state=AssignmentState.OFFERED, proposal__state=ProposalState.SUBMITTED)
    return offers.select_related("edition", "proposal", "reviewer").order_by(F("id"))


@transaction.atomic
def remind(*, by: User, edition: Edition, reviewers: Collection[int] | None = None) -> int:
    """Remind everybody (or these) with an open review that the chair may see; at most once a day each.

    Returns how many people got a mail.
    """
    require(by, "assignments.remind", edition)
    rows = _open_assignments(edition).exclude(proposal__in=behind_the_wall(by, edition))
    if reviewers is not None:
        rows = rows.filter(reviewer__in=reviewers)
    recent = {each.reviewer_id for each in rows if each.reminded_at and each.reminded_at > clock.now() - ONCE_IN}
    return _remind(by, edition, [each for each in rows if each.reviewer_id not in recent])


def remind_due(edition: Edition) -> int:
    """Once for each review, some days before it is due; not while its reviewer is away."""
    early = timedelta(days=lookups.settings_of(edition).remind_days)
    due = _open_assignments(edition).filter(due_at__lte=clock.now() + early, escalated_at=None)
    not_reminded = due.filter(Q(reminded_at=None) | Q(reminded_at__lt=F("due_at") - early))
    day = roster.today(edition)
    away = Absence.objects.filter(profile__edition=edition, first_day__lte=day, last_day__gte=day)
    return _remind(None, edition, not_reminded.exclude(reviewer__in=away.values("profile__user")))


def _remind(by: User | None, edition: Edition, rows: Iterable[Assignment]) -> int:
    """One mail to each reviewer, about whatever is due next."""
    queues = [list(group) for _, group in groupby(rows, key=lambda each: each.reviewer_id)]
    for assignments in queues:
        entries = [_record("reminded", each, by) for each in assignments]
        _update(assignments, reminded_at=clock.now())
        due_at = min((each.due_at for each in assignments if each.due_at), default=None)
        context = {
            "edition": edition,
            "url": settings.SITE_URL + reverse("assignments:queue", args=[edition.slug]),
            "due_at": due_at.astimezone(edition.zone) if due_at else None,
            "is_late": due_at is not None and has_passed(due_at, clock.now()),
            "complete": count_complete(assignments[0].reviewer, edition),
        }
        post("assignments/reminder", to=[assignments[0].reviewer], entry=entries[0], context=context)
    return len(queues)


def escalate(edition: Edition) -> int:
    """Tell every cochair, once for each review, what is late on proposals that they may see."""
    days = lookups.settings_of(edition).escalate_days
    late = _open_assignments(edition).filter(due_at__lte=clock.now() - timedelta(days=days), escalated_at=None)
    recorded = [(each, _record("escalated", each, None)) for each in late]
    _update([each for each, _ in recorded], escalated_at=clock.now())
    for chair in holders(edition, RoleKind.COCHAIR) if recorded else ():
        hidden = behind_the_wall(chair, edition)
        visible = [pair for pair in recorded if pair[0].proposal_id not in hidden]
        context = {
            "edition": edition,
            "reviews": len(visible),
            "people": len({each.reviewer_id for each, _ in visible}),
            "days": days,
            "url": settings.SITE_URL + reverse("assignments:board", args=[edition.slug]) + "?show=late",
        }
        if visible:
            post("assignments/late", to=[chair], entry=visible[0][1], context=context)
    return len(recorded)


def _open_assignments(edition: Edition) -> QuerySet[Assignment]:
    """Reviews that wait for their reviewers, by reviewer; what somebody is answering right now is left to them."""
    rows = Assignment.objects.select_for_update(of=("self",), skip_locked=True)
    waiting = rows.filter(edition=edition, state__in=OPEN, proposal__state=ProposalState.SUBMITTED)
    return waiting.select_related("proposal", "reviewer").order_by("reviewer", "id")


def _record(fact: str, assignment: Assignment, by: User | None) -> Entry:
    return record(
        f"assignments.{fact}",
        by=by,
        target=assignment,
        proposal_id=assignment.proposal_id,
        data={"reviewer": assignment.reviewer_id},
    )


def _update(assignments: Iterable[Assignment], **fields: object) -> None:
    Assignment.objects.filter(pk__in=[each.pk for each in assignments]).update(**fields)


# Reactions: called once per fact of another app, inside the reaction's transaction.


def release_withdrawn(entry: Entry) -> None:
    """A withdrawn proposal leaves its reviewers' queues; what was submitted stays on record."""
    withdrawn = Proposal.objects.filter(pk__in=[entry.proposal_id], state=ProposalState.WITHDRAWN)
    if _release_all_of(withdrawn, "The proposal was withdrawn.") and entry.edition_id:
        request_repair(entry.edition_id)  # its reviewers have capacity again for what else lacks reviews


def release_decided(entry: Entry) -> None:
    """What is decided leaves the queues of those who have not submitted their review.

    The first fact of a batch does it for all of the batch, so that each reviewer gets one mail.
    """
    decided = Proposal.objects.filter(edition=entry.edition_id, state__in=DECIDED)
    _release_all_of(decided, "The chairs have decided on it.")


def _release_all_of(proposals: QuerySet[Proposal], reason: str) -> int:
    """End the open assignments of these proposals."""
    rows = Assignment.objects.filter(proposal__in=proposals, state__in=OPEN)
    return _release(dict.fromkeys(rows.values_list("pk", flat=True), reason))


def assign_arrivals(entry: Entry) -> None:
    """A proposal has arrived, or a reviewer with capacity: in rolling mode a repair assigns them at once."""
    if entry.edition_id and QueueSettings.objects.filter(pk=entry.edition_id, is_rolling=True).exists():
        request_repair(entry.edition_id)


def release_conflicted(entry: Entry) -> None:
    """Check every open assignment again; facts about a person reach all editions, others only their own."""
    editions = Edition.objects.filter(assignments__state__in=OPEN, assignments__proposal__state=ProposalState.SUBMITTED)
    if entry.edition_id is not None:
        editions = editions.filter(pk=entry.edition_id)
    for edition in editions.distinct().order_by("id"):
        lock_queue(edition)
        # Submitted reviews stay in, so that no later fact erases one unseen; a chair decides.
        rows = Assignment.objects.filter(edition=edition, state__in=OPEN, proposal__state=ProposalState.SUBMITTED)
        waiting = list(rows.select_related("proposal", "reviewer"))
        users = {each.reviewer_id: each.reviewer for each in waiting}
        conflicts = roster.barriers(edition, list(users.values()), [each.proposal for each in waiting]).conflicts
        reviewers = {each.id for each in roster.people(edition, waiting=True)}
        why = {}
        for each in waiting:
            if (each.proposal_id, each.reviewer_id) in conflicts:
                why[each.pk] = "A conflict came up."
            elif each.reviewer_id not in reviewers:
                why[each.pk] = "No longer a reviewer of this edition."
        if _release(why):
            request_repair(edition.pk)


def _release(why: Mapping[int, str]) -> int:
    """Release these assignments, each for its reason; one mail for each reviewer, however many it is about."""
    rows = Assignment.objects.select_for_update(of=("self",)).filter(pk__in=why, state__in=OPEN)
    open_ones = list(rows.select_related("edition", "proposal", "reviewer").order_by("id"))
    notify_released([(each, end(each, AssignmentState.RELEASED, by=None, reason=why[each.pk])) for each in open_ones])
    return len(open_ones)
