"""Dispatch of tasks: PostgreSQL holds what is to be done; a task only says that there is something to do."""

import logging
from typing import Any

from django.conf import settings
from django.db import transaction

from .cache import CircuitBreaker

log = logging.getLogger(__name__)
breaker = CircuitBreaker()  # one for all threads of this process


def send(task: str, *args: Any) -> None:
    """Dispatch the task by name once the transaction commits; periodic sweeps find what a lost message announced."""
    transaction.on_commit(lambda: _dispatch(task, args))


def _dispatch(task: str, args: tuple[Any, ...]) -> None:
    from celery import current_app
    from kombu.exceptions import OperationalError

    if not settings.EXPO_DISPATCH_TASKS or breaker.is_open():
        return
    try:
        current_app.send_task(task, args=args, retry=False)
    except (OperationalError, OSError) as error:
        breaker.open()
        log.warning("broker out of reach, a sweep will pick this up", extra={"task": task, "error": str(error)})
