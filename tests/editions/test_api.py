"""What the API tells about editions."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from expo.editions.states import Phase
from tests.factories import DayFactory, EditionFactory, FormatFactory, RoomFactory, TopicFactory, TrackFactory

pytestmark = pytest.mark.django_db


def test_the_list_holds_announced_editions_newest_first(client):
    old, new = EditionFactory(), EditionFactory(phase=Phase.PUBLISHED)
    EditionFactory(phase=Phase.SETUP)
    body = client.get("/api/v1/editions/").json()
    assert {one["slug"] for one in body["results"]} == {old.slug, new.slug}


def test_an_edition_tells_its_formats_tracks_rooms_topics_and_days(client):
    edition = EditionFactory(
        slug="icml-2027", name="ICML 2027 Expo", call_opens_at=None, call_closes_at=None, reviews_due_at=None
    )
    talk, room = FormatFactory(edition=edition), RoomFactory(edition=edition, name="Hall A")
    TrackFactory(edition=edition, slug="talks", name="Talks", formats=[talk], room=room)
    TopicFactory(edition=edition, slug="systems", name="Systems")
    DayFactory(edition=edition)
    assert client.get("/api/v1/editions/icml-2027/").json() == {
        "slug": "icml-2027",
        "name": "ICML 2027 Expo",
        "conference": "ICML",
        "place": "",
        "time_zone": "America/New_York",
        "phase": "call",
        "is_demo": False,
        "call_opens_at": None,
        "call_closes_at": None,
        "reviews_due_at": None,
        "verdicts_at": None,
        "confirm_by_at": None,
        "deadlines_anywhere": False,
        "call_text": "",
        "formats": [{"slug": "talk", "name": "Talk", "minutes": 60}],
        "tracks": [{"slug": "talks", "name": "Talks", "formats": ["talk"], "room": room.pk}],
        "rooms": [{"id": room.pk, "name": "Hall A", "capacity": 100}],
        "topics": [{"slug": "systems", "name": "Systems"}],
        "days": [{"date": "2027-07-18", "opens_at": "09:00:00", "closes_at": "18:00:00"}],
    }


def test_an_edition_in_setup_is_absent(client):
    edition = EditionFactory(phase=Phase.SETUP)
    response = client.get(f"/api/v1/editions/{edition.slug}/")
    assert (response.status_code, response.json()["code"]) == (404, "not-found")
    assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.slow
def test_the_api_asks_a_constant_number_of_queries(client):
    edition = EditionFactory()
    counts = []
    for batch in (2, 18):
        for n in range(batch):
            EditionFactory()
            TrackFactory(edition=edition, formats=[FormatFactory(edition=edition, slug=f"f{batch}-{n}")])
        asked = []
        for url in ("/api/v1/editions/", f"/api/v1/editions/{edition.slug}/"):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            asked.append(len(queries))
        counts.append(asked)
    assert counts[0] == counts[1]
