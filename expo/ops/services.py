"""Writes of operations."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction

from expo.accounts.models import User
from expo.accounts.queries import by_email
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.kit.policy import require
from expo.notify.services import post

from .models import Heartbeat


def beat(*, name: str = "beat") -> Heartbeat:
    """Note that this part is at work now."""
    return Heartbeat.objects.update_or_create(name=name, defaults={"at": clock.now()})[0]


@transaction.atomic
def reset_second_factor(*, by: User, email: str, reason: str) -> User:
    """Remove a lost second factor and end all sessions, so that the password alone signs the person in again.

    Never one's own: otherwise somebody at a staff member's unlocked browser could remove the second factor.
    """
    require(by, "ops.reset_second_factor")
    if not reason.strip():
        raise Invalid("reason-missing", "Say how you verified who is asking.", field="reason")
    person = by_email(email)
    if person is None:
        raise Invalid("unknown-person", "No account signs in with this address.", field="email")
    if person == by:
        raise NotAllowed(
            "own-second-factor",
            "You cannot reset your own second factor. Use a recovery code, or ask another member of the site staff.",
        )
    factors = list(Authenticator.objects.select_for_update(of=("self",)).filter(user=person))
    if not factors:
        raise WrongState("no-second-factor", f"{person} signs in without a second factor, so there is none to reset.")
    Authenticator.objects.filter(pk__in=[each.pk for each in factors]).delete()
    for session in UserSession.objects.filter(user=person):
        session.end()
    data = {"factors": sorted({each.type for each in factors}), "reason": reason.strip()}
    entry = record("ops.second_factor_reset", by=by, target=person, data=data)
    post("accounts/second_factor_reset", to=[person], entry=entry, context={"by": by})
    return person
