"""Verdicts and the batches they are released in."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from expo.editions.models import Edition, Format
from expo.kit import clock
from expo.kit.runs import UNDER_WAY, RunBase
from expo.proposals.models import Proposal

from .states import BatchState, FitKind, Reason, Verdict


class Batch(models.Model):
    """Decisions that reach their sponsors together. Nobody outside the cochairs sees a verdict before."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="batches")
    name = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=BatchState.choices(), default=BatchState.OPEN)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "batches"
        constraints = [
            models.UniqueConstraint(fields=["edition", "name"], name="batch_name_once"),
            models.CheckConstraint(
                condition=Q(state=BatchState.OPEN, released_at=None)
                | Q(state=BatchState.RELEASED, released_at__isnull=False, released_by__isnull=False),
                name="batch_released_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Decision(models.Model):
    """What the chairs would say of a proposal now: one per proposal, free to change until its batch is released.

    Each release freezes it as a `Released` row. A change after that is a new decision: it waits for a batch of its own,
    whose `Released` row then supersedes the one before.
    """

    proposal = models.OneToOneField(Proposal, models.CASCADE, related_name="decision")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, blank=True, related_name="decisions")
    verdict = models.CharField(max_length=10, choices=Verdict.choices())
    reason = models.CharField(max_length=24, choices=Reason.choices())
    note = models.TextField(blank=True, help_text="For the cochairs' record.")
    feedback = models.TextField(blank=True, help_text="To the sponsor, on release. Markdown.")
    facts = models.JSONField(
        default=dict, blank=True, help_text="What the feedback's draft was computed from; empty: the chair's own words."
    )
    format = models.ForeignKey(
        Format, models.PROTECT, null=True, blank=True, related_name="+", help_text="Accepted as; empty: as submitted."
    )
    shows_criteria = models.BooleanField(
        default=True, help_text="Without an acceptance: its sponsor reads where the reviews put it, by criterion."
    )
    criteria = models.JSONField(default=list, blank=True, help_text="What it reads by criterion, on release.")
    merit = models.FloatField(null=True, blank=True, help_text="The score at that moment.")
    snapshot = models.JSONField(default=dict, help_text="Score, line and levels at that moment.")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the snapshot.")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(verdict__in=list(Verdict)), name="decision_verdict_known"),
            models.CheckConstraint(
                condition=Q(format=None) | Q(verdict=Verdict.ACCEPT), name="decision_names_a_format_to_accept"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.proposal_id}"


class Released(models.Model):
    """A decision as its sponsor got it; PostgreSQL refuses to change or delete it.

    A later one of the same proposal supersedes it. There is one first and each is superseded once, so exactly one is
    current: the one that nothing supersedes. The database holds all of that.
    """

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="released")
    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="released_verdicts")
    verdict = models.CharField(max_length=10, choices=Verdict.choices())
    reason = models.CharField(max_length=24, choices=Reason.choices())
    feedback = models.TextField(blank=True)
    format = models.ForeignKey(
        Format, models.PROTECT, null=True, blank=True, related_name="+", help_text="Accepted as; empty: as submitted."
    )
    snapshot = models.JSONField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the snapshot.")
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="superseded_by")

    class Meta:
        verbose_name_plural = "released"
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["batch", "proposal"], name="released_once_per_batch"),
            models.UniqueConstraint(
                fields=["proposal"], condition=Q(supersedes=None), name="released_first_once_per_proposal"
            ),
            models.CheckConstraint(condition=Q(verdict__in=list(Verdict)), name="released_verdict_known"),
            models.CheckConstraint(
                condition=Q(format=None) | Q(verdict=Verdict.ACCEPT), name="released_names_a_format_to_accept"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.proposal_id}"

    @property
    def label(self) -> str:
        """The verdict, with the format that it names."""
        verdict = Verdict(self.verdict).label
        return f"{verdict} as {self.format.name.lower()}" if self.format else verdict


class Fit(RunBase):
    """A chair's question to the scheduler before a release, and its answer, for all who see the same proposals."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="fits")
    kind = models.CharField(max_length=10, choices=FitKind.choices())
    scope = models.CharField(max_length=64, help_text="SHA-256 of the proposals that its chair could see.")

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=list(FitKind)), name="fit_kind_known"),
            models.UniqueConstraint(
                fields=["edition", "kind", "scope"], condition=Q(state__in=list(UNDER_WAY)), name="fit_one_under_way"
            ),
        ]

    def __str__(self) -> str:
        return "Can it be scheduled?" if self.kind == FitKind.CHECK else "Joint suggestion"
