"""Reads about sponsors and their teams."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Case, Count, F, Min, Q, QuerySet, When
from django.urls import reverse
from django.utils.module_loading import import_string

from expo.accounts.models import User
from expo.accounts.queries import verified_addresses
from expo.editions.models import Edition, Format
from expo.editions.queries import roles_in, roles_of, teams_of
from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.memo import once_per_request
from expo.kit.text import counted
from expo.kit.waiting import Waiting

from .models import Picture, Sponsor, TeamInvitation, TeamMember, Tier

#: The primary contact's name, or the address of who gave none.
PRIMARY_NAME = Min(
    Case(When(team__user__name="", then=F("team__user__email")), default=F("team__user__name")),
    filter=Q(team__is_primary=True),
)
PENDING = Q(accepted_at=None, cancelled_at=None)
OPEN = PENDING & Q(declined_at=None)


def sponsors_of(user: User, edition: Edition) -> QuerySet[Sponsor]:
    """The sponsors somebody acts for, with tier."""
    return Sponsor.objects.filter(pk__in=teams_of(user, edition)).select_related("tier", "organisation")


def profile_version(sponsor: Sponsor) -> str:
    """Names what the program would print of a sponsor, so that a contact approves what was read and nothing else."""
    printed = [sponsor.name, sponsor.website, sponsor.sentence, sponsor.logo.digest if sponsor.logo else ""]
    return hashlib.sha256(json.dumps(printed).encode()).hexdigest()[:32]


def contacts(sponsor: Sponsor) -> QuerySet[User]:
    """Everybody in a sponsor's team, by id: who gets mail about its proposals."""
    return User.objects.filter(teams__sponsor=sponsor, is_active=True).order_by("id")


def was_in_team(user: Any, sponsor: Sponsor) -> bool:
    """Whether somebody belonged to a sponsor's team and does no longer, as the journal has it."""
    if not user.is_authenticated or sponsor.pk in teams_of(user, sponsor.edition):
        return False
    left = {"change": "left", "user": user.pk, "sponsor": sponsor.pk}
    facts = Entry.objects.filter(edition_id=sponsor.edition_id, fact="sponsors.team_changed")
    return facts.filter(data__contains=left).exists()


@dataclass(frozen=True)
class TeamInBrief:
    """How many act for a sponsor, and to whom of them the organisers write first."""

    size: int = 0
    primary: str = ""

    @property
    def text(self) -> str:
        """Both in words."""
        people = counted(self.size, "person", "people")
        return f"{people}, primary contact {self.primary}" if self.primary else people


def teams_in_brief(sponsors: Iterable[Sponsor]) -> dict[int, TeamInBrief]:
    """The teams of several sponsors: one query."""
    pks = [each.pk for each in sponsors]
    rows = Sponsor.objects.filter(pk__in=pks).order_by().annotate(size=Count("team"), primary=PRIMARY_NAME)
    return {pk: TeamInBrief(size, primary or "") for pk, size, primary in rows.values_list("pk", "size", "primary")}


def sponsors_in(edition: Edition) -> QuerySet[Sponsor]:
    """All sponsors of an edition with tier and sizes, highest tier first."""
    return (
        edition.sponsors.select_related("tier", "organisation")
        .annotate(
            team_size=Count("team", distinct=True),
            contact=Min("team__user__email", filter=Q(team__is_primary=True)),
            contact_name=Min("team__user__name", filter=Q(team__is_primary=True)),
            invited=Min("invitations__email", filter=Q(invitations__accepted_at=None, invitations__cancelled_at=None)),
        )
        .order_by("tier__rank", "name")
    )


def sponsor_of(user: User, *, edition: str, sponsor: int) -> Sponsor:
    """A sponsor of this edition, for a policy to judge; raises Sponsor.DoesNotExist."""
    return Sponsor.objects.select_related("edition", "tier", "organisation").get(pk=sponsor, edition__slug=edition)


def member_of(user: User, *, edition: str, sponsor: int, member: int) -> TeamMember:
    """A member of this sponsor's team; raises TeamMember.DoesNotExist."""
    rows = TeamMember.objects.select_related("sponsor__edition", "user")
    return rows.get(pk=member, sponsor=sponsor, sponsor__edition__slug=edition)


def tiers_in(edition: Edition) -> list[tuple[Tier, list[tuple[Format, int, int]]]]:
    """Each tier with what it may submit and have accepted, per format of the edition."""
    formats = list(edition.formats.all())
    tiers = edition.tiers.prefetch_related("entitlements").annotate(sponsor_count=Count("sponsors"))
    return [(tier, limits_of(tier, formats)) for tier in tiers]


def limits_of(tier: Tier, formats: Iterable[Format]) -> list[tuple[Format, int, int]]:
    """What a tier may submit and have accepted; a format without a row means none."""
    own = {one.format_id: (one.may_submit, one.may_be_accepted) for one in tier.entitlements.all()}
    return [(one, *own.get(one.pk, (0, 0))) for one in formats]


# --- Invitations to a team ---------------------------------------------------------------------------


def proved_addresses(user: Any) -> list[str]:
    """The addresses whose mailboxes this person has shown to read, in lower case."""
    return [address.lower() for address in verified_addresses(user)]


@once_per_request
def invitations_to(user: Any) -> list[TeamInvitation]:
    """Invitations that wait for this person's answer."""
    rows = TeamInvitation.objects.filter(OPEN, email__in=proved_addresses(user), mailed_at__isnull=False)
    return list(rows.exclude(sponsor__edition__phase=Phase.ARCHIVED).select_related("sponsor__edition").order_by("id"))


def invitations_by_mail(user: User) -> list[TeamInvitation]:
    """Open invitations to somebody's own address: for pages that only a link mailed to that address opens."""
    rows = TeamInvitation.objects.filter(OPEN, email__iexact=user.email, mailed_at__isnull=False)
    rows = rows.exclude(sponsor__edition__phase=Phase.ARCHIVED)
    return list(rows.select_related("sponsor__edition", "sponsor__tier", "invited_by").order_by("id"))


def invitation_to(user: User, *, edition: str, invitation: int) -> TeamInvitation:
    """A mailed invitation, for a policy to judge; raises TeamInvitation.DoesNotExist."""
    rows = TeamInvitation.objects.select_related("sponsor__edition", "sponsor__tier", "invited_by")
    return rows.get(pk=invitation, sponsor__edition__slug=edition, mailed_at__isnull=False)


def invitation_of(user: User, *, edition: str, sponsor: int, invitation: int) -> TeamInvitation:
    """An invitation of this sponsor; raises TeamInvitation.DoesNotExist."""
    rows = TeamInvitation.objects.select_related("sponsor__edition")
    return rows.get(pk=invitation, sponsor=sponsor, sponsor__edition__slug=edition)


def pending_invitations(sponsor: Sponsor) -> QuerySet[TeamInvitation]:
    """Who is invited and has not accepted, in the order of inviting."""
    return sponsor.invitations.filter(PENDING).order_by("id")


def held_invitations(edition: Edition) -> QuerySet[TeamInvitation]:
    """Invitations that wait until an organiser sends them."""
    return TeamInvitation.objects.filter(OPEN, sponsor__edition=edition, is_held=True)


def unsent_invitations(edition: Edition) -> QuerySet[TeamInvitation]:
    """Invitations that are to be mailed as soon as the call has opened."""
    return TeamInvitation.objects.filter(OPEN, sponsor__edition=edition, is_held=False, mailed_at=None)


def may_mail_sponsors(edition: Edition) -> bool:
    """Sponsors hear nothing before the call has opened: until then there is nothing to read or do."""
    opened = edition.call_opens_at is None or edition.call_opens_at <= clock.now()
    return opened and edition.phase not in (Phase.SETUP, Phase.ARCHIVED)


def when_mailed(edition: Edition) -> str:
    return "now" if may_mail_sponsors(edition) else "when the call opens"


# --- What waits for people ----------------------------------------------------------------------------


def waiting_for_invited(user: Any, editions: Sequence[Edition]) -> Iterator[Waiting]:
    """Invitations to a team that somebody has yet to answer."""
    by_edition: dict[int, list[TeamInvitation]] = defaultdict(list)
    for invitation in invitations_to(user):
        by_edition[invitation.sponsor.edition_id].append(invitation)
    for edition in editions:
        if not (mine := by_edition[edition.pk]):
            continue
        first = mine[0]
        yield Waiting(
            "invitations",
            edition.pk,
            reverse("sponsors:invitation", args=[edition.slug, first.pk]),
            len(mine),
            "invitation to a team to answer",
            "invitations to teams to answer",
            ("editions:detail",),
            about=first.sponsor.name if len(mine) == 1 else "",
        )


def waiting_for_organisers(user: Any, editions: Sequence[Edition]) -> Iterator[Waiting]:
    """Invitations that are held, and sponsors that nobody acts for while the call runs: two queries."""
    roles = roles_in(user, editions)
    mine = {each.pk: each for each in editions if RoleKind.ORGANISER in roles[each.pk]}
    if not mine:
        return
    held = TeamInvitation.objects.filter(OPEN, sponsor__edition__in=mine, is_held=True).order_by()
    held_in = dict(held.values("sponsor__edition").annotate(n=Count("pk")).values_list("sponsor__edition", "n"))
    in_call = [pk for pk, edition in mine.items() if edition.phase == Phase.CALL]
    empty = Sponsor.objects.filter(edition__in=in_call, team=None).order_by() if in_call else Sponsor.objects.none()
    empty_in = dict(empty.values("edition").annotate(n=Count("pk")).values_list("edition", "n"))
    for pk, edition in mine.items():
        url, menu = reverse("sponsors:list", args=[edition.slug]), ("sponsors:list",)
        one, many = "invitation to a sponsor's team to send", "invitations to sponsors' teams to send"
        yield Waiting("held", pk, url, held_in.get(pk, 0), one, many, menu)
        one, many = "sponsor that nobody acts for yet", "sponsors that nobody acts for yet"
        yield Waiting("teamless", pk, url, empty_in.get(pk, 0), one, many, menu, edition.call_closes_at)


# --- Pictures ---------------------------------------------------------------------------------------------


def picture_by_digest(user: Any, *, picture: str) -> Picture:
    """A picture, for a policy to judge; raises Picture.DoesNotExist."""
    return Picture.objects.get(digest=picture)


def is_public(picture: Picture) -> bool:
    """Whether it stands in a current public release, as the apps say that make them."""
    return any(import_string(name)(picture) for name in import_string(settings.PICTURES_PUBLIC_IN))


def sees(user: Any, picture: Picture) -> bool:
    """Whether somebody acts for who uses it, or runs the edition and has no conflict, or it is public."""
    return is_public(picture) or (
        user.is_authenticated
        and any(import_string(name)(user, picture) for name in import_string(settings.PICTURES_SEEN_BY))
    )


def sees_logo(user: Any, picture: Picture) -> bool:
    """A sponsor's logo is seen by its team, and by who runs the edition and so knows its sponsors."""
    sponsors = list(Sponsor.objects.filter(logo=picture).select_related("edition"))
    return any(
        each.pk in teams_of(user, each.edition) or roles_of(user, each.edition) & {RoleKind.ORGANISER, RoleKind.COCHAIR}
        for each in sponsors
    )
