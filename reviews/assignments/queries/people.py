"""The reviewers of an edition, and what stands between them and proposals."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from expo.accounts.models import User
from expo.accounts.states import Sector
from expo.editions.models import Edition, Role
from expo.editions.states import RoleKind
from expo.kit import clock
from expo.kit.memo import once_per_request
from expo.proposals.models import Proposal
from expo.proposals.queries import conflicts_between

from ..matching import Pair
from ..models import Assignment, ReviewerProfile
from ..states import Answer, AssignmentState
from .companies import companies_of
from .lookups import settings_of

ENDED = {
    AssignmentState.DECLINED: "Declined it before.",
    AssignmentState.EXPIRED: "Let the offer pass before.",
    AssignmentState.RELEASED: "Was taken off it by a cochair.",
}


@dataclass(frozen=True)
class Person:
    """A reviewer with what they know, the most reviews they take on, and when they are away (first and last day)."""

    user: User
    topics: frozenset[int]
    most: int
    is_paused: bool
    is_senior: bool = False
    sector: str = Sector.INDUSTRY
    companies: frozenset[int] = frozenset()
    away: tuple[tuple[date, date], ...] = ()
    answer: Answer = Answer.NONE

    @property
    def id(self) -> int:
        return self.user.pk

    @property
    def has_answered(self) -> bool:
        return self.answer != Answer.NONE

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
    held = list(roles.select_related("user").order_by("user"))
    companies = companies_of([role.user for role in held], edition, today(edition))
    found = [_person(role, profiles.get(role.user_id), edition, companies) for role in held]
    confirmed_only = not waiting and settings_of(edition).only_confirmed
    welcome = (Answer.CONFIRMED,) if confirmed_only else (Answer.CONFIRMED, Answer.NONE)
    return tuple(person for person in found if person.answer in welcome)


def today(edition: Edition) -> date:
    """The day it is where the edition is."""
    return clock.now().astimezone(edition.zone).date()


def _person(
    role: Role, profile: ReviewerProfile | None, edition: Edition, companies: Mapping[int, frozenset[int]]
) -> Person:
    profile = profile or ReviewerProfile(edition=edition, user=role.user)
    return Person(
        user=role.user,
        topics=frozenset(topic.pk for topic in profile.topics.all()) if profile.pk else frozenset(),
        most=edition.max_load if profile.max_load is None else profile.max_load,
        is_paused=profile.is_paused,
        is_senior=role.is_senior,
        sector=role.sector,
        companies=companies.get(role.user_id, frozenset()),
        away=tuple((each.first_day, each.last_day) for each in profile.absences.all()) if profile.pk else (),
        answer=Answer(profile.answer),
    )


@dataclass(frozen=True)
class Barriers:
    """Pairs (proposal, reviewer) that must not be, each with the reason as a sentence."""

    conflicts: dict[Pair, str]
    ended: dict[Pair, str]

    def between(self, proposal: int, reviewer: int) -> str:
        pair = (proposal, reviewer)
        return self.conflicts.get(pair) or self.ended.get(pair, "")


def barriers(edition: Edition, users: Collection[User], proposals: Iterable[Proposal]) -> Barriers:
    """Conflicts found from facts or declared, and what was declined, missed or taken away before."""
    proposals = list(proposals)
    return Barriers(conflict_pairs(edition, users, proposals), _ended(edition, {each.pk for each in proposals}))


def conflict_pairs(edition: Edition, users: Collection[User], proposals: Iterable[Proposal]) -> dict[Pair, str]:
    """Pairs (proposal, reviewer) between which a conflict of interest exists now, each with the reason."""
    by_sponsor = defaultdict(list)
    for proposal in proposals:
        by_sponsor[proposal.sponsor_id].append(proposal.pk)
    conflicts: dict[Pair, str] = {}
    for found in conflicts_between(users, edition):
        hit = by_sponsor[found.sponsor] if found.proposal is None else [found.proposal]
        for proposal_id in hit:
            conflicts.setdefault((proposal_id, found.user), found.detail or "Declared a conflict.")
    return conflicts


def _ended(edition: Edition, proposals: set[int]) -> dict[Pair, str]:
    """Who answered no. What the system itself released (no reason given) may be offered again."""
    no = Q(state__in=[AssignmentState.DECLINED, AssignmentState.EXPIRED])
    by_chair = Q(state=AssignmentState.RELEASED) & ~Q(decline_reason="")
    rows = Assignment.objects.filter(no | by_chair, edition=edition).values_list("proposal_id", "reviewer_id", "state")
    return {
        (proposal, reviewer): ENDED[AssignmentState(state)]
        for proposal, reviewer, state in rows
        if proposal in proposals
    }
