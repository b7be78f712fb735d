"""Acceptance by slice, computed over what the viewer sees."""

from datetime import timedelta

from django.db.models import Avg, Q

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.queries.listing import for_chairs
from reviews.assignments.states import AssignmentState
from reviews.decisions.states import Verdict
from reviews.rubrics.queries import rubrics_of
from reviews.scoring.states import ReviewState

from .. import slices

LATE = timedelta(days=2)
#: Of a proposal's reviews those that count: a draft is its reviewer's own, and chairs may exclude one.
COUNTED = Q(
    assignments__state=AssignmentState.SUBMITTED,
    assignments__review__state=ReviewState.SUBMITTED,
    assignments__review__excluded_at=None,
)


def report(edition: Edition, viewer: User) -> slices.SliceReport:
    """Acceptance by slice, over decided proposals that the viewer sees."""
    asked = Q(assignments__review__scores__criterion__in=rubrics_of(edition).all_criteria)
    rows = (
        for_chairs(viewer, edition)
        .filter(decision__isnull=False)
        .select_related("format", "sponsor__tier", "decision", "track")
        .prefetch_related("topics")
        .annotate(mean=Avg("assignments__review__scores__level__value", filter=COUNTED & asked))
        .order_by("id")
    )
    outcomes, closes = [], edition.call_closes_at
    for proposal in rows:
        is_late = closes and proposal.submitted_at and proposal.submitted_at > closes - LATE
        groups = {
            "Format": (proposal.format.name,),
            "Tier": (proposal.sponsor.tier.name,),
            "Topic": tuple(topic.name for topic in proposal.topics.all()),
            "Submitted": ("In the last two days" if is_late else "Earlier",),
        }
        is_accepted = proposal.decision.verdict == Verdict.ACCEPT
        outcomes.append(slices.ProposalOutcome(groups, is_accepted, proposal.mean))
    return slices.solve(outcomes)
