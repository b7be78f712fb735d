"""What a reviewer does with their queue."""

from django.db import transaction

from expo.accounts.models import User
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require
from expo.proposals.services import declare_conflict as declare

from ..models import Assignment
from ..states import ASSIGNMENT_STATES, LIVE, OPEN, AssignmentState
from .offers import end
from .wanting import want

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
    want(assignment.edition_id)
    return assignment


@transaction.atomic
def declare_conflict(*, by: User, assignment: Assignment, note: str = "") -> Assignment:
    """Say that one must not judge this proposal; nobody need know its sponsor for that. Twice is the same as once.

    An open assignment is released. A submitted review stays, marked, until a chair excludes it.
    """
    require(by, "assignments.declare_conflict", assignment)
    assignment = _locked(assignment)
    proposal = assignment.proposal
    declare(by=by, user=by, sponsor=proposal.sponsor, proposal=proposal, detail=note)
    if assignment.state in OPEN:
        end(assignment, AssignmentState.RELEASED, by=by, reason="Declared a conflict of interest.")
        want(assignment.edition_id)
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
def take_out(*, by: User, assignment: Assignment, reason: str) -> None:
    """The review no longer counts, so its place is free for somebody else; scoring asked the policy."""
    end(_locked(assignment), AssignmentState.RELEASED, by=by, reason=reason, said=reason)
    want(assignment.edition_id)


@transaction.atomic
def put_back(*, by: User, assignment: Assignment) -> None:
    """The review counts again; scoring asked the policy and holds the queue."""
    assignment = _locked(assignment)
    others = Assignment.objects.filter(
        proposal=assignment.proposal_id, reviewer=assignment.reviewer_id, state__in=LIVE
    ).exclude(pk=assignment.pk)
    if others.exists():
        raise WrongState(
            "assigned-again",
            f"{assignment.reviewer} has been given this proposal again since. Release that assignment first.",
        )
    ASSIGNMENT_STATES.check(AssignmentState(assignment.state), AssignmentState.SUBMITTED)
    assignment.state, assignment.decline_reason = AssignmentState.SUBMITTED, ""
    assignment.save(update_fields=["state", "decline_reason"])
    record("assignments.put_back", by=by, target=assignment, proposal_id=assignment.proposal_id)


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
    rows = Assignment.objects.select_for_update(of=("self",)).select_related("edition", "proposal__sponsor", "reviewer")
    return rows.get(pk=assignment.pk)


def _move(assignment: Assignment, state: AssignmentState) -> None:
    ASSIGNMENT_STATES.check(AssignmentState(assignment.state), state)
    assignment.state = state
    assignment.answered_at = assignment.answered_at or clock.now()
    assignment.save(update_fields=["state", "answered_at"])
