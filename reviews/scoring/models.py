"""Reviews and their scores."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from expo.kit import clock
from reviews.assignments.models import Assignment
from reviews.assignments.states import AssignmentState
from reviews.rubrics.models import Criterion, Level

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
