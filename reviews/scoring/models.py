"""Reviews and their scores."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from expo.editions.models import Edition
from expo.kit import clock
from expo.proposals.models import Proposal
from reviews.assignments.models import Assignment
from reviews.assignments.states import AssignmentState
from reviews.rubrics.models import Criterion, Level, Rubric

from .states import ReviewState


class Review(models.Model):
    """One reviewer's judgement of one proposal. It may change until decisions begin; the journal keeps all."""

    assignment = models.OneToOneField(Assignment, models.CASCADE, related_name="review")
    state = models.CharField(max_length=10, choices=ReviewState.choices(), default=ReviewState.DRAFT)
    for_chairs = models.TextField(blank=True, help_text="Read by cochairs only.")
    for_sponsor = models.TextField(blank=True, help_text="Cochairs may use it in the feedback to the sponsor.")
    is_recruiting = models.BooleanField(
        default=False, help_text="The proposal is recruiting or sales: a flag, not a score."
    )
    confidence = models.PositiveSmallIntegerField(default=2, help_text="1 low, 2 medium, 3 high.")
    created_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    rubric = models.ForeignKey(
        Rubric, models.PROTECT, null=True, blank=True, related_name="reviews", help_text="Which it was scored by."
    )
    first_content = models.JSONField(
        default=dict,
        blank=True,
        help_text="As first submitted, in the form that the journal keeps, and whether the sponsor was hidden then "
        "(`is_blind`); empty: a draft. Never changes again.",
    )
    amended_at = models.DateTimeField(
        null=True, blank=True, help_text="When it last changed after it was submitted: its sponsor was visible by then."
    )
    revision_asked_at = models.DateTimeField(null=True, blank=True, help_text="A chair waits for a revision since.")
    revision_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    revision_note = models.CharField(max_length=400, blank=True, help_text="What the chair asked to reconsider.")
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        help_text="The chair who entered it on the reviewer's behalf.",
    )
    entered_source = models.CharField(max_length=400, blank=True, help_text="Where it came from, e.g. a mail of a day.")
    excluded_at = models.DateTimeField(null=True, blank=True)
    excluded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    excluded_reason = models.CharField(max_length=400, blank=True)

    #: What scoring counts: submitted, and not taken out by a chair.
    COUNTS = Q(state=ReviewState.SUBMITTED, excluded_at=None, assignment__state=AssignmentState.SUBMITTED)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state=ReviewState.DRAFT) | Q(submitted_at__isnull=False), name="review_submitted_has_a_time"
            ),
            models.CheckConstraint(condition=Q(confidence__range=(1, 3)), name="review_confidence_known"),
            models.CheckConstraint(
                condition=Q(excluded_at=None, excluded_by=None, excluded_reason="")
                | Q(excluded_at__isnull=False, excluded_by__isnull=False, state=ReviewState.SUBMITTED)
                & ~Q(excluded_reason=""),
                name="review_excluded_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(revision_asked_at=None, revision_asked_by=None, revision_note="")
                | Q(revision_asked_at__isnull=False, revision_asked_by__isnull=False, state=ReviewState.SUBMITTED)
                & ~Q(revision_note=""),
                name="review_revision_asked_with_a_note",
            ),
            models.CheckConstraint(
                condition=Q(entered_by=None, entered_source="")
                | Q(entered_by__isnull=False, state=ReviewState.SUBMITTED) & ~Q(entered_source=""),
                name="review_entered_from_a_source",
            ),
            models.CheckConstraint(
                condition=Q(amended_at=None) | Q(state=ReviewState.SUBMITTED), name="review_amended_once_submitted"
            ),
        ]

    def __str__(self) -> str:
        return f"Review of assignment {self.assignment_id}"


class Score(models.Model):
    """The level a review gives a criterion."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="scores")
    level = models.ForeignKey(Level, models.PROTECT, related_name="scores")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "criterion"], name="score_once")]

    def __str__(self) -> str:
        return f"{self.criterion_id}: {self.level_id}"


class Comment(models.Model):
    """One contribution to the discussion of a proposal, among its reviewers and the chairs without a conflict."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="comments")
    text = models.TextField(help_text="Markdown.")
    as_chair = models.BooleanField(default=False, help_text="Signed with a chair's name; else a reviewer's letter.")
    made_at = models.DateTimeField(default=clock.now)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="comment_says_something"),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None) | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="comment_removed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author} on {self.proposal_id}"

    @property
    def edition(self) -> Edition:
        return self.proposal.edition


class DiscussionVisit(models.Model):
    """When somebody last looked at a proposal's reviews and discussion, and what the last digest told them of it."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="discussion_visits")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="discussion_visits")
    seen_at = models.DateTimeField(null=True, blank=True)
    others_seen_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody else's review was first shown to them."
    )
    mailed_at = models.DateTimeField(null=True, blank=True, help_text="What is older has been in a digest.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "user"], name="discussion_visit_once")]

    def __str__(self) -> str:
        return f"{self.user} on {self.proposal_id}"


class StoredRanking(models.Model):
    """The estimates over one set of visible proposals, computed by a task: what pages read.

    `scope` names the set of hidden proposals, `inputs` everything the numbers depend on: a row with other inputs than
    those of now is out of date and counts for nothing.
    """

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="stored_rankings")
    scope = models.CharField(max_length=64, help_text="SHA-256 of the proposals left out.")
    inputs = models.CharField(max_length=64, help_text="SHA-256 of the scores and capacities that went in.")
    result = models.JSONField()
    computed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "scope"], name="stored_ranking_once")]

    def __str__(self) -> str:
        return f"Ranking of {self.edition_id}"
