"""The conflict wall: computed from the facts each time, so that it can never be out of date.

A conflict is a fact, or what somebody said of themselves, or what a chair decided. What a sponsor typed is a claim:
until its person answers, it hides the proposal from that person alone, and changes nothing else.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Q

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import holders
from expo.editions.states import RoleKind
from expo.kit import clock
from expo.kit.mail_domains import as_sent
from expo.kit.memo import is_known, know, once_per_request

from .. import claims, conflicts
from ..claims import Match, NamedPerson, matches
from ..models import Proposal
from ..states import ClaimAnswer, ClaimKind, ConflictSource, ProposalState


@dataclass(frozen=True)
class Between:
    """A conflict between a person and a sponsor (or one of its proposals), with its source in words."""

    user: int
    sponsor: int
    proposal: int | None
    source: ConflictSource
    detail: str


@dataclass(frozen=True)
class Answered:
    """What became of a claim; `proposal=None`: it is about the sponsor's team."""

    user: int
    sponsor: int
    proposal: int | None
    kind: ClaimKind
    answer: ClaimAnswer
    by: int | None


@dataclass(frozen=True)
class SponsorFact:
    """A sponsor of the edition, by ids, with the mail domains of its own."""

    sponsor: int
    organisation: int
    name: str
    domains: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """Of all organisations: id, parent and stem of the name. Of the edition: its sponsors with their mail domains.

    Of the people asked about: `addresses` (verified besides their own, or given up lately), `affiliations` and `teams`,
    each with the user in front; their roles, their coauthors, what was declared of them and what they answered to
    claims. Where one of them has a role, also everybody who is on stage.
    """

    organisations: tuple[tuple[int, int | None, str], ...]
    sponsors: tuple[SponsorFact, ...]
    addresses: tuple[tuple[int, str], ...]
    affiliations: tuple[tuple[int, conflicts.AffiliationPeriod], ...]
    teams: tuple[tuple[int, int], ...]
    roles: frozenset[tuple[int, str]]
    coauthors: tuple[claims.NamedCoauthor, ...]
    on_stage: tuple[claims.TypedPresenter, ...]
    declared: tuple[Between, ...]
    answers: tuple[Answered, ...]


def facts(users: Collection[User], since: Mapping[int, date]) -> dict[int, Facts]:
    """By edition, in one query. Addresses that were given up before the edition's `since` count no more."""
    answers = _rows_of_facts([user.pk for user in users], since)
    return {edition: _facts(json.loads(parts)) for edition, parts in answers}


def _rows_of_facts(users: list[int], since: Mapping[int, date]) -> list[tuple[int, str]]:
    """By edition, as JSON."""
    parameters: dict[str, Any] = {
        "users": users,
        "editions": list(since),
        "since": list(since.values()),
        "draft": str(ProposalState.DRAFT),
    }
    with connection.cursor() as cursor:
        cursor.execute(FACTS, parameters)
        return [(edition, parts) for edition, parts in cursor.fetchall()]


def digest_of_facts(users: Collection[int], edition: Edition) -> str:
    """A digest of what the conflicts of these people rest on, but for their own addresses and the day: one query."""
    since = conflicts.years_before(clock.now().astimezone(edition.zone).date(), edition.conflict_years)
    ((_, parts),) = _rows_of_facts(list(users), {edition.pk: since})
    return hashlib.sha256(parts.encode()).hexdigest()


def _facts(parts: Mapping[str, list[list[Any]] | None]) -> Facts:
    """The rows of each part; PostgreSQL says null for none."""

    def rows(part: str) -> list[list[Any]]:
        return parts[part] or []

    return Facts(
        organisations=tuple((key, parent, stem) for key, parent, stem in rows("organisations")),
        sponsors=tuple(SponsorFact(key, where, name, tuple(domains)) for key, where, name, domains in rows("sponsors")),
        addresses=tuple((user, email) for user, email in [*rows("proved"), *rows("former")]),
        affiliations=tuple(
            (user, conflicts.AffiliationPeriod(where, relation, date.fromisoformat(ended) if ended else None))
            for user, where, relation, ended in rows("affiliations")
        ),
        teams=tuple((user, sponsor) for user, sponsor in rows("teams")),
        roles=frozenset((user, kind) for user, kind in rows("roles")),
        coauthors=tuple(claims.NamedCoauthor(*row) for row in rows("coauthors")),
        on_stage=tuple(claims.TypedPresenter(*row) for row in rows("on_stage")),
        declared=tuple(
            Between(user, sponsor, proposal, ConflictSource(source), detail)
            for user, sponsor, proposal, source, detail in rows("declared")
        ),
        answers=tuple(
            Answered(user, sponsor, proposal, ClaimKind(kind), ClaimAnswer(answer), by)
            for user, sponsor, proposal, kind, answer, by in rows("answers")
        ),
    )


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
    own = relations_of(user, edition)
    conflicted = {(each.sponsor, each.proposal) for each in own.conflicts}
    claimed = {each.subject for each in own.claims if not each.is_covered and not each.is_blind}
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


def walls(user: User, editions: Collection[Edition]) -> dict[int, Wall]:
    """One person's walls by edition: one query for those that were not asked for before in this request."""
    unknown = [each for each in editions if not is_known(relations_of, user, each)]
    if len(unknown) > 1:
        related = _relations([user], unknown)
        for each in unknown:
            know(relations_of, related[each.pk], user, each)
    return {each.pk: wall(user, each) for each in editions}


def behind_the_wall(user: User, *editions: Edition) -> frozenset[int]:
    """Ids of every proposal that somebody's walls hide, for lists that know proposals by plain ids only."""
    rows = Proposal.objects.filter(hidden_by(walls(user, editions).values()), edition__in=editions)
    return frozenset(rows.values_list("pk", flat=True))


def hidden_by(walls: Iterable[Wall], prefix: str = "") -> Q:
    """The proposals that any of these walls hides; `prefix` where the rows are about a proposal, `proposal__`."""
    sponsors, proposals = frozenset[int](), frozenset[int]()
    for each in walls:
        sponsors, proposals = sponsors | each.sponsors, proposals | each.proposals
    return Q(**{f"{prefix}sponsor__in": sponsors}) | Q(**{f"{prefix}pk__in": proposals})


def conflicts_between(
    users: Collection[User], edition: Edition, *, if_so: Callable[[Facts], Facts] | None = None
) -> list[Between]:
    """Every conflict of these people in an edition: from facts, declared, or a claim that was confirmed. One query.

    With `if_so`: what they would be if the facts were as it says.
    """
    return relations(users, edition, if_so=if_so).conflicts


def who_may_see(users: Collection[User], proposal: Proposal) -> list[User]:
    """Those of these people from whom neither a conflict nor an open claim hides this proposal."""
    related = relations(users, proposal.edition)
    mine = {(proposal.sponsor_id, None), (proposal.sponsor_id, proposal.pk)}
    hidden = {each.user for each in related.conflicts if (each.sponsor, each.proposal) in mine}
    hidden |= {each.user for each in related.claims if each.subject in mine}
    return [user for user in users if user.pk not in hidden]


def runners(proposal: Proposal, *kinds: RoleKind) -> list[User]:
    """Organisers and cochairs, or those of these kinds, from whom nothing hides this proposal; by id."""
    asked = kinds or (RoleKind.ORGANISER, RoleKind.COCHAIR)
    return who_may_see(list(holders(proposal.edition, *asked)), proposal)


def relations(users: Collection[User], edition: Edition, *, if_so: Callable[[Facts], Facts] | None = None) -> Relations:
    """Everything that stands between these people and the sponsors of an edition: one query."""
    return _relations(users, [edition], if_so)[edition.pk]


def _relations(
    users: Collection[User], editions: Collection[Edition], if_so: Callable[[Facts], Facts] | None = None
) -> dict[int, Relations]:
    now = clock.now()
    today = {each.pk: now.astimezone(each.zone).date() for each in editions}
    known = facts(users, {each.pk: conflicts.years_before(today[each.pk], each.conflict_years) for each in editions})
    return {
        each.pk: _related(users, each, if_so(known[each.pk]) if if_so else known[each.pk], today[each.pk])
        for each in editions
    }


def _related(users: Collection[User], edition: Edition, known: Facts, today: date) -> Relations:
    years = edition.conflict_years
    addresses = _addresses(users, known)
    people, (family_of, companies) = _people(known, addresses), _landscape(known)
    computed = [
        Between(user.pk, each.sponsor, None, each.source, each.detail)
        for user in users
        for each in conflicts.find(people[user.pk], companies, family_of, today=today, years=years)
    ]
    conflicted = [*computed, *_confirmed(known), *known.declared]
    with_role = {user for user, _ in known.roles}
    matched = matches(
        [NamedPerson(user.pk, user.name, addresses[user.pk]) for user in users if user.pk in with_role],
        [each for each in known.coauthors if each.user in with_role],
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
    addresses = {user.pk: {user.email.lower()} for user in users}
    for user_id, email in known.addresses:
        addresses[user_id].add(email.lower())
    return {user_id: frozenset(emails) for user_id, emails in addresses.items()}


def _people(known: Facts, addresses: Addresses) -> dict[int, conflicts.PersonFacts]:
    affiliations: dict[int, list[conflicts.AffiliationPeriod]] = defaultdict(list)
    for user_id, period in known.affiliations:
        affiliations[user_id].append(period)
    teams: dict[int, set[int]] = defaultdict(set)
    for user_id, sponsor_id in known.teams:
        teams[user_id].add(sponsor_id)
    return {
        pk: conflicts.PersonFacts(
            frozenset(as_sent(email.rpartition("@")[2]) for email in emails),
            tuple(affiliations[pk]),
            frozenset(teams[pk]),
        )
        for pk, emails in addresses.items()
    }


CONFIRMED = {
    ClaimKind.ADDRESS: (ConflictSource.PRESENTER, "Presents it."),
    ClaimKind.NAME: (ConflictSource.PRESENTER, "Presents it."),
    ClaimKind.COAUTHOR: (ConflictSource.COAUTHOR, "Has written with one of its presenters."),
    ClaimKind.TEAM: (ConflictSource.OWN_TEAM, "Belonged to its team."),
}


def _confirmed(known: Facts) -> list[Between]:
    """Claims that somebody sentence yes to; they stay when the sponsor takes the name out."""
    confirmed = []
    for each in known.answers:
        if each.answer == ClaimAnswer.YES:
            source, detail = CONFIRMED[each.kind]
            sentence = detail if each.by == each.user else f"{detail} A chair confirmed it."
            confirmed.append(Between(each.user, each.sponsor, each.proposal, source, sentence))
    return confirmed


def _open_claims(
    matched: Collection[Match], known: Facts, conflicted: Collection[Between], edition: Edition
) -> list[OpenClaim]:
    """One per person and proposal, by its strongest match; whoever answered once is not asked again."""
    grouped: dict[tuple[int, int, int | None], list[Match]] = defaultdict(list)
    for each in matched:
        grouped[each.user, each.presenter.sponsor, each.presenter.proposal].append(each)
    for answer in known.answers:
        if answer.answer != ClaimAnswer.OPEN:
            grouped.pop((answer.user, answer.sponsor, answer.proposal), None)
        else:
            grouped.setdefault((answer.user, answer.sponsor, answer.proposal), [])
    conflict_keys = {(each.user, each.sponsor, each.proposal) for each in conflicted}
    runs = {user for user, kind in known.roles if kind in (RoleKind.ORGANISER, RoleKind.COCHAIR)}
    rank = list(ClaimKind)
    claims = []
    for (user, sponsor, proposal), rows in grouped.items():
        kind = min((each.kind for each in rows), key=rank.index, default=ClaimKind.TEAM)
        mine = [each.presenter for each in rows if each.kind == kind]
        claims.append(
            OpenClaim(
                user,
                sponsor,
                proposal,
                kind,
                tuple(each.name for each in mine),
                tuple(each.address for each in mine),
                is_covered=bool({(user, sponsor, None), (user, sponsor, proposal)} & conflict_keys),
                is_blind=kind in GUESSABLE and edition.hide_sponsor_until_scored and user not in runs,
            )
        )
    return claims


# Every page of a chair needs these facts, so they are read in one statement: nine questions through the ORM took five
# times as long to put together as to answer.
FACTS = """
SELECT e.id, jsonb_build_object(
  'organisations', (
    SELECT jsonb_agg(jsonb_build_array(o.id, o.parent_id, o.stem) ORDER BY o.id) FROM accounts_organisation o),
  'sponsors', (
    SELECT jsonb_agg(jsonb_build_array(s.id, s.organisation_id, s.name, s.domains) ORDER BY s.id)
    FROM sponsors_sponsor s WHERE s.edition_id = e.id),
  'proved', (
    SELECT jsonb_agg(jsonb_build_array(a.user_id, lower(a.email)) ORDER BY a.id) FROM account_emailaddress a
    WHERE a.user_id = ANY(%(users)s) AND a.verified),
  'former', (
    SELECT jsonb_agg(jsonb_build_array(a.user_id, lower(a.email)) ORDER BY a.id) FROM accounts_formeraddress a
    WHERE a.user_id = ANY(%(users)s) AND a.until > e.since),
  'affiliations', (
    SELECT jsonb_agg(jsonb_build_array(a.user_id, a.organisation_id, a.relation, a.ended_on) ORDER BY a.id)
    FROM accounts_affiliation a WHERE a.user_id = ANY(%(users)s)),
  'teams', (
    SELECT jsonb_agg(jsonb_build_array(m.user_id, m.sponsor_id) ORDER BY m.id)
    FROM sponsors_teammember m JOIN sponsors_sponsor s ON s.id = m.sponsor_id
    WHERE m.user_id = ANY(%(users)s) AND s.edition_id = e.id),
  'coauthors', (
    SELECT jsonb_agg(jsonb_build_array(c.user_id, c.name, c.last_year) ORDER BY c.id)
    FROM accounts_coauthor c WHERE c.user_id = ANY(%(users)s)),
  'roles', (
    SELECT jsonb_agg(DISTINCT jsonb_build_array(r.user_id, r.kind))
    FROM editions_role r WHERE r.user_id = ANY(%(users)s) AND r.edition_id = e.id),
  'on_stage', (
    SELECT jsonb_agg(jsonb_build_array(x.id, x.name, x.email, p.id, p.sponsor_id) ORDER BY x.id)
    FROM proposals_presenter x JOIN proposals_proposal p ON p.id = x.proposal_id
    WHERE p.edition_id = e.id AND p.state <> %(draft)s AND p.submitted_at IS NOT NULL
      AND EXISTS (SELECT 1 FROM editions_role r WHERE r.user_id = ANY(%(users)s) AND r.edition_id = e.id)),
  'answers', (
    SELECT jsonb_agg(jsonb_build_array(c.user_id, c.sponsor_id, c.proposal_id, c.kind, c.answer, c.answered_by_id)
      ORDER BY c.id)
    FROM proposals_claim c JOIN sponsors_sponsor s ON s.id = c.sponsor_id
    WHERE c.user_id = ANY(%(users)s) AND s.edition_id = e.id),
  'declared', (
    SELECT jsonb_agg(jsonb_build_array(c.user_id, c.sponsor_id, c.proposal_id, c.source, c.detail) ORDER BY c.id)
    FROM proposals_conflict c JOIN sponsors_sponsor s ON s.id = c.sponsor_id
    WHERE c.user_id = ANY(%(users)s) AND s.edition_id = e.id))
FROM unnest(%(editions)s::bigint[], %(since)s::date[]) AS e (id, since)
"""
