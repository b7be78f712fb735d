"""The reviewers of an edition, and what stands between them and proposals."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Q

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import holders
from expo.editions.states import RoleKind
from expo.proposals.models import Proposal
from expo.proposals.queries import conflicts_between

from ..matching import Pair
from ..models import Assignment, ReviewerProfile
from ..states import AssignmentState

ENDED = {
    AssignmentState.DECLINED: "Declined it before.",
    AssignmentState.EXPIRED: "Let the offer pass before.",
    AssignmentState.RELEASED: "Was taken off it by a cochair.",
}


@dataclass(frozen=True)
class Person:
    """A reviewer with what they know and the most reviews they take on."""

    user: User
    topics: frozenset[int]
    most: int
    is_paused: bool

    @property
    def id(self) -> int:
        return self.user.pk


def people(edition: Edition, only: Collection[int] | None = None) -> list[Person]:
    """Everybody who reviews in the edition, by id: three queries."""
    users = holders(edition, RoleKind.REVIEWER)
    if only is not None:
        users = users.filter(pk__in=only)
    rows = ReviewerProfile.objects.filter(edition=edition).prefetch_related("topics")
    profiles = {profile.user_id: profile for profile in rows}
    return [_person(user, profiles.get(user.pk), edition) for user in users]


def _person(user: User, profile: ReviewerProfile | None, edition: Edition) -> Person:
    if profile is None:
        return Person(user, frozenset(), edition.max_load, False)
    most = edition.max_load if profile.max_load is None else profile.max_load
    return Person(user, frozenset(topic.pk for topic in profile.topics.all()), most, profile.is_paused)


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
    by_sponsor, ids = defaultdict(list), set()
    for proposal in proposals:
        by_sponsor[proposal.sponsor_id].append(proposal.pk)
        ids.add(proposal.pk)
    conflicts: dict[Pair, str] = {}
    for found in conflicts_between(users, edition):
        hit = by_sponsor[found.sponsor] if found.proposal is None else [found.proposal]
        for proposal_id in hit:
            conflicts.setdefault((proposal_id, found.user), found.detail or "Declared a conflict.")
    return Barriers(conflicts, _ended(edition, ids))


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
