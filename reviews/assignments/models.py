"""Who reviews what, what each reviewer brings, and the runs that propose it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from expo.editions.models import Edition, Topic
from expo.kit import clock
from expo.kit.runs import UNDER_WAY, RunBase
from expo.proposals.models import Proposal

from .states import LIVE, AssignmentState


class ReviewerProfile(models.Model):
    """What a reviewer knows and how much they take on in an edition."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="reviewer_profiles")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reviewer_profiles")
    topics = models.ManyToManyField(Topic, related_name="reviewers", blank=True)
    max_load = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: the edition's usual load.")
    is_paused = models.BooleanField(default=False, help_text="Gets no new assignments.")
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "user"], name="reviewer_profile_once")]

    def __str__(self) -> str:
        return f"{self.user}"


class Run(RunBase):
    """A matching run; `result` holds the assignments it proposes until a chair publishes them."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="assignment_runs")

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["edition"], condition=Q(state__in=list(UNDER_WAY)), name="assignment_run_one_under_way"
            ),
        ]

    def __str__(self) -> str:
        return f"Assignment run {self.pk}"


class Assignment(models.Model):
    """A proposal in a reviewer's queue."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="assignments")
    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="assignments")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="assignments")
    state = models.CharField(max_length=10, choices=AssignmentState.choices(), default=AssignmentState.OFFERED)
    run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="assignments")
    position = models.PositiveIntegerField(default=0, help_text="Reading order, shuffled per reviewer.")
    affinity = models.FloatField(default=0.0)
    why = models.JSONField(default=list, blank=True, help_text="Sentences: why this reviewer.")
    due_at = models.DateTimeField(null=True, blank=True)
    offered_at = models.DateTimeField(default=clock.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    decline_reason = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ("position", "id")
        indexes = [models.Index(fields=["reviewer", "edition"])]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=list(AssignmentState)), name="assignment_state_known"),
            models.UniqueConstraint(
                fields=["proposal", "reviewer"], condition=Q(state__in=list(LIVE)), name="assignment_live_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} on {self.proposal_id}"
