"""Tasks of scoring: ids in, one service call."""

from celery import shared_task

from expo.editions.models import Edition
from expo.journal.models import Entry
from expo.journal.tasks import reaction
from expo.kit.queue import send

from .services import digests, rankings


@reaction("scoring.follow_facts")
def follow_facts(entry: Entry) -> None:
    """Something that the ranking rests on has changed."""
    send("scoring.keep_up", entry.edition_id)


@shared_task(name="scoring.keep_up")
def keep_up(edition_id: int) -> int:
    return sum(map(rankings.keep_up, Edition.objects.filter(pk=edition_id)))


@shared_task(name="scoring.sweep")
def sweep() -> int:
    return rankings.sweep()


@shared_task(name="scoring.send_digests")
def send_digests() -> int:
    return digests.send_digests()
