"""A chair takes a submitted review out of the count, or lets it count again."""

from django.db import transaction

from expo.accounts.models import User
from expo.kit import clock
from expo.kit.errors import WrongState
from expo.kit.policy import require
from expo.proposals.states import DECIDABLE, ProposalState
from reviews.assignments.models import Assignment
from reviews.assignments.services.assignments import checked_reason, lock_queue, release_submitted, restore_submitted
from reviews.assignments.states import AssignmentState

from ..models import Review
from ..states import ReviewState
from .reviews import lock_review, record_fact
from .revision_requests import clear_request


@transaction.atomic
def exclude_review(*, by: User, assignment: Assignment, reason: str) -> Review:
    """Take a submitted review out of the count, with a reason; another reviewer may be assigned instead."""
    require(by, "scoring.exclude_review", assignment)
    reason = checked_reason(reason, "Give a reason why this review should not count; the other chairs read it.")
    assignment, review = _counted(assignment)
    if review.excluded_at is not None:
        return review
    review.excluded_at, review.excluded_by, review.excluded_reason = clock.now(), by, reason
    review.save(update_fields=["excluded_at", "excluded_by", "excluded_reason"])
    clear_request(review)
    record_fact("scoring.review_excluded", by, review, {"reason": reason, "reviewer": assignment.reviewer_id})
    if assignment.state == AssignmentState.SUBMITTED:
        release_submitted(by=by, assignment=assignment, reason=reason)
    return review


@transaction.atomic
def include_review(*, by: User, assignment: Assignment) -> Review:
    """Let a review that was taken out count again."""
    require(by, "scoring.exclude_review", assignment)
    lock_queue(assignment.edition)
    assignment, review = _counted(assignment)
    if assignment.state == AssignmentState.SUBMITTED and review.excluded_at is None:
        return review
    data = {"reason": review.excluded_reason or assignment.decline_reason, "reviewer": assignment.reviewer_id}
    review.excluded_at, review.excluded_by, review.excluded_reason = None, None, ""
    review.save(update_fields=["excluded_at", "excluded_by", "excluded_reason"])
    if assignment.state != AssignmentState.SUBMITTED:
        restore_submitted(by=by, assignment=assignment)
    record_fact("scoring.review_included", by, review, data)
    return review


def _counted(assignment: Assignment) -> tuple[Assignment, Review]:
    """A submitted review with its assignment under their locks, where its proposal is yet to be decided."""
    rows = Assignment.objects.select_for_update(of=("self",)).select_related("proposal", "edition", "reviewer")
    assignment = rows.get(pk=assignment.pk)
    review = lock_review(assignment)
    if review.state != ReviewState.SUBMITTED:
        raise WrongState("not-submitted", "There is no submitted review here. Reload the page.")
    if assignment.proposal.state not in DECIDABLE:
        raise WrongState(
            "decided-already",
            f"This proposal is {ProposalState(assignment.proposal.state).label.lower()}: the reviews that its "
            "decision rests on stay as they are.",
        )
    return assignment, review
