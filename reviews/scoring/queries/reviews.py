"""A review for its reviewer, and everything on one proposal for a chair."""

from dataclasses import dataclass
from statistics import fmean
from typing import Any, NamedTuple

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import by_slug
from expo.journal.models import Entry
from expo.proposals.models import Presenter, Proposal
from expo.proposals.states import ProposalState
from reviews.assignments.models import Assignment
from reviews.assignments.queries.lookups import visible_to
from reviews.assignments.queries.reading_order import orders
from reviews.assignments.queries.reviewer_queue import own_rows_in
from reviews.assignments.queries.roster import conflict_pairs
from reviews.assignments.states import LIVE, OPEN, AssignmentState
from reviews.rubrics.models import Criterion, Level

from ..amendments import Amendments
from ..models import Review
from ..states import CONFIDENCE, ReviewState
from .amendments import amendments_in
from .ranking import CalibratedScore, Ranking, ranking_of


def assignment_by_id(user: Any, *, edition: str, assignment: int) -> Assignment:
    """An assignment of this edition, for a policy to judge; raises Assignment.DoesNotExist."""
    its = by_slug(edition)
    rows = Assignment.objects.select_related("proposal__format", "proposal__track", "proposal__sponsor")
    found = rows.get(pk=assignment, edition=its)
    found.edition = found.proposal.edition = found.proposal.sponsor.edition = its
    if found.reviewer_id == user.pk:
        found.reviewer = user
    return found


def review_of(assignment: Assignment) -> Review | None:
    """The review with its scores, or None before the first save."""
    return Review.objects.prefetch_related("scores__level", "scores__criterion").filter(assignment=assignment).first()


def has_submitted(user: User, edition: Edition | None = None) -> bool:
    """Whether somebody has submitted a review before, in this edition or in any."""
    rows = Review.objects.filter(assignment__reviewer=user, state=ReviewState.SUBMITTED)
    return (rows if edition is None else rows.filter(assignment__edition=edition)).exists()


class QueuePlace(NamedTuple):
    """How far a reviewer is: reviews in, of how many, and the next open one in their own order."""

    submitted: int
    total: int
    following: Assignment | None


def place_in_queue(user: User, edition: Edition, after: Assignment) -> QueuePlace:
    """Over what no conflict hides; the next one is searched from the top again at the end. One query."""
    rows = list(own_rows_in(user, [edition]).select_related("proposal").order_by("position", "id"))
    waiting = [
        row
        for row in rows
        if row.state in OPEN and row.proposal.state == ProposalState.SUBMITTED and row.pk != after.pk
    ]
    here = (after.position, after.pk)
    following = next((row for row in waiting if (row.position, row.pk) > here), waiting[0] if waiting else None)
    return QueuePlace(sum(row.state == AssignmentState.SUBMITTED for row in rows), len(rows), following)


@dataclass(frozen=True)
class ReviewerPart:
    """One reviewer's part: the review with its levels, or None while it is awaited.

    `counts`: it is in the score; `conflict`: the conflict of interest between reviewer and proposal, as a sentence;
    `amendments`: what changed in it since it was submitted; `reading`: when it was read.
    """

    assignment: Assignment
    review: Review | None
    levels: tuple[tuple[Criterion, Level | None], ...]
    conflict: str
    amendments: Amendments | None
    reading: str

    @property
    def counts(self) -> bool:
        review = self.review
        return bool(review and not review.excluded_at and self.assignment.state == AssignmentState.SUBMITTED)

    @property
    def confidence(self) -> str:
        return CONFIDENCE[self.review.confidence] if self.review else ""


class Cell(NamedTuple):
    """A reviewer's level on one criterion; `step` of 1 to 4: where it stands on the rubric's scale.

    `first`: the value as first submitted, where it was another.
    """

    level: Level | None
    step: int
    counts: bool
    first: int | None


class Line(NamedTuple):
    """One criterion beside all its reviewers; `mean` over the reviews that count."""

    criterion: Criterion
    cells: tuple[Cell, ...]
    mean: float | None


@dataclass(frozen=True)
class Dossier:
    """What the dossier's page shows; the page's policy has kept out whom a conflict hides it from."""

    proposal: Proposal
    ranking: Ranking
    score: CalibratedScore | None
    parts: tuple[ReviewerPart, ...]
    presenters: tuple[Presenter, ...]
    history: tuple[Entry, ...]

    @property
    def comparison(self) -> tuple[Line, ...]:
        """Criteria by reviewers, in the order of both; empty before the first review is in."""
        if not any(part.review for part in self.parts):
            return ()
        by_reviewer = [{criterion.pk: level for criterion, level in part.levels} for part in self.parts]
        lines = []
        for criterion in self.ranking.criteria_of(self.proposal):
            levels = [known.get(criterion.pk) for known in by_reviewer]
            pairs = list(zip(levels, self.parts, strict=True))
            counted = [level.value for level, part in pairs if level and part.counts]
            cells = tuple(
                Cell(
                    level,
                    self.ranking.step(level.value if level else None),
                    part.counts,
                    _first(part, criterion, level),
                )
                for level, part in pairs
            )
            lines.append(Line(criterion, cells, fmean(counted) if counted else None))
        return tuple(lines)


def _first(part: ReviewerPart, criterion: Criterion, level: Level | None) -> int | None:
    first: dict[str, int] = part.review.first_content.get("scores", {}) if part.review else {}
    value = first.get(criterion.slug)
    return value if level is None or value != level.value else None


def dossier(proposal: Proposal, viewer: User) -> Dossier:
    """The score among what the viewer sees, the reviews with names, the history; a constant number of queries."""
    ranking = ranking_of(proposal.edition, viewer)
    entries = Entry.objects.filter(edition_id=proposal.edition_id, proposal_id=proposal.pk)
    return Dossier(
        proposal=proposal,
        ranking=ranking,
        score=ranking.of(proposal),
        parts=_parts(proposal, viewer, ranking.criteria_of(proposal)),
        presenters=tuple(proposal.presenters.all()),
        history=tuple(entries.select_related("actor").order_by("id")),
    )


def _parts(proposal: Proposal, viewer: User, criteria: tuple[Criterion, ...]) -> tuple[ReviewerPart, ...]:
    """Live assignments, and submitted reviews that were taken out later; drafts stay the reviewer's own."""
    submitted = Review.objects.filter(assignment__proposal=proposal, state=ReviewState.SUBMITTED)
    reviews = {
        review.assignment_id: review
        for review in submitted.select_related("excluded_by").prefetch_related("scores__level")
    }
    reviewers = Assignment.objects.filter(proposal=proposal).values("reviewer")
    whole = visible_to(viewer, proposal.edition).filter(reviewer__in=reviewers)
    rows = list(whole.select_related("reviewer").order_by("id"))
    rows_of_interest = [
        row for row in rows if row.proposal_id == proposal.pk and (row.pk in reviews or row.state in LIVE)
    ]
    conflicts = conflict_pairs(proposal.edition, list({row.reviewer for row in rows_of_interest}), [proposal])
    amendments = amendments_in(reviews.values(), proposal.edition)
    reading = orders(rows)
    parts = []
    for row in rows_of_interest:
        review = reviews.get(row.pk)
        levels = {score.criterion_id: score.level for score in review.scores.all()} if review else {}
        conflict = conflicts.get((proposal.pk, row.reviewer_id), "") if review else ""
        chosen = tuple((each, levels.get(each.pk)) for each in criteria)
        changes = amendments.get(review.pk) if review else None
        parts.append(ReviewerPart(row, review, chosen, conflict, changes, reading.get(row.pk, "")))
    return tuple(parts)
