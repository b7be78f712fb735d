"""Tasks of this app: ids in, one call."""

from celery import shared_task

from expo.journal.models import Entry
from expo.journal.tasks import reaction

from .services import execution, notifications, questions, runs, sessions


@shared_task(name="program.execute_run")
def execute_run(run_id: int) -> bool:
    return execution.execute(run_id)


@shared_task(name="program.answer_why_not")
def answer_why_not(question_id: int) -> bool:
    return questions.answer(question_id)


@shared_task(name="program.sweep")
def sweep() -> int:
    return runs.sweep()


@reaction("program.free_withdrawn")
def free_withdrawn(entry: Entry) -> None:
    sessions.free_withdrawn(entry)


@reaction("program.place_restored")
def place_restored(entry: Entry) -> None:
    sessions.place_restored(entry)


@reaction("program.follow_presenters")
def follow_presenters(entry: Entry) -> None:
    sessions.follow_presenters(entry)


@reaction("program.tell_troubles")
def tell_troubles(entry: Entry) -> None:
    notifications.notify_chairs(entry)
