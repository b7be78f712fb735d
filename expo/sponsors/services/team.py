"""Who acts for a sponsor."""

from django.db import transaction

from expo.accounts.models import User
from expo.accounts.services import ensure_person
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit.errors import Invalid, NotAllowed, Refused, WrongState
from expo.kit.memo import forget
from expo.kit.policy import require
from expo.notify.services import post

from ..models import Sponsor, TeamMember
from ..states import TeamRole


@transaction.atomic
def add_team_member(
    *, by: User | None, sponsor: Sponsor, email: str, name: str = "", role: str = TeamRole.MEMBER
) -> TeamMember:
    """Bring somebody into a sponsor's team and invite them by mail."""
    if by is not None:
        require(by, "sponsors.manage_team", sponsor)
        _refuse_self(by, sponsor, email)
    found = Sponsor.objects.select_for_update(of=("self",)).select_related("edition").get(pk=sponsor.pk)
    return join(by=by, sponsor=found, email=email, name=name, role=TeamRole(role), field="email")


def _refuse_self(by: User, sponsor: Sponsor, email: str) -> None:
    """An organiser who could join any team could read what their conflicts hide, and every draft."""
    if by.email.lower() == email.strip().lower() and not sponsor.team.filter(user=by).exists():
        raise NotAllowed(
            "joins-own-team",
            "Nobody brings themselves into a team. Ask its contact or another organiser to add you.",
            field="email",
        )


def join(*, by: User | None, sponsor: Sponsor, email: str, name: str, role: TeamRole, field: str) -> TeamMember:
    """Add a member within a verb that has asked its policy and holds the lock."""
    user = _person(by, email, name, field)
    if TeamMember.objects.filter(sponsor=sponsor, user=user).exists():
        raise Invalid("already-in-team", f"{user} is in this team already.", field=field)
    member = TeamMember.objects.create(sponsor=sponsor, user=user, role=role)
    entry = _tell("joined", by, member)
    if user != by:
        context = {"edition": sponsor.edition, "sponsor": sponsor, "role": role, "by": by}
        post("sponsors/invited", to=[user], entry=entry, context=context)
    return member


def _person(by: User | None, email: str, name: str, field: str) -> User:
    try:
        return ensure_person(by=by, email=email, name=name)
    except Refused as refusal:
        refusal.field = field
        raise


@transaction.atomic
def remove_team_member(*, by: User | None, sponsor: Sponsor, member: TeamMember) -> None:
    """Take somebody out of a team; a sponsor always keeps a contact. Their proposals stay with the sponsor."""
    if by is not None:
        require(by, "sponsors.manage_team", sponsor)
    found = Sponsor.objects.select_for_update(of=("self",)).get(pk=sponsor.pk)
    gone = TeamMember.objects.select_related("user", "sponsor__edition").get(pk=member.pk, sponsor=found)
    contacts = found.team.filter(role=TeamRole.CONTACT)
    if gone.role == TeamRole.CONTACT and not contacts.exclude(pk=gone.pk).exists():
        raise WrongState(
            "last-contact", f"{gone.user} is the only contact. Add another contact first, then remove this one."
        )
    _tell("left", by, gone)
    gone.delete()


def _tell(change: str, by: User | None, member: TeamMember) -> Entry:
    forget()
    data = {"change": change, "user": member.user_id, "sponsor": member.sponsor_id, "role": member.role}
    return record("sponsors.team_changed", by=by, target=member, edition_id=member.sponsor.edition_id, data=data)
