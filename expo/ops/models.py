"""Heartbeats, the only rows of operations."""

from django.db import models


class Heartbeat(models.Model):
    """Heartbeat written by a task that beat schedules; proves that beat and a worker are alive."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M:%S}"
