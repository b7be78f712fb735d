"""Who of the presenters is there."""

from django.conf import settings
from django.db import models

from expo.kit import clock
from expo.program.models import Session
from expo.proposals.models import Presenter


class CheckIn(models.Model):
    """A presenter came to the room of a session; somebody who runs the edition saw it."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="check_ins")
    presenter = models.ForeignKey(Presenter, models.CASCADE, related_name="check_ins")
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("at", "id")
        constraints = [models.UniqueConstraint(fields=["session", "presenter"], name="check_in_once")]

    def __str__(self) -> str:
        return f"{self.presenter_id} in {self.session_id}"
