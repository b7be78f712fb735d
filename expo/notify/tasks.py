"""Deliver the outbox."""

from celery import shared_task

from . import services


@shared_task(name="notify.sweep")
def sweep() -> int:
    return services.deliver_due()
