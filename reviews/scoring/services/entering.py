"""A chair enters a review that its reviewer sent by mail."""

from collections.abc import Mapping

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.rules import is_reviewer
from expo.kit.errors import WrongState
from expo.kit.policy import require
from expo.notify.services import post
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import who_may_see
from expo.proposals.states import ProposalState
from reviews.assignments.models import Assignment
from reviews.assignments.services.assignments import checked_reason
from reviews.assignments.states import OPEN

from ..models import Review
from ..states import CHANGING, SUBMITTING
from .reviews import checked_fields, chosen_levels, hand_in, lock_review, record_fact, require_complete


@transaction.atomic
def enter_review(
    *,
    by: User,
    assignment: Assignment,
    source: str,
    scores: Mapping[int, int],
    for_chairs: str = "",
    for_sponsor: str = "",
    is_recruiting: bool = False,
    confidence: int = 2,
) -> Review:
    """Submit a review on its reviewer's behalf, from `source` ("a mail of 3 May"); they get a mail with a link.

    Only where the reviewer has an open assignment, sees no conflict in it, and has not begun a draft.
    """
    require(by, "scoring.enter_review", assignment)
    source = checked_reason(source, "Say where the review came from, for example “a mail of 3 May”.", field="source")
    rows = Assignment.objects.select_for_update(of=("self",)).select_related("proposal", "edition", "reviewer")
    assignment = rows.get(pk=assignment.pk)
    assignment.proposal.edition = assignment.edition
    require_enterable(assignment)
    levels = chosen_levels(assignment, scores)
    fields = checked_fields(for_chairs, for_sponsor, is_recruiting, confidence)
    require_complete(levels)
    review = lock_review(assignment)
    if has_begun(review):
        raise WrongState(
            "draft-exists",
            f"{assignment.reviewer} has begun a draft here, which this would replace. They can submit it themselves.",
        )
    review.entered_by, review.entered_source = by, source
    hand_in(by, assignment, review, levels, fields)
    entry = record_fact("scoring.review_entered", by, review, {"reviewer": assignment.reviewer_id, "source": source})
    context = {
        "by": by,
        "edition": assignment.edition,
        "proposal": assignment.proposal,
        "source": source,
        "may_change": assignment.edition.phase in CHANGING,
        "url": settings.SITE_URL + reverse("scoring:review", args=[assignment.edition.slug, assignment.pk]),
    }
    post("scoring/review_entered", to=[assignment.reviewer], entry=entry, context=context)
    return review


def require_enterable(assignment: Assignment) -> None:
    """Refuse where the reviewer could not submit a review themselves, or has."""
    if assignment.state not in OPEN:
        state = assignment.get_state_display().lower()
        raise WrongState("assignment-closed", f"This assignment is {state}, so no review can be entered for it.")
    if assignment.edition.phase not in SUBMITTING:
        raise WrongState("reviewing-has-ended", "The program is published, so no more reviews are accepted.")
    if assignment.proposal.state != ProposalState.SUBMITTED:
        state = ProposalState(assignment.proposal.state).label.lower()
        raise WrongState("proposal-not-under-review", f"This proposal is {state} and needs no review now.")
    if not (is_reviewer(assignment.reviewer, assignment) and who_may_see([assignment.reviewer], assignment.proposal)):
        raise WrongState(
            "reviewer-cannot-open",
            f"{assignment.reviewer} cannot review this proposal, because of a conflict of interest or because they no "
            "longer review. Release the assignment instead.",
        )


def is_enterable(assignment: Assignment, proposal: Proposal) -> bool:
    """Whether a chair may try, as far as that is known without looking at the reviewer."""
    return (
        assignment.state in OPEN and proposal.edition.phase in SUBMITTING and proposal.state == ProposalState.SUBMITTED
    )


def has_begun(review: Review) -> bool:
    """Whether a draft says anything yet."""
    return bool(review.version and (review.for_chairs or review.for_sponsor or review.scores.exists()))
