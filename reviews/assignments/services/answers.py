"""What a reviewer does with their queue."""

from collections.abc import Iterable

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition, Topic
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid
from expo.kit.policy import require

from ..models import Assignment, ReviewerProfile
from ..states import ASSIGNMENT_STATES, AssignmentState
from .offers import end

MOST_LOAD = 200
MOST_REASON = 400


@transaction.atomic
def accept(*, by: User, assignment: Assignment) -> Assignment:
    """Take on an offered review; saying so twice is no mistake."""
    require(by, "assignments.answer", assignment)
    assignment = _locked(assignment)
    if assignment.state == AssignmentState.ACCEPTED:
        return assignment
    _move(assignment, AssignmentState.ACCEPTED)
    record("assignments.accepted", by=by, target=assignment, proposal_id=assignment.proposal_id)
    return assignment


@transaction.atomic
def decline(*, by: User, assignment: Assignment, reason: str) -> Assignment:
    """Give a review back with a reason; its place is free again at once."""
    require(by, "assignments.answer", assignment)
    said = checked_reason(reason, "Say in a few words why, so that the cochairs can find somebody else.")
    assignment = _locked(assignment)
    end(assignment, AssignmentState.DECLINED, by=by, reason=said, said=said)
    return assignment


@transaction.atomic
def mark_submitted(assignment: Assignment) -> Assignment:
    """Note that the review is in; scoring calls it in its own transaction, where the policy was asked.

    Submitting a review that was only offered accepts it on the way.
    """
    assignment = _locked(assignment)
    if assignment.state == AssignmentState.SUBMITTED:
        return assignment
    if assignment.state == AssignmentState.OFFERED:
        _move(assignment, AssignmentState.ACCEPTED)
    _move(assignment, AssignmentState.SUBMITTED)
    record("assignments.submitted", by=assignment.reviewer, target=assignment, proposal_id=assignment.proposal_id)
    return assignment


@transaction.atomic
def save_profile(
    *, by: User, edition: Edition, topics: Iterable[Topic], max_load: int | None, is_paused: bool
) -> ReviewerProfile:
    """Say what one knows and how much one takes on; runs from now on use it."""
    require(by, "assignments.edit_profile", edition)
    chosen = list(topics)
    if any(topic.edition_id != edition.pk for topic in chosen):
        raise Invalid("foreign-topic", "One of these topics belongs to another edition.", field="topics")
    if max_load is not None and not 0 <= max_load <= MOST_LOAD:
        raise Invalid("load-range", f"The most reviews is a number from 0 to {MOST_LOAD}.", field="max_load")
    profile, _ = ReviewerProfile.objects.update_or_create(
        edition=edition,
        user=by,
        defaults={"max_load": max_load, "is_paused": is_paused, "updated_at": clock.now()},
    )
    profile.topics.set(chosen)
    data = {"topics": sorted(topic.slug for topic in chosen), "max_load": max_load, "is_paused": is_paused}
    record("assignments.profile_saved", by=by, target=profile, data=data)
    return profile


def checked_reason(reason: str, missing: str) -> str:
    """A reason as one tidy line; refuses an empty or an endless one."""
    said = " ".join(reason.replace("\x00", "").split())
    if not said:
        raise Invalid("reason-missing", missing, field="reason")
    if len(said) > MOST_REASON:
        raise Invalid(
            "reason-long", f"Keep the reason under {MOST_REASON} characters; this has {len(said)}.", field="reason"
        )
    return said


def _locked(assignment: Assignment) -> Assignment:
    rows = Assignment.objects.select_for_update(of=("self",)).select_related("edition", "proposal", "reviewer")
    return rows.get(pk=assignment.pk)


def _move(assignment: Assignment, state: AssignmentState) -> None:
    ASSIGNMENT_STATES.check(AssignmentState(assignment.state), state)
    assignment.state = state
    assignment.answered_at = assignment.answered_at or clock.now()
    assignment.save(update_fields=["state", "answered_at"])
