"""Reminders to sponsors, by themselves: to submit what is unfinished, and to confirm what was accepted.

Mails about several proposals name none and count none, for people who run the outbox may have a conflict with some. The
facts are kept one for each proposal, behind its conflicts; a mail goes with the first of them.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Greatest
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import TIME_TO_CONFIRM, Edition
from expo.editions.queries import is_open
from expo.editions.services.parts import locked
from expo.editions.states import Phase
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock
from expo.kit.deadlines import minute_of
from expo.notify.services import post
from expo.sponsors.models import TeamMember

from ..models import Proposal
from ..states import ProposalState

#: So long before the call closes, or before the day by which to confirm.
AHEAD = timedelta(days=3)
#: The last day on which to confirm: this long before.
LAST_DAY = timedelta(days=1)
#: Who changed the text so lately is at work on it, and who got the verdict so lately has just read of it.
LATELY = timedelta(hours=12)
#: Where the edition names no day by which to confirm: so long after the verdict.
WITHOUT_A_DAY = timedelta(days=7)
#: Verdicts leave in these: also once the program is published, from the waiting list.
CONFIRMING = (Phase.DECIDE, Phase.SCHEDULE, Phase.PUBLISHED)


def tick() -> int:
    """Remind in every edition; returns how many mails."""
    editions = Edition.objects.filter(phase__in=[Phase.CALL, *CONFIRMING]).order_by("id")
    return sum(remind_sponsors(edition) for edition in editions)


@transaction.atomic
def remind_sponsors(edition: Edition) -> int:
    """One mail to each member of a team about all that waits for it; never twice about the same proposal and date."""
    edition, now = locked(edition), clock.now()
    mails = 0
    if is_open(edition, now) and edition.call_closes_at and edition.call_closes_at <= now + AHEAD:
        mails += _remind("draft_reminded", "proposals/draft_reminder", edition, _unfinished(edition, now))
    if edition.phase in CONFIRMING:
        mails += _remind("confirmation_reminded", "proposals/confirm_reminder", edition, _unconfirmed(edition, now))
        mails += _remind("last_day_reminded", "proposals/confirm_last_day", edition, _on_the_last_day(edition, now))
    return mails


def _unfinished(edition: Edition, now: datetime) -> QuerySet[Proposal]:
    """Drafts, and changes to what was submitted, that nobody works on; a later deadline is a new reason to remind."""
    unsubmitted = Q(state=ProposalState.DRAFT, changed_at__lt=now - LATELY) | Q(
        state=ProposalState.SUBMITTED, working_copy__changed_at__lt=now - LATELY
    )
    said = Entry.objects.filter(fact="proposals.draft_reminded", proposal_id=OuterRef("pk"), at__gt=now - AHEAD)
    return edition.proposals.filter(unsubmitted).exclude(Exists(said))


def _unconfirmed(edition: Edition, now: datetime) -> QuerySet[Proposal]:
    """Accepted, and not confirmed when the day to do so is near."""
    by = edition.confirm_by_at
    if by is not None and by > now + AHEAD:
        return Proposal.objects.none()
    since = now - (WITHOUT_A_DAY if by is None else LATELY)
    said = Entry.objects.filter(
        fact="proposals.confirmation_reminded", proposal_id=OuterRef("pk"), at__gte=OuterRef("verdict_at")
    )
    return edition.proposals.filter(state=ProposalState.ACCEPTED, verdict_at__lte=since).exclude(Exists(said))


def _on_the_last_day(edition: Edition, now: datetime) -> QuerySet[Proposal]:
    """Accepted and still not confirmed when the time to do so ends; a later day is a new reason to remind."""
    by = edition.confirm_by_at
    if by is None or by > now + LAST_DAY:
        return Proposal.objects.none()
    due = Greatest(Value(by), F("verdict_at") + TIME_TO_CONFIRM, output_field=DateTimeField())
    mine = Entry.objects.filter(proposal_id=OuterRef("pk"), at__gte=OuterRef("verdict_at"))
    said = mine.filter(fact="proposals.last_day_reminded", at__gt=OuterRef("last_day"))
    just_reminded = mine.filter(fact="proposals.confirmation_reminded", at__gt=now - LATELY)
    rows = edition.proposals.filter(state=ProposalState.ACCEPTED, verdict_at__lte=now - LATELY)
    rows = rows.annotate(due=due, last_day=ExpressionWrapper(due - LAST_DAY, output_field=DateTimeField()))
    return rows.filter(due__gte=minute_of(now), last_day__lte=now).exclude(Exists(said)).exclude(Exists(just_reminded))


def _remind(fact: str, kind: str, edition: Edition, proposals: QuerySet[Proposal]) -> int:
    reminded = [
        (each, record(f"proposals.{fact}", by=None, target=each, proposal_id=each.pk))
        for each in proposals.select_related("format", "edition").order_by("id")
    ]
    mine: dict[User, list[tuple[Proposal, Entry]]] = {}
    teams = _teams({each.sponsor_id for each, _ in reminded})
    for proposal, entry in reminded:
        for user in teams.get(proposal.sponsor_id, ()):
            mine.setdefault(user, []).append((proposal, entry))
    now = clock.now()
    for user, pairs in mine.items():
        ahead = [by for each, _ in pairs if (by := edition.confirm_by(now, each.verdict_at))]
        is_over = edition.confirm_by_at is not None and not ahead
        shared = {"edition": edition, "confirm_by": min(ahead, default=None), "is_over": is_over}
        proposal, entry = pairs[0]
        only = proposal if len(pairs) == 1 else None
        path = reverse("proposals:mine", args=[edition.slug])
        if only:
            path = reverse("proposals:detail", args=[edition.slug, only.code])
        post(kind, to=[user], entry=entry, context={**shared, "proposal": only, "url": settings.SITE_URL + path})
    return len(mine)


def _teams(sponsors: Iterable[int]) -> dict[int, list[User]]:
    rows = TeamMember.objects.filter(sponsor__in=sponsors, user__is_active=True).select_related("user").order_by("user")
    teams: dict[int, list[User]] = {}
    for member in rows:
        teams.setdefault(member.sponsor_id, []).append(member.user)
    return teams
