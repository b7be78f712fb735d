"""The other reviews of a proposal and what its reviewers and chairs say about it, as far as one of them may read it.

A reviewer reads it once their own review counts; a chair without a conflict at any time. Reviewers know one another by
letters unless the edition says names; chairs sign with their names, and read everybody's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Prefetch
from django.utils.crypto import salted_hmac

from expo.accounts.models import User
from expo.editions.queries import roles_of
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.kit.memo import once_per_request
from expo.proposals.models import Proposal
from expo.proposals.queries.listing import by_code
from expo.proposals.states import ProposalState
from reviews.assignments.models import Assignment
from reviews.rubrics.models import Level

from ..letters import letters
from ..models import Comment, DiscussionVisit, Review, Score
from ..states import CONFIDENCE, SUBMITTING


@once_per_request
def own_review(user: User, proposal: Proposal) -> Review | None:
    """Somebody's review of a proposal, where it counts: neither a draft nor excluded."""
    rows = Review.objects.filter(Review.COUNTS, assignment__proposal=proposal, assignment__reviewer=user)
    return rows.select_related("assignment").first()


def is_under_discussion(proposal: Proposal) -> bool:
    """Whether anybody may still add to it: its verdict is not released."""
    return proposal.state == ProposalState.SUBMITTED and proposal.edition.phase in SUBMITTING


def comment_by_id(user: Any, *, edition: str, proposal: str, comment: int) -> Comment:
    """A comment on this proposal, for a policy to judge; raises DoesNotExist."""
    about = by_code(user, edition=edition, proposal=proposal)
    found = Comment.objects.select_related("author", "removed_by").get(pk=comment, proposal=about)
    found.proposal = about
    return found


@dataclass(frozen=True)
class OtherReview:
    """A submitted review that counts, as one reader knows it. `entered`: that a chair typed it."""

    reviewer: str
    review: Review
    is_own: bool
    is_new: bool
    is_changed: bool
    entered: str

    @property
    def confidence(self) -> str:
        return CONFIDENCE[self.review.confidence]


@dataclass(frozen=True)
class Remark:
    """One comment with its author as the reader knows them; `removed`: by whom, where its text is gone."""

    comment: Comment
    author: str
    removed: str
    is_own: bool
    is_new: bool
    may_remove: bool


@dataclass(frozen=True)
class Discussion:
    """What one reader sees. `own_name`: how the others read the reader; `is_open`: whether comments are taken."""

    proposal: Proposal
    reviews: tuple[OtherReview, ...]
    remarks: tuple[Remark, ...]
    own: Review | None
    own_name: str
    is_chair: bool
    shows_names: bool
    is_open: bool

    @cached_property
    def others(self) -> tuple[OtherReview, ...]:
        return tuple(each for each in self.reviews if not each.is_own)

    @cached_property
    def news(self) -> int:
        """How much is new since the reader looked."""
        return sum(each.is_new or each.is_changed for each in self.others) + sum(each.is_new for each in self.remarks)

    @property
    def table(self) -> list[tuple[str, list[Level | None]]]:
        """Each criterion with the levels of all reviews, in their order; None where a rubric did not have it."""
        by_review = [{score.criterion_id: score for score in each.review.scores.all()} for each in self.reviews]
        criteria = {score.criterion_id: score.criterion for scores in by_review for score in scores.values()}
        return [
            (criterion.name, [score.level if (score := known.get(criterion.pk)) else None for known in by_review])
            for criterion in sorted(criteria.values(), key=lambda each: (each.position, each.pk))
        ]


def discussion_of(proposal: Proposal, viewer: User) -> Discussion:
    """For somebody whom the policy lets in: a constant number of queries. Nothing is marked as seen by it."""
    return _Reader(proposal, viewer).discussion()


class _Reader:
    """One person reading one proposal's discussion."""

    def __init__(self, proposal: Proposal, viewer: User) -> None:
        self.proposal, self.viewer = proposal, viewer
        self.is_chair = RoleKind.COCHAIR in roles_of(viewer, proposal.edition)
        self.shows_names = self.is_chair or proposal.edition.names_reviewers
        self.letters = {} if self.shows_names else letters_of(proposal)
        self.is_under_discussion = is_under_discussion(proposal)
        self.own = own_review(viewer, proposal)
        self.since = _seen_since(proposal, viewer, self.own)

    def discussion(self) -> Discussion:
        reviews = [self._review(each) for each in _counting_reviews(self.proposal)]
        remarks = [self._remark(each) for each in self.proposal.comments.select_related("author", "removed_by")]
        return Discussion(
            proposal=self.proposal,
            # By letter or name: any order of ids or times would tell who was asked or submitted first.
            reviews=tuple(sorted(reviews, key=lambda each: (not each.is_own, each.reviewer.casefold()))),
            remarks=tuple(remarks),
            own=self.own,
            own_name=self._name(self.viewer, as_chair=self.is_chair),
            is_chair=self.is_chair,
            shows_names=self.shows_names,
            is_open=self.is_under_discussion and bool(reviews),
        )

    def _review(self, review: Review) -> OtherReview:
        reviewer = review.assignment.reviewer
        is_own, since = reviewer == self.viewer, self.since
        is_new = since is not None and not is_own and review.submitted_at is not None and review.submitted_at > since
        is_changed = since is not None and not is_own and review.amended_at is not None and review.amended_at > since
        return OtherReview(
            reviewer=self._name(reviewer, as_chair=False),
            review=review,
            is_own=is_own,
            is_new=is_new,
            is_changed=is_changed and not is_new,
            entered=self._entered(review, is_own=is_own),
        )

    def _entered(self, review: Review, *, is_own: bool) -> str:
        if review.entered_by is None:
            return ""
        if self.is_chair or is_own:
            return f"Entered by {review.entered_by} from {review.entered_source}"
        return "Entered by a chair"

    def _remark(self, comment: Comment) -> Remark:
        is_own = comment.author == self.viewer
        return Remark(
            comment=comment,
            author="You" if is_own else self._name(comment.author, as_chair=comment.as_chair),
            removed=self._removed(comment),
            is_own=is_own,
            is_new=not is_own and comment.removed_at is None and (self.since is None or comment.made_at > self.since),
            may_remove=comment.removed_at is None and (self.is_chair or (is_own and self.is_under_discussion)),
        )

    def _removed(self, comment: Comment) -> str:
        if comment.removed_by is None:
            return ""
        if comment.removed_by == self.viewer:
            return "Removed by you"
        if comment.removed_by == comment.author:
            return "Removed by its author"
        return f"Removed by {self._name(comment.removed_by, as_chair=True)}"

    def _name(self, person: User, *, as_chair: bool) -> str:
        if as_chair:
            return f"{person} (chair)"
        return str(person) if self.shows_names else f"Reviewer {self.letters[person.pk]}"


def revision_answers(history: Iterable[Entry]) -> dict[int, Entry]:
    """By review the latest answer to a request for a revision, from a proposal's journal; none where one is open."""
    answers: dict[int, Entry] = {}
    for entry in history:
        if entry.target_id is None:
            continue
        if entry.fact in ("scoring.review_kept", "scoring.review_revised"):
            answers[entry.target_id] = entry
        elif entry.fact == "scoring.revision_asked":
            answers.pop(entry.target_id, None)
    return answers


def letters_of(proposal: Proposal) -> dict[int, str]:
    """The letter of everybody who was ever asked to review a proposal, by person; the same to every reader."""
    people = Assignment.objects.filter(proposal=proposal).order_by("id").values_list("reviewer_id", flat=True)
    return letters(salted_hmac("reviews.scoring.letters", str(proposal.pk), algorithm="sha256").digest(), list(people))


def _counting_reviews(proposal: Proposal) -> Iterable[Review]:
    scores = Score.objects.select_related("criterion", "level").order_by("criterion__position", "criterion_id")
    rows = Review.objects.filter(Review.COUNTS, assignment__proposal=proposal)
    return rows.select_related("assignment__reviewer", "entered_by").prefetch_related(Prefetch("scores", scores))


def _seen_since(proposal: Proposal, viewer: User, own: Review | None) -> datetime | None:
    """What came later is new: than the last look, and for a reviewer than the own review."""
    visit = DiscussionVisit.objects.filter(proposal=proposal, user=viewer).first()
    moments = [visit.seen_at if visit else None, own.submitted_at if own else None]
    return max((each for each in moments if each is not None), default=None)
