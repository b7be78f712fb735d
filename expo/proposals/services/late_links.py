"""Late links: an organiser gives one sponsor the right to submit until an hour, although the call is closed."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.services.parts import locked as locked_edition
from expo.editions.states import Phase
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock, display
from expo.kit.deadlines import has_passed, minute_of
from expo.kit.errors import Invalid, WrongState
from expo.kit.memo import forget
from expo.kit.policy import require
from expo.notify.services import post
from expo.sponsors.models import Sponsor
from expo.sponsors.queries import contacts

from ..models import LateLink
from ..texts import required_reason


@transaction.atomic
def give_late_link(*, by: User, sponsor: Sponsor, expires_at: datetime, reason: str) -> LateLink:
    """Let a sponsor's team submit until the end of that minute, after the call has closed; its team gets a mail."""
    require(by, "proposals.give_late_link", sponsor)
    reason, expires_at = required_reason(reason), minute_of(expires_at)
    edition, now = locked_edition(sponsor.edition), clock.now()
    _require_time_to_submit(edition)
    if expires_at <= now:
        raise Invalid("expires-in-the-past", "This time is over already. Choose a later one.", field="expires_at")
    until = edition.call_takes_until
    if edition.phase == Phase.CALL and (until is None or expires_at <= until):
        ends = f"until {display.in_zone(until, edition.deadline_zone)}" if until else "without an end"
        raise Invalid(
            "call-open-longer", f"The call takes proposals {ends} anyway. Choose a later time.", field="expires_at"
        )
    link = LateLink.objects.create(sponsor=sponsor, expires_at=expires_at, reason=reason, granted_by=by, granted_at=now)
    _tell("late_link_given", link, edition, by)
    return link


@transaction.atomic
def revoke_late_link(*, by: User, late_link: LateLink) -> LateLink:
    """Take the right back before it has expired; what was submitted with it stays submitted."""
    require(by, "proposals.revoke_late_link", late_link)
    link = LateLink.objects.select_for_update(of=("self",)).select_related("sponsor__edition").get(pk=late_link.pk)
    if link.revoked_at is not None:
        raise WrongState("already-revoked", "This was taken back already. There is nothing left to do.")
    if has_passed(link.expires_at, clock.now()):
        raise WrongState("late-link-expired", "This has expired, so there is nothing to take back.")
    link.revoked_at = clock.now()
    link.save(update_fields=["revoked_at"])
    _tell("late_link_revoked", link, link.sponsor.edition, by)
    return link


def _require_time_to_submit(edition: Edition) -> None:
    if edition.phase == Phase.SETUP:
        raise WrongState("call-not-open", "The call is not open yet. Give more time once it has opened.")
    if edition.phase not in (Phase.CALL, Phase.REVIEW):
        raise WrongState(
            "decisions-began",
            "Decisions have begun, so nothing more can be submitted. Move the edition back to the phase Review first, "
            "if a proposal must still be taken.",
        )


def _tell(fact: str, link: LateLink, edition: Edition, by: User) -> Entry:
    forget()
    data = {"sponsor": link.sponsor_id, "until": link.expires_at.isoformat(), "reason": link.reason}
    entry = record(f"proposals.{fact}", by=by, target=link, edition_id=edition.pk, data=data)
    url = settings.SITE_URL + reverse("proposals:mine", args=[edition.slug])
    context = {"edition": edition, "sponsor": link.sponsor, "link": link, "url": url}
    post(f"proposals/{fact}", to=contacts(link.sponsor), entry=entry, context=context)
    return entry
