"""A deadline that moves: teams are told once while the call is open; after the close the calendar says what to do."""

from datetime import timedelta

import pytest

from expo.editions.models import Edition
from expo.editions.services.lifecycle import save_calendar
from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.deadlines import minute_of
from expo.notify.models import Message
from expo.sponsors.services.call_mails import tell_deadline
from tests import factories as make

pytestmark = pytest.mark.django_db


def moved(edition: Edition, days: int) -> Entry:
    organiser = make.RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user
    closes = minute_of(clock.now()) + timedelta(days=days)
    save_calendar(by=organiser, edition=edition, call_closes_at=closes)
    return Entry.objects.filter(fact="editions.calendar_saved").latest("id")


def test_everybody_in_a_team_reads_it_once_for_each_change() -> None:
    edition = make.EditionFactory(reviews_due_at=None)
    sponsor = make.SponsorFactory(edition=edition)
    member = make.TeamMemberFactory(sponsor=sponsor).user
    make.TeamMemberFactory(sponsor=make.SponsorFactory(edition=edition), user=member)
    make.TeamMemberFactory()
    entry = moved(edition, 40)
    for _ in range(2):
        tell_deadline(entry)
    assert [mail.recipient for mail in Message.objects.filter(kind="sponsors/deadline_moved")] == [member]
    tell_deadline(moved(edition, 41))
    assert Message.objects.filter(kind="sponsors/deadline_moved").count() == 2


def test_nobody_reads_of_a_date_that_was_changed_again_nor_once_the_call_is_closed() -> None:
    edition = make.EditionFactory(reviews_due_at=None)
    make.TeamMemberFactory(sponsor=make.SponsorFactory(edition=edition))
    first = moved(edition, 40)
    last = moved(edition, 41)
    tell_deadline(first)
    Edition.objects.filter(pk=edition.pk).update(phase=Phase.REVIEW)
    tell_deadline(last)
    assert not Message.objects.filter(kind="sponsors/deadline_moved").exists()


def test_a_later_date_after_the_close_says_that_it_opens_nothing_and_offers_to(client) -> None:
    edition = make.EditionFactory(reviews_due_at=None, phase=Phase.REVIEW)
    organiser = make.RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user
    member = make.TeamMemberFactory(sponsor=make.SponsorFactory(edition=edition)).user
    client.force_login(organiser, backend="django.contrib.auth.backends.ModelBackend")
    for page in ("calendar/", ""):
        answer = client.get(f"/e/{edition.slug}/setup/{page}").content.decode()
        assert "a later date alone opens nothing" in " ".join(answer.split())
        assert "Open the call again" in answer
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    for path in (f"/e/{edition.slug}/", f"/e/{edition.slug}/proposals/"):
        page = " ".join(client.get(path).content.decode().split())
        assert "Call closes" not in page
        assert f"{edition.call_closes_at:%b %Y}" not in page
