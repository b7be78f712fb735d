"""Tasks of the journal, and the decorator that other apps use to react to facts."""

from collections.abc import Callable

from celery import shared_task

from . import services
from .models import Entry


def reaction(name: str) -> Callable[[Callable[[Entry], None]], Callable[[Entry], None]]:
    """Register `react(entry)` as the task `name`: called with a reaction's id, done at most once."""

    def register(react: Callable[[Entry], None]) -> Callable[[Entry], None]:
        @shared_task(name=name)
        def run(reaction_id: int) -> bool:
            try:
                return services.perform(reaction_id, react)
            except Exception as error:
                services.note_failure(reaction_id, error)
                raise

        return react

    return register


@shared_task(name="journal.sweep")
def sweep() -> int:
    return services.sweep()
