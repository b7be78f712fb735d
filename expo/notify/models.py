"""The outbox: every mail is a row before it is a mail."""

from django.conf import settings
from django.db import models

from expo.journal.models import Entry
from expo.kit import clock

from .states import MessageState


class Message(models.Model):
    """One mail to one person about one fact; the unique constraint keeps it to one."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=60, help_text="Template name, e.g. proposals/submitted")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="messages")
    edition_id = models.BigIntegerField(null=True, blank=True)
    proposal_id = models.BigIntegerField(null=True, blank=True, help_text="Set when the conflict wall applies.")
    subject = models.CharField(max_length=200)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=MessageState.choices(), default=MessageState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    not_before = models.DateTimeField(default=clock.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "kind", "recipient"], name="message_once_per_fact"),
        ]
        indexes = [
            models.Index(fields=["state", "not_before"]),
            models.Index(fields=["edition_id", "-id"]),
        ]

    def __str__(self) -> str:
        return self.subject


class AccountMail(models.Model):
    """A mail to an address, perhaps of nobody here, about an account or a session; its link is as good as a password.

    So no page shows these rows, and none outlives its sending: whoever read one could take the account over.
    """

    address = models.EmailField()
    reply_to = models.EmailField(blank=True)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=clock.now, db_index=True)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.subject
