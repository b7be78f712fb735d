"""What a run works on: everything that awaits review, or for a repair only what has come apart or just arrived."""

from collections import Counter
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, F, Q, QuerySet

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.runs import RunState
from expo.proposals.models import Proposal
from expo.proposals.queries import awaiting_review, behind_the_wall, wall

from ..matching import Pair
from ..models import Assignment, QueueSettings, Run
from ..states import LIVE, AssignmentState, RepairMode, RunKind
from .lookups import settings_of
from .people import Person


def in_scope(
    edition: Edition, by: User | None, kind: str = RunKind.MATCHING, settings: QueueSettings | None = None
) -> list[Proposal]:
    """Proposals outside the wall of whoever started the run: nobody assigns what they must not see."""
    hidden = wall(by or AnonymousUser(), edition)
    rows = awaiting_review(edition)
    if kind == RunKind.REPAIR:
        rows = _broken(rows, by, settings or settings_of(edition))
    return [proposal for proposal in rows.select_related("edition") if not hidden.hides(proposal)]


def _broken(rows: QuerySet[Proposal], by: User | None, settings: QueueSettings) -> QuerySet[Proposal]:
    """Too few live reviews: of those that had any before, and when the queue itself takes in arrivals, of those too."""
    live = Count("assignments", filter=Q(assignments__state__in=LIVE))
    rows = rows.annotate(live=live, ever=Count("assignments")).filter(live__lt=F("edition__reviews_per_proposal"))
    came_apart = by is not None or settings.repairs != RepairMode.OFF
    wanted = Q(ever__gt=0) if came_apart else Q(pk__in=())
    return rows.filter(wanted | Q(ever=0) if settings.is_rolling else wanted)


def live_pairs(edition: Edition, by: User | None) -> dict[Pair, str]:
    """Live pairs with their states, but for what the starter's wall hides.

    That counts nowhere: a load that seems too full would tell who reviews it.
    """
    rows = Assignment.objects.filter(edition=edition, state__in=LIVE).order_by("id")
    if by is not None:
        rows = rows.exclude(proposal__in=behind_the_wall(by, edition))
    return {(proposal, reviewer): state for proposal, reviewer, state in rows.values_list(*_COLUMNS)}


_COLUMNS = ("proposal_id", "reviewer_id", "state")


def sort_live(
    live: dict[Pair, str], inside: set[int], fixed: set[int], broken: set[Pair], all_stay: bool
) -> tuple[set[Pair], set[Pair], set[Pair]]:
    """Live pairs of this problem that are locked or only kept, and those outside of it.

    `fixed`: reviewers who get nothing new, so that what they have stays with them; `broken`: a conflict came up. A
    submitted review counts even so, until a chair excludes it.
    """
    mine = {
        pair: state
        for pair, state in live.items()
        if pair[0] in inside and (pair not in broken or state == AssignmentState.SUBMITTED)
    }
    kept = {
        pair
        for pair, state in mine.items()
        if state == AssignmentState.OFFERED and not all_stay and pair[1] not in fixed
    }
    return set(mine) - kept, kept, {pair for pair in live if pair[0] not in inside}


def departed(live: dict[Pair, str], people: dict[int, Person]) -> Counter[int]:
    """Reviews per proposal by people who have left since: they count, though nothing else about them does."""
    return Counter(
        proposal
        for (proposal, reviewer), state in live.items()
        if reviewer not in people and state == AssignmentState.SUBMITTED
    )


def held_back(edition: Edition, proposals: set[int], reviewers: set[int], most: float) -> tuple[set[Pair], set[int]]:
    """Pairs that an earlier draw's coins keep from stepping in, and the proposals that were drawn before."""
    from ..matching.chance.coins import allowed

    held: set[Pair] = set()
    drawn: set[int] = set()
    for seed, result in _draws(edition) if most < 1 else ():
        new = proposals & set(result["proposals"]) - drawn
        chances = {(int(p), int(r)): chance for p, r, chance in result["chances"] if p in new}
        pairs = [(proposal, reviewer) for proposal in sorted(new) for reviewer in reviewers]
        held |= set(pairs) - allowed(pairs, chances, most, seed)
        drawn |= new
    return held, drawn


def _draws(edition: Edition) -> list[tuple[int, dict[str, Any]]]:
    """Published draws, the earliest first: what comes later for a proposal rests on its first draw's coins."""
    rows = Run.objects.filter(edition=edition, state=RunState.PUBLISHED, parameters__chance__lt=1)
    found = rows.order_by("id").values_list("seed", "result")
    return [(seed, result) for seed, result in found if result and result.get("chances")]
