"""Who may manage sponsors (organisers) and teams (the sponsor's contact too)."""

from typing import Any

import rules
from rules.predicates import Predicate

from expo.accounts.rules import signed_in
from expo.editions.queries import teams_of
from expo.editions.rules import is_cochair, is_organiser

from . import queries
from .models import TeamInvitation, TeamMember
from .states import TeamRole


@rules.predicate
def in_team(user: Any, subject: Any = None) -> bool:
    """Acts for the sponsor (or for the sponsor of the subject)."""
    sponsor_id = getattr(subject, "sponsor_id", None) or getattr(subject, "pk", None)
    return subject is not None and sponsor_id in teams_of(user, subject.edition)


@rules.predicate
def is_contact(user: Any, sponsor: Any = None) -> bool:
    return (
        sponsor is not None
        and user.is_authenticated
        and TeamMember.objects.filter(sponsor=sponsor, user=user, role=TeamRole.CONTACT).exists()
    )


@rules.predicate
def proved_address(user: Any, invitation: TeamInvitation | None = None) -> bool:
    """Reads the mailbox that was invited, whatever account that is."""
    return invitation is not None and invitation.email.lower() in queries.proved_addresses(user)


@rules.predicate
def sees_picture(user: Any, picture: Any = None) -> bool:
    return picture is not None and queries.sees(user, picture)


def of_sponsor(policy: Predicate) -> Predicate:
    """The same policy, asked about the sponsor of a team member or an invitation."""

    def test(user: Any, member: Any = None) -> bool:
        return member is not None and bool(policy(user, member.sponsor))

    asked: Predicate = rules.predicate(test, name="of_sponsor")
    return asked


rules.add_perm("sponsors.list", is_organiser | is_cochair)
rules.add_perm("sponsors.manage", is_organiser)
rules.add_perm("sponsors.manage_team", is_organiser | is_contact)
rules.add_perm("sponsors.view_team", is_organiser | in_team)
rules.add_perm("sponsors.change_member", of_sponsor(is_organiser | is_contact))
rules.add_perm("sponsors.leave_team", in_team)
rules.add_perm("sponsors.view_profile", is_organiser | in_team)
rules.add_perm("sponsors.edit_profile", in_team)
rules.add_perm("sponsors.approve_profile", in_team & is_contact)
rules.add_perm("sponsors.answer_invitation", signed_in & proved_address)
rules.add_perm("sponsors.cancel_invitation", of_sponsor(is_organiser | is_contact))
rules.add_perm("sponsors.resend_invitation", of_sponsor(is_organiser | is_contact))
rules.add_perm("sponsors.see_picture", sees_picture)
