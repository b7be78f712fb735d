"""Record facts, and see to it that every task that reacts to a fact does so once."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils.module_loading import import_string

from expo.kit import clock
from expo.kit.queue import send

from .models import Entry, Reaction

log = logging.getLogger(__name__)
SWEEP_AFTER = timedelta(seconds=15)


def record(
    fact: str,
    *,
    by: Any,
    target: models.Model | None = None,
    edition_id: int | None = None,
    proposal_id: int | None = None,
    data: dict[str, Any] | None = None,
) -> Entry:
    """Write a fact (`app.past_tense`) in the caller's transaction and dispatch the tasks that react to it.

    `by=None` means the system itself. `proposal_id` puts the entry behind the proposal's conflict wall.
    """
    entry = Entry.objects.create(
        fact=fact,
        actor=by,
        edition_id=edition_id if edition_id is not None else getattr(target, "edition_id", None),
        proposal_id=proposal_id if proposal_id is not None else getattr(target, "proposal_id", None),
        target_type=target._meta.label_lower if target else "",  # noqa: SLF001
        target_id=target.pk if target else None,
        label=str(target)[:200] if target else "",
        data=data or {},
    )
    for task in import_string(settings.REACTIONS).get(fact, ()):
        reaction = Reaction.objects.create(entry=entry, task=task)
        send(task, reaction.pk)
    return entry


def perform(reaction_id: int, react: Callable[[Entry], None]) -> bool:
    """React in one transaction with its tick mark; False when done already or in another worker's hands."""
    with transaction.atomic():
        open_ones = Reaction.objects.select_for_update(skip_locked=True, of=("self",)).filter(done_at=None)
        reaction = open_ones.select_related("entry").filter(pk=reaction_id).first()
        if reaction is None:
            return False
        react(reaction.entry)
        reaction.done_at = clock.now()
        reaction.attempts += 1
        reaction.save(update_fields=["done_at", "attempts"])
    return True


def note_failure(reaction_id: int, error: Exception) -> None:
    """Keep the reason why a reaction failed; the next sweep tries again."""
    Reaction.objects.filter(pk=reaction_id, done_at=None).update(
        attempts=models.F("attempts") + 1, last_error=repr(error)[:2000]
    )


def sweep() -> int:
    """Dispatch again the reactions that are still open after a while; returns how many."""
    late = Reaction.objects.filter(done_at=None, entry__at__lt=clock.now() - SWEEP_AFTER).order_by("id")[:500]
    for reaction in late:
        send(reaction.task, reaction.pk)
    return len(late)
