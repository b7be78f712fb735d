"""Invitations into a sponsor's team: made, mailed, mailed again, answered, cancelled."""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from expo.accounts.models import User
from expo.accounts.services import checked_email, checked_name, ensure_person, save_profile
from expo.editions.models import Edition
from expo.editions.queries import is_open
from expo.editions.states import Phase
from expo.journal.models import Entry
from expo.journal.queries import history
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.kit.names import plain_address
from expo.kit.policy import allowed, require
from expo.notify.services import post

from .. import queries
from ..models import Sponsor, TeamInvitation, TeamMember
from ..states import TeamRole
from .teams import join, locked_sponsor

MOST_PENDING = 20
MOST_A_DAY = 10
MOST_AGAIN = 3
DAY = timedelta(days=1)
ASKED_AGAIN = "sponsors.invitation_asked_again"


@transaction.atomic
def invite_to_team(
    *, by: User | None, sponsor: Sponsor, email: str, name: str = "", role: str = TeamRole.MEMBER
) -> TeamInvitation:
    """Invite an address into a sponsor's team. Nothing tells whether somebody with this address is known."""
    if by is not None:
        require(by, "sponsors.manage_team", sponsor)
    return invite(by=by, sponsor=sponsor, email=email, name=name, role=TeamRole(role), field="email")


def invite(
    *,
    by: User | None,
    sponsor: Sponsor,
    email: str,
    name: str,
    role: TeamRole,
    field: str,
    is_held: bool = False,
    is_new: bool = False,
) -> TeamInvitation:
    """Invite an address, within a verb that has asked its policy; `is_new`: the sponsor is being added just now."""
    sponsor = locked_sponsor(sponsor)
    if sponsor.edition.phase == Phase.ARCHIVED:
        raise WrongState("edition-over", f"{sponsor.edition} is over, so nobody joins a team of it any more.")
    email, name = checked_email(email, field), _checked_name(name, field)
    if not is_new:
        _refuse_self(by, sponsor, email, field)
    _refuse_known(sponsor, email, field)
    _check_limits(sponsor, field)
    made = TeamInvitation.objects.create(
        sponsor=sponsor,
        email=email,
        name=name,
        role=role,
        is_held=is_held,
        invited_by=by,
        declined_at=_declined_before(by, sponsor, email),
    )
    _record("sponsors.member_invited", by, made)
    return made


def _checked_name(name: str, email_field: str) -> str:
    """A typed name is shown to the person invited, so it cannot carry a message."""
    field = "contact_name" if email_field == "contact_email" else "name"
    if not name.strip():
        return ""
    if "\n" in name or "\r" in name or "://" in name or "www." in name.lower():
        raise Invalid("not-a-name", "Write the person's name only, on one line and without a web address.", field=field)
    return checked_name(name, field, 120)


def _refuse_self(by: User | None, sponsor: Sponsor, email: str, field: str) -> None:
    """An organiser who could join any team could read what their conflicts hide, and every draft."""
    if by is None or sponsor.team.filter(user=by).exists():
        return
    if email in {by.email.lower(), *queries.proved_addresses(by)}:
        raise NotAllowed(
            "joins-own-team",
            "You cannot invite yourself to a team. Ask its contact or another organiser to invite you.",
            field=field,
        )


def _refuse_known(sponsor: Sponsor, email: str, field: str) -> None:
    if sponsor.team.filter(user__email__iexact=email).exists():
        raise Invalid("already-in-team", f"{email} is in this team already.", field=field)
    if queries.pending_invitations(sponsor).filter(email__iexact=email).exists():
        raise Invalid(
            "already-invited",
            f"{email} is invited already and has not confirmed yet. To change the invitation, cancel it and invite "
            "again.",
            field=field,
        )


def _check_limits(sponsor: Sponsor, field: str) -> None:
    """Else a team could use Expo to send mail to strangers."""
    if queries.pending_invitations(sponsor).count() >= MOST_PENDING:
        raise Invalid(
            "too-many-invitations",
            f"{sponsor} has {MOST_PENDING} invitations that are not confirmed yet, and may have no more at a time. "
            "Cancel one on the team's page, then invite again.",
            field=field,
        )
    if sponsor.invitations.filter(invited_at__gt=clock.now() - DAY).count() >= MOST_A_DAY:
        raise Invalid(
            "too-many-invitations-a-day",
            f"{sponsor} has made {MOST_A_DAY} invitations in the last 24 hours, and may make no more in a day. "
            "Invite the others tomorrow.",
            field=field,
        )


def _declined_before(by: User | None, sponsor: Sponsor, email: str) -> datetime | None:
    """Who said no to a team is not asked again by that team, with a tag in the address either; an organiser may ask."""
    if by is None or allowed(by, "sponsors.manage", sponsor.edition):
        return None
    said_no = sponsor.invitations.filter(declined_at__isnull=False).order_by("-declined_at")
    mailbox = plain_address(email)
    return next((each.declined_at for each in said_no if plain_address(each.email) == mailbox), None)


def _record(fact: str, by: User | None, invitation: TeamInvitation) -> Entry:
    data = {"sponsor": invitation.sponsor_id, "invitation": invitation.pk, "role": invitation.role}
    return record(fact, by=by, target=invitation, edition_id=invitation.sponsor.edition_id, data=data)


# --- Mail of invitations -------------------------------------------------------------------------------------------


@transaction.atomic
def mail_invitations(edition: Edition) -> int:
    """Write the mails of all invitations that wait for one, once the call has opened; returns how many."""
    if not queries.may_mail_sponsors(edition):
        return 0
    rows = queries.unsent_invitations(edition).select_for_update(of=("self",), skip_locked=True).order_by("id")
    invitations = list(rows.select_related("sponsor__edition", "sponsor__tier", "invited_by"))
    for invitation in invitations:
        _mail(invitation, _record("sponsors.invitation_mailed", None, invitation))
    return len(invitations)


def _mail(invitation: TeamInvitation, entry: Entry) -> None:
    sponsor = invitation.sponsor
    path = reverse("sponsors:invitation", args=[sponsor.edition.slug, invitation.pk])
    context = {
        "edition": sponsor.edition,
        "sponsor": sponsor,
        "invitation": invitation,
        "limits": [row for row in queries.limits_of(sponsor.tier, sponsor.edition.formats.all()) if row[1]],
        "is_open": is_open(sponsor.edition, clock.now()),
        "url": settings.SITE_URL + path,
    }
    invitation.mailed_at = clock.now()
    invitation.save(update_fields=["mailed_at"])
    # An account is made for an unknown address, so that the mail's link can prove it.
    proved = EmailAddress.objects.filter(email__iexact=invitation.email, verified=True).select_related("user").first()
    addressee = proved.user if proved else ensure_person(by=None, email=invitation.email)
    post("sponsors/invited", to=[addressee], entry=entry, context=context)


@transaction.atomic
def send_held_invitations(*, by: User, edition: Edition) -> int:
    """Send the invitations that an organiser held: mailed at once, or when the call opens; returns how many."""
    require(by, "sponsors.manage", edition)
    count = queries.held_invitations(edition).update(is_held=False)
    if count:
        record("sponsors.held_invitations_sent", by=by, target=edition, edition_id=edition.pk, data={"count": count})
    return count


@transaction.atomic
def resend_invitation(*, by: User, invitation: TeamInvitation) -> TeamInvitation:
    """Mail an open invitation again, at most once a day.

    An organiser reads what became of it. A contact only asks: the answer is the same whoever owns the address and
    whatever they said, and the mail is written later, by `mail_again`.
    """
    require(by, "sponsors.resend_invitation", invitation)
    invitation = _locked(invitation)
    if not allowed(by, "sponsors.manage", invitation.sponsor.edition):
        return _ask_to_resend(by, invitation)
    _check_open(invitation)
    if invitation.mailed_at is None:
        goes = f"It goes out by itself {queries.when_mailed(invitation.sponsor.edition)}."
        if invitation.is_held:
            goes = "It is held: send the held invitations from the list of sponsors."
        raise WrongState("not-mailed-yet", f"This invitation was not sent yet. {goes}")
    if invitation.mailed_at > clock.now() - DAY:
        raise WrongState(
            "mailed-lately", f"{invitation.email} got this invitation less than a day ago. Try again tomorrow."
        )
    _mail(invitation, _record("sponsors.invitation_resent", by, invitation))
    return invitation


def _ask_to_resend(by: User, invitation: TeamInvitation) -> TeamInvitation:
    """Judged by nothing but what the team did itself, and whether sponsors get mail at all."""
    edition = invitation.sponsor.edition
    if invitation.accepted_at is not None or invitation.cancelled_at is not None:
        _check_open(invitation)
    if invitation.is_held:
        raise WrongState("not-mailed-yet", f"The organisers send this invitation. Write to {edition.contact}.")
    if not queries.may_mail_sponsors(edition):
        raise WrongState("not-mailed-yet", f"Invitations go out by themselves {queries.when_mailed(edition)}.")
    asked = history("sponsors.teaminvitation", invitation.pk).filter(fact=ASKED_AGAIN)
    if asked.count() >= MOST_AGAIN:
        raise WrongState(
            "asked-often",
            f"This invitation was sent again {MOST_AGAIN} times. Write to {invitation.email} yourself, or cancel the "
            "invitation.",
        )
    if max([invitation.invited_at, *(each.at for each in asked)]) > clock.now() - DAY:
        raise WrongState(
            "mailed-lately", f"{invitation.email} was invited or reminded less than a day ago. Try again tomorrow."
        )
    _record(ASKED_AGAIN, by, invitation)
    return invitation


@transaction.atomic
def mail_again(entry: Entry) -> None:
    """Mail the invitation that a contact asked to send again, if it still waits for an answer."""
    rows = TeamInvitation.objects.select_for_update(of=("self",)).filter(queries.OPEN, is_held=False)
    rows = rows.select_related("sponsor__edition", "sponsor__tier", "invited_by")
    invitation = rows.filter(pk=entry.target_id or 0, mailed_at__isnull=False).first()
    if invitation is not None:
        _mail(invitation, entry)


# --- Answers ------------------------------------------------------------------------------------------


@transaction.atomic
def accept_invitation(*, by: User, invitation: TeamInvitation, name: str = "") -> TeamMember:
    """Join the team. Only who has proved the invited address can; from now on the conflict wall counts it."""
    require(by, "sponsors.answer_invitation", invitation)
    invitation = _locked(invitation)
    _check_open(invitation)
    if not by.name and name.strip():
        by.name = save_profile(by=by, name=name, time_zone=by.time_zone).name
    invitation.accepted_at, invitation.accepted_by = clock.now(), by
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    return join(by=by, sponsor=invitation.sponsor, user=by, role=TeamRole(invitation.role))


@transaction.atomic
def decline_invitation(*, by: User, invitation: TeamInvitation) -> None:
    """Stay out of the team. The sponsor keeps reading "not confirmed yet", whoever owns the address."""
    require(by, "sponsors.answer_invitation", invitation)
    invitation = _locked(invitation)
    _check_open(invitation)
    invitation.declined_at = clock.now()
    invitation.save(update_fields=["declined_at"])
    _record("sponsors.invitation_declined", by, invitation)


@transaction.atomic
def cancel_invitation(*, by: User, invitation: TeamInvitation) -> None:
    """Take an invitation back before it is accepted."""
    require(by, "sponsors.cancel_invitation", invitation)
    invitation = _locked(invitation)
    if invitation.accepted_at is not None:
        raise WrongState("invitation-accepted", f"{invitation.email} has joined. Remove them from the team instead.")
    if invitation.cancelled_at is not None:
        raise WrongState("invitation-cancelled", "This invitation is cancelled already. There is nothing left to do.")
    invitation.cancelled_at = clock.now()
    invitation.save(update_fields=["cancelled_at"])
    _record("sponsors.invitation_cancelled", by, invitation)


def _locked(invitation: TeamInvitation) -> TeamInvitation:
    """The invitation as it is now, the sponsor's row locked first."""
    locked_sponsor(invitation.sponsor)
    rows = TeamInvitation.objects.select_for_update(of=("self",))
    return rows.select_related("sponsor__edition", "sponsor__tier", "invited_by").get(pk=invitation.pk)


def _check_open(invitation: TeamInvitation) -> None:
    if invitation.accepted_at is not None:
        raise WrongState("invitation-accepted", "This invitation is accepted already. The team's page shows the team.")
    if invitation.declined_at is not None:
        raise WrongState(
            "invitation-declined",
            "This invitation is declined. If you want to join after all, ask for a new one: write to "
            f"{invitation.sponsor.edition.contact}.",
        )
    if invitation.cancelled_at is not None:
        raise WrongState(
            "invitation-cancelled",
            f"{invitation.sponsor} cancelled this invitation. If you expected it, ask the team or write to "
            f"{invitation.sponsor.edition.contact}.",
        )
