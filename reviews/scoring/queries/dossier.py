"""Everything on one proposal, for a chair who decides it."""

from dataclasses import dataclass

from expo.accounts.models import User
from expo.journal.models import Entry
from expo.proposals.models import Presenter, Proposal
from reviews.assignments.models import Assignment
from reviews.assignments.queries.roster import conflict_pairs
from reviews.assignments.states import LIVE, AssignmentState
from reviews.rubrics.models import Criterion, Level

from ..models import Review
from ..states import ReviewState
from .standings import Overview, Standing, overview


@dataclass(frozen=True)
class JudgedBy:
    """One reviewer's part: the review with its levels, or None while it is awaited.

    `counts`: it is in the standing; `conflict`: what stands between reviewer and proposal now, as a sentence.
    """

    assignment: Assignment
    review: Review | None
    levels: tuple[tuple[Criterion, Level | None], ...]
    conflict: str

    @property
    def counts(self) -> bool:
        review = self.review
        return bool(review and not review.excluded_at and self.assignment.state == AssignmentState.SUBMITTED)


@dataclass(frozen=True)
class Dossier:
    """What the dossier's page shows; the page's policy has kept the walled out."""

    proposal: Proposal
    overview: Overview
    standing: Standing | None
    judged: tuple[JudgedBy, ...]
    presenters: tuple[Presenter, ...]
    history: tuple[Entry, ...]


def dossier(proposal: Proposal, viewer: User) -> Dossier:
    """The standing among what the viewer sees, the reviews with names, the history; a constant number of queries."""
    ground = overview(proposal.edition, viewer)
    return Dossier(
        proposal=proposal,
        overview=ground,
        standing=ground.of(proposal),
        judged=tuple(_judged(proposal, ground.criteria)),
        presenters=tuple(proposal.presenters.all()),
        history=tuple(_history(proposal)),
    )


def _judged(proposal: Proposal, asked: tuple[Criterion, ...]) -> list[JudgedBy]:
    """Live assignments, and submitted reviews that were taken out later; drafts stay the reviewer's own."""
    submitted = Review.objects.filter(assignment__proposal=proposal, state=ReviewState.SUBMITTED)
    reviews = {
        review.assignment_id: review
        for review in submitted.select_related("excluded_by").prefetch_related("scores__level")
    }
    rows = Assignment.objects.filter(proposal=proposal).select_related("reviewer").order_by("id")
    shown = [row for row in rows if row.pk in reviews or row.state in LIVE]
    conflicts = conflict_pairs(proposal.edition, list({row.reviewer for row in shown}), [proposal])
    return [
        JudgedBy(
            row,
            reviews.get(row.pk),
            _levels(reviews.get(row.pk), asked),
            conflicts.get((proposal.pk, row.reviewer_id), "") if row.pk in reviews else "",
        )
        for row in shown
    ]


def _levels(review: Review | None, asked: tuple[Criterion, ...]) -> tuple[tuple[Criterion, Level | None], ...]:
    given = {score.criterion_id: score.level for score in review.scores.all()} if review else {}
    return tuple((criterion, given.get(criterion.pk)) for criterion in asked)


def _history(proposal: Proposal) -> list[Entry]:
    return list(
        Entry.objects.filter(edition_id=proposal.edition_id, proposal_id=proposal.pk)
        .select_related("actor")
        .order_by("id")
    )
