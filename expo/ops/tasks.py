"""The heartbeat: scheduled by beat, written by a worker."""

from celery import shared_task

from . import services


@shared_task(name="ops.heartbeat")
def heartbeat() -> None:
    services.beat()
