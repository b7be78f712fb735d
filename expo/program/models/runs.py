"""Runs of the scheduler."""

from django.db import models
from django.db.models import Q

from expo.editions.models import Edition
from expo.kit.runs import UNDER_WAY, RunBase

from ..states import RunKind


class Run(RunBase):
    """A scheduler run; `result` holds the placements it proposes until a chair adopts them."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="program_runs")
    kind = models.CharField(max_length=10, choices=RunKind.choices(), default=RunKind.DRAFT)
    name = models.CharField(max_length=60, blank=True, help_text="What a chair calls this draft.")
    stop_asked_at = models.DateTimeField(null=True, blank=True, help_text="A chair wants the best found so far.")
    trace = models.JSONField(
        default=list, blank=True, help_text="How the search went: [seconds, aim, value, bound], oldest first."
    )

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=list(RunKind)), name="program_run_kind_known"),
            models.UniqueConstraint(
                fields=["edition", "kind"], condition=Q(state__in=list(UNDER_WAY)), name="program_run_one_under_way"
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"Program run {self.pk}"

    @property
    def title(self) -> str:
        """What pages call it."""
        return self.name or f"{RunKind(self.kind).label} {self.pk}"
