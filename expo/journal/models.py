"""The append-only record of every verb, and what still has to react to it."""

from django.conf import settings
from django.db import models

from expo.kit import clock


class Entry(models.Model):
    """One fact: who did what to which thing, when, with what data. PostgreSQL refuses to change or delete it.

    Editions and proposals are higher layers, so the journal knows them by plain ids only.
    """

    at = models.DateTimeField(default=clock.now, db_index=True)
    fact = models.CharField(max_length=60, help_text="room.past_tense, e.g. proposals.submitted")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    edition_id = models.BigIntegerField(null=True, blank=True)
    proposal_id = models.BigIntegerField(null=True, blank=True, help_text="Set when the conflict wall applies.")
    target_type = models.CharField(max_length=60, blank=True)
    target_id = models.BigIntegerField(null=True, blank=True)
    label = models.CharField(max_length=200, blank=True, help_text="The target in words, as it was then.")
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["edition_id", "-id"]),
            models.Index(fields=["target_type", "target_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.fact} {self.label}".strip()


class Reaction(models.Model):
    """A task that has to react to a fact; done at most once, retried until then."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="reactions")
    task = models.CharField(max_length=80)
    done_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "task"], name="reaction_once_per_fact"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(done_at=None), name="reaction_open"),
        ]

    def __str__(self) -> str:
        return f"{self.task} for {self.entry_id}"
