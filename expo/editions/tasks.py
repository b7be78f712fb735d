"""Periodic work on editions."""

from celery import shared_task

from .services import lifecycle


@shared_task(name="editions.tick")
def tick() -> int:
    return lifecycle.tick()
