"""Tasks of the queue: ids in, one service call."""

from celery import shared_task

from expo.journal.models import Entry
from expo.journal.tasks import reaction

from .services import automation, profiles, runs


@shared_task(name="assignments.execute_run")
def execute_run(run_id: int) -> bool:
    return runs.execute(run_id)


@shared_task(name="assignments.sweep")
def sweep() -> int:
    return runs.sweep()


@reaction("assignments.invite")
def invite(entry: Entry) -> None:
    profiles.invite_reviewer(entry)


@shared_task(name="assignments.tick")
def tick() -> int:
    return automation.tick()


@reaction("assignments.take_up")
def take_up(entry: Entry) -> None:
    automation.assign_arrivals(entry)


@reaction("assignments.free_withdrawn")
def free_withdrawn(entry: Entry) -> None:
    automation.release_withdrawn(entry)


@reaction("assignments.free_decided")
def free_decided(entry: Entry) -> None:
    automation.release_decided(entry)


@reaction("assignments.release_conflicted")
def release_conflicted(entry: Entry) -> None:
    automation.release_conflicted(entry)
