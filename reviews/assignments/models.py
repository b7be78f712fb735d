"""Who reviews what, what each reviewer brings, and the runs that propose it."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from expo.editions.models import Edition, Topic
from expo.kit import clock
from expo.kit.runs import ENDED, UNDER_WAY, RunBase
from expo.proposals.models import Proposal

from .states import LIVE, AssignmentState, BidValue, InvitationAnswer, PairKind, RepairMode, RunKind, StayMode


class QueueSettings(models.Model):
    """How an edition's queue works; without a row, the defaults here."""

    edition = models.OneToOneField(Edition, models.CASCADE, related_name="queue_settings", primary_key=True)
    answer_days = models.PositiveSmallIntegerField(
        default=7,
        validators=[MinValueValidator(1)],
        help_text="Days to answer an offer; then it goes to somebody else.",
    )
    remind_days = models.PositiveSmallIntegerField(
        default=3, help_text="A reminder leaves this many days before a review is due."
    )
    escalate_days = models.PositiveSmallIntegerField(
        default=2, help_text="Cochairs are told this many days after a review was due."
    )
    least_load = models.PositiveSmallIntegerField(default=0, help_text="Reviews everybody should get if there are any.")
    wants_senior = models.BooleanField(default=False, help_text="At least one senior reviewer on every proposal.")
    wants_sectors = models.BooleanField(
        default=False, help_text="At least one from academia and one from industry on every proposal."
    )
    forbids_cycles = models.BooleanField(
        default=True, help_text="No two or three companies review each other's proposals in a circle."
    )
    takes_bids = models.BooleanField(
        default=False, help_text="Reviewers without ties to a sponsor may say what they want to review."
    )
    only_confirmed = models.BooleanField(
        default=False, help_text="Assign only to reviewers who have confirmed the invitation."
    )
    floor_share = models.FloatField(
        default=0.01, help_text="Share of the total affinity that may be given up for the worst-off proposals."
    )
    chance_cap = models.FloatField(
        default=1.0, help_text="No pair comes out with more than this probability; 1: nothing is drawn."
    )
    stay = models.CharField(max_length=8, choices=StayMode.choices(), default=StayMode.KEEP)
    repairs = models.CharField(max_length=8, choices=RepairMode.choices(), default=RepairMode.ASK)
    is_rolling = models.BooleanField(default=False, help_text="Proposals get reviewers as they arrive.")
    wanted_at = models.DateTimeField(null=True, blank=True, help_text="Since when a repair is wanted.")

    class Meta:
        verbose_name_plural = "queue settings"
        constraints = [
            models.CheckConstraint(condition=Q(answer_days__gte=1, answer_days__lte=90), name="queue_answer_days"),
            models.CheckConstraint(condition=Q(floor_share__gte=0, floor_share__lte=0.2), name="queue_floor_share"),
            models.CheckConstraint(condition=Q(chance_cap__gte=0.1, chance_cap__lte=1), name="queue_chance_cap"),
            models.CheckConstraint(condition=Q(stay__in=list(StayMode)), name="queue_stay_known"),
            models.CheckConstraint(condition=Q(repairs__in=list(RepairMode)), name="queue_repairs_known"),
        ]

    def __str__(self) -> str:
        return f"Queue of {self.edition}"


class ReviewerProfile(models.Model):
    """What a reviewer knows and how much they take on in an edition."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="reviewer_profiles")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reviewer_profiles")
    topics = models.ManyToManyField(Topic, related_name="reviewers", blank=True)
    max_load = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: the edition's usual load.")
    is_paused = models.BooleanField(default=False, help_text="Gets no new assignments.")
    about = models.TextField(blank=True, help_text="What they work on, in their own words.")
    answer = models.CharField(max_length=10, choices=InvitationAnswer.choices(), default=InvitationAnswer.NONE)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer_note = models.CharField(max_length=400, blank=True)
    has_no_employer = models.BooleanField(default=False, help_text="Said so: an empty list would not tell.")
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["edition", "user"], name="reviewer_profile_once"),
            models.CheckConstraint(
                condition=Q(answer__in=list(InvitationAnswer)), name="reviewer_profile_answer_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}"


class Publication(models.Model):
    """Something a reviewer wrote: its text shows what they know."""

    profile = models.ForeignKey(ReviewerProfile, models.CASCADE, related_name="publications")
    title = models.CharField(max_length=300)
    abstract = models.TextField(blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(2200)])

    class Meta:
        ordering = (F("year").desc(nulls_last=True), "id")
        constraints = [
            models.UniqueConstraint(F("profile"), Lower("title"), name="publication_once"),
            models.CheckConstraint(condition=~Q(title=""), name="publication_has_a_title"),
        ]

    def __str__(self) -> str:
        return self.title


class Absence(models.Model):
    """Days on which a reviewer is away, both included, in the edition's zone."""

    profile = models.ForeignKey(ReviewerProfile, models.CASCADE, related_name="absences")
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        ordering = ("first_day", "id")
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="absence_ends_after_start"),
            models.UniqueConstraint(fields=["profile", "first_day", "last_day"], name="absence_once"),
        ]

    def __str__(self) -> str:
        return f"{self.first_day} to {self.last_day}"


class Bid(models.Model):
    """What a reviewer without ties to a sponsor says about reviewing a proposal."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="bids")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="bids")
    value = models.CharField(max_length=4, choices=BidValue.choices())
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["proposal", "reviewer"], name="bid_once"),
            models.CheckConstraint(condition=Q(value__in=list(BidValue)), name="bid_value_known"),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer}: {self.value}"


class PairRule(models.Model):
    """A cochair's rule that the next runs must assign a pair, or must not."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="pair_rules")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="pair_rules")
    kind = models.CharField(max_length=8, choices=PairKind.choices())
    note = models.CharField(max_length=400, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["proposal", "reviewer"], name="pair_rule_once"),
            models.CheckConstraint(condition=Q(kind__in=list(PairKind)), name="pair_rule_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reviewer} on {self.proposal_id}"


class Run(RunBase):
    """A matching run; `result` holds the assignments it proposes until a chair publishes them."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="assignment_runs")
    kind = models.CharField(max_length=10, choices=RunKind.choices(), default=RunKind.MATCHING)
    started_by = models.ForeignKey(  # type: ignore[assignment]
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, help_text="Empty: the queue itself."
    )
    nonce = models.CharField(max_length=64, blank=True, help_text="Secret until the run has ended.")
    commitment = models.CharField(max_length=64, blank=True, help_text="SHA-256 of nonce and seed, shown beforehand.")

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=list(RunKind)), name="assignment_run_kind_known"),
            models.UniqueConstraint(
                fields=["edition"], condition=Q(state__in=list(UNDER_WAY)), name="assignment_run_one_under_way"
            ),
        ]

    def __str__(self) -> str:
        return f"Assignment run {self.pk}"

    @property
    def starter(self) -> str:
        """The name of who started it."""
        return str(self.started_by) if self.started_by else "The queue itself"

    @property
    def is_draw(self) -> bool:
        """Chance plays a part, so the seed stays secret until the run has ended."""
        return bool(self.commitment)

    @property
    def revealed_seed(self) -> int | None:
        """The seed as far as anybody may know it by now."""
        return self.seed if not self.is_draw or self.state in ENDED else None


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
    instead = models.JSONField(default=list, blank=True, help_text="Who else, and what that would have cost.")
    answer_by = models.DateTimeField(null=True, blank=True, help_text="An offer not answered by then expires.")
    due_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    offered_at = models.DateTimeField(default=clock.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(
        null=True, blank=True, help_text="When its reviewer first opened the proposal: the order of reading."
    )
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
