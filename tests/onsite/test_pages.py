"""Pages of the day: what stands on them, who is missing, what a delay would do, and what hangs at the doors."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from expo.kit import clock
from expo.onsite.models import CheckIn
from expo.program.models import Session
from expo.program.services import sessions
from expo.proposals.models import Presenter, Proposal
from expo.proposals.states import ProposalState
from expo.releases import services as releases
from tests.factories import ConflictFactory
from tests.pages import squeezed

pytestmark = pytest.mark.django_db
HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def client(stage):
    client = Client()
    client.force_login(stage.chair, backend="django.contrib.auth.backends.ModelBackend")
    return client


def url(stage, name, *args):
    return reverse(f"onsite:{name}", args=[stage.edition.slug, *args])


def words(response) -> str:
    """The page as read aloud, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def at(stage, *when):
    return clock.at(stage.at(*when))


@pytest.mark.slow
def test_a_room_is_told_in_order_with_now_next_gaps_breaks_and_who_is_missing(stage, client):
    stage.talk.setup_minutes = 10
    stage.talk.save()
    stage.add_break(12, 13)
    first = stage.placed("ada@x.example", "bob@x.example", title="Scaling laws", hour=9, needs="Two microphones")
    stage.placed("eve@x.example", title="Edge serving", hour=11)
    CheckIn.objects.create(session=first, presenter=first.proposal.presenters.first(), by=stage.chair)
    with at(stage, 9, 45):
        page = words(client.get(url(stage, "room", stage.hall.pk)))
    assert "09:00 to 10:00 now Scaling laws Talk , 60 minutes" in page
    assert "set-up from 08:50 Notes: Two microphones Ada here since" in page
    assert "Bob missing Check in Bob" in page
    assert "10:00 60 minutes free 11:00 to 12:00 next Edge serving" in page
    assert "12:00 to 13:00 Lunch" in page
    assert "1 of 3 here" in page
    for minute, is_missing in ((44, False), (45, True)):
        with at(stage, 10, minute):
            assert ("Eve missing" in words(client.get(url(stage, "room", stage.hall.pk)))) == is_missing


def test_the_overview_says_for_each_room_what_is_on_and_what_is_next(stage, client):
    stage.placed("ada@x.example", title="Scaling laws", hour=9)
    hidden = stage.placed("eve@x.example", title="Secret", hour=10)
    ConflictFactory(user=stage.chair, sponsor=hidden.proposal.sponsor)
    with at(stage, 9, 30):
        page = words(client.get(url(stage, "day")))
        part = client.get(url(stage, "day"), **HTMX)
    assert "Hall A 0 of 1 here Now 09:00 to 10:00 Scaling laws missing Ada Next 10:00 to 11:00 hidden: conflict" in page
    assert "Room 1 Nothing that day." in page
    assert (b"<html" in part.content, b'hx-trigger="every 30s"' in part.content) == (False, True)


def test_each_rooms_strip_says_what_is_on_who_is_here_and_nothing_of_what_is_hidden(stage, client):
    first = stage.placed("ada@x.example", "bob@x.example", title="Scaling laws", hour=9)
    secret = stage.placed("eve@x.example", title="Secret", hour=11)
    CheckIn.objects.create(session=first, presenter=first.proposal.presenters.first(), by=stage.chair)
    ConflictFactory(user=stage.chair, sponsor=secret.proposal.sponsor)
    with at(stage, 9, 45):
        page = squeezed(client.get(url(stage, "day")))
    assert 'aria-label="Hall A: 09:00 to 10:00 Scaling laws; 11:00 to 12:00 hidden: conflict."' in page
    assert 'aria-label="Room 1: nothing that day."' in page
    assert [page.count(f'<circle class="is-{look}" cx="') for look in ("here", "missing", "awaited")] == [2, 2, 1]
    assert '<line class="strip-now" x1="25.00%"' in page
    with clock.at(stage.at(9) + timedelta(days=-1)):
        assert "strip-now" not in squeezed(client.get(url(stage, "day")))


def test_an_edition_without_days_says_the_next_step(stage, client):
    stage.edition.days.all().delete()
    for name, args in (("day", []), ("room", [stage.hall.pk]), ("doors", [])):
        assert client.get(url(stage, name, *args)).status_code == 200
    assert "No days yet" in words(client.get(url(stage, "day")))


@pytest.mark.slow
def test_checking_in_works_with_and_without_script(stage, client):
    session = stage.placed("ada@x.example", hour=9)
    ada = session.proposal.presenters.get()
    there, undo = (url(stage, name, session.pk, ada.pk) for name in ("check-in", "undo-check-in"))
    assert client.get(there).status_code == 405
    answer = client.post(there)
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"{url(stage, 'room', stage.hall.pk)}?day=2027-07-18#session-{session.pk}",
    )
    part = client.post(undo, **HTMX)
    assert (part.status_code, CheckIn.objects.count()) == (200, 0)
    assert "0 of 1 here" in words(part)
    stage.edition.phase = "archived"
    stage.edition.save()
    refused = client.post(there)
    assert (refused.status_code, "This edition is archived, so check-in is closed." in words(refused)) == (
        409,
        True,
    )
    assert "check-in is closed" in words(client.post(there, **HTMX))
    stranger = Presenter.objects.create(proposal=stage.accepted(), name="X")
    assert client.post(url(stage, "check-in", session.pk, stranger.pk)).status_code == 404


@pytest.mark.slow
def test_a_delay_is_looked_at_then_done_and_the_old_release_is_named(stage, client):
    first, second = (stage.placed(f"p{hour}@x.example", title=f"At {hour}", hour=hour) for hour in (9, 10))
    Proposal.objects.update(state=ProposalState.CONFIRMED)
    releases.publish(by=stage.chair, edition=stage.edition)
    late = url(stage, "late", first.pk)
    assert client.get(late).status_code == 200
    preview = client.get(late, {"minutes": 10, "way": "shift"})
    assert "At 10 10:00 to 11:00 10:10 to 11:10 10 minutes later" in words(preview)
    assert Session.objects.get(pk=second.pk).version == 1
    seen = re.search(r'name="seen" value="(\w+)"', squeezed(preview))
    answer = client.post(late, {"minutes": 10, "way": "shift", "seen": seen[1]}, follow=True)
    assert "have their new times" in words(answer)
    assert "Release 1 differs from the timetable in 2 sessions that you may see. Publish a new release" in words(answer)
    again = client.post(late, {"minutes": 10, "way": "shift", "seen": seen[1]})
    assert (again.status_code, "The timetable changed after you looked." in words(again)) == (422, True)
    assert stage.program() == [("At 9", "Hall A", "18 09:10"), ("At 10", "Hall A", "18 10:10")]


@pytest.mark.parametrize("typed", [{"minutes": "7", "way": "shift"}, {"minutes": "x", "way": "fly"}, {"minutes": "10"}])
def test_what_was_not_offered_is_refused_in_place(stage, client, typed):
    late = url(stage, "late", stage.placed(hour=9).pk)
    assert (client.get(late, typed).status_code, client.post(late, typed).status_code) == (422, 422)


@pytest.mark.slow
def test_a_walled_chair_previews_the_same_whatever_is_hidden(stage, client):
    """Not who presents, how long it is set up, or what it is called: only that something is there."""
    first = stage.placed("ada@x.example", hour=9)
    hidden = stage.placed("eve@x.example", title="Secret", hour=12)
    sessions.move(by=stage.chair, session=hidden, room=stage.hall, starts_at=stage.at(10, 15), version=1)
    elsewhere = stage.placed("mia@x.example", title="Secret", room=stage.side[0], format=stage.workshop, hour=9)
    for session in (hidden, elsewhere):
        ConflictFactory(user=stage.chair, sponsor=session.proposal.sponsor)

    def pages() -> list[str]:
        asked = [
            {"minutes": minutes, "way": way}
            for minutes in (10, 60)
            for way in ("shift", "overrun", "shorten", "extend")
        ]
        found = [client.get(url(stage, "late", first.pk), each) for each in asked]
        found += [client.get(url(stage, name)) for name in ("day", "doors")]
        found.append(client.get(url(stage, "room", stage.hall.pk)))
        return [re.sub(r'csrfmiddlewaretoken" value="\w+|nonce="[^"]*', "", page.content.decode()) for page in found]

    with at(stage, 8):
        before = pages()
        Proposal.objects.filter(session__in=[hidden, elsewhere]).update(
            title="Other", public_title="Other", minutes=30, needs="Other", equipment=["piano"]
        )
        Presenter.objects.filter(proposal__session__in=[hidden, elsewhere]).update(email="ada@x.example", name="Other")
        Session.objects.filter(pk=hidden.pk).update(taken_from=stage.at(10, 5), is_pinned=True, version=9)
        CheckIn.objects.create(session=hidden, presenter=hidden.proposal.presenters.get(), by=stage.chair)
        assert pages() == before
    assert "Another cochair can do this" in before[4]
    assert not any("Secret" in page for page in before)


@pytest.mark.slow
def test_door_sheets_follow_the_release_and_say_so_when_there_is_none(stage, client):
    shown = stage.placed("ada@x.example", title="Internal name", public_title="Scaling laws", hour=9)
    stage.placed("bob@x.example", title="Internal too", hour=10, public_text_approved_at=None)
    page = words(client.get(url(stage, "doors")))
    assert "Hall A Sunday 18 July 2027 09:00 to 10:00 Scaling laws Ada Talk" in page
    assert "10:00 to 11:00 Title to be announced Bob" in page
    assert "Not published: this may still change" in page
    assert "Internal" not in page
    Proposal.objects.update(state=ProposalState.CONFIRMED)
    Proposal.objects.exclude(pk=shown.proposal_id).update(
        public_title="Edge serving", public_text_approved_at=stage.at(1)
    )
    releases.publish(by=stage.chair, edition=stage.edition)
    Proposal.objects.update(public_title="Changed since")
    page = words(client.get(url(stage, "doors")))
    assert ("Edge serving" in page, "Program release 1," in page, "Changed since" in page) == (True, True, False)
    for query in ({"room": stage.side[0].pk}, {"day": "2027-07-19"}, {"room": "x", "day": "never"}):
        assert "No sheets" in words(client.get(url(stage, "doors"), query))
