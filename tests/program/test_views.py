"""The timetable's pages: what they show, what they send, and what a wall leaves of them."""

import re
from datetime import time, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from expo.editions.models import Day
from expo.kit import clock
from expo.kit.runs import RunState
from expo.program.models import Link, Run, Session
from expo.program.services import execution, links, runs, sessions
from tests.factories import (
    EXPO_DAY,
    ConflictFactory,
    FormatFactory,
    PresenterFactory,
    SponsorFactory,
    TopicFactory,
    UserFactory,
)
from tests.pages import squeezed

from .conftest import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(stage, client):
    """The chair's browser."""
    client.force_login(stage.chair)
    return client


def address(stage, name, *args):
    return reverse(f"program:{name}", args=[stage.edition.slug, *args])


def text(response):
    """The words of the page's body in one line."""
    body = response.content.decode().partition('<main id="main"')[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def stripped(response):
    """The page without what differs from request to request."""
    return re.sub(rb'(csrfmiddlewaretoken" value="|data-csrf="|nonce=")[^"]+', b"", response.content)


def test_the_timetable_shows_sessions_breaks_and_what_is_unscheduled(stage, desk):
    stage.placed("ada@x.example", title="Scaling laws", hour=10)
    stage.accepted("bob@x.example", title="Waiting")
    stage.add_break(12, 13)
    page = desk.get(address(stage, "timetable"))
    shown = text(page)
    assert page.status_code == 200
    for words in (
        "Scaling laws",
        "Ada",
        "Sunday 18 July 2027",
        "Hall A",
        "Talks · 300 seats",
        "Lunch",
        "Waiting",
        "Bob",
    ):
        assert words in shown
    assert 'rowspan="2" class="kind-talk"' in squeezed(page)


def test_the_strip_adds_up_the_warnings_of_the_cards_and_leads_to_them(stage, desk):
    topic = TopicFactory(edition=stage.edition)
    one = stage.placed(title="One", hour=9, expected_audience=330)
    two = stage.placed(title="Two", hour=9, room=stage.side[0], format=stage.workshop, expected_audience=90)
    hidden = stage.placed(title="Secret", hour=9, room=stage.side[1], format=stage.workshop, expected_audience=500)
    for session in (one, two, hidden):
        session.proposal.topics.add(topic)
    ConflictFactory(user=stage.chair, sponsor=hidden.proposal.sponsor)
    page = desk.get(address(stage, "timetable"))
    for words in ("1 topic overlap ", "40 people without a seat", "0 sponsor clashes"):
        assert words in text(page)
    assert f'<a href="#s-{one.pk}" data-marks="overflow">' in squeezed(page)
    assert page.content.decode().count('data-notes="topic-parallel overflow"') == 2
    assert "overlaps 1 session on the same topic · 330 people, 300 seats" in text(page)


def test_a_link_that_is_not_kept_is_one_though_two_cards_say_so(stage, desk):
    one, two, three = (stage.placed(title=title, hour=hour) for title, hour in (("One", 9), ("Two", 11), ("Three", 13)))
    for earlier, later in ((three, two), (two, one)):
        link = {"kind": "before", "one": earlier.proposal, "other": later.proposal, "is_rule": False}
        links.add(by=stage.chair, edition=stage.edition, **link)
    page = desk.get(address(stage, "timetable"))
    assert "2 preferred links are not kept" in text(page)
    links.remove(by=stage.chair, link=Link.objects.get(one=two.proposal))
    assert "1 preferred link is not kept" in text(desk.get(address(stage, "timetable")))
    assert squeezed(page).count('data-notes="link"') == 3


def test_one_presenter_who_may_be_in_two_places_is_counted_once(stage, desk):
    one = stage.placed(title="One", hour=9)
    two = stage.placed(title="Two", hour=9, room=stage.side[0], format=stage.workshop)
    for session in (one, two):
        PresenterFactory(proposal=session.proposal, name="Ada Twin", email="")
    assert "1 presenter may be in two places" in text(desk.get(address(stage, "timetable")))


def test_a_format_is_counted_and_lets_the_others_step_back(stage, desk):
    stage.placed(title="One", hour=9)
    stage.placed(title="Two", hour=9, room=stage.side[0], format=stage.workshop)
    whole, talks, unknown = (
        desk.get(address(stage, "timetable") + query) for query in ("", "?format=talk", "?format=x")
    )
    assert [page.content.decode().count("is-quiet") for page in (whole, talks, unknown)] == [0, 1, 0]
    assert "Talk 1 Workshop 1" in text(whole)
    assert 'data-format="talk" aria-current="true"' in squeezed(talks)


@pytest.mark.parametrize(("hour", "shown"), [(8, 0), (10, 1)])
def test_the_present_row_is_marked_on_the_day_itself(stage, desk, hour, shown):
    stage.placed(title="One", hour=9)
    with clock.at(stage.at(hour, 10)):
        page = squeezed(desk.get(address(stage, "timetable")))
    assert page.count('class="hour now"') == shown


def test_an_edition_without_days_says_the_next_step(stage, desk):
    stage.edition.days.all().delete()
    assert "No days or rooms yet" in text(desk.get(address(stage, "timetable")))


def test_a_session_of_any_length_or_outside_the_hours_is_still_shown(stage, desk):
    stage.talk.minutes = 45
    stage.talk.save()
    stage.placed(title="Odd", hour=10)
    stage.edition.days.update(opens_at="11:00")
    shown = text(desk.get(address(stage, "timetable")))
    assert "Odd" in shown
    assert "10:45" in shown


def test_the_hours_are_those_of_the_editions_clock(client):
    stage = build(time_zone="Asia/Kolkata")
    stage.placed(hour=9)
    client.force_login(stage.chair)
    page = squeezed(client.get(address(stage, "timetable")))
    marked = re.findall(r'<tr( class="hour")?(?: data-[^>]*)?><th class="clock" scope="row"><time [^>]*>([^<]+)', page)
    assert [(bool(hour), clock) for hour, clock in marked[:3]] == [(True, "09:00"), (False, "09:30"), (True, "10:00")]


@pytest.mark.slow
def test_a_run_is_started_watched_previewed_and_adopted(stage, desk):
    stage.accepted("ada@x.example", title="Scaling laws")
    started = desk.post(address(stage, "start"))
    run = Run.objects.get()
    assert started.url == address(stage, "run", run.pk)
    assert "Waiting for a worker" in text(desk.get(started.url))
    assert f'hx-get="{started.url}"' in desk.get(started.url).content.decode()
    execution.execute(run.pk)
    assert desk.get(started.url, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    shown = text(desk.get(started.url))
    for words in ("1 new, 0 moved, 0 unscheduled", "Scaling laws", "proved best", "· new"):
        assert words in shown
    adopted = desk.post(address(stage, "adopt", run.pk), follow=True)
    assert "Adopted: this is now the timetable" in text(adopted)
    assert stage.program() == [("Scaling laws", "Hall A", "18 09:00")]


def test_a_run_that_cannot_start_says_why_on_the_timetable(stage, desk):
    page = desk.post(address(stage, "start"))
    assert page.status_code == 409
    assert "No session is accepted yet" in text(page)


@pytest.mark.slow
def test_a_run_is_discarded_and_adopting_it_then_is_refused(stage, desk):
    stage.accepted()
    run = stage.run()
    assert "The run is discarded" in text(desk.post(address(stage, "discard", run.pk), follow=True))
    page = desk.post(address(stage, "adopt", run.pk))
    assert page.status_code == 409
    assert "This run is discarded and cannot become adopted" in text(page)


@pytest.mark.slow
def test_the_preview_shows_what_would_move_and_what_would_go(stage, desk):
    stage.placed(title="Moves", hour=16)
    gone = stage.placed("ada@x.example", title="Goes", hour=11)
    stage.away(gone.proposal, 9, 18)
    shown = text(desk.get(address(stage, "run", stage.run().pk)))
    assert "0 new, 0 moved, 1 unscheduled" in shown
    assert "scheduled now" in shown


@pytest.mark.slow
def test_a_session_is_moved_pinned_and_taken_out_by_form(stage, desk):
    session = stage.placed("ada@x.example", title="Scaling laws", hour=10)
    here = address(stage, "session", session.pk)
    assert "Why here" in text(desk.get(here))
    at = f"{stage.at(15):%Y-%m-%dT%H:%MZ}"
    assert desk.post(here, {"room": stage.hall.pk, "starts_at": at, "version": 1}).status_code == 302
    assert stage.program() == [("Scaling laws", "Hall A", "18 15:00")]
    assert desk.post(address(stage, "pin", session.pk), {"pinned": "on", "version": 2}).url == here
    assert "Every run of the scheduler leaves it where it is" in text(desk.get(here))
    assert desk.post(address(stage, "unplace", session.pk), {"version": 3}).url == address(stage, "timetable")
    assert not Session.objects.exists()


@pytest.mark.slow
def test_a_refused_move_keeps_what_was_chosen_and_says_why(stage, desk):
    stage.placed(title="In the way", hour=15)
    session = stage.placed(hour=10)
    at = f"{stage.at(15):%Y-%m-%dT%H:%MZ}"
    page = desk.post(address(stage, "session", session.pk), {"room": stage.hall.pk, "starts_at": at, "version": 1})
    assert page.status_code == 422
    assert "Hall A is taken then by “In the way”" in text(page)
    assert f'<option value="{at}" selected>' in page.content.decode()


@pytest.mark.slow
def test_a_stale_move_is_refused_once_and_can_be_sent_again(stage, desk):
    session = stage.placed(hour=10)
    sessions.pin(by=stage.chair, session=session, pinned=True, version=1)
    at, here = f"{stage.at(15):%Y-%m-%dT%H:%MZ}", address(stage, "session", session.pk)
    page = desk.post(here, {"room": stage.hall.pk, "starts_at": at, "version": 1})
    assert "Somebody changed this session after you opened it" in text(page)
    assert 'name="version" value="2"' in page.content.decode()
    assert desk.post(here, {"room": stage.hall.pk, "starts_at": at, "version": 2}).status_code == 302


@pytest.mark.slow
@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"room": "x", "starts_at": "y", "version": "z"},
        {"room": "9" * 40, "starts_at": "2027-07-18T13:00Z'", "version": "9" * 40},
        {"room": "\x00", "starts_at": "\x00", "version": "\x00"},
    ],
)
def test_nonsense_gets_a_sentence(stage, desk, sent):
    session, waiting = stage.placed(), stage.accepted()
    for name, key in (("session", session.pk), ("place", waiting.code), ("pin", session.pk), ("unplace", session.pk)):
        page = desk.post(address(stage, name, key), sent)
        assert page.status_code == 422, name
        assert 'class="notice danger"' in page.content.decode(), name
    assert Session.objects.get().version == 1


def test_an_unscheduled_session_is_scheduled_by_form_once(stage, desk):
    waiting = stage.accepted(title="Waiting")
    here, at = address(stage, "place", waiting.code), f"{stage.at(15):%Y-%m-%dT%H:%MZ}"
    assert "Waiting" in text(desk.get(here))
    assert desk.post(here, {"room": stage.hall.pk, "starts_at": at}).url == address(stage, "timetable")
    assert desk.get(here).url == address(stage, "session", Session.objects.get().pk)
    again = desk.post(here, {"room": stage.hall.pk, "starts_at": at})
    assert "This session is scheduled already" in text(again)


def test_the_forms_offer_starts_that_fit_in_the_editions_zone(stage, desk):
    waiting = stage.accepted(format=stage.workshop)
    page = desk.get(address(stage, "place", waiting.code)).content.decode()
    offered = re.findall(r'<option value="([^"]+Z)">([^<]+)</option>', page)
    assert offered[0] == ("2027-07-18T13:00Z", "09:00 to 13:00")
    assert offered[-1] == ("2027-07-18T18:00Z", "14:00 to 18:00")
    assert len(offered) == 11


@pytest.mark.slow
def test_absent_forbidden_and_foreign_look_the_same(stage, desk):
    session, waiting, other = stage.placed(), stage.accepted(), build()
    run, stranger = stage.run(), Client()
    stranger.force_login(UserFactory())
    pages = [("timetable",), ("run", run.pk), ("session", session.pk), ("place", waiting.code)]
    assert [desk.get(address(stage, *page)).status_code for page in pages] == [200] * 4
    assert [stranger.get(address(stage, *page)).status_code for page in pages] == [404] * 4
    assert [desk.get(address(other, *page)).status_code for page in pages] == [404] * 4
    assert desk.get(address(stage, "place", stage.accepted(state="waitlisted").code)).status_code == 404
    assert Client().get(address(stage, "timetable")).status_code == 302


@pytest.mark.slow
def test_a_chair_with_a_conflict_sees_a_taken_place_and_nothing_else(stage, desk):
    hidden = stage.placed("ada@x.example", title="Secret", hour=10)
    waiting = stage.accepted(title="Also secret", sponsor=hidden.proposal.sponsor)
    run = stage.run()
    ConflictFactory(user=stage.chair, sponsor=hidden.proposal.sponsor)
    board, preview = desk.get(address(stage, "timetable")), desk.get(address(stage, "run", run.pk))
    for page in (board, preview):
        assert "hidden: conflict" in text(page)
        for word in ("secret", "Secret", "Ada", hidden.proposal.sponsor.name, hidden.proposal.code, waiting.code):
            assert word not in page.content.decode()
    assert "they are not shown to you" in text(preview)
    assert desk.get(address(stage, "session", hidden.pk)).status_code == 404
    assert desk.get(address(stage, "place", waiting.code)).status_code == 404
    assert desk.post(address(stage, "unplace", hidden.pk), {"version": 1}).status_code == 404


@pytest.mark.slow
def test_changing_what_is_hidden_changes_nothing_a_chair_with_a_conflict_sees(stage, desk):
    hidden = stage.placed("ada@x.example", hour=10)
    sponsor = hidden.proposal.sponsor
    mine = stage.placed(title="Mine", hour=12)
    ConflictFactory(user=stage.chair, sponsor=sponsor)
    run = stage.run()
    pages = [("timetable",), ("run", run.pk), ("session", mine.pk)]

    def seen():
        return [stripped(desk.get(address(stage, *page))) for page in pages]

    before = seen()
    hidden.proposal.presenters.update(name="Eve", email="eve@x.example")
    type(hidden.proposal).objects.filter(pk=hidden.proposal_id).update(
        title="Other", merit=1.5, expected_audience=900, feedback="No", state="confirmed"
    )
    Session.objects.filter(pk=hidden.pk).update(is_pinned=True, version=7, why=["Other"])
    stage.accepted("zoe@x.example", sponsor=sponsor, title="Another")
    Run.objects.update(objective=9, bound=9, solver_status="other", reasons=["other"])
    assert seen() == before


@pytest.mark.slow
def test_pages_cost_the_same_queries_at_two_and_twenty_sessions(stage, desk, django_assert_max_num_queries):
    stage.accepted("p@x.example")
    counts = {}
    for size in (2, 20):
        grow(stage, size)
        run = stage.run()
        session = Session.objects.filter(edition=stage.edition).first()
        for page in (("timetable",), ("run", run.pk), ("drafts",), ("session", session.pk)):
            with django_assert_max_num_queries(60) as seen:
                assert desk.get(address(stage, *page)).status_code == 200
            counts.setdefault(page[0], []).append(len(seen))
        runs.discard(by=stage.chair, run=run)
    assert {name: few == many for name, (few, many) in counts.items()} == dict.fromkeys(counts, True), counts


def grow(stage, size):
    """As many sessions on stage, over three days, and as many that no track takes, each of a sponsor of its own."""
    poster = FormatFactory(edition=stage.edition, slug="poster")
    for number in range(stage.edition.sessions.count(), size):
        day = timedelta(days=number // 8)
        Day.objects.get_or_create(
            edition=stage.edition, date=EXPO_DAY + day, defaults={"opens_at": time(9), "closes_at": time(18)}
        )
        proposal = stage.accepted(f"q{number}@x.example", sponsor=SponsorFactory(edition=stage.edition))
        at = stage.at(9 + number % 8) + day
        sessions.place(by=stage.chair, proposal=proposal, room=stage.hall, starts_at=at)
        stage.accepted(f"w{number}@x.example", format=poster)


def test_the_grid_is_rendered_from_runs_that_were_adopted_too(stage, desk):
    stage.accepted()
    run = stage.run()
    runs.adopt(by=stage.chair, run=run)
    page = desk.get(address(stage, "run", run.pk))
    assert Run.objects.get().state == RunState.ADOPTED
    assert "Back to the timetable" in text(page)
