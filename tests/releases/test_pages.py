"""The program as attendees see it, and the chairs' page of releases."""

import html
import json
import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expo.proposals.states import ProposalState
from expo.releases.models import Release
from expo.releases.render import EXPORTS
from tests import factories as make
from tests.pages import squeezed
from tests.releases.fixtures import NINE, ReleaseFixture, stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def published() -> ReleaseFixture:
    set_up = stage(3)
    set_up.publish(note="Here it is")
    return set_up


def client(user: Any = None) -> Client:
    made = Client()
    if user is not None:
        made.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return made


def page(name: str, *args: Any, user: Any = None, query: str = "") -> str:
    response = client(user).get(reverse(f"releases:{name}", args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


def words(text: str) -> str:
    """What a page says, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split())


def listed(text: str) -> list[tuple[str, str]]:
    """Code and title of each session on a program page, in order."""
    found = re.findall(r'<h3><a href="[^"]*/program/([A-Z0-9]{6})/"[^>]*>(.*?)</a></h3>', text)
    return [(code, html.unescape(title)) for code, title in found]


def json_ld(text: str) -> Any:
    return json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL).group(1))


def test_the_program_page_carries_the_same_facts_as_the_feeds(published: ReleaseFixture) -> None:
    text, slug = page("program", published.edition.slug), published.edition.slug
    data = client().get(reverse("api:program", args=[slug])).json()
    assert listed(text) == [(session["code"], session["title"]) for session in data["sessions"]]
    for session in data["sessions"]:
        starts, ends = datetime.fromisoformat(session["starts"]), datetime.fromisoformat(session["ends"])
        assert f'datetime="{session["starts"]}"' in text
        assert f"{starts:%H:%M}" in text
        assert f"to {ends:%H:%M}" in words(text)
        assert session["room"]["name"] in text
        assert session["sponsor"] in html.unescape(text)
        assert session["presenters"][0]["name"] in text
    events = json_ld(text)["subEvent"]
    assert [(e["name"], e["startDate"], e["endDate"], e["location"]["name"]) for e in events] == [
        (s["title"], s["starts"], s["ends"], s["room"]["name"]) for s in data["sessions"]
    ]


def test_the_program_page_names_its_release_and_leads_to_the_feeds(published: ReleaseFixture) -> None:
    published.sessions[2].delete()
    published.publish(note="One less")
    text = page("program", published.edition.slug)
    assert "Release 2" in text
    assert "One less" in text
    assert f"“{published.sessions[2].proposal.public_title}” is cancelled." in html.unescape(text)
    for name in ("schedule.ics", "schedule.json", "schedule.xml", "schedule.csv"):
        assert f'href="{reverse("releases:artefact", args=[published.edition.slug, name])}"' in text


@pytest.mark.slow
def test_before_the_first_release_there_is_no_program_for_anybody() -> None:
    set_up = stage(1)
    code = set_up.sessions[0].proposal.code
    for user in (None, make.UserFactory(), set_up.chair):
        for name, more in {"program": [], "session": [code], "calendar": [code], "detail": [1]}.items():
            url = reverse(f"releases:{name}", args=[set_up.edition.slug, *more])
            assert client(user).get(url).status_code == 404


def test_filters_live_in_the_address() -> None:
    set_up = stage(2)
    set_up.sessions[1].proposal.topics.add(make.TopicFactory(edition=set_up.edition, slug="systems", name="Systems"))
    set_up.publish()
    slug, wanted = set_up.edition.slug, set_up.sessions[1].proposal
    assert listed(page("program", slug, query="?topic=systems")) == [(wanted.code, wanted.public_title)]
    nothing = page("program", slug, query="?topic=nonsense")
    assert listed(nothing) == []
    assert "No session matches" in nothing


def test_what_runs_now_is_marked_without_script(published: ReleaseFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "On now" not in page("program", published.edition.slug)
    monkeypatch.setattr("expo.kit.clock.now", lambda: NINE + timedelta(minutes=70))
    text = page("program", published.edition.slug)
    running = text[text.index('id="now"') :].split("</li>")[0]
    assert published.sessions[1].proposal.code in running
    assert "On now" in running
    assert text.count('id="now"') == 1


def test_the_viewers_clock_stands_beside_the_editions(published: ReleaseFixture) -> None:
    berlin = make.UserFactory(time_zone="Europe/Berlin")
    assert "(15:00 your time)" in page("program", published.edition.slug, user=berlin)
    assert "your time" not in page("program", published.edition.slug)


@pytest.fixture
def in_two_rooms() -> ReleaseFixture:
    """Talks at 9, 10 and, after an hour without any session, at 14:00; a workshop beside them from 9 to 13:00."""
    set_up = stage(3)
    last = set_up.sessions[2]
    last.move_to(last.room_id, NINE + timedelta(hours=5), 60, 0)
    last.save()
    workshop = set_up.add(format=make.FormatFactory(edition=set_up.edition, slug="workshop", minutes=240))
    workshop.move_to(make.RoomFactory(edition=set_up.edition, name="Hall B").pk, NINE, 240, 0)
    workshop.save()
    set_up.publish()
    return set_up


def test_rooms_become_columns_and_a_long_session_spans_its_hours(in_two_rooms: ReleaseFixture) -> None:
    text = page("program", in_two_rooms.edition.slug)
    head = text[text.index("<thead>") : text.index("</thead>")]
    assert re.findall(r"<bdi>(Hall [AB])</bdi>", head) == ["Hall A", "Hall B"]
    workshop = in_two_rooms.sessions[3].proposal
    cell = re.search(rf'<td[^>]*data-code="{workshop.code}"', text).group()
    assert 'rowspan="3"' in cell  # rows begin at 9, 10 and, where the second talk ends, at 11
    assert "Workshop · Hall B · to 13:00" in words(text)
    assert len(listed(text)) == 4


def test_a_time_without_any_session_is_said_in_the_whole_program_only(in_two_rooms: ReleaseFixture) -> None:
    slug = in_two_rooms.edition.slug
    assert "13:00 No session until 14:00" in words(page("program", slug))
    assert "No session until" not in page("program", slug, query="?q=the")


def test_the_program_can_be_searched(published: ReleaseFixture) -> None:
    wanted = published.sessions[1].proposal
    type(wanted).objects.filter(pk=wanted.pk).update(public_title="On Quokkas")
    published.publish()
    assert listed(page("program", published.edition.slug, query="?q=quokka")) == [(wanted.code, "On Quokkas")]
    assert "No session matches" in page("program", published.edition.slug, query="?q=wombat")


def test_the_legend_counts_each_format_and_leads_to_it(in_two_rooms: ReleaseFixture) -> None:
    slug = in_two_rooms.edition.slug
    legend = re.search(r'<ul class="legend".*?</ul>', page("program", slug), re.DOTALL).group()
    assert re.findall(r'href="([^"]+)"', legend)[-1] == "?format=workshop"
    assert "Workshop 1" in words(legend)
    assert len(listed(page("program", slug, query="?format=workshop"))) == 1


def test_a_plan_is_a_calendar_of_the_sessions_named(published: ReleaseFixture) -> None:
    url = reverse("releases:plan", args=[published.edition.slug])
    one, two, _ = (session.proposal for session in published.sessions)
    response = client().get(url, {"sessions": f"{two.code},NOSUCH,{one.code},{two.code}"})
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.content.count(b"BEGIN:VEVENT") == 2
    assert f"UID:{one.guid}".encode() in response.content
    for nothing in ("", "NOSUCH"):
        assert client().get(url, {"sessions": nothing}).status_code == 404
    whole = reverse("releases:artefact", args=[published.edition.slug, "schedule.ics"])
    assert client().get(url)["Location"] == whole


def test_a_session_page_shows_the_public_text_as_safe_markdown() -> None:
    set_up = stage(0)
    text = "**Bold** <script>alert(1)</script> [x](javascript:alert(1))"
    session = set_up.add(public_text=text, public_title="</title><script>x</script>")
    set_up.publish()
    shown = page("session", set_up.edition.slug, session.proposal.code)
    assert "<strong>Bold</strong>" in shown
    assert "<script>alert" not in shown
    assert "<script>x" not in shown
    assert "javascript:" not in shown.split('class="prose"')[1].split("</div>")[0].replace("(javascript:alert(1))", "")
    assert json_ld(shown)["name"] == "</title><script>x</script>"


def test_a_cancelled_session_keeps_its_page_and_says_so(published: ReleaseFixture) -> None:
    gone = published.sessions[0]
    gone.delete()
    published.publish()
    text = page("session", published.edition.slug, gone.proposal.code)
    assert "This session is cancelled" in text
    assert json_ld(text)["eventStatus"] == "https://schema.org/EventCancelled"


def test_no_page_shows_anything_but_public_words() -> None:
    set_up = stage(0)
    secrets = {name: f"CANARY-{name}" for name in ("abstract", "takeaways", "needs", "feedback", "title")}
    session = set_up.add(**secrets, public_title="Public title", public_text="Public text")
    make.PresenterFactory(proposal=session.proposal, email="canary@stage.example", confirmed=True)
    set_up.publish()
    slug, code = set_up.edition.slug, session.proposal.code
    pages = [
        reverse("releases:program", args=[slug]),
        reverse("releases:session", args=[slug, code]),
        reverse("releases:calendar", args=[slug, code]),
        reverse("releases:detail", args=[slug, 1]),
        reverse("api:program", args=[slug]),
        reverse("api:session", args=[slug, code]),
        reverse("api:releases", args=[slug]),
        reverse("api:release", args=[slug, 1]),
        *(reverse("api:feed", args=[slug, export.name]) for export in EXPORTS),
    ]
    for url in pages:
        body = client().get(url).content.decode().lower()
        assert "canary" not in body, url
        assert ("public t" in body) == (url != reverse("api:releases", args=[slug])), url


def test_a_release_marks_what_it_changed() -> None:
    set_up = stage(3)
    set_up.publish()
    set_up.sessions[2].delete()
    moved, renamed = set_up.sessions[0], set_up.sessions[1].proposal
    moved.move_to(moved.room_id, NINE + timedelta(hours=6), 60, 0)
    moved.save()
    type(renamed).objects.filter(pk=renamed.pk).update(public_title="Another title")
    new = set_up.add().proposal
    set_up.publish()
    text = page("detail", set_up.edition.slug, 2)
    cells = {code: words(cell) for code, cell in re.findall(r'data-code="(\w+)"(.*?)<h3>', text, re.DOTALL)}
    marks = {code: re.findall(r"\b(New|Moved|Changed)\b", cell) for code, cell in cells.items()}
    assert marks == {moved.proposal.code: ["Moved"], renamed.code: ["Changed"], new.code: ["New"]}
    assert "1 new 1 moved 1 changed 1 cancelled" in words(text)
    listing = words(page("list", set_up.edition.slug, user=set_up.chair))
    assert "1 new 1 moved 1 changed 1 cancelled" in listing


def test_an_old_release_says_that_there_is_a_newer_one(published: ReleaseFixture) -> None:
    published.add()
    published.publish()
    assert "There is a newer release" in page("detail", published.edition.slug, 1)
    assert "There is a newer release" not in page("detail", published.edition.slug, 2)
    assert len(listed(page("detail", published.edition.slug, 1))) == 3


@pytest.mark.slow
@pytest.mark.parametrize("signed_in", [False, True])
def test_twenty_sessions_cost_as_many_queries_as_two(signed_in: bool) -> None:
    costs = []
    for sessions in (2, 20):
        set_up = stage(sessions)
        set_up.publish()
        code = set_up.sessions[0].proposal.code
        doors = {"program": [], "session": [code], "calendar": [code], "detail": [1]} | (
            {"list": []} if signed_in else {}
        )
        browser = client(set_up.chair if signed_in else None)
        for name, more in doors.items():
            with CaptureQueriesContext(connection) as captured:
                browser.get(reverse(f"releases:{name}", args=[set_up.edition.slug, *more]))
            costs.append((name, len(captured)))
    assert costs[: len(costs) // 2] == costs[len(costs) // 2 :]


# --- The chairs' page ---------------------------------------------------------------------------------


def publish(set_up: ReleaseFixture, **data: Any) -> Any:
    return client(set_up.chair).post(reverse("releases:publish", args=[set_up.edition.slug]), data)


def test_a_chair_publishes_by_form() -> None:
    set_up = stage(1)
    response = publish(set_up, note="First")
    assert response.status_code == 302
    assert response["Location"] == reverse("releases:list", args=[set_up.edition.slug])
    assert Release.objects.get().note == "First"


@pytest.mark.slow
def test_a_refusal_keeps_what_was_typed_and_offers_to_go_without() -> None:
    set_up = stage(2)
    late = set_up.sessions[1].proposal
    type(late).objects.filter(pk=late.pk).update(state=ProposalState.ACCEPTED)
    refused = publish(set_up, note="My note")
    text = refused.content.decode()
    assert refused.status_code == 422
    assert "My note" in text
    assert f"One session is not ready: {late.code} (not confirmed by its sponsor)." in text
    assert re.search(rf'name="leave_out"\s+value="{late.pk}"', text)
    placed = reverse("program:session", args=[set_up.edition.slug, set_up.sessions[1].pk])
    assert placed in text
    assert client(set_up.chair).get(placed).status_code == 200
    assert publish(set_up, note="My note", leave_out=[late.pk]).status_code == 302
    assert [each["code"] for each in Release.objects.get().snapshot["sessions"]] == [set_up.sessions[0].proposal.code]


@pytest.mark.parametrize(
    "data", [{"note": "x" * 300}, {"leave_out": "nonsense"}, {"leave_out": "999999"}, {"note": "a\x00b"}]
)
def test_bad_input_gets_a_sentence_and_no_release(data: dict[str, str]) -> None:
    set_up = stage(2)
    type(set_up.sessions[1].proposal).objects.filter(pk=set_up.sessions[1].proposal.pk).update(
        state=ProposalState.ACCEPTED
    )
    response = publish(set_up, **data)
    assert response.status_code == 422
    assert "Nothing you typed is lost" in response.content.decode()
    assert not Release.objects.exists()


def test_a_foreign_proposals_id_is_not_a_choice() -> None:
    set_up, foreign = stage(2), stage(1)
    type(set_up.sessions[1].proposal).objects.filter(pk=set_up.sessions[1].proposal.pk).update(
        state=ProposalState.ACCEPTED
    )
    assert publish(set_up, leave_out=[foreign.sessions[0].proposal.pk]).status_code == 422


def test_publishing_the_same_twice_says_that_nothing_changed(published: ReleaseFixture) -> None:
    response = publish(published, note="Again")
    assert response.status_code == 422
    assert "Nothing has changed since the last release" in response.content.decode()


def test_outside_its_phase_the_page_says_when() -> None:
    set_up = stage(1, phase="decide")
    text = page("list", set_up.edition.slug, user=set_up.chair)
    assert "A program can be published while the edition is being scheduled" in squeezed(text)
    assert "Publish release" not in text


@pytest.mark.parametrize("who", ["anonymous", "stranger", "reviewer", "team", "foreign chair"])
def test_others_neither_see_the_chairs_page_nor_publish(who: str) -> None:
    set_up = stage(1)
    user = {
        "anonymous": lambda: None,
        "stranger": make.UserFactory,
        "reviewer": lambda: make.RoleFactory(edition=set_up.edition).user,
        "team": lambda: make.TeamMemberFactory(sponsor=set_up.sessions[0].proposal.sponsor).user,
        "foreign chair": lambda: stage(0).chair,
    }[who]()
    turned_away = 302 if user is None else 404
    assert client(user).get(reverse("releases:list", args=[set_up.edition.slug])).status_code == turned_away
    assert client(user).post(reverse("releases:publish", args=[set_up.edition.slug])).status_code == turned_away
    assert not Release.objects.exists()


def test_times_on_the_page_follow_the_editions_zone() -> None:
    set_up = stage(1, time_zone="Asia/Seoul")
    set_up.publish()
    starts = NINE.astimezone(ZoneInfo("Asia/Seoul"))
    text = page("program", set_up.edition.slug)
    assert f"{starts:%H:%M}</time>" in text
    assert "to 23:00" in words(text)


def test_a_release_keeps_the_zone_it_was_published_in(published: ReleaseFixture) -> None:
    edition, code = published.edition, published.sessions[0].proposal.code
    edition.time_zone = "Europe/Berlin"
    edition.save()
    pages = {
        "program": page("program", edition.slug),
        "detail": page("detail", edition.slug, 1),
        "session": page("session", edition.slug, code),
        "doors": client(published.chair).get(reverse("onsite:doors", args=[edition.slug])).content.decode(),
    }
    for name, text in pages.items():
        times = re.findall(r'<time\s[^>]*?datetime="2027-07-18T([0-9:+-]+)"', text)
        assert [time for time in times if not time.endswith("-04:00")] == [], name
        assert "09:00:00-04:00" in times, name
        assert ">15:00" not in text, name
