"""Feeds as calendars and apps ask for them: bytes as rendered, validators, 304, open to other sites."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.http import http_date, parse_http_date

from expo.releases.models import Artefact, Release
from expo.releases.render import EXPORTS
from tests.releases.fixtures import ReleaseFixture, stage

pytestmark = pytest.mark.django_db
NAMES = [export.name for export in EXPORTS]
DOORS = ("releases:artefact", "api:feed")


@pytest.fixture
def published() -> ReleaseFixture:
    set_up = stage(2)
    set_up.publish()
    return set_up


def address(set_up: ReleaseFixture, name: str = "schedule.ics", door: str = "releases:artefact") -> str:
    return reverse(door, args=[set_up.edition.slug, name])


def get(url: str, **headers: str) -> Any:
    return Client().get(url, headers=headers)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)
def test_a_feed_is_the_stored_bytes(published: ReleaseFixture, door: str, export: Any) -> None:
    stored = Artefact.objects.get(name=export.name)
    response = get(address(published, export.name, door), Accept="text/calendar, */*;q=0.1")
    assert (response.status_code, response.content) == (200, bytes(stored.body))
    assert response["Content-Type"] == export.content_type
    assert response["ETag"] == stored.etag
    assert parse_http_date(response["Last-Modified"]) == int(Release.objects.get().published_at.timestamp())
    assert response["Cache-Control"] == "public, max-age=60"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("condition", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
def test_who_has_it_already_gets_304(published: ReleaseFixture, door: str, condition: str) -> None:
    tag = Artefact.objects.get(name="schedule.ics").etag
    headers = {"If-None-Match": condition.format(tag=tag)}
    response = get(address(published, door=door), **headers)
    assert (response.status_code, response.content, response["ETag"]) == (304, b"", tag)
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("seconds", "status"), [(0, 304), (5, 304), (-5, 200)])
def test_if_modified_since_counts_seconds(published: ReleaseFixture, door: str, seconds: int, status: int) -> None:
    since = http_date(Release.objects.get().published_at.timestamp() + seconds)
    assert get(address(published, door=door), **{"If-Modified-Since": since}).status_code == status


@pytest.mark.parametrize("door", DOORS)
def test_another_tag_wins_over_the_date(published: ReleaseFixture, door: str) -> None:
    later = http_date(Release.objects.get().published_at.timestamp() + 99)
    headers = {"If-None-Match": '"other"', "If-Modified-Since": later}
    assert get(address(published, door=door), **headers).status_code == 200


@pytest.mark.parametrize("door", DOORS)
def test_head_has_the_headers_of_get_and_no_body(published: ReleaseFixture, door: str) -> None:
    url = address(published, door=door)
    head, whole = Client().head(url), get(url)
    assert (head.status_code, head.content) == (200, b"")
    names = ("ETag", "Last-Modified", "Content-Type", "Content-Length")
    assert [head.headers.get(name) for name in names] == [whole.headers.get(name) for name in names]


@pytest.mark.parametrize("door", DOORS)
def test_a_browser_may_ask_first_from_another_site(published: ReleaseFixture, door: str) -> None:
    response = Client().options(address(published, door=door))
    assert response.status_code == 204
    assert response["Access-Control-Allow-Headers"] == "If-None-Match, If-Modified-Since"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_nobody_writes_to_a_feed(published: ReleaseFixture, door: str, method: str) -> None:
    assert getattr(Client(), method)(address(published, door=door)).status_code == 405


@pytest.mark.slow
@pytest.mark.parametrize("door", DOORS)
def test_a_feed_costs_few_queries_whatever_its_size(door: str) -> None:
    for sessions in (2, 20):
        set_up = stage(sessions)
        set_up.publish()
        with CaptureQueriesContext(connection) as captured:
            get(address(set_up, door=door))
        assert len(captured) <= 3


@pytest.mark.parametrize("door", DOORS)
def test_the_newest_release_is_served(published: ReleaseFixture, door: str) -> None:
    old = get(address(published, door=door))
    published.add()
    published.publish()
    new = get(address(published, door=door), **{"If-None-Match": old["ETag"]})
    assert new.status_code == 200
    assert new.content == bytes(Artefact.objects.get(release__number=2, name="schedule.ics").body)


@pytest.mark.parametrize("name", ["schedule.pdf", "x.ics"])
@pytest.mark.parametrize("door", DOORS)
def test_unknown_files_and_other_editions_are_absent(published: ReleaseFixture, door: str, name: str) -> None:
    other = stage(1)
    assert get(address(published, name, door)).status_code == 404
    assert get(address(other, door=door)).status_code == 404


def test_the_feed_of_one_session(published: ReleaseFixture) -> None:
    proposal = published.sessions[0].proposal
    url = reverse("releases:calendar", args=[published.edition.slug, proposal.code])
    response = get(url)
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.content.count(b"BEGIN:VEVENT") == 1
    assert f"UID:{proposal.guid}".encode() in response.content
    assert get(url, **{"If-None-Match": response["ETag"]}).status_code == 304
