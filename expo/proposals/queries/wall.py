"""The conflict wall: computed from the facts each time, so that it can never be out of date."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from expo.accounts.models import Affiliation, Organisation, User
from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.memo import once_per_request
from expo.sponsors.models import Sponsor, TeamMember

from .. import conflicts
from ..models import Conflict, Proposal
from ..states import ConflictSource


@dataclass(frozen=True)
class Wall:
    """What somebody must not see, score, decide or place in an edition: whole sponsors and single proposals."""

    sponsors: frozenset[int]
    proposals: frozenset[int]

    def hides(self, proposal: Proposal) -> bool:
        return proposal.sponsor_id in self.sponsors or proposal.pk in self.proposals


@dataclass(frozen=True)
class Between:
    """A conflict between a person and a sponsor (or one of its proposals), with its source in words."""

    user: int
    sponsor: int
    proposal: int | None
    source: ConflictSource
    detail: str


@once_per_request
def wall(user: User, edition: Edition) -> Wall:
    """The wall of one person: a constant number of queries."""
    found = conflicts_between([user], edition)
    return Wall(
        frozenset(each.sponsor for each in found if each.proposal is None),
        frozenset(each.proposal for each in found if each.proposal is not None),
    )


def conflicts_between(users: Collection[User], edition: Edition) -> list[Between]:
    """Every conflict of these people in an edition, found from facts or declared: six queries, whatever the size."""
    companies = _companies(edition)
    families = _families()
    today = clock.now().astimezone(edition.zone).date()
    people = _people(users, edition)
    found = [
        Between(user.pk, each.sponsor, None, each.source, each.detail)
        for user in users
        for each in conflicts.find(people[user.pk], companies, families, today=today, years=edition.conflict_years)
    ]
    return found + _declared(users, edition)


def _companies(edition: Edition) -> list[conflicts.Company]:
    sponsors = Sponsor.objects.filter(edition=edition).select_related("organisation").order_by("id")
    return [
        conflicts.Company(
            sponsor.pk, sponsor.organisation_id, sponsor.name, frozenset(map(str.lower, sponsor.organisation.domains))
        )
        for sponsor in sponsors
    ]


def _families() -> dict[int, int]:
    """Organisation → root of its family; a cycle of parents ends where it began."""
    parents = dict(Organisation.objects.exclude(parent=None).values_list("id", "parent_id"))

    def root(organisation: int) -> int:
        seen = {organisation}
        while (up := parents.get(organisation)) is not None and up not in seen:
            seen.add(up)
            organisation = up
        return organisation if up is None else min(seen)

    return {organisation: root(organisation) for organisation in parents}


def _people(users: Collection[User], edition: Edition) -> dict[int, conflicts.Person]:
    ids = [user.pk for user in users]
    stays: dict[int, list[conflicts.Stay]] = defaultdict(list)
    for each in Affiliation.objects.filter(user__in=ids).order_by("id"):
        stays[each.user_id].append(conflicts.Stay(each.organisation_id, each.relation, each.ended_on))
    teams: dict[int, set[int]] = defaultdict(set)
    for user_id, sponsor_id in TeamMember.objects.filter(user__in=ids, sponsor__edition=edition).values_list(
        "user_id", "sponsor_id"
    ):
        teams[user_id].add(sponsor_id)
    return {
        user.pk: conflicts.Person(
            user.email.rpartition("@")[2].lower(), tuple(stays[user.pk]), frozenset(teams[user.pk])
        )
        for user in users
    }


def _declared(users: Collection[User], edition: Edition) -> list[Between]:
    rows = Conflict.objects.filter(user__in=[user.pk for user in users], sponsor__edition=edition).order_by("id")
    return [Between(row.user_id, row.sponsor_id, row.proposal_id, ConflictSource(row.source), row.detail) for row in rows]
