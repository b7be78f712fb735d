"""A sponsor's team: who belongs to it, who are its contacts, and which of them is written to first."""

from typing import Any

from django.db import transaction

from expo.accounts.models import User
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit.errors import Invalid, WrongState
from expo.kit.memo import forget
from expo.kit.policy import require
from expo.notify.services import post

from ..models import Sponsor, TeamMember
from ..states import TeamRole


def locked_sponsor(sponsor: Sponsor) -> Sponsor:
    """The sponsor's row, locked until the transaction ends: two verbs on one team never run at once."""
    return Sponsor.objects.select_for_update(of=("self",)).select_related("edition").get(pk=sponsor.pk)


def join(*, by: User | None, sponsor: Sponsor, user: User, role: TeamRole) -> TeamMember:
    """Make somebody a member who agreed to it, within a verb that holds the sponsor's lock."""
    member, is_new = TeamMember.objects.get_or_create(sponsor=sponsor, user=user, defaults={"role": role})
    if is_new:
        _record_change("joined", by, member)
        _keep_a_primary(by, sponsor)
        member.refresh_from_db(fields=["is_primary"])
    return member


@transaction.atomic
def remove_team_member(*, by: User | None, sponsor: Sponsor, member: TeamMember) -> None:
    """Take somebody out of a team, and mail them so; a team keeps a contact. Their proposals stay with the sponsor."""
    if by is not None:
        require(by, "sponsors.manage_team", sponsor)
    sponsor = locked_sponsor(sponsor)
    gone = _member(sponsor, pk=member.pk)
    entry = _remove(by, gone)
    if gone.user != by:
        post("sponsors/removed", to=[gone.user], entry=entry, context={"sponsor": sponsor, "edition": sponsor.edition})


@transaction.atomic
def leave_team(*, by: User, sponsor: Sponsor) -> None:
    """Leave a team oneself; the only contact stays until there is another."""
    require(by, "sponsors.leave_team", sponsor)
    sponsor = locked_sponsor(sponsor)
    _remove(by, _member(sponsor, user=by))


def _member(sponsor: Sponsor, **which: Any) -> TeamMember:
    return TeamMember.objects.select_related("user", "sponsor__edition").get(sponsor=sponsor, **which)


def _remove(by: User | None, gone: TeamMember) -> Entry:
    _check_other_contact(by, gone)
    entry = _record_change("left", by, gone)
    gone.delete()
    _keep_a_primary(by, gone.sponsor)
    return entry


def _check_other_contact(by: User | None, member: TeamMember) -> None:
    sponsor = member.sponsor
    contacts = sponsor.team.filter(role=TeamRole.CONTACT)
    if member.role == TeamRole.CONTACT and not contacts.exclude(pk=member.pk).exists():
        who = "You are" if member.user == by else f"{member.user} is"
        raise WrongState(
            "last-contact",
            f"{who} the only contact of {sponsor}. Make another member a contact first, or invite one; this works as "
            f"soon as there is another. If you need help, write to {sponsor.edition.contact}.",
        )


@transaction.atomic
def change_role(*, by: User, sponsor: Sponsor, member: TeamMember, role: str) -> TeamMember:
    """Make a member a contact, or a contact a member; a team keeps a contact."""
    require(by, "sponsors.manage_team", sponsor)
    if role not in list(TeamRole):
        raise Invalid("unknown-role", "Choose contact or member.", field="role")
    changed = _member(locked_sponsor(sponsor), pk=member.pk)
    if changed.role == role:
        return changed
    _check_other_contact(by, changed)
    changed.role, changed.is_primary = role, False
    changed.save(update_fields=["role", "is_primary"])
    _record_member("role", by, changed)
    _keep_a_primary(by, changed.sponsor)
    changed.refresh_from_db(fields=["is_primary"])
    return changed


@transaction.atomic
def make_primary(*, by: User, sponsor: Sponsor, member: TeamMember) -> TeamMember:
    """Say to which contact the organisers write first."""
    require(by, "sponsors.manage_team", sponsor)
    chosen = _member(locked_sponsor(sponsor), pk=member.pk)
    if chosen.role != TeamRole.CONTACT:
        raise WrongState(
            "primary-not-a-contact",
            f"{chosen.user} is a member of the team. Make them a contact first, then the primary contact.",
        )
    if not chosen.is_primary:
        chosen.sponsor.team.filter(is_primary=True).update(is_primary=False)
        _mark_primary(by, chosen)
    return chosen


def _keep_a_primary(by: User | None, sponsor: Sponsor) -> None:
    """While there are contacts, one of them is primary: the longest in the team, unless another was chosen."""
    contacts = sponsor.team.filter(role=TeamRole.CONTACT)
    if contacts.filter(is_primary=True).exists():
        return
    first = contacts.select_related("user", "sponsor__edition").order_by("added_at", "id").first()
    if first is not None:
        _mark_primary(by, first)


def _mark_primary(by: User | None, member: TeamMember) -> None:
    member.is_primary = True
    member.save(update_fields=["is_primary"])
    _record_member("primary", by, member)


def _record_member(change: str, by: User | None, member: TeamMember) -> None:
    """A change within the team, which moves no conflict of interest."""
    forget()
    data = {"change": change, "user": member.user_id, "sponsor": member.sponsor_id, "role": member.role}
    record("sponsors.member_changed", by=by, target=member, edition_id=member.sponsor.edition_id, data=data)


def _record_change(change: str, by: User | None, member: TeamMember) -> Entry:
    forget()
    data = {"change": change, "user": member.user_id, "sponsor": member.sponsor_id, "role": member.role}
    return record("sponsors.team_changed", by=by, target=member, edition_id=member.sponsor.edition_id, data=data)
