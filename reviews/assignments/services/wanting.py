"""Note that something came apart: the queue looks after it within a minute, at once when the bell is heard."""

from django.db.models.functions import Coalesce

from expo.kit import clock
from expo.kit.queue import send

from ..models import QueueSettings


def want(edition_id: int) -> None:
    """Ask for a repair, in the transaction that made it necessary.

    The row is always written: whoever is about to take up an earlier wish holds its lock, so that this one is seen
    either by that repair or by the next. For the same reason it comes last in a transaction, after all other locks.
    """
    rows = QueueSettings.objects.filter(pk=edition_id)
    if not rows.update(wanted_at=Coalesce("wanted_at", clock.now())):
        QueueSettings.objects.get_or_create(edition_id=edition_id)
        rows.update(wanted_at=Coalesce("wanted_at", clock.now()))
    send("assignments.tick")
