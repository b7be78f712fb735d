"""The working timetable and the runs that propose it. PostgreSQL keeps rooms and people from being in two places."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from expo.editions.models import Edition, Room, Track
from expo.kit.runs import UNDER_WAY, RunBase
from expo.proposals.models import Proposal


class TsTzRange(Func):
    """`[start, end)` as PostgreSQL sees it."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Run(RunBase):
    """A scheduler run; `result` holds the placements it proposes until a chair adopts them."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="program_runs")

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["edition"], condition=Q(state__in=list(UNDER_WAY)), name="program_run_one_under_way"
            ),
        ]

    def __str__(self) -> str:
        return f"Program run {self.pk}"


class Session(models.Model):
    """An accepted proposal in a room at a time. A proposal without one is unplaced."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="sessions")
    proposal = models.OneToOneField(Proposal, models.PROTECT, related_name="session")
    track = models.ForeignKey(Track, models.PROTECT, related_name="sessions")
    room = models.ForeignKey(Room, models.PROTECT, related_name="sessions")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_pinned = models.BooleanField(default=False, help_text="Stays where it is in every run.")
    run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="sessions")
    why = models.JSONField(default=list, blank=True, help_text="Sentences: why here.")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("starts_at", "room__position", "id")
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_start"),
            ExclusionConstraint(
                name="session_room_holds_one",
                expressions=[
                    ("room", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id} in {self.room_id} at {self.starts_at:%d %b %H:%M}"


class OnStage(models.Model):
    """A presenter's time in a session, kept beside it so that PostgreSQL can refuse two places at once."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+")
    session = models.ForeignKey(Session, models.CASCADE, related_name="on_stage")
    person = models.CharField(max_length=254, help_text="The presenter's mail address in lower case.")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "person"], name="on_stage_once"),
            ExclusionConstraint(
                name="on_stage_one_place",
                expressions=[
                    ("edition", RangeOperators.EQUAL),
                    ("person", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.session_id}"
