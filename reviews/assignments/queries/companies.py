"""Which sponsoring company stands behind whom: families of organisations, so that a subsidiary is no way round."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from django.db.models import Q

from expo.accounts.models import Affiliation, User
from expo.accounts.queries import organisation_links
from expo.editions.models import Edition
from expo.kit.memo import once_per_request
from expo.proposals import conflicts
from expo.proposals.models import Proposal
from expo.sponsors.models import Sponsor, TeamMember


@once_per_request
def sponsoring_families(edition: Edition) -> tuple[dict[int, int], dict[int, int]]:
    """Sponsor → its family of companies, and organisation → the same for organisations of those families only."""
    family_of = conflicts.families(organisation_links())
    rows = Sponsor.objects.filter(edition=edition).values_list("id", "organisation_id")
    of_sponsor = {sponsor: family_of[organisation] for sponsor, organisation in rows}
    known = set(of_sponsor.values())
    return of_sponsor, {organisation: family for organisation, family in family_of.items() if family in known}


def companies_of(users: Collection[User], edition: Edition, today: date) -> dict[int, frozenset[int]]:
    """User → families that sponsor the edition and that they work for today or whose teams they belong to."""
    of_sponsor, of_organisation = sponsoring_families(edition)
    found: dict[int, set[int]] = defaultdict(set)
    ids = [user.pk for user in users]
    stays = Affiliation.objects.filter(Q(ended_on=None) | Q(ended_on__gte=today), user__in=ids)
    for user, organisation in stays.values_list("user_id", "organisation_id"):
        if organisation in of_organisation:
            found[user].add(of_organisation[organisation])
    for user, sponsor in TeamMember.objects.filter(user__in=ids, sponsor__edition=edition).values_list(
        "user_id", "sponsor_id"
    ):
        found[user].add(of_sponsor[sponsor])
    return {user: frozenset(families) for user, families in found.items()}


def company_of(edition: Edition, proposals: Collection[int]) -> dict[int, int]:
    """Proposal → the family of companies behind it."""
    of_sponsor, _ = sponsoring_families(edition)
    rows = Proposal.objects.filter(pk__in=proposals).values_list("id", "sponsor_id")
    return {proposal: of_sponsor[sponsor] for proposal, sponsor in rows}
