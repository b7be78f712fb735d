"""What all verbs share: one hand on an edition's queue, new offers, and ends of assignments."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock
from expo.notify.services import post
from expo.proposals.models import Proposal

from ..models import Assignment, Run
from ..queries.roster import Person
from ..states import ASSIGNMENT_STATES, AssignmentState
from .dates import Dates


def hold_queue(edition: Edition) -> None:
    """One transaction at a time adds to an edition's queue or clears conflicts from it.

    Held from before the check until the commit: a conflict that commits during a publish is therefore seen either by
    the publish or by the reaction that waits behind it.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("hold_queue needs a transaction")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"assignments.{edition.pk}"])


def offer(
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
    """An unsaved offer with its dates and its place in the reviewer's shuffled reading order."""
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
    """A place in the reading order that differs from reviewer to reviewer, so that no proposal is always read last."""
    told = f"{seed}:{reviewer}:{proposal}".encode()
    return int.from_bytes(hashlib.blake2b(told, digest_size=4).digest(), "big") >> 1


def invite(reviewer: User, edition: Edition, entry: Entry, count: int, due_at: datetime | None) -> None:
    """One mail per fact. It names no proposal, because people who run the outbox may have a conflict with some."""
    context = {
        "edition": edition,
        "count": count,
        "due_at": due_at.astimezone(edition.zone) if due_at else None,
        "url": settings.SITE_URL + reverse("assignments:queue", args=[edition.slug]),
    }
    post("assignments/offered", to=[reviewer], entry=entry, context=context)


def end(assignment: Assignment, state: AssignmentState, *, by: User | None, reason: str, said: str = "") -> Entry:
    """Move an assignment to an end; `said` is a person's own reason and stays with it."""
    ASSIGNMENT_STATES.check(AssignmentState(assignment.state), state)
    assignment.state = state
    assignment.answered_at = clock.now()
    assignment.decline_reason = said
    assignment.save(update_fields=["state", "answered_at", "decline_reason"])
    return record(
        f"assignments.{state}",
        by=by,
        target=assignment,
        proposal_id=assignment.proposal_id,
        data={"reason": reason, "reviewer": assignment.reviewer_id},
    )


def tell_released(ended: Iterable[tuple[Assignment, Entry]]) -> None:
    """The reviewers learn that there is nothing to do, and not more: a conflict may be the reason."""
    tell_ended("assignments/released", ended)


def tell_ended(kind: str, ended: Iterable[tuple[Assignment, Entry]]) -> None:
    """One mail for each reviewer, about all that ended for them just now; it names no proposal and counts none."""
    mine: dict[int, list[tuple[Assignment, Entry]]] = {}
    for assignment, entry in ended:
        mine.setdefault(assignment.reviewer_id, []).append((assignment, entry))
    for pairs in mine.values():
        assignment, entry = pairs[0]
        url = settings.SITE_URL + reverse("assignments:queue", args=[assignment.edition.slug])
        context = {"edition": assignment.edition, "url": url, "are_several": len(pairs) > 1}
        post(kind, to=[assignment.reviewer], entry=entry, context=context)
