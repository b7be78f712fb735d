"""Ring the bell: PostgreSQL holds the truth, a task only says that there is something to do."""

import logging
from typing import Any

from django.conf import settings
from django.db import transaction

from .cache import Pause

log = logging.getLogger(__name__)
pause = Pause()  # one for all threads of this process


def send(task: str, *args: Any) -> None:
    """Queue the task by name once the transaction commits; a lost bell is rung again by the sweeps."""
    transaction.on_commit(lambda: _ring(task, args))


def _ring(task: str, args: tuple[Any, ...]) -> None:
    from celery import current_app
    from kombu.exceptions import OperationalError

    if not settings.EXPO_RING_BELLS or pause.is_on():
        return
    try:
        current_app.send_task(task, args=args, retry=False)
    except (OperationalError, OSError) as error:
        pause.begin()
        log.warning("broker out of reach, a sweep will pick this up", extra={"task": task, "error": str(error)})
