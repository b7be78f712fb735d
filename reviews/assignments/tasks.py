"""Tasks of the queue: ids in, one service call."""

from celery import shared_task

from expo.journal.models import Entry
from expo.journal.tasks import reaction

from . import services


@shared_task(name="assignments.execute_run")
def execute_run(run_id: int) -> bool:
    return services.execute_run(run_id)


@shared_task(name="assignments.sweep")
def sweep() -> int:
    return services.sweep()


@reaction("assignments.free_withdrawn")
def free_withdrawn(entry: Entry) -> None:
    services.free_withdrawn(entry)


@reaction("assignments.release_conflicted")
def release_conflicted(entry: Entry) -> None:
    services.release_conflicted(entry)
