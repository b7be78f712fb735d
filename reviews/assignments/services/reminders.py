"""Reminders to reviewers, by themselves and by hand, and word to the cochairs when something is late.

Mails name no proposal and count none: people who run the outbox may have a conflict with some. The facts are kept one
for each assignment, behind its proposal's wall.
"""

from collections.abc import Collection, Iterable
from datetime import timedelta
from itertools import groupby

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import holders
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock
from expo.kit.policy import require
from expo.notify.services import post
from expo.proposals.queries import behind_the_wall
from expo.proposals.states import ProposalState

from ..models import Absence, Assignment
from ..queries import lookups, roster
from ..states import OPEN

ONCE_IN = timedelta(days=1)


@transaction.atomic
def remind(*, by: User, edition: Edition, reviewers: Collection[int] | None = None) -> int:
    """Remind everybody (or these) with an open review that the chair may see; at most once a day each.

    Returns how many people got a mail.
    """
    require(by, "assignments.remind", edition)
    rows = _open(edition).exclude(proposal__in=behind_the_wall(by, edition))
    if reviewers is not None:
        rows = rows.filter(reviewer__in=reviewers)
    recent = {each.reviewer_id for each in rows if each.reminded_at and each.reminded_at > clock.now() - ONCE_IN}
    return _remind(by, edition, [each for each in rows if each.reviewer_id not in recent])


def remind_due(edition: Edition) -> int:
    """Once for each review, some days before it is due; not while its reviewer is away."""
    early = timedelta(days=lookups.settings_of(edition).remind_days)
    due = _open(edition).filter(due_at__lte=clock.now() + early, escalated_at=None)
    unsaid = due.filter(Q(reminded_at=None) | Q(reminded_at__lt=F("due_at") - early))
    day = roster.today(edition)
    away = Absence.objects.filter(profile__edition=edition, first_day__lte=day, last_day__gte=day)
    return _remind(None, edition, unsaid.exclude(reviewer__in=away.values("profile__user")))


def _remind(by: User | None, edition: Edition, rows: Iterable[Assignment]) -> int:
    """One mail to each reviewer, about whatever is due next."""
    mine = [list(group) for _, group in groupby(rows, key=lambda each: each.reviewer_id)]
    for assignments in mine:
        entries = [_note("reminded", each, by) for each in assignments]
        _update(assignments, reminded_at=clock.now())
        post("assignments/reminder", to=[assignments[0].reviewer], entry=entries[0], context=_due(edition, assignments))
    return len(mine)


def _due(edition: Edition, assignments: list[Assignment]) -> dict[str, object]:
    due_at = min((each.due_at for each in assignments if each.due_at), default=None)
    return {
        "edition": edition,
        "url": settings.SITE_URL + reverse("assignments:queue", args=[edition.slug]),
        "due_at": due_at.astimezone(edition.zone) if due_at else None,
        "is_late": due_at is not None and due_at < clock.now(),
    }


def escalate(edition: Edition) -> int:
    """Tell every cochair, once for each review, what is late on proposals that they may see."""
    days = lookups.settings_of(edition).escalate_days
    late = _open(edition).filter(due_at__lte=clock.now() - timedelta(days=days), escalated_at=None)
    noted = [(each, _note("escalated", each, None)) for each in late]
    _update([each for each, _ in noted], escalated_at=clock.now())
    for chair in holders(edition, RoleKind.COCHAIR) if noted else ():
        hidden = behind_the_wall(chair, edition)
        _tell(chair, edition, days, [pair for pair in noted if pair[0].proposal_id not in hidden])
    return len(noted)


def _tell(chair: User, edition: Edition, days: int, noted: list[tuple[Assignment, Entry]]) -> None:
    if not noted:
        return
    context = {
        "edition": edition,
        "reviews": len(noted),
        "people": len({each.reviewer_id for each, _ in noted}),
        "days": days,
        "url": settings.SITE_URL + reverse("assignments:board", args=[edition.slug]) + "?show=late",
    }
    post("assignments/late", to=[chair], entry=noted[0][1], context=context)


def _open(edition: Edition) -> QuerySet[Assignment]:
    """Reviews that wait for their reviewers, by reviewer; what somebody is answering right now is left to them."""
    rows = Assignment.objects.select_for_update(of=("self",), skip_locked=True)
    found = rows.filter(edition=edition, state__in=OPEN, proposal__state=ProposalState.SUBMITTED)
    return found.select_related("proposal", "reviewer").order_by("reviewer", "id")


def _note(fact: str, assignment: Assignment, by: User | None) -> Entry:
    return record(
        f"assignments.{fact}",
        by=by,
        target=assignment,
        proposal_id=assignment.proposal_id,
        data={"reviewer": assignment.reviewer_id},
    )


def _update(assignments: Iterable[Assignment], **fields: object) -> None:
    Assignment.objects.filter(pk__in=[each.pk for each in assignments]).update(**fields)
