"""Two people at the same moment: neither loses, doubles or outwits the other."""

import threading
import time

import pytest
from django.db import connection, transaction

from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.program.models import Session
from expo.program.services import execution, runs, sessions
from expo.proposals.services.submission import withdraw
from tests import factories as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_what_is_withdrawn_while_a_run_is_adopted_gets_no_place() -> None:
    edition = make.EditionFactory(phase=Phase.SCHEDULE)
    talk = make.FormatFactory(edition=edition)
    make.TrackFactory(edition=edition, room=make.RoomFactory(edition=edition), formats=[talk])
    make.DayFactory(edition=edition)
    chair = make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user
    gone, stays = (make.AcceptedFactory(edition=edition, format=talk) for _ in range(2))
    member = make.TeamMemberFactory(sponsor=gone.sponsor).user
    run = runs.start(by=chair, edition=edition)
    execution.execute(run.pk)
    run.refresh_from_db()

    adopted = threading.Event()

    def adopt() -> None:
        try:
            with transaction.atomic():
                runs.adopt(by=chair, run=run)
                adopted.set()
                time.sleep(1.0)  # not committed yet: long enough for a withdrawal that does not wait
        finally:
            connection.close()

    adopting = threading.Thread(target=adopt)
    adopting.start()
    assert adopted.wait(timeout=20)
    withdraw(by=member, proposal=gone)
    sessions.free_withdrawn(Entry.objects.get(fact="proposals.withdrawn"))
    adopting.join(timeout=20)
    assert list(Session.objects.values_list("proposal", flat=True)) == [stays.pk]
