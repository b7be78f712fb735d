"""Reads of the outbox."""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from .models import Message
from .states import MessageState


def outbox(edition_id: int, *, hidden_proposals: Collection[int] = (), state: str = "") -> QuerySet[Message]:
    """An edition's mail, newest first, without what is hidden from the reader; an unknown state means all."""
    messages = Message.objects.filter(edition_id=edition_id).select_related("recipient", "entry").order_by("-id")
    hidden = Q(proposal_id__in=list(hidden_proposals)) & Q(proposal_id__isnull=False)
    messages = messages.exclude(hidden)
    return messages.filter(state=state) if state in list(MessageState) else messages
