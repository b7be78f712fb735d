"""Who acts for a sponsor."""

from django.db import transaction

from expo.accounts.models import User
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit.errors import WrongState
from expo.kit.memo import forget
from expo.kit.policy import require

from ..models import Sponsor, TeamMember
from ..states import TeamRole


def locked_sponsor(sponsor: Sponsor) -> Sponsor:
    """The sponsor's row, held until the transaction ends: verbs on one team take turns."""
    return Sponsor.objects.select_for_update(of=("self",)).select_related("edition").get(pk=sponsor.pk)


def join(*, by: User | None, sponsor: Sponsor, user: User, role: TeamRole) -> TeamMember:
    """Make somebody a member who agreed to it, within a verb that holds the sponsor's lock."""
    member, is_new = TeamMember.objects.get_or_create(sponsor=sponsor, user=user, defaults={"role": role})
    if is_new:
        _record("joined", by, member)
    return member


@transaction.atomic
def remove_team_member(*, by: User | None, sponsor: Sponsor, member: TeamMember) -> None:
    """Take somebody out of a team; a team keeps a contact. Their proposals stay with the sponsor."""
    if by is not None:
        require(by, "sponsors.manage_team", sponsor)
    found = locked_sponsor(sponsor)
    gone = TeamMember.objects.select_related("user", "sponsor__edition").get(pk=member.pk, sponsor=found)
    _remove(by, gone)


@transaction.atomic
def leave_team(*, by: User, sponsor: Sponsor) -> None:
    """Leave a team oneself; the only contact stays until there is another."""
    require(by, "sponsors.leave_team", sponsor)
    found = locked_sponsor(sponsor)
    _remove(by, TeamMember.objects.select_related("user", "sponsor__edition").get(sponsor=found, user=by))


def _remove(by: User | None, gone: TeamMember) -> None:
    sponsor = gone.sponsor
    contacts = sponsor.team.filter(role=TeamRole.CONTACT)
    if gone.role == TeamRole.CONTACT and not contacts.exclude(pk=gone.pk).exists():
        who = "You are" if gone.user == by else f"{gone.user} is"
        raise WrongState(
            "last-contact",
            f"{who} the only contact of {sponsor}. Invite another contact first; this works as soon as they have "
            f"accepted. If you need help, write to {sponsor.edition.contact}.",
        )
    _record("left", by, gone)
    gone.delete()


def _record(change: str, by: User | None, member: TeamMember) -> Entry:
    forget()
    data = {"change": change, "user": member.user_id, "sponsor": member.sponsor_id, "role": member.role}
    return record("sponsors.team_changed", by=by, target=member, edition_id=member.sponsor.edition_id, data=data)
