"""Tasks of sponsors: ids in, one service call."""

from celery import shared_task

from expo.editions.models import Edition
from expo.journal.models import Entry
from expo.journal.tasks import reaction

from .services import teams


@reaction("sponsors.mail_invitations")
def mail_invitations(entry: Entry) -> None:
    for edition in Edition.objects.filter(pk__in=[entry.edition_id]):
        teams.mail_teams(edition)


@shared_task(name="sponsors.tick")
def tick() -> int:
    return teams.tick()
