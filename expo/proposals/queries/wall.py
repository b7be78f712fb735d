"""The conflict wall: computed from the facts each time, so that it can never be out of date."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.memo import once_per_request

from .. import conflicts
from ..models import Proposal
from ..states import ConflictSource
from .wall_facts import Between, Facts, facts, submitted

Addresses = Mapping[int, frozenset[str]]


@dataclass(frozen=True)
class Wall:
    """What somebody must not see, score, decide or place in an edition: whole sponsors and single proposals."""

    sponsors: frozenset[int]
    proposals: frozenset[int]

    def hides(self, proposal: Proposal) -> bool:
        return proposal.sponsor_id in self.sponsors or proposal.pk in self.proposals


@once_per_request
def wall(user: User | AnonymousUser, edition: Edition) -> Wall:
    """The wall of one person: two queries at most. Strangers have none; nothing is theirs to see anyway."""
    if isinstance(user, AnonymousUser):
        return Wall(frozenset(), frozenset())
    found = conflicts_between([user], edition)
    return Wall(
        frozenset(each.sponsor for each in found if each.proposal is None),
        frozenset(each.proposal for each in found if each.proposal is not None),
    )


def behind_the_wall(user: User, edition: Edition) -> frozenset[int]:
    """Ids of every proposal that somebody's wall hides, for lists that know proposals by plain ids only."""
    hidden = wall(user, edition)
    rows = Proposal.objects.filter(Q(sponsor__in=hidden.sponsors) | Q(pk__in=hidden.proposals), edition=edition)
    return frozenset(rows.values_list("pk", flat=True))


def conflicts_between(users: Collection[User], edition: Edition) -> list[Between]:
    """Every conflict of these people in an edition, found from facts or declared: one query, two with coauthors."""
    today, years = clock.now().astimezone(edition.zone).date(), edition.conflict_years
    known = facts(users, edition, since=conflicts.years_before(today, years))
    addresses = _addresses(users, known)
    people, (family_of, companies) = _people(known, addresses), _landscape(known)
    found = [
        Between(user.pk, each.sponsor, None, each.source, each.detail)
        for user in users
        for each in conflicts.find(people[user.pk], companies, family_of, today=today, years=years)
    ]
    return [*found, *_presenting(addresses, known), *_coauthors(known, edition, today), *known.declared]


def _landscape(known: Facts) -> tuple[dict[int, int], list[conflicts.Company]]:
    """Organisation → its family, and the companies that sponsor the edition, each with its family's domains."""
    family_of = conflicts.families({organisation: parent for organisation, parent, _ in known.organisations})
    domains: dict[int, set[str]] = defaultdict(set)
    for organisation, _, own in known.organisations:
        domains[family_of[organisation]].update(domain.lower() for domain in own)
    return family_of, [
        conflicts.Company(sponsor, organisation, name, frozenset(domains[family_of[organisation]]))
        for sponsor, organisation, name in known.sponsors
    ]


def _addresses(users: Collection[User], known: Facts) -> dict[int, frozenset[str]]:
    """Everybody's mail addresses: signed in with, verified besides, or given up lately."""
    found = {user.pk: {user.email.lower()} for user in users}
    for user_id, email in known.addresses:
        found[user_id].add(email.lower())
    return {user_id: frozenset(emails) for user_id, emails in found.items()}


def _people(known: Facts, addresses: Addresses) -> dict[int, conflicts.Person]:
    stays: dict[int, list[conflicts.Stay]] = defaultdict(list)
    for user_id, stay in known.stays:
        stays[user_id].append(stay)
    teams: dict[int, set[int]] = defaultdict(set)
    for user_id, sponsor_id in known.teams:
        teams[user_id].add(sponsor_id)
    return {
        pk: conflicts.Person(
            frozenset(email.rpartition("@")[2] for email in emails), tuple(stays[pk]), frozenset(teams[pk])
        )
        for pk, emails in addresses.items()
    }


def _presenting(addresses: Addresses, known: Facts) -> list[Between]:
    """Whoever is named on stage must not judge that proposal."""
    owners = defaultdict(list)
    for user_id, emails in addresses.items():
        for email in emails:
            owners[email].append(user_id)
    return [
        Between(
            user_id,
            each.sponsor,
            each.proposal,
            ConflictSource.PRESENTER,
            f"Is named as a presenter by {each.company}.",
        )
        for each in known.on_stage
        for user_id in owners[each.address]
    ]


def _coauthors(known: Facts, edition: Edition, today: date) -> list[Between]:
    """Whoever wrote with a presenter in the last years must not judge what they present."""
    if not known.coauthors:
        return []
    rows = submitted(edition).values_list("name", "proposal_id", "proposal__sponsor_id")
    stages = [conflicts.OnStage(*row) for row in rows]
    return [
        Between(each.user, each.sponsor, each.proposal, ConflictSource.COAUTHOR, each.detail)
        for each in conflicts.met(known.coauthors, stages, today=today, years=edition.conflict_years)
    ]
