"""Tasks of this room: ids in, one call."""

from celery import shared_task

from expo.journal.models import Entry
from expo.journal.tasks import reaction

from . import services


@shared_task(name="program.execute_run")
def execute_run(run_id: int) -> bool:
    return services.execute_run(run_id)


@shared_task(name="program.answer_why_not")
def answer_why_not(question_id: int) -> bool:
    return services.answer_why_not(question_id)


@shared_task(name="program.sweep")
def sweep() -> int:
    return services.sweep()


@reaction("program.free_withdrawn")
def free_withdrawn(entry: Entry) -> None:
    services.free_withdrawn(entry)


@reaction("program.place_restored")
def place_restored(entry: Entry) -> None:
    services.place_restored(entry)


@reaction("program.follow_presenters")
def follow_presenters(entry: Entry) -> None:
    services.follow_presenters(entry)


@reaction("program.tell_troubles")
def tell_troubles(entry: Entry) -> None:
    services.tell_troubles(entry)
