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


@reaction("assignments.invite")
def invite(entry: Entry) -> None:
    services.invite_reviewer(entry)


@shared_task(name="assignments.tick")
def tick() -> int:
    return services.tick()


@reaction("assignments.take_up")
def take_up(entry: Entry) -> None:
    services.take_up(entry)


@reaction("assignments.free_withdrawn")
def free_withdrawn(entry: Entry) -> None:
    services.free_withdrawn(entry)


@reaction("assignments.free_decided")
def free_decided(entry: Entry) -> None:
    services.free_decided(entry)


@reaction("assignments.release_conflicted")
def release_conflicted(entry: Entry) -> None:
    services.release_conflicted(entry)
