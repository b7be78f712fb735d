"""The edition's clock."""

from celery import shared_task

from . import services


@shared_task(name="editions.tick")
def tick() -> int:
    return services.tick()
