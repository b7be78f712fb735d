"""The slots that presenters were notified of, and their answers."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from expo.editions.models import Edition, Room
from expo.kit import clock
from expo.proposals.models import Proposal

from ..states import SLOT_LABELS, SlotState


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
