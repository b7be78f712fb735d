"""The published program over the API."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expo.releases.models import Release
from tests import factories as make
from tests.releases.fixtures import ReleaseFixture, stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def published() -> ReleaseFixture:
    set_up = stage(2)
    set_up.publish(note="First")
    return set_up


def get(name: str, *args: Any, query: str = "", **headers: str) -> Any:
    return Client().get(reverse(f"api:{name}", args=args) + query, headers=headers)


def codes(response: Any) -> list[str]:
    return [session["code"] for session in response.json()["sessions"]]


def test_the_program_says_everything_public(published: ReleaseFixture) -> None:
    edition, proposal = published.edition, published.sessions[0].proposal
    data = get("program", edition.slug).json()
    release = Release.objects.get()
    assert data["edition"] == {
        "slug": edition.slug, "name": edition.name, "conference": "ICML", "place": "Montréal",
        "time_zone": "America/New_York",
    }  # fmt: skip
    assert (data["release"]["number"], data["release"]["note"], data["release"]["changes"]) == (1, "First", [])
    assert data["days"] == [
        {"date": "2027-07-18", "opens": "2027-07-18T09:00:00-04:00", "closes": "2027-07-18T18:00:00-04:00"}
    ]
    assert data["sessions"][0] == {
        "id": proposal.pk,
        "code": proposal.code,
        "guid": str(proposal.guid),
        "status": "confirmed",
        "title": proposal.public_title,
        "format": {"slug": "talk", "name": "Talk"},
        "track": {"slug": "talks", "name": "Talks"},
        "room": {"id": published.sessions[0].room_id, "name": "Hall A", "capacity": 100},
        "starts": "2027-07-18T09:00:00-04:00",
        "ends": "2027-07-18T10:00:00-04:00",
        "presenters": [
            {
                "name": proposal.presenters.get().name,
                "affiliation": "Analytical Engines",
                "biography": "",
                "link": "",
                "picture": None,
            }
        ],
        "sponsor": proposal.sponsor.name,
        "topics": [],
        "text": proposal.public_text,
        "parts": [],
        "links": [],
        "profile": None,
        "sequence": 0,
        "changed_at": release.published_at.astimezone(edition.zone).isoformat(),
        "url": f"http://testserver/e/{edition.slug}/program/{proposal.code}/",
    }
    assert codes(get("program", edition.slug)) == [session.proposal.code for session in published.sessions]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("?track=workshops", [2]),
        ("?format=demo", [2]),
        ("?format=talk", [0, 1]),
        ("?day=2027-07-18", [0, 1, 2]),
        ("?day=2027-07-19", []),
        ("?topic=systems", [1]),
        ("?room=Hall+B", [2]),
        ("?format=talk&topic=systems", [1]),
        ("?format=nonsense", []),
        ("?unknown=1", [0, 1, 2]),
    ],
)
def test_the_program_can_be_filtered(query: str, wanted: list[int]) -> None:
    set_up = stage(2)
    set_up.sessions[1].proposal.topics.add(make.TopicFactory(edition=set_up.edition, slug="systems"))
    demo = set_up.add(format=make.FormatFactory(edition=set_up.edition, slug="demo"))
    demo.room = make.RoomFactory(edition=set_up.edition, name="Hall B")
    demo.track = make.TrackFactory(edition=set_up.edition, slug="workshops")
    demo.save()
    set_up.publish()
    found = codes(get("program", set_up.edition.slug, query=query))
    assert found == [set_up.sessions[index].proposal.code for index in wanted]


def test_rooms_can_be_asked_for_by_id(published: ReleaseFixture) -> None:
    room = published.sessions[0].room_id
    assert len(codes(get("program", published.edition.slug, query=f"?room={room}"))) == 2


def test_a_session_by_its_code_also_when_cancelled(published: ReleaseFixture) -> None:
    gone = published.sessions[1].proposal.code
    published.sessions[1].delete()
    published.publish()
    assert get("session", published.edition.slug, published.sessions[0].proposal.code).json()["status"] == "confirmed"
    assert get("session", published.edition.slug, gone).json()["status"] == "cancelled"
    assert codes(get("program", published.edition.slug)) == [published.sessions[0].proposal.code]


def test_old_releases_stay_as_they_were(published: ReleaseFixture) -> None:
    before = get("release", published.edition.slug, 1).json()
    published.sessions[1].delete()
    published.publish(note="One less")
    assert get("release", published.edition.slug, 1).json() == before
    releases = get("releases", published.edition.slug).json()
    assert [(each["number"], each["note"]) for each in releases["results"]] == [(2, "One less"), (1, "First")]
    assert [change["kind"] for change in releases["results"][0]["changes"]] == ["cancelled"]


@pytest.mark.parametrize("name", ["program", "releases", "release", "session", "feed"])
def test_before_publication_there_is_a_problem_and_no_program(name: str) -> None:
    set_up = stage(1)
    more = {"release": [1], "session": [set_up.sessions[0].proposal.code], "feed": ["schedule.json"]}.get(name, [])
    response = get(name, set_up.edition.slug, *more)
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "not-found"
    absent = get(name, "no-such-edition", *more)
    assert (absent.status_code, absent.json()) == (404, response.json())


@pytest.mark.parametrize("name", ["program", "releases", "release", "session"])
def test_json_answers_carry_validators(published: ReleaseFixture, name: str) -> None:
    more = {"release": [1], "session": [published.sessions[0].proposal.code]}.get(name, [])
    first = get(name, published.edition.slug, *more)
    again = get(name, published.edition.slug, *more, **{"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert first["Access-Control-Allow-Origin"] == "*"


def test_a_wrong_token_does_not_hide_what_is_public(published: ReleaseFixture) -> None:
    assert get("program", published.edition.slug, Authorization="Token nonsense").status_code == 200


@pytest.mark.slow
def test_twenty_sessions_cost_as_many_queries_as_two() -> None:
    costs = []
    for sessions in (2, 20):
        set_up = stage(sessions)
        set_up.publish()
        code = set_up.sessions[0].proposal.code
        doors = {"program": [], "session": [code], "releases": [], "release": [1]}
        for name, more in doors.items():
            with CaptureQueriesContext(connection) as captured:
                get(name, set_up.edition.slug, *more)
            costs.append((name, len(captured)))
    assert costs[:4] == costs[4:]
    assert max(cost for _, cost in costs) <= 3


def test_the_root_leads_on(published: ReleaseFixture) -> None:
    data = get("root").json()
    assert data["program"] == "http://testserver/api/v1/editions/{edition}/program/{?day,track,room,format,topic}"
    for door in (data["schema"], data["docs"], data["feeds"]["schedule.ics"].format(edition=published.edition.slug)):
        assert Client().get(door).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("program/?room=%01&day=%FF&topic=" + "x" * 3000, 200),
        ("program/%01/", 404),
        ("program/" + "A" * 500 + "/", 404),
        ("releases/99999999999999999999/", 404),
        ("releases/0/", 404),
        ("releases/?cursor=nonsense&limit=-1", 404),
        ("releases/?limit=nonsense", 200),
    ],
)
def test_odd_addresses_are_answered_and_never_break(published: ReleaseFixture, path: str, status: int) -> None:
    response = Client().get(f"/api/v1/editions/{published.edition.slug}/{path}")
    assert response.status_code == status
    assert response["Content-Type"] == ("application/json" if status == 200 else "application/problem+json")


def test_nobody_writes_to_the_program(published: ReleaseFixture) -> None:
    for method in ("post", "put", "patch", "delete"):
        response = getattr(Client(), method)(reverse("api:program", args=[published.edition.slug]))
        assert (response.status_code, response.json()["code"]) == (405, "method-not-allowed")
