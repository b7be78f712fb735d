"""The reviewer's verbs: save a draft, submit, amend."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from expo.accounts.models import User
from expo.editions.rules import runs_edition
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require
from expo.kit.text import listed
from expo.proposals.states import ProposalState
from reviews.assignments.models import Assignment
from reviews.assignments.services.assignments import mark_submitted
from reviews.assignments.states import LIVE, AssignmentState
from reviews.rubrics.models import Criterion, Level
from reviews.rubrics.queries import rubrics_of
from reviews.rubrics.services.versions import freeze

from ..models import Review, Score
from ..states import CHANGING, CONFIDENCE, REVIEW_STATES, SUBMITTING, ReviewState
from . import revision_requests

LONGEST = 10_000


@transaction.atomic
def save_review(
    *,
    by: User,
    assignment: Assignment,
    scores: Mapping[int, int],
    for_chairs: str = "",
    for_sponsor: str = "",
    is_recruiting: bool = False,
    confidence: int = 2,
    version: int = 0,
    by_itself: bool = False,
) -> Review:
    """Keep a draft; nothing is demanded of it. `scores` maps criterion to level by id; `version` 0: the first save.

    What the page saves `by_itself` every few seconds is on record only for the first time.
    """
    assignment, levels = _open(by, assignment, scores)
    fields = checked_fields(for_chairs, for_sponsor, is_recruiting, confidence)
    review = lock_review(assignment)
    if review.state == ReviewState.SUBMITTED:
        if _says(review, levels, fields):
            return review
        raise WrongState(
            "already-submitted", "This review is submitted. Use “Save changes”, so that it stays complete."
        )
    if _is_repeat(review, levels, fields, version):
        return review
    _write(review, levels, fields)
    if not by_itself or review.version == 1:
        record_fact("scoring.draft_saved", by, review, {"version": review.version})
    return review


@transaction.atomic
def submit_review(
    *,
    by: User,
    assignment: Assignment,
    scores: Mapping[int, int],
    for_chairs: str = "",
    for_sponsor: str = "",
    is_recruiting: bool = False,
    confidence: int = 2,
    version: int = 0,
) -> Review:
    """Submit the review, or amend it until decisions begin. Every criterion needs a level; the rubric freezes.

    What it says at first is kept beside what it says later.
    """
    assignment, levels = _open(by, assignment, scores)
    fields = checked_fields(for_chairs, for_sponsor, is_recruiting, confidence)
    require_complete(levels)
    review = lock_review(assignment)
    is_amended = review.state == ReviewState.SUBMITTED
    if _is_repeat(review, levels, fields, version, submitted=True):
        return review
    if is_amended:
        return review if _says(review, levels, fields) else _amend(by, assignment, review, levels, fields)
    return hand_in(by, assignment, review, levels, fields)


def require_complete(levels: Mapping[Criterion, Level | None]) -> None:
    """Refuse to submit while a criterion has no level."""
    missing = [criterion for criterion, level in levels.items() if level is None]
    if not levels:
        raise WrongState(
            "no-rubric", "This edition has no rubric yet, so there is nothing to score. Ask a chair to set it up."
        )
    if missing:
        names = listed(f"“{criterion.name}”" for criterion in missing)
        raise Invalid(
            "scores-missing", f"No level yet for {names}. Choose one, then submit.", field=f"criterion_{missing[0].pk}"
        )


def hand_in(
    by: User,
    assignment: Assignment,
    review: Review,
    levels: Mapping[Criterion, Level | None],
    fields: Mapping[str, Any],
) -> Review:
    """Submit a checked review for the first time, under its lock."""
    REVIEW_STATES.check(ReviewState(review.state), ReviewState.SUBMITTED)
    rubric = next(iter(levels)).rubric
    if review.pk is not None:  # what a draft said on a criterion that is gone since was never handed in
        review.scores.exclude(criterion__in=list(levels)).delete()
    review.state, review.submitted_at, review.rubric = ReviewState.SUBMITTED, clock.now(), rubric
    _write(review, levels, fields)
    content, edition = content_of(review), assignment.edition
    is_blind = edition.hide_sponsor_until_scored and not runs_edition(assignment.reviewer, edition)
    review.first_content = {**content, "is_blind": is_blind}
    review.save(update_fields=["first_content"])
    mark_submitted(assignment, by=by)
    freeze(by=by, rubric=rubric)
    record_fact("scoring.review_submitted", by, review, content)
    return review


def _amend(
    by: User,
    assignment: Assignment,
    review: Review,
    levels: Mapping[Criterion, Level | None],
    fields: Mapping[str, Any],
) -> Review:
    before, review.amended_at = content_of(review), clock.now()
    review.rubric = next(iter(levels)).rubric
    _write(review, levels, fields)
    record_fact("scoring.review_amended", by, review, {"before": before, "after": content_of(review)})
    if review.revision_asked_at is not None:
        revision_requests.answer(by, assignment, review, "scoring.review_revised")
    return review


def _open(
    by: User, assignment: Assignment, scores: Mapping[int, int]
) -> tuple[Assignment, dict[Criterion, Level | None]]:
    """The assignment under its lock, where reviewing is still open, with the levels that were chosen."""
    require(by, "scoring.review", assignment)
    rows = Assignment.objects.select_for_update(of=("self",)).select_related("proposal", "edition", "reviewer")
    locked = rows.get(pk=assignment.pk)
    if locked.state not in LIVE:
        raise WrongState(
            "assignment-closed",
            f"This assignment is {AssignmentState(locked.state).label.lower()}, so its review cannot change. "
            "Go back to your queue.",
        )
    is_final = locked.state == AssignmentState.SUBMITTED and locked.edition.phase not in CHANGING
    if is_final and not _is_revision_asked(locked):
        raise WrongState(
            "decisions-have-begun",
            "The chairs are deciding, so a submitted review no longer changes. If it must change, contact a chair.",
        )
    if locked.edition.phase not in SUBMITTING:
        raise WrongState("reviewing-has-ended", "The program is published, so no more reviews are accepted.")
    if locked.proposal.state != ProposalState.SUBMITTED:
        raise WrongState(
            "proposal-not-under-review",
            f"This proposal is {ProposalState(locked.proposal.state).label.lower()} and needs no review now. "
            "Go back to your queue.",
        )
    return locked, chosen_levels(locked, scores)


def is_open(assignment: Assignment) -> bool:
    """Whether its review may still be written, submitted or changed."""
    phase, under_review = assignment.edition.phase, assignment.proposal.state == ProposalState.SUBMITTED
    if assignment.state not in LIVE or phase not in SUBMITTING or not under_review:
        return False
    return assignment.state != AssignmentState.SUBMITTED or phase in CHANGING or _is_revision_asked(assignment)


def _is_revision_asked(assignment: Assignment) -> bool:
    """A chair waits for this submitted review to be changed or kept, so that it may change whatever the phase."""
    return Review.objects.filter(assignment=assignment, revision_asked_at__isnull=False).exists()


def chosen_levels(assignment: Assignment, scores: Mapping[int, int]) -> dict[Criterion, Level | None]:
    """Each criterion of the rubric with its level; ids from elsewhere are refused."""
    asked = {
        criterion.pk: criterion
        for criterion in rubrics_of(assignment.edition).of_proposal(assignment.proposal).criteria
    }
    if not set(scores) <= set(asked):
        raise Invalid(
            "unknown-criterion", "The rubric has changed since this page was opened. Reload it and score again."
        )
    chosen: dict[Criterion, Level | None] = {}
    for pk, criterion in asked.items():
        level = next((each for each in criterion.levels.all() if each.pk == scores.get(pk)), None)
        if scores.get(pk) is not None and level is None:
            raise Invalid(
                "unknown-level",
                f"“{criterion.name}” has no such level. Choose one of those shown.",
                field=f"criterion_{pk}",
            )
        chosen[criterion] = level
    return chosen


def checked_fields(for_chairs: str, for_sponsor: str, is_recruiting: bool, confidence: int) -> dict[str, Any]:
    if confidence not in CONFIDENCE:
        raise Invalid("unknown-confidence", "Choose how confident you are: low, medium or high.", field="confidence")
    for name, text in (("for_chairs", for_chairs), ("for_sponsor", for_sponsor)):
        if len(text) > LONGEST:
            raise Invalid(
                "too-long", f"This comment has {len(text):,} characters; {LONGEST:,} are allowed.", field=name
            )
    return {
        "for_chairs": tidy(for_chairs),
        "for_sponsor": tidy(for_sponsor),
        "is_recruiting": is_recruiting,
        "confidence": confidence,
    }


def tidy(text: str) -> str:
    """Browsers send CRLF and PostgreSQL takes no NUL; neither is what somebody wrote."""
    return text.replace("\r\n", "\n").replace("\x00", "").strip()


def lock_review(assignment: Assignment) -> Review:
    """The review under a lock, or a new one; the assignment's lock keeps two first saves apart."""
    found = Review.objects.select_for_update(of=("self",)).filter(assignment=assignment).first()
    return found or Review(assignment=assignment, version=0)


def _is_repeat(
    review: Review,
    levels: Mapping[Criterion, Level | None],
    fields: Mapping[str, Any],
    version: int,
    *,
    submitted: bool = False,
) -> bool:
    """True for the second copy of one form; a form that is behind for another reason is refused."""
    if version == review.version:
        return False
    if _says(review, levels, fields) and (review.state == ReviewState.SUBMITTED) == submitted:
        return True
    raise WrongState(
        "stale-version",
        "This review was saved elsewhere, in another tab perhaps, after you opened this page. What you typed is still "
        "below: compare it with the saved version, then save again to replace that.",
    )


def _says(review: Review, levels: Mapping[Criterion, Level | None], fields: Mapping[str, Any]) -> bool:
    if review.version == 0:
        return False  # nothing was saved yet
    saved = dict(review.scores.filter(criterion__in=list(levels)).values_list("criterion_id", "level_id"))
    chosen = {criterion.pk: level.pk for criterion, level in levels.items() if level}
    return saved == chosen and all(getattr(review, name) == value for name, value in fields.items())


def _write(review: Review, levels: Mapping[Criterion, Level | None], fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        setattr(review, name, value)
    review.changed_at, review.version = clock.now(), review.version + 1
    review.save()
    # What stands on criteria of a former version stays on record.
    review.scores.filter(criterion__in=[criterion for criterion, level in levels.items() if level is None]).delete()
    Score.objects.bulk_create(
        [Score(review=review, criterion=criterion, level=level) for criterion, level in levels.items() if level],
        update_conflicts=True,
        update_fields=["level"],
        unique_fields=["review", "criterion"],
    )


def content_of(review: Review) -> dict[str, Any]:
    """What the review says, in the form that the journal keeps."""
    return {
        "scores": dict(
            review.scores.order_by("criterion__position", "criterion_id").values_list("criterion__slug", "level__value")
        ),
        "is_recruiting": review.is_recruiting,
        "confidence": review.confidence,
        "for_chairs": review.for_chairs,
        "for_sponsor": review.for_sponsor,
    }


def record_fact(fact: str, by: User, review: Review, data: dict[str, Any]) -> Entry:
    about = {"edition_id": review.assignment.edition_id, "proposal_id": review.assignment.proposal_id}
    return record(fact, by=by, target=review, data=data, **about)
