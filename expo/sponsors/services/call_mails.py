"""The mails when a call opens, to who was invited and who is in a team already; and when its deadline moves."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import is_open
from expo.editions.states import Phase
from expo.journal.models import Entry
from expo.kit import clock
from expo.notify.models import Message
from expo.notify.services import post

from .. import queries
from ..models import Sponsor, TeamMember
from .invitations import mail_invitations

CALL_OPENED = "sponsors/call_opened"
#: An opening that nobody announced within this time, such as one before Expo could, is not announced any more.
ANNOUNCED_WITHIN = timedelta(days=3)


def mail_teams(edition: Edition) -> int:
    """Everything that waits for the call to open: invitations, and the news for everybody who is in a team already."""
    return mail_invitations(edition) + announce_call(edition)


def tick() -> int:
    """Mail what waits in every edition; returns how many mails. Runs every minute."""
    editions = Edition.objects.exclude(phase__in=[Phase.SETUP, Phase.ARCHIVED]).order_by("id")
    return sum(mail_teams(edition) for edition in editions)


@transaction.atomic
def announce_call(edition: Edition) -> int:
    """Tell everybody who is in a team that the call takes proposals: one mail each, whatever number of teams.

    Two workers at once write it once: the outbox takes one mail for a fact and a person.
    """
    if not is_open(edition, clock.now()):
        return 0
    entry = Entry.objects.filter(fact="editions.call_opened", edition_id=edition.pk).order_by("-id").first()
    if entry is None or Message.objects.filter(entry=entry, kind=CALL_OPENED).exists():
        return 0
    opened = max(entry.at, edition.call_opens_at or entry.at)
    if opened < clock.now() - ANNOUNCED_WITHIN:
        return 0
    teams = _teams(edition, opened)
    formats = list(edition.formats.all())
    shared = {
        "edition": edition,
        "is_again": entry.data.get("from") != Phase.SETUP,
        "url": settings.SITE_URL + reverse("proposals:mine", args=[edition.slug]),
    }
    for user, sponsors in teams.items():
        limits = [(one, [row for row in queries.limits_of(one.tier, formats) if row[1]]) for one in sponsors]
        post(CALL_OPENED, to=[user], entry=entry, context={**shared, "sponsors": limits})
    return len(teams)


def tell_deadline(entry: Entry) -> int:
    """Tell every team that the deadline of the open call was moved: one mail for each person and change.

    A date that was changed again meanwhile is not mailed: the later change is.
    """
    before, after = entry.data.get("was", {}).get("call_closes_at"), entry.data["changed"].get("call_closes_at")
    edition = Edition.objects.filter(pk__in=[entry.edition_id]).first()
    if before is None or after is None or edition is None or not is_open(edition, clock.now()):
        return 0
    if datetime.fromisoformat(after) != edition.call_closes_at:
        return 0
    context = {
        "edition": edition,
        "before": datetime.fromisoformat(before),
        "url": settings.SITE_URL + reverse("proposals:mine", args=[edition.slug]),
    }
    people = User.objects.filter(teams__sponsor__edition=edition, is_active=True).distinct().order_by("id")
    return len(post("sponsors/deadline_moved", to=people, entry=entry, context=context))


def _teams(edition: Edition, opened: datetime) -> dict[User, list[Sponsor]]:
    """Who was in a team when the call opened, and in which; who joins later reads it in the invitation."""
    rows = TeamMember.objects.filter(sponsor__edition=edition, user__is_active=True, added_at__lte=opened)
    teams: dict[User, list[Sponsor]] = {}
    for member in rows.select_related("user", "sponsor__tier").order_by("user", "sponsor__name"):
        teams.setdefault(member.user, []).append(member.sponsor)
    return teams
