"""A chair asks a reviewer to reconsider a submitted review; the reviewer changes it or keeps it."""

from django.db import transaction

from expo.accounts.models import User
from expo.editions.rules import is_reviewer
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require
from expo.proposals.queries.conflict_wall import who_may_see
from expo.proposals.states import ProposalState
from reviews.assignments.models import Assignment
from reviews.assignments.services.assignments import MOST_REASON, checked_reason
from reviews.assignments.states import AssignmentState

from ..models import Review
from ..queries.discussion import is_under_discussion
from ..states import ReviewState
from .reviews import lock_review
from .revision_requests import answer, clear_request, mail_about, record_request


@transaction.atomic
def ask_revision(*, by: User, assignment: Assignment, note: str) -> Review:
    """Ask the reviewer to reconsider, with a note that they read; until the verdict is released they may then change
    their review, whatever the phase.
    """
    require(by, "scoring.ask_revision", assignment)
    note = _note(note)
    assignment, review = _under_review(assignment)
    if review.revision_asked_at is not None:
        if review.revision_asked_by == by and review.revision_note == note:
            return review
        raise WrongState(
            "revision-asked",
            f"{review.revision_asked_by} has asked for a revision of this review already. Withdraw that request first "
            "if you want to ask something else.",
        )
    if not (is_reviewer(assignment.reviewer, assignment) and who_may_see([assignment.reviewer], assignment.proposal)):
        raise WrongState(
            "reviewer-cannot-open",
            f"{assignment.reviewer} cannot open this proposal at present, because of a conflict of interest or because "
            "they no longer review. You can exclude the review.",
        )
    review.revision_asked_at, review.revision_asked_by, review.revision_note = clock.now(), by, note
    review.save(update_fields=["revision_asked_at", "revision_asked_by", "revision_note"])
    entry = record_request("scoring.revision_asked", by, assignment, review, note=note)
    mail_about("scoring/revision_asked", assignment.reviewer, entry, assignment, "scoring:review")
    return review


@transaction.atomic
def withdraw_revision_request(*, by: User, assignment: Assignment) -> Review:
    """Take the request back; the review stays as it is."""
    require(by, "scoring.ask_revision", assignment)
    assignment, review = _locked(assignment)
    if review.revision_asked_at is not None:
        note = review.revision_note
        clear_request(review)
        record_request("scoring.revision_withdrawn", by, assignment, review, note=note)
    return review


@transaction.atomic
def keep_review(*, by: User, assignment: Assignment, word: str = "") -> Review:
    """The reviewer's answer that the review stays as it is, with a word if they like; the chairs read it."""
    require(by, "scoring.keep_review", assignment)
    word = " ".join(word.replace("\x00", "").split())
    if len(word) > MOST_REASON:
        raise Invalid("too-long", f"Keep it under {MOST_REASON} characters; this has {len(word)}.", field="word")
    assignment, review = _under_review(assignment)
    if review.revision_asked_at is None:
        raise WrongState("no-revision-asked", "Nobody waits for a revision of this review now. Reload the page.")
    answer(by, assignment, review, "scoring.review_kept", word=word)
    return review


def _note(note: str) -> str:
    return checked_reason(note, "Say what to reconsider; the reviewer reads it.", field="note")


def _locked(assignment: Assignment) -> tuple[Assignment, Review]:
    rows = Assignment.objects.select_for_update(of=("self",)).select_related("proposal", "edition", "reviewer")
    assignment = rows.get(pk=assignment.pk)
    assignment.proposal.edition = assignment.edition
    return assignment, lock_review(assignment)


def _under_review(assignment: Assignment) -> tuple[Assignment, Review]:
    """A review that counts, under its lock, where its proposal's verdict is not released."""
    assignment, review = _locked(assignment)
    is_counted = review.state == ReviewState.SUBMITTED and review.excluded_at is None
    if not is_counted or assignment.state != AssignmentState.SUBMITTED:
        raise WrongState("not-submitted", "There is no submitted review here that counts. Reload the page.")
    if not is_under_discussion(assignment.proposal):
        state = ProposalState(assignment.proposal.state).label.lower()
        why = f"This proposal is {state}" if state != "submitted" else "The program is published"
        raise WrongState("decided-already", f"{why}: the reviews that its decision rests on stay as they are.")
    return assignment, review
