"""The working timetable. PostgreSQL keeps rooms and people from being in two places."""

from datetime import datetime, timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from expo.editions.models import Edition, Room, Track
from expo.proposals.models import Proposal

from .runs import Run


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
