"""Reads about sponsors and their teams."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from expo.accounts.models import User
from expo.editions.models import Edition, Format
from expo.kit.memo import once_per_request

from .models import Sponsor, TeamMember, Tier
from .states import TeamRole

IS_CONTACT = Q(team__role=TeamRole.CONTACT)


@once_per_request
def teams_of(user: Any, edition: Edition) -> frozenset[int]:
    """Ids of the sponsors somebody acts for in an edition."""
    if not user.is_authenticated:
        return frozenset()
    return frozenset(
        TeamMember.objects.filter(user=user, sponsor__edition=edition).values_list("sponsor_id", flat=True)
    )


def sponsors_of(user: User, edition: Edition) -> QuerySet[Sponsor]:
    """The sponsors somebody acts for, with tier."""
    return Sponsor.objects.filter(pk__in=teams_of(user, edition)).select_related("tier", "organisation")


def contacts(sponsor: Sponsor) -> QuerySet[User]:
    """Everybody in a sponsor's team, by id: who gets mail about its proposals."""
    return User.objects.filter(teams__sponsor=sponsor, is_active=True).order_by("id")


def sponsors_in(edition: Edition) -> QuerySet[Sponsor]:
    """All sponsors of an edition with tier and sizes, highest tier first."""
    return (
        edition.sponsors.select_related("tier", "organisation")
        .annotate(team_size=Count("team", distinct=True), contact=Min("team__user__email", filter=IS_CONTACT))
        .order_by("tier__rank", "name")
    )


def sponsor_of(user: User, *, edition: str, sponsor: int) -> Sponsor:
    """A sponsor of this edition, for a policy to judge; raises Sponsor.DoesNotExist."""
    return Sponsor.objects.select_related("edition", "tier", "organisation").get(pk=sponsor, edition__slug=edition)


def member_of(user: User, *, edition: str, sponsor: int, member: int) -> TeamMember:
    """A member of this sponsor's team; raises TeamMember.DoesNotExist."""
    found = TeamMember.objects.select_related("sponsor__edition", "user")
    return found.get(pk=member, sponsor=sponsor, sponsor__edition__slug=edition)


def tiers_in(edition: Edition) -> list[tuple[Tier, list[tuple[Format, int, int]]]]:
    """Each tier with what it may submit and have accepted, per format of the edition."""
    formats = list(edition.formats.all())
    tiers = edition.tiers.prefetch_related("entitlements").annotate(sponsor_count=Count("sponsors"))
    return [(tier, limits_of(tier, formats)) for tier in tiers]


def limits_of(tier: Tier, formats: Iterable[Format]) -> list[tuple[Format, int, int]]:
    """What a tier may submit and have accepted; a format without a row means none."""
    own = {one.format_id: (one.may_submit, one.may_be_accepted) for one in tier.entitlements.all()}
    return [(one, *own.get(one.pk, (0, 0))) for one in formats]
