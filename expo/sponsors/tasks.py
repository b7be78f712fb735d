"""Tasks of sponsors: ids in, one service call."""

from celery import shared_task

from expo.editions.models import Edition
from expo.journal.models import Entry
from expo.journal.tasks import reaction

from .services import call_mails, invitations


@reaction("sponsors.mail_invitations")
def mail_invitations(entry: Entry) -> None:
    for edition in Edition.objects.filter(pk__in=[entry.edition_id]):
        call_mails.mail_teams(edition)


@reaction("sponsors.mail_invitation_again")
def mail_invitation_again(entry: Entry) -> None:
    invitations.mail_again(entry)


@reaction("sponsors.tell_deadline")
def tell_deadline(entry: Entry) -> None:
    call_mails.tell_deadline(entry)


@shared_task(name="sponsors.tick")
def tick() -> int:
    return call_mails.tick()
