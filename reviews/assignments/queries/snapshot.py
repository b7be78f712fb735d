"""Everything a matching run needs, read at once."""

from collections import Counter
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.models import Proposal
from expo.proposals.queries import awaiting_review, behind_the_wall, wall

from .. import matching
from ..affinity import Affinity, between
from ..matching import Pair, Problem
from ..models import Assignment
from ..states import LIVE
from .people import Barriers, Person, barriers, people


@dataclass(frozen=True)
class Snapshot:
    """The problem as numbers, and the words to explain its solution."""

    problem: Problem
    people: dict[int, Person]
    affinities: dict[Pair, Affinity]
    topics: dict[int, str]
    barriers: Barriers
    outside: tuple[Pair, ...]


def snapshot(edition: Edition, by: User | None, seed: int) -> Snapshot:
    """What awaits review outside the wall of whoever started the run: nobody assigns what they must not see."""
    hidden = wall(by or AnonymousUser(), edition)
    rows = awaiting_review(edition).prefetch_related("topics")
    proposals = [proposal for proposal in rows if not hidden.hides(proposal)]
    reviewers = people(edition)
    found = barriers(edition, [each.user for each in reviewers], proposals)
    affinities = _affinities(proposals, reviewers)
    locked, outside = _agreed(by, edition, {each.pk for each in proposals}, {each.id for each in reviewers}, found)
    problem = Problem(
        proposals=tuple(matching.Proposal(proposal.pk, edition.reviews_per_proposal) for proposal in proposals),
        reviewers=tuple(matching.Reviewer(each.id, 0 if each.is_paused else each.most) for each in reviewers),
        affinities={pair: affinity.value for pair, affinity in affinities.items() if affinity.shared},
        forbidden=frozenset({*found.conflicts, *found.ended} - locked),
        locked=frozenset(locked),
        elsewhere=dict(Counter(reviewer for _, reviewer in outside)),
        seed=seed,
    )
    topics = {topic.pk: topic.name for proposal in proposals for topic in proposal.topics.all()}
    return Snapshot(problem, {each.id: each for each in reviewers}, affinities, topics, found, tuple(sorted(outside)))


def _affinities(proposals: list[Proposal], reviewers: list[Person]) -> dict[Pair, Affinity]:
    asked = {proposal.pk: frozenset(topic.pk for topic in proposal.topics.all()) for proposal in proposals}
    return {
        (proposal, each.id): between(topics, each.topics) for proposal, topics in asked.items() for each in reviewers
    }


def _agreed(
    by: User | None, edition: Edition, proposals: set[int], reviewers: set[int], found: Barriers
) -> tuple[set[Pair], set[Pair]]:
    """Live pairs that stay, and those outside this problem, which only count towards loads.

    What the starter's wall hides counts nowhere: a load that seems too full would tell who reviews it.
    """
    rows = Assignment.objects.filter(edition=edition, state__in=LIVE, reviewer__in=reviewers)
    if by is not None:
        rows = rows.exclude(proposal__in=behind_the_wall(by, edition))
    live = set(rows.values_list("proposal_id", "reviewer_id"))
    locked = {pair for pair in live if pair[0] in proposals and pair not in found.conflicts}
    return locked, {pair for pair in live if pair[0] not in proposals}
