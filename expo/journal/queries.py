"""Reads of the journal."""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from .models import Entry


def entries(edition_id: int, *, hidden_proposals: Collection[int] = ()) -> QuerySet[Entry]:
    """An edition's entries, newest first, without those hidden by the reader's conflicts.

    A fact about two proposals names the second as `other` in its data, and a conflict with either hides it.
    """
    return (
        Entry.objects.filter(edition_id=edition_id)
        .exclude(Q(proposal_id__in=list(hidden_proposals)) & Q(proposal_id__isnull=False))
        .exclude(data__has_key="other", data__other__in=list(hidden_proposals))
        .select_related("actor")
        .order_by("-id")
    )


def history(target_type: str, target_id: int) -> QuerySet[Entry]:
    """What happened to one thing, oldest first."""
    return Entry.objects.filter(target_type=target_type, target_id=target_id).select_related("actor").order_by("id")
