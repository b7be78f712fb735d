"""The conflict wall: computed from the facts each time, so that it can never be out of date."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from allauth.account.models import EmailAddress
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.db.models.functions import Lower

from expo.accounts.models import Affiliation, Coauthor, FormerAddress, Organisation, User
from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.memo import once_per_request
from expo.sponsors.models import Sponsor, TeamMember

from .. import conflicts
from ..models import Conflict, Presenter, Proposal
from ..states import ConflictSource, ProposalState

Addresses = Mapping[int, frozenset[str]]


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
def wall(user: User | AnonymousUser, edition: Edition) -> Wall:
    """The wall of one person: a constant number of queries. Strangers have none; nothing is theirs to see anyway."""
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
    """Every conflict of these people in an edition, found from facts or declared: at most ten queries."""
    family_of, companies = _landscape(edition)
    today = clock.now().astimezone(edition.zone).date()
    addresses = _addresses(users, since=conflicts.years_before(today, edition.conflict_years))
    people = _people(users, edition, addresses)
    found = [
        Between(user.pk, each.sponsor, None, each.source, each.detail)
        for user in users
        for each in conflicts.find(people[user.pk], companies, family_of, today=today, years=edition.conflict_years)
    ]
    return [
        *found,
        *_presenting(addresses, edition),
        *_coauthors(users, edition, today),
        *_declared(users, edition),
    ]


def _families() -> tuple[dict[int, int], dict[int, frozenset[str]]]:
    """Organisation → its family, and family → all its mail domains."""
    rows = list(Organisation.objects.order_by("id").values_list("id", "parent_id", "domains"))
    family_of = conflicts.families({organisation: parent for organisation, parent, _ in rows})
    domains: dict[int, set[str]] = defaultdict(set)
    for organisation, _, own in rows:
        domains[family_of[organisation]].update(domain.lower() for domain in own)
    return family_of, {family: frozenset(own) for family, own in domains.items()}


@once_per_request
def _landscape(edition: Edition) -> tuple[dict[int, int], list[conflicts.Company]]:
    """Organisation → its family, and the companies that sponsor the edition."""
    family_of, domains = _families()
    rows = Sponsor.objects.filter(edition=edition).order_by("id").values_list("id", "organisation_id", "name")
    return family_of, [
        conflicts.Company(sponsor, organisation, name, domains[family_of[organisation]])
        for sponsor, organisation, name in rows
    ]


def _addresses(users: Collection[User], since: date) -> dict[int, frozenset[str]]:
    """Everybody's mail addresses: signed in with, verified besides, or given up `since` then."""
    ids = [user.pk for user in users]
    known = {user.pk: {user.email.lower()} for user in users}
    for user_id, email in EmailAddress.objects.filter(user__in=ids, verified=True).values_list("user_id", "email"):
        known[user_id].add(email.lower())
    former = FormerAddress.objects.filter(user__in=ids, until__gt=since).values_list("user_id", "email")
    for user_id, email in former:
        known[user_id].add(email.lower())
    return {user_id: frozenset(emails) for user_id, emails in known.items()}


def _people(users: Collection[User], edition: Edition, addresses: Addresses) -> dict[int, conflicts.Person]:
    ids = [user.pk for user in users]
    stays: dict[int, list[conflicts.Stay]] = defaultdict(list)
    for each in Affiliation.objects.filter(user__in=ids).order_by("id"):
        stays[each.user_id].append(conflicts.Stay(each.organisation_id, each.relation, each.ended_on))
    teams: dict[int, set[int]] = defaultdict(set)
    members = TeamMember.objects.filter(user__in=ids, sponsor__edition=edition)
    for user_id, sponsor_id in members.values_list("user_id", "sponsor_id"):
        teams[user_id].add(sponsor_id)
    return {
        pk: conflicts.Person(
            frozenset(email.rpartition("@")[2] for email in addresses[pk]), tuple(stays[pk]), frozenset(teams[pk])
        )
        for pk in ids
    }


def _presenting(addresses: Addresses, edition: Edition) -> list[Between]:
    """Whoever is named on stage must not judge that proposal; a draft is not yet a proposal to anybody else."""
    owners = defaultdict(list)
    for user_id, emails in addresses.items():
        for email in emails:
            owners[email].append(user_id)
    rows = (
        Presenter.objects.filter(proposal__edition=edition)
        .exclude(proposal__state=ProposalState.DRAFT)
        .annotate(address=Lower("email"))
        .filter(address__in=list(owners))
        .order_by("id")
        .values_list("address", "proposal_id", "proposal__sponsor_id", "proposal__sponsor__name")
    )
    return [
        Between(user_id, sponsor, proposal, ConflictSource.PRESENTER, f"Is named as a presenter by {name}.")
        for address, proposal, sponsor, name in rows
        for user_id in owners[address]
    ]


def _coauthors(users: Collection[User], edition: Edition, today: date) -> list[Between]:
    """Whoever wrote with a presenter in the last years must not judge what they present."""
    rows = Coauthor.objects.filter(user__in=[user.pk for user in users]).order_by("id")
    written = [conflicts.Coauthor(*row) for row in rows.values_list("user_id", "name", "last_year")]
    if not written:
        return []
    presenters = Presenter.objects.filter(proposal__edition=edition).exclude(proposal__state=ProposalState.DRAFT)
    stages = [
        conflicts.OnStage(*row)
        for row in presenters.order_by("id").values_list("name", "proposal_id", "proposal__sponsor_id")
    ]
    return [
        Between(each.user, each.sponsor, each.proposal, ConflictSource.COAUTHOR, each.detail)
        for each in conflicts.met(written, stages, today=today, years=edition.conflict_years)
    ]


def _declared(users: Collection[User], edition: Edition) -> list[Between]:
    rows = Conflict.objects.filter(user__in=[user.pk for user in users], sponsor__edition=edition).order_by("id")
    return [
        Between(row.user_id, row.sponsor_id, row.proposal_id, ConflictSource(row.source), row.detail) for row in rows
    ]
