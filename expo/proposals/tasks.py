"""Tasks of the proposals: ids in, one service call."""

from celery import shared_task

from expo.journal.models import Entry
from expo.journal.tasks import reaction

from . import services


@reaction("proposals.ask_claims")
def ask_claims(entry: Entry) -> None:
    services.ask_claims(entry)


@reaction("proposals.watch_claims")
def watch_claims(entry: Entry) -> None:
    services.watch_claims(entry)


@shared_task(name="proposals.tick")
def tick() -> int:
    return services.tick()
