"""Reads about sponsors and their teams."""

from django.db.models import QuerySet

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.memo import once_per_request

from .models import Sponsor, TeamMember


@once_per_request
def teams_of(user: User, edition: Edition) -> frozenset[int]:
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
