"""The one thing operations remember: when the clockwork last moved."""

from django.db import models


class Heartbeat(models.Model):
    """When a named part was last seen at work. Beat rings, a worker writes: one row proves both."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M:%S}"
