"""Tasks of the proposals: ids in, one service call."""

from celery import shared_task

from expo.journal.models import Entry
from expo.journal.tasks import reaction

from .services import claim_answers, presenter_invitations, reminders


@reaction("proposals.ask_claims")
def ask_claims(entry: Entry) -> None:
    claim_answers.ask_claims(entry)


@reaction("proposals.watch_claims")
def watch_claims(entry: Entry) -> None:
    claim_answers.watch_claims(entry)


@reaction("proposals.invite_presenters")
def invite_presenters(entry: Entry) -> None:
    presenter_invitations.invite_presenters(entry)


@shared_task(name="proposals.tick")
def tick() -> int:
    return reminders.tick() + presenter_invitations.tick()
