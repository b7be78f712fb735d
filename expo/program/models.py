"""Runs of the scheduler and questions to it, the working timetable, slots that presenters know, and links.

PostgreSQL keeps rooms and people from being in two places.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from expo.editions.models import Edition, Room, Track
from expo.kit import clock
from expo.kit.runs import UNDER_WAY, RunBase
from expo.proposals.models import Proposal

from .states import LINK_LABELS, SLOT_LABELS, LinkKind, RunKind, SlotState


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


class Question(RunBase):
    """Why a session is unscheduled. Only people who see everything the answer was computed from may read it."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="questions")
    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="questions")

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "input_hash"],
                condition=Q(state__in=list(UNDER_WAY)),
                name="program_question_one_under_way",
            ),
        ]

    def __str__(self) -> str:
        return f"Why “{self.proposal}” is unscheduled"


class TsTzRange(Func):
    """`[start, end)` as PostgreSQL sees it."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Session(models.Model):
    """An accepted proposal in a room at a time. A proposal without one is unscheduled."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="sessions")
    proposal = models.OneToOneField(Proposal, models.PROTECT, related_name="session")
    track = models.ForeignKey(Track, models.PROTECT, related_name="sessions")
    room = models.ForeignKey(Room, models.PROTECT, related_name="sessions")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    taken_from = models.DateTimeField(help_text="Its start less the set-up: from then on it needs its room.")
    is_pinned = models.BooleanField(default=False, help_text="Stays where it is in every run.")
    run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="sessions")
    why = models.JSONField(default=list, blank=True, help_text="Sentences: why here.")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("starts_at", "room__position", "id")
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_start"),
            models.CheckConstraint(condition=Q(taken_from__lte=F("starts_at")), name="session_set_up_before_start"),
            ExclusionConstraint(
                name="session_room_holds_one",
                expressions=[
                    ("room", RangeOperators.EQUAL),
                    (TsTzRange("taken_from", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id} in {self.room_id} at {self.starts_at:%d %b %H:%M}"

    def move_to(self, room_id: int, starts_at: datetime, minutes: int, setup: int) -> None:
        """Take this place, for so many minutes after so many of set-up. The caller saves."""
        self.room_id, self.starts_at = room_id, starts_at
        self.ends_at = starts_at + timedelta(minutes=minutes)
        self.taken_from = starts_at - timedelta(minutes=setup)


class OnStage(models.Model):
    """A presenter's time in a session, kept beside it so that PostgreSQL can refuse two places at once.

    `rested_at` and `reached_at` are its end with the rest, and with the walk to another area, behind it.
    """

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+")
    session = models.ForeignKey(Session, models.CASCADE, related_name="on_stage")
    person = models.CharField(max_length=300, help_text="As `Presenter.person` has it.")
    area = models.CharField(max_length=50, help_text="Of the session's room; a room of no area is its own.")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    rested_at = models.DateTimeField()
    reached_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "person"], name="on_stage_once"),
            models.CheckConstraint(
                condition=Q(rested_at__gte=F("ends_at"), reached_at__gte=F("rested_at")),
                name="on_stage_rests_after_end",
            ),
            ExclusionConstraint(
                name="on_stage_one_place",
                expressions=[
                    ("edition", RangeOperators.EQUAL),
                    ("person", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "rested_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                deferrable=models.Deferrable.DEFERRED,
            ),
            ExclusionConstraint(
                name="on_stage_in_reach",
                expressions=[
                    ("edition", RangeOperators.EQUAL),
                    ("person", RangeOperators.EQUAL),
                    ("area", RangeOperators.NOT_EQUAL),
                    (TsTzRange("starts_at", "reached_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.session_id}"


class Slot(models.Model):
    """Room and time of a session as its presenters know them. The timetable may have changed since."""

    proposal = models.OneToOneField(Proposal, models.CASCADE, related_name="slot")
    room = models.ForeignKey(Room, models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    number = models.PositiveIntegerField(default=1, help_text="Grows each time they are told anew.")
    state = models.CharField(max_length=12, choices=SlotState.choices(), default=SlotState.TOLD)
    told_at = models.DateTimeField(default=clock.now)
    told_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    note = models.TextField(blank=True, help_text="What the presenters ask for, in their words.")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reply = models.TextField(blank=True, help_text="What the chairs said to it.")
    replied_at = models.DateTimeField(null=True, blank=True)
    replied_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="slot_ends_after_start"),
            models.CheckConstraint(condition=Q(state__in=list(SlotState)), name="slot_state_known"),
            models.CheckConstraint(
                condition=Q(state=SlotState.TOLD) | Q(answered_at__isnull=False), name="slot_answer_has_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"Slot of {self.proposal_id}: {self.starts_at:%d %b %H:%M}"

    @property
    def edition(self) -> Edition:
        return self.proposal.edition

    @property
    def label(self) -> str:
        """Its state for people: what is declined is the change, not the session."""
        return SLOT_LABELS[SlotState(self.state)]


class Link(models.Model):
    """A constraint on two sessions: required (a rule), or preferred (weighed against other wishes)."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="links")
    kind = models.CharField(max_length=10, choices=LinkKind.choices())
    one = models.ForeignKey(Proposal, models.CASCADE, related_name="+")
    other = models.ForeignKey(Proposal, models.CASCADE, related_name="+")
    is_rule = models.BooleanField(default=True, help_text="It must hold; else it is a wish.")
    note = models.CharField(max_length=200, blank=True, help_text="Why, for the other chairs.")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["kind", "one", "other"], name="link_once"),
            models.CheckConstraint(condition=~Q(one=F("other")), name="link_joins_two"),
            models.CheckConstraint(condition=Q(kind__in=list(LinkKind)), name="link_kind_known"),
        ]

    def __str__(self) -> str:
        return f"Link {self.pk}"

    @property
    def label(self) -> str:
        """The constraint on the first session, in relation to the second."""
        return LINK_LABELS[LinkKind(self.kind)]
