"""Assignments from the offer to their end: the edition's lock, offers, answers, releases, and mails about them."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Coalesce
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Edition, Topic
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require
from expo.kit.queue import send
from expo.notify.services import post
from expo.proposals.models import Proposal
from expo.proposals.services.conflict_facts import declare_conflict as declare

from ..models import Assignment, QueueSettings, Run
from ..queries import lookups, problem, roster
from ..queries.roster import Person
from ..states import ASSIGNMENT_STATES, LIVE, OPEN, AssignmentState
from .checks import AssignmentChecker, require_capacity, require_no_circle, require_no_conflict, require_reviewer

MOST_REASON = 400
#: A review that is offered late still has this much time.
LEAST_TIME = timedelta(days=3)
Away = Iterable[tuple[date, date]]


def lock_queue(edition: Edition) -> None:
    """One transaction at a time adds to an edition's queue or clears conflicts from it.

    Held from before the check until the commit: a conflict that commits during a publish is therefore seen either by
    the publish or by the reaction that waits behind it.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("lock_queue needs a transaction")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"assignments.{edition.pk}"])


def request_repair(edition_id: int) -> None:
    """Ask for a repair, in the transaction that made it necessary.

    The row is always written: whoever is about to start an earlier request holds its lock, so that this one is seen
    either by that repair or by the next. For the same reason it comes last in a transaction, after all other locks.
    """
    rows = QueueSettings.objects.filter(pk=edition_id)
    if not rows.update(wanted_at=Coalesce("wanted_at", clock.now())):
        QueueSettings.objects.get_or_create(edition_id=edition_id)
        rows.update(wanted_at=Coalesce("wanted_at", clock.now()))
    send("assignments.tick")


@dataclass(frozen=True)
class Dates:
    """When offers that are made now in an edition have to be answered, and their reviews are due."""

    now: datetime
    zone: ZoneInfo
    to_answer: timedelta
    reviews_due_at: datetime | None

    @classmethod
    def of(cls, edition: Edition) -> "Dates":
        days = lookups.settings_of(edition).answer_days
        return cls(clock.now(), edition.zone, timedelta(days=days), edition.reviews_due_at)

    @property
    def due_at(self) -> datetime | None:
        return max(self.reviews_due_at, self.now + LEAST_TIME) if self.reviews_due_at else None

    def answer_by(self, away: Away) -> datetime:
        """After the days to answer, days away not counted, and never later than the review is due."""
        answer_by = moved_past(self.now + self.to_answer, away, self.zone)
        return min(answer_by, self.due_at) if self.due_at else answer_by


def moved_past(moment: datetime, away: Away, zone: ZoneInfo) -> datetime:
    """A moment that falls into an absence moves to the same hour of the day after the first full day back."""
    for first, last in sorted(away):
        local = moment.astimezone(zone)
        if first <= local.date() <= last:
            moment = datetime.combine(last + timedelta(days=2), local.time(), zone)
    return moment


def new_offer(
    *,
    proposal: Proposal,
    reviewer: Person,
    dates: Dates,
    affinity: float,
    why: list[str],
    seed: int,
    instead: list[str] | None = None,
    run: Run | None = None,
) -> Assignment:
    """An unsaved offer with its dates and its position in the reviewer's shuffled reading order."""
    return Assignment(
        edition_id=proposal.edition_id,
        proposal=proposal,
        reviewer=reviewer.user,
        run=run,
        affinity=affinity,
        why=why,
        instead=instead or [],
        answer_by=dates.answer_by(reviewer.away),
        due_at=dates.due_at,
        position=reading_position(seed, reviewer.id, proposal.pk),
    )


def reading_position(seed: int, reviewer: int, proposal: int) -> int:
    """A position that differs from reviewer to reviewer, so that no proposal is always read last."""
    key = f"{seed}:{reviewer}:{proposal}".encode()
    return int.from_bytes(hashlib.blake2b(key, digest_size=4).digest(), "big") >> 1


def notify_offered(reviewer: User, edition: Edition, entry: Entry, count: int, due_at: datetime | None) -> None:
    """One mail per fact. It names no proposal, because people who run the outbox may have a conflict with some."""
    context = {
        "edition": edition,
        "count": count,
        "due_at": due_at.astimezone(edition.zone) if due_at else None,
        "url": settings.SITE_URL + reverse("assignments:queue", args=[edition.slug]),
    }
    post("assignments/offered", to=[reviewer], entry=entry, context=context)


@transaction.atomic
def assign(*, by: User, proposal: Proposal, reviewer: User, notify: bool = True) -> Assignment:
    """Offer a proposal to a chosen reviewer, checked for role, conflict, load and state at once.

    Without `notify` the caller sends the mail: one for several offers.
    """
    require(by, "assignments.assign", proposal)
    edition = proposal.edition
    lock_queue(edition)
    rows = Proposal.objects.select_for_update(of=("self",), no_key=True)
    proposal = rows.select_related("edition").get(pk=proposal.pk)
    people = {each.id: each for each in roster.people(edition, waiting=True)}
    person = require_reviewer(proposal, reviewer, people)
    checker = AssignmentChecker.read(by, edition, {proposal.pk: proposal}, people)
    require_no_conflict(checker, proposal, person)
    require_capacity(checker, proposal, person)
    require_no_circle(checker, proposal, person)
    assignment, entry = offer_by_hand(by, proposal, person, "Chosen by a cochair.")
    if notify:
        notify_offered(person.user, edition, entry, 1, assignment.due_at)
    return assignment


def offer_by_hand(by: User, proposal: Proposal, person: Person, why: str) -> tuple[Assignment, Entry]:
    """A saved offer and its fact; the caller has checked the pair and sends the mail."""
    affinity = problem.affinities(proposal.edition, [proposal], [person]).of(proposal.pk, person.id)
    names = dict(Topic.objects.filter(edition=proposal.edition_id).values_list("id", "name"))
    assignment = new_offer(
        proposal=proposal,
        reviewer=person,
        dates=Dates.of(proposal.edition),
        affinity=affinity.value,
        why=[*affinity.sentences(names), why],
        seed=secrets.randbelow(2**31),
    )
    assignment.save()
    data = {"reviewer": person.id}
    return assignment, record("assignments.offered", by=by, target=assignment, proposal_id=proposal.pk, data=data)


@transaction.atomic
def accept(*, by: User, assignment: Assignment) -> Assignment:
    """Take on an offered review; accepting twice is no mistake."""
    require(by, "assignments.answer", assignment)
    assignment = _lock(assignment)
    if assignment.state == AssignmentState.ACCEPTED:
        return assignment
    _move(assignment, AssignmentState.ACCEPTED)
    record("assignments.accepted", by=by, target=assignment, proposal_id=assignment.proposal_id)
    return assignment


def note_opened(*, by: User, assignment: Assignment) -> None:
    """Keep when its reviewer first opened it: the order of reading. Only the first time counts.

    That is on record here alone: the journal says what people did, not what they looked at.
    """
    require(by, "assignments.answer", assignment)
    if assignment.opened_at is None and assignment.state in LIVE:
        Assignment.objects.filter(pk=assignment.pk, opened_at=None).update(opened_at=clock.now())


@transaction.atomic
def decline(*, by: User, assignment: Assignment, reason: str) -> Assignment:
    """Give a review back with a reason; somebody else can be asked at once."""
    require(by, "assignments.answer", assignment)
    reason = checked_reason(reason, "Give a short reason, so that the cochairs can find somebody else.")
    assignment = _lock(assignment)
    end(assignment, AssignmentState.DECLINED, by=by, reason=reason, own_words=reason)
    request_repair(assignment.edition_id)
    return assignment


@transaction.atomic
def declare_conflict(*, by: User, assignment: Assignment, note: str = "") -> Assignment:
    """Declare that one must not judge this proposal; nobody need know its sponsor for that. Twice is the same as once.

    An open assignment is released. A submitted review stays, marked, until a chair excludes it.
    """
    require(by, "assignments.declare_conflict", assignment)
    assignment = _lock(assignment)
    proposal = assignment.proposal
    declare(by=by, user=by, sponsor=proposal.sponsor, proposal=proposal, detail=note)
    if assignment.state in OPEN:
        end(assignment, AssignmentState.RELEASED, by=by, reason="Declared a conflict of interest.")
        request_repair(assignment.edition_id)
    return assignment


@transaction.atomic
def release(*, by: User, assignment: Assignment, reason: str) -> Assignment:
    """Take a proposal out of a reviewer's queue, with a reason; runs will not offer them the same again."""
    require(by, "assignments.release", assignment)
    reason = checked_reason(reason, "Give a short reason; it stays in the journal.")
    assignment = _lock(assignment)
    if assignment.state == AssignmentState.SUBMITTED:
        raise WrongState(
            "review-submitted",
            "This review is submitted, so there is nothing to release. If it should not count, exclude it on the "
            "page with the proposal's reviews.",
        )
    entry = end(assignment, AssignmentState.RELEASED, by=by, reason=reason, own_words=reason)
    notify_released([(assignment, entry)])
    request_repair(assignment.edition_id)
    return assignment


@transaction.atomic
def mark_submitted(assignment: Assignment, *, by: User) -> Assignment:
    """Note that the review is in, from its reviewer or a chair on their behalf.

    Scoring calls it in its own transaction, where the policy was asked.

    Submitting a review that was only offered accepts it on the way.
    """
    assignment = _lock(assignment)
    if assignment.state == AssignmentState.SUBMITTED:
        return assignment
    if assignment.state == AssignmentState.OFFERED:
        _move(assignment, AssignmentState.ACCEPTED)
    _move(assignment, AssignmentState.SUBMITTED)
    record("assignments.submitted", by=by, target=assignment, proposal_id=assignment.proposal_id)
    return assignment


@transaction.atomic
def release_submitted(*, by: User, assignment: Assignment, reason: str) -> None:
    """The review no longer counts, so somebody else can be asked; scoring asked the policy."""
    end(_lock(assignment), AssignmentState.RELEASED, by=by, reason=reason, own_words=reason)
    request_repair(assignment.edition_id)


@transaction.atomic
def restore_submitted(*, by: User, assignment: Assignment) -> None:
    """The review counts again; scoring asked the policy and locks the queue."""
    assignment = _lock(assignment)
    others = Assignment.objects.filter(
        proposal=assignment.proposal_id, reviewer=assignment.reviewer_id, state__in=LIVE
    ).exclude(pk=assignment.pk)
    if others.exists():
        raise WrongState(
            "assigned-again",
            f"{assignment.reviewer} has been given this proposal again since. Release that assignment first.",
        )
    ASSIGNMENT_STATES.check(AssignmentState(assignment.state), AssignmentState.SUBMITTED)
    assignment.state, assignment.decline_reason = AssignmentState.SUBMITTED, ""
    assignment.save(update_fields=["state", "decline_reason"])
    record("assignments.put_back", by=by, target=assignment, proposal_id=assignment.proposal_id)


def checked_reason(reason: str, missing: str, *, field: str = "reason") -> str:
    """A reason as one tidy line; refuses an empty or an endless one."""
    reason = " ".join(reason.replace("\x00", "").split())
    if not reason:
        raise Invalid("reason-missing", missing, field=field)
    if len(reason) > MOST_REASON:
        raise Invalid("reason-long", f"Keep it under {MOST_REASON} characters; this has {len(reason)}.", field=field)
    return reason


def end(assignment: Assignment, state: AssignmentState, *, by: User | None, reason: str, own_words: str = "") -> Entry:
    """Move an assignment to an end; `own_words` is a person's own reason and stays with it."""
    ASSIGNMENT_STATES.check(AssignmentState(assignment.state), state)
    assignment.state = state
    assignment.answered_at = clock.now()
    assignment.decline_reason = own_words
    assignment.save(update_fields=["state", "answered_at", "decline_reason"])
    return record(
        f"assignments.{state}",
        by=by,
        target=assignment,
        proposal_id=assignment.proposal_id,
        data={"reason": reason, "reviewer": assignment.reviewer_id},
    )


def notify_released(ended: Iterable[tuple[Assignment, Entry]]) -> None:
    """Tell the reviewers that there is nothing to do, and not more: a conflict may be the reason."""
    notify_ended("assignments/released", ended)


def notify_ended(kind: str, ended: Iterable[tuple[Assignment, Entry]]) -> None:
    """One mail for each reviewer, about all that ended for them just now; it names no proposal and counts none."""
    by_reviewer: dict[int, list[tuple[Assignment, Entry]]] = {}
    for assignment, entry in ended:
        by_reviewer.setdefault(assignment.reviewer_id, []).append((assignment, entry))
    for pairs in by_reviewer.values():
        assignment, entry = pairs[0]
        url = settings.SITE_URL + reverse("assignments:queue", args=[assignment.edition.slug])
        context = {"edition": assignment.edition, "url": url, "are_several": len(pairs) > 1}
        post(kind, to=[assignment.reviewer], entry=entry, context=context)


def _lock(assignment: Assignment) -> Assignment:
    rows = Assignment.objects.select_for_update(of=("self",)).select_related("edition", "proposal__sponsor", "reviewer")
    return rows.get(pk=assignment.pk)


def _move(assignment: Assignment, state: AssignmentState) -> None:
    ASSIGNMENT_STATES.check(AssignmentState(assignment.state), state)
    assignment.state = state
    assignment.answered_at = assignment.answered_at or clock.now()
    assignment.save(update_fields=["state", "answered_at"])
