"""The conflict wall: computed from the facts each time, so that it can never be out of date.

A conflict is a fact, or what somebody said of themselves, or what a chair decided. What a sponsor typed is a claim:
until its person answers, it hides the proposal from that person alone, and changes nothing else.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.states import RoleKind
from expo.kit import clock
from expo.kit.mail_domains import as_sent
from expo.kit.memo import once_per_request

from .. import conflicts
from ..claims import Match, Named, matches
from ..models import Proposal
from ..states import ClaimAnswer, ClaimKind, ConflictSource
from .wall_facts import Answered, Between, Facts, facts

Addresses = Mapping[int, frozenset[str]]
Subject = tuple[int, int | None]
#: Claims that rest on what people say of themselves, so that they could try one name after the other.
GUESSABLE = (ClaimKind.NAME, ClaimKind.COAUTHOR)


@dataclass(frozen=True)
class Wall:
    """What somebody must not see, score, decide or place in an edition: whole sponsors and single proposals.

    `claimed` are those among them, as (sponsor, proposal or None), that only an open claim hides.
    """

    sponsors: frozenset[int]
    proposals: frozenset[int]
    claimed: frozenset[Subject] = frozenset()

    def hides(self, proposal: Proposal) -> bool:
        return proposal.sponsor_id in self.sponsors or proposal.pk in self.proposals

    @property
    def hides_some(self) -> bool:
        """Whether anything is hidden, by a conflict or an open claim."""
        return bool(self.sponsors or self.proposals)

    @property
    def has_conflicts(self) -> bool:
        """Whether more than open claims hides something."""
        return len(self.sponsors) + len(self.proposals) > len(self.claimed)

    def asks(self, proposal: Proposal) -> bool:
        """Whether it is hidden until this person answers a question."""
        return bool(self.claimed & {(proposal.sponsor_id, proposal.pk), (proposal.sponsor_id, None)})


@dataclass(frozen=True)
class OpenClaim:
    """Something typed that points at a person with a role who has not answered yet.

    `names` and `addresses` are the presenters' as typed; `is_covered`: a conflict keeps the person away anyway;
    `is_blind`: to hide the proposal would tell who presents what this person reviews without knowing.
    """

    user: int
    sponsor: int
    proposal: int | None
    kind: ClaimKind
    names: tuple[str, ...]
    addresses: tuple[str, ...]
    is_covered: bool
    is_blind: bool

    @property
    def subject(self) -> Subject:
        return (self.sponsor, self.proposal)


@dataclass(frozen=True)
class Relations:
    """How some people stand to an edition's sponsors: conflicts, open claims, and every presenter they may be."""

    conflicts: list[Between]
    claims: list[OpenClaim]
    matches: list[Match]
    answers: tuple[Answered, ...]


@once_per_request
def wall(user: User | AnonymousUser, edition: Edition) -> Wall:
    """The wall of one person: one query at most. Strangers have none; nothing is theirs to see anyway."""
    if isinstance(user, AnonymousUser):
        return Wall(frozenset(), frozenset())
    found = relations_of(user, edition)
    conflicted = {(each.sponsor, each.proposal) for each in found.conflicts}
    claimed = {each.subject for each in found.claims if not each.is_covered and not each.is_blind}
    hidden = conflicted | claimed
    return Wall(
        frozenset(sponsor for sponsor, proposal in hidden if proposal is None),
        frozenset(proposal for _, proposal in hidden if proposal is not None),
        frozenset(claimed),
    )


@once_per_request
def relations_of(user: User, edition: Edition) -> Relations:
    """One person's own."""
    return relations([user], edition)


def behind_the_wall(user: User, edition: Edition) -> frozenset[int]:
    """Ids of every proposal that somebody's wall hides, for lists that know proposals by plain ids only."""
    hidden = wall(user, edition)
    rows = Proposal.objects.filter(Q(sponsor__in=hidden.sponsors) | Q(pk__in=hidden.proposals), edition=edition)
    return frozenset(rows.values_list("pk", flat=True))


def conflicts_between(
    users: Collection[User], edition: Edition, *, if_so: Callable[[Facts], Facts] | None = None
) -> list[Between]:
    """Every conflict of these people in an edition: from facts, declared, or a claim that was confirmed. One query.

    With `if_so`: what they would be if the facts were as it says.
    """
    return relations(users, edition, if_so=if_so).conflicts


def who_may_see(users: Collection[User], proposal: Proposal) -> list[User]:
    """Those of these people from whom neither a conflict nor an open claim hides this proposal."""
    found = relations(users, proposal.edition)
    mine = {(proposal.sponsor_id, None), (proposal.sponsor_id, proposal.pk)}
    hidden = {each.user for each in found.conflicts if (each.sponsor, each.proposal) in mine}
    hidden |= {each.user for each in found.claims if each.subject in mine}
    return [user for user in users if user.pk not in hidden]


def relations(users: Collection[User], edition: Edition, *, if_so: Callable[[Facts], Facts] | None = None) -> Relations:
    """Everything that stands between these people and the sponsors of an edition: one query."""
    today, years = clock.now().astimezone(edition.zone).date(), edition.conflict_years
    known = facts(users, edition, since=conflicts.years_before(today, years))
    known = if_so(known) if if_so else known
    addresses = _addresses(users, known)
    people, (family_of, companies) = _people(known, addresses), _landscape(known)
    computed = [
        Between(user.pk, each.sponsor, None, each.source, each.detail)
        for user in users
        for each in conflicts.find(people[user.pk], companies, family_of, today=today, years=years)
    ]
    conflicted = [*computed, *_confirmed(known), *known.declared]
    holders = {user for user, _ in known.roles}
    matched = matches(
        [Named(user.pk, user.name, addresses[user.pk]) for user in users if user.pk in holders],
        [each for each in known.coauthors if each.user in holders],
        known.on_stage,
        today=today,
        years=years,
    )
    return Relations(conflicted, _open_claims(matched, known, conflicted, edition), matched, known.answers)


def _landscape(known: Facts) -> tuple[dict[int, int], list[conflicts.Company]]:
    """Organisation → its family, and the companies that sponsor the edition, each with its family's domains."""
    family_of = conflicts.families(known.organisations)
    domains: dict[int, set[str]] = defaultdict(set)
    for each in known.sponsors:
        domains[family_of[each.organisation]].update(each.domains)
    return family_of, [
        conflicts.Company(each.sponsor, each.organisation, each.name, frozenset(domains[family_of[each.organisation]]))
        for each in known.sponsors
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
            frozenset(as_sent(email.rpartition("@")[2]) for email in emails), tuple(stays[pk]), frozenset(teams[pk])
        )
        for pk, emails in addresses.items()
    }


CONFIRMED = {
    ClaimKind.ADDRESS: (ConflictSource.PRESENTER, "Presents it."),
    ClaimKind.NAME: (ConflictSource.PRESENTER, "Presents it."),
    ClaimKind.COAUTHOR: (ConflictSource.COAUTHOR, "Wrote with one of its presenters."),
    ClaimKind.TEAM: (ConflictSource.OWN_TEAM, "Belonged to its team."),
}


def _confirmed(known: Facts) -> list[Between]:
    """Claims that somebody said yes to; they stay when the sponsor takes the name out."""
    found = []
    for each in known.answers:
        if each.answer == ClaimAnswer.YES:
            source, detail = CONFIRMED[each.kind]
            said = detail if each.by == each.user else f"{detail} A chair confirmed it."
            found.append(Between(each.user, each.sponsor, each.proposal, source, said))
    return found


def _open_claims(
    matched: Collection[Match], known: Facts, conflicted: Collection[Between], edition: Edition
) -> list[OpenClaim]:
    """One per person and proposal, by its strongest match; whoever answered once is not asked again."""
    grouped: dict[tuple[int, int, int | None], list[Match]] = defaultdict(list)
    for each in matched:
        grouped[each.user, each.stage.sponsor, each.stage.proposal].append(each)
    for answer in known.answers:
        if answer.answer != ClaimAnswer.OPEN:
            grouped.pop((answer.user, answer.sponsor, answer.proposal), None)
        else:
            grouped.setdefault((answer.user, answer.sponsor, answer.proposal), [])
    barred = {(each.user, each.sponsor, each.proposal) for each in conflicted}
    runs = {user for user, kind in known.roles if kind in (RoleKind.ORGANISER, RoleKind.COCHAIR)}
    rank = list(ClaimKind)
    found = []
    for (user, sponsor, proposal), rows in grouped.items():
        kind = min((each.kind for each in rows), key=rank.index, default=ClaimKind.TEAM)
        mine = [each.stage for each in rows if each.kind == kind]
        found.append(
            OpenClaim(
                user,
                sponsor,
                proposal,
                kind,
                tuple(stage.name for stage in mine),
                tuple(stage.address for stage in mine),
                is_covered=bool({(user, sponsor, None), (user, sponsor, proposal)} & barred),
                is_blind=kind in GUESSABLE and edition.hide_sponsor_until_scored and user not in runs,
            )
        )
    return found
