"""The reviewers of an edition, the companies behind them, and what rules a pair of proposal and reviewer out."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q, QuerySet

from expo.accounts.models import Affiliation, User
from expo.accounts.queries import organisation_links
from expo.accounts.states import Sector
from expo.editions.models import Edition, Role
from expo.editions.states import RoleKind
from expo.kit import clock
from expo.kit.memo import once_per_request
from expo.proposals import conflicts
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import conflicts_between
from expo.sponsors.models import Sponsor, TeamMember

from ..matching.problem import Pair
from ..models import Absence, Assignment, Publication, QueueSettings, ReviewerProfile
from ..states import AssignmentState, InvitationAnswer
from .lookups import settings_of

ENDED = {
    AssignmentState.DECLINED: "Declined it before.",
    AssignmentState.EXPIRED: "Let the offer pass before.",
    AssignmentState.RELEASED: "Was taken off it by a cochair.",
}


@dataclass(frozen=True)
class Person:
    """A reviewer with their topics, the most reviews they take on, and when they are away (first and last day)."""

    user: User
    topics: frozenset[int]
    most: int
    is_paused: bool
    is_senior: bool = False
    sector: str = Sector.INDUSTRY
    companies: frozenset[int] = frozenset()
    away: tuple[tuple[date, date], ...] = ()
    answer: InvitationAnswer = InvitationAnswer.NONE

    @property
    def id(self) -> int:
        return self.user.pk

    @property
    def has_answered(self) -> bool:
        return self.answer != InvitationAnswer.NONE

    def is_away(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.away)


def people(edition: Edition, only: Collection[int] | None = None, *, waiting: bool = False) -> list[Person]:
    """Everybody who reviews in the edition, by id: as many queries, whatever the size.

    Not those who declined the invitation; those who have yet to confirm only where the settings ask nobody to, or
    when asked for (`waiting`).
    """
    return list(_people(edition, None if only is None else frozenset(only), waiting))


@once_per_request
def _people(edition: Edition, only: frozenset[int] | None, waiting: bool) -> tuple[Person, ...]:
    roles = Role.objects.filter(edition=edition, kind=RoleKind.REVIEWER, user__is_active=True)
    if only is not None:
        roles = roles.filter(user__in=only)
    rows = ReviewerProfile.objects.filter(edition=edition, user__in=roles.values("user"))
    profiles = {profile.user_id: profile for profile in rows.prefetch_related("topics", "absences")}
    reviewers = list(roles.select_related("user").order_by("user"))
    companies = companies_of([role.user for role in reviewers], edition, today(edition))
    confirmed_only = not waiting and settings_of(edition).only_confirmed
    welcome = (InvitationAnswer.CONFIRMED,) if confirmed_only else (InvitationAnswer.CONFIRMED, InvitationAnswer.NONE)
    persons = []
    for role in reviewers:
        profile = profiles.get(role.user_id) or ReviewerProfile(edition=edition, user=role.user)
        person = Person(
            user=role.user,
            topics=frozenset(topic.pk for topic in profile.topics.all()) if profile.pk else frozenset(),
            most=edition.max_load if profile.max_load is None else profile.max_load,
            is_paused=profile.is_paused,
            is_senior=role.is_senior,
            sector=role.sector,
            companies=companies.get(role.user_id, frozenset()),
            away=tuple((each.first_day, each.last_day) for each in profile.absences.all()) if profile.pk else (),
            answer=InvitationAnswer(profile.answer),
        )
        if person.answer in welcome:
            persons.append(person)
    return tuple(persons)


def today(edition: Edition) -> date:
    """The day it is where the edition is."""
    return clock.now().astimezone(edition.zone).date()


def idle(person: Person, settings: QueueSettings, day: date) -> str:
    """Paused, away or yet to confirm."""
    if person.is_paused:
        return "Paused"
    if person.is_away(day):
        return "Away today"
    return "Yet to confirm" if settings.only_confirmed and person.answer != InvitationAnswer.CONFIRMED else ""


@dataclass(frozen=True)
class Barriers:
    """Pairs (proposal, reviewer) that must not be, each with the reason as a sentence."""

    conflicts: dict[Pair, str]
    ended: dict[Pair, str]

    def between(self, proposal: int, reviewer: int) -> str:
        pair = (proposal, reviewer)
        return self.conflicts.get(pair) or self.ended.get(pair, "")


def barriers(edition: Edition, users: Collection[User], proposals: Iterable[Proposal]) -> Barriers:
    """Conflicts found from facts or declared, and what was declined, missed or taken away before.

    What the system itself released (no reason given) may be offered again.
    """
    proposals = list(proposals)
    ids = {proposal.pk for proposal in proposals}
    no = Q(state__in=[AssignmentState.DECLINED, AssignmentState.EXPIRED])
    by_chair = Q(state=AssignmentState.RELEASED) & ~Q(decline_reason="")
    rows = Assignment.objects.filter(no | by_chair, edition=edition).values_list("proposal_id", "reviewer_id", "state")
    ended = {(pk, reviewer): ENDED[AssignmentState(state)] for pk, reviewer, state in rows if pk in ids}
    return Barriers(conflict_pairs(edition, users, proposals), ended)


def conflict_pairs(edition: Edition, users: Collection[User], proposals: Iterable[Proposal]) -> dict[Pair, str]:
    """Pairs (proposal, reviewer) between which a conflict of interest exists now, each with the reason."""
    by_sponsor = defaultdict(list)
    for proposal in proposals:
        by_sponsor[proposal.sponsor_id].append(proposal.pk)
    conflicts: dict[Pair, str] = {}
    for conflict in conflicts_between(users, edition):
        affected = by_sponsor[conflict.sponsor] if conflict.proposal is None else [conflict.proposal]
        for proposal_id in affected:
            conflicts.setdefault((proposal_id, conflict.user), conflict.detail or "Declared a conflict.")
    return conflicts


def publications_of(profile: ReviewerProfile) -> QuerySet[Publication]:
    """The latest first."""
    return Publication.objects.filter(profile=profile.pk)


def publication_count(profile: ReviewerProfile) -> int:
    return publications_of(profile).count()


def absences_of(profile: ReviewerProfile) -> QuerySet[Absence]:
    """Days away that are not past, in their order."""
    return Absence.objects.filter(profile=profile.pk, last_day__gte=today(profile.edition))


def works_somewhere(user: User, edition: Edition) -> bool:
    """An employer of today is on file, so that conflicts can be found from it."""
    day = today(edition)
    return any(affiliation.is_current(day) for affiliation in user.affiliations.all())


@once_per_request
def sponsoring_families(edition: Edition) -> tuple[dict[int, int], dict[int, int]]:
    """Sponsor → its family of companies, and organisation → the same for organisations of those families only."""
    family_of = conflicts.families(organisation_links())
    rows = Sponsor.objects.filter(edition=edition).values_list("id", "organisation_id")
    of_sponsor = {sponsor: family_of[organisation] for sponsor, organisation in rows}
    sponsoring = set(of_sponsor.values())
    return of_sponsor, {organisation: family for organisation, family in family_of.items() if family in sponsoring}


def companies_of(users: Collection[User], edition: Edition, day: date) -> dict[int, frozenset[int]]:
    """User → families that sponsor the edition and that they work for on that day or whose teams they belong to."""
    of_sponsor, of_organisation = sponsoring_families(edition)
    by_user: dict[int, set[int]] = defaultdict(set)
    ids = [user.pk for user in users]
    affiliations = Affiliation.objects.filter(Q(ended_on=None) | Q(ended_on__gte=day), user__in=ids)
    for user, organisation in affiliations.values_list("user_id", "organisation_id"):
        if organisation in of_organisation:
            by_user[user].add(of_organisation[organisation])
    for user, sponsor in TeamMember.objects.filter(user__in=ids, sponsor__edition=edition).values_list(
        "user_id", "sponsor_id"
    ):
        by_user[user].add(of_sponsor[sponsor])
    return {user: frozenset(families) for user, families in by_user.items()}


def company_of(edition: Edition, proposals: Collection[int]) -> dict[int, int]:
    """Proposal → the family of companies behind it."""
    of_sponsor, _ = sponsoring_families(edition)
    rows = Proposal.objects.filter(pk__in=proposals).values_list("id", "sponsor_id")
    return {proposal: of_sponsor[sponsor] for proposal, sponsor in rows}


def ties(user: User, edition: Edition) -> list[str]:
    """What ties somebody to sponsors of an edition, as sentences to them: teams, and where they work now."""
    teams = TeamMember.objects.filter(user=user, sponsor__edition=edition).order_by("sponsor__name")
    sentences = [f"You belong to the team of {sponsor}." for sponsor in teams.values_list("sponsor__name", flat=True)]
    family_of, day = conflicts.families(organisation_links()), today(edition)
    present = Affiliation.objects.filter(Q(ended_on=None) | Q(ended_on__gte=day), user=user)
    own = {family_of[organisation] for organisation in present.values_list("organisation_id", flat=True)}
    sponsors = Sponsor.objects.filter(edition=edition).order_by("name", "id").values_list("organisation_id", "name")
    employers = [name for organisation, name in sponsors if family_of[organisation] in own]
    return [*sentences, *(f"You work for {name} or a company of its family." for name in employers)]


@dataclass(frozen=True)
class Required:
    """A role that somebody on every proposal should have; `least`: with fewer reviews than this nothing is asked."""

    label: str
    fits: Callable[[Person], bool]
    least: int


SENIOR = Required("a senior reviewer", lambda person: person.is_senior, 1)
SECTORS = (
    Required("a reviewer from academia", lambda person: person.sector == Sector.ACADEMIA, 2),
    Required("a reviewer from industry", lambda person: person.sector == Sector.INDUSTRY, 2),
)


def required_roles(settings: QueueSettings) -> tuple[Required, ...]:
    """What the settings ask of every proposal."""
    return (*((SENIOR,) if settings.wants_senior else ()), *(SECTORS if settings.wants_sectors else ()))


def left_out(roles: Iterable[Required], on_it: Collection[Person], needs: int) -> str:
    """The role for which these people leave no review of a proposal, as a sentence; empty when there is none."""
    for role in roles:
        if needs >= role.least and sum(not role.fits(person) for person in on_it) >= needs:
            return f"That would leave no place for {role.label}."
    return ""


@dataclass
class Traffic:
    """Which company reviews which: A → B when somebody of A has a proposal of B, another company."""

    edges: set[tuple[int, int]] = field(default_factory=set)

    def add(self, companies: Collection[int], target: int) -> None:
        self.edges.update(_between(companies, target))

    def closes(self, companies: Collection[int], target: int) -> bool:
        """Whether giving somebody of these companies a proposal of `target` closes a circle of two or three."""
        new = set(_between(companies, target))
        edges = self.edges | new
        return any((b, a) in edges or any((b, c) in edges for c, end in edges if end == a) for a, b in new)


def _between(companies: Collection[int], target: int) -> list[tuple[int, int]]:
    return [(one, target) for one in companies if one != target]
