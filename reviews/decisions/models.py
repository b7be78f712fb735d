"""Verdicts and the batches they are released in."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from expo.editions.models import Edition, Format
from expo.kit import clock
from expo.kit.runs import UNDER_WAY, RunBase
from expo.proposals.models import Proposal

from .states import BatchState, FitKind, Reason, RecordKind, Verdict


class Batch(models.Model):
    """Decisions that reach their sponsors together. Nobody outside the cochairs sees a verdict before."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="batches")
    name = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=BatchState.choices(), default=BatchState.OPEN)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    seal = models.ForeignKey(
        "Seal", models.PROTECT, null=True, blank=True, related_name="+", help_text="The head of the chain after it."
    )

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "batches"
        constraints = [
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
    feedback_read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="A chair who has read the feedback as it stands; empty: nobody has.",
    )
    waitlist_position = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Its place among those on the waiting list of its pool, from 1; empty: by score.",
    )
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The second chair who signed this version off.",
    )
    signed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(signed_by=None, signed_at=None)
                | Q(signed_by__isnull=False, signed_at__isnull=False) & ~Q(signed_by=F("decided_by")),
                name="decision_signed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(waitlist_position=None) | Q(verdict=Verdict.WAITLIST, waitlist_position__gte=1),
                name="decision_waits_in_a_place",
            ),
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
        return "Can it be scheduled?" if self.kind == FitKind.CHECK else "Suggested selection"


class ChairNotes(models.Model):
    """What a chair keeps about a proposal for themselves: tags, a note, and when they last opened it."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="chair_notes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="chair_notes")
    tags = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    note = models.TextField(blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "chair notes"
        constraints = [models.UniqueConstraint(fields=["proposal", "user"], name="chair_notes_once")]

    def __str__(self) -> str:
        return f"{self.user} on {self.proposal_id}"


class Scenario(models.Model):
    """A what-if that a chair keeps by name; what it leads to is computed anew for whoever looks at it."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="scenarios")
    name = models.CharField(max_length=60)
    asked = models.JSONField(default=dict, help_text="Pins, caps, weights, capacities and bar, in their own forms.")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="scenarios")
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("name", "id")
        constraints = [
            models.UniqueConstraint(fields=["edition", "made_by", "name"], name="scenario_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="scenario_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class DecisionRecord(models.Model):
    """A decision as it was made, taken back, signed off or released; PostgreSQL refuses to change or delete it."""

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="decision_records")
    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="decision_records")
    kind = models.CharField(max_length=10, choices=RecordKind.choices())
    content = models.JSONField(help_text="Rule, numbers then, who, who was conflicted, reason and text.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of kind, proposal, content and time.")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=list(RecordKind)), name="decision_record_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.proposal_id}"


class Seal(models.Model):
    """A record's link in its edition's chain: SHA-256 of the link before and the record's digest. Never changes."""

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="seals")
    record = models.OneToOneField(DecisionRecord, models.PROTECT, related_name="seal")
    number = models.PositiveIntegerField(help_text="From 1, without a gap.")
    previous = models.CharField(max_length=64, help_text="The digest of the seal before; zeros for the first.")
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("edition", "number")
        constraints = [
            models.UniqueConstraint(fields=["edition", "number"], name="seal_number_once"),
            models.UniqueConstraint(fields=["edition", "previous"], name="seal_follows_one"),
            models.CheckConstraint(condition=Q(number__gte=1), name="seal_counts_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.digest[:12]}"
