"""The public pages from a cache: for whom, how long, and nothing stale; a 304 renders nothing."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.template.base import Template
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expo.editions.models import Edition
from expo.editions.states import Phase
from expo.kit import clock
from tests import factories as make
from tests.releases.fixtures import NINE, ReleaseFixture, stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def published() -> ReleaseFixture:
    set_up = stage(2)
    set_up.publish()
    return set_up


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def addresses(set_up: ReleaseFixture) -> list[str]:
    slug, code = set_up.edition.slug, set_up.sessions[0].proposal.code
    return [reverse("releases:program", args=[slug]), reverse("releases:session", args=[slug, code])]


def get(url: str, **headers: str) -> Any:
    return Client().get(url, headers=headers)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_anybodys_page_may_be_kept_for_a_minute(published: ReleaseFixture) -> None:
    for url in addresses(published):
        for response in (get(url), get(url)):
            assert response.status_code == 200
            assert response["Cache-Control"] == "public, max-age=60"
            assert "Cookie" in response["Vary"]
            assert response["ETag"]
            assert not response.cookies
            assert b"csrfmiddlewaretoken" not in response.content


def test_the_kept_page_is_the_page(published: ReleaseFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    for url in addresses(published):
        first = get(url)
        with monkeypatch.context() as patched:
            patched.setattr(Template, "render", None)
            assert get(url).content == first.content


def test_who_has_the_page_gets_304_and_nothing_is_rendered_or_read(
    published: ReleaseFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in addresses(published):
        tag = get(url)["ETag"]
        monkeypatch.setattr(Template, "render", None)
        with CaptureQueriesContext(connection) as captured:
            answer = get(url, **{"If-None-Match": tag})
        monkeypatch.undo()
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
        assert "Cookie" in answer["Vary"]
        assert len(captured) <= 2
        assert not [each["sql"] for each in captured if '"snapshot"' in each["sql"]]


def test_a_feed_is_304_before_bytes_or_snapshot_are_read(published: ReleaseFixture) -> None:
    url = reverse("releases:artefact", args=[published.edition.slug, "schedule.json"])
    tag = get(url)["ETag"]
    with CaptureQueriesContext(connection) as captured:
        assert get(url, **{"If-None-Match": tag}).status_code == 304
    assert len(captured) == 1
    assert not [each["sql"] for each in captured if '"snapshot"' in each["sql"] or '"body"' in each["sql"]]


def test_a_new_release_shows_at_once(published: ReleaseFixture) -> None:
    program, session = addresses(published)
    old = {url: get(url) for url in (program, session)}
    gone = published.sessions[0]
    gone.delete()
    published.publish(note="One less")
    for url in (program, session):
        new = get(url, **{"If-None-Match": old[url]["ETag"]})
        assert new.status_code == 200
        assert new["ETag"] != old[url]["ETag"]
    assert "One less" in get(program).content.decode()
    assert "This session is cancelled" in get(session).content.decode()


def test_what_the_edition_is_called_shows_at_once(published: ReleaseFixture) -> None:
    url = addresses(published)[0]
    old = get(url)
    Edition.objects.filter(pk=published.edition.pk).update(name="Renamed Expo")
    new = get(url, **{"If-None-Match": old["ETag"]})
    assert new.status_code == 200
    assert "Renamed Expo" in new.content.decode()
    Edition.objects.filter(pk=published.edition.pk).update(phase=Phase.ARCHIVED)
    assert get(url)["ETag"] != new["ETag"]


def test_the_validator_changes_when_a_session_starts_or_ends_and_only_then(published: ReleaseFixture) -> None:
    for url in addresses(published):
        tags = []
        for minutes in (-60, -1, 0, 59, 60, 119, 120, 600):
            with clock.at(NINE + timedelta(minutes=minutes)):
                tags.append(get(url)["ETag"])
        assert [tags.index(tag) for tag in tags] == [0, 0, 2, 2, 4, 4, 6, 6]


def test_the_same_validator_means_the_same_bytes_whenever_the_page_is_rendered(published: ReleaseFixture) -> None:
    """No "3 minutes ago", no token, no count of what waits: nothing that the validator does not name."""
    for url in addresses(published):
        for before, after in (
            (NINE - timedelta(days=30), NINE - timedelta(hours=1)),
            (NINE, NINE + timedelta(hours=0.9)),
        ):
            pages = []
            for moment in (before, after):
                cache.clear()
                with clock.at(moment):
                    pages.append(get(url))
            assert pages[0]["ETag"] == pages[1]["ETag"]
            assert pages[0].content == pages[1].content


def test_each_filter_has_a_validator_of_its_own(published: ReleaseFixture) -> None:
    url = addresses(published)[0]
    asked = ["", "?track=talks", "?track=nonsense", "?format=talk", f"?day={NINE.date()}", "?utm=1"]
    tags = {get(url + query)["ETag"] for query in asked}
    assert len(tags) == len(asked)
    nothing = get(f"{url}?track=nonsense").content.decode()
    assert "No session matches" in nothing


def test_an_address_written_differently_is_the_same_page(published: ReleaseFixture) -> None:
    url = addresses(published)[0]
    written = ["?track=talks&format=talk", "?q=&format=talk&day=&track=talks"]
    first, second = (get(url + query) for query in written)
    assert first["ETag"] == second["ETag"]
    cache.clear()
    assert get(url + written[1]).content == first.content


def test_no_page_is_kept_for_a_filter_that_anybody_can_invent(published: ReleaseFixture) -> None:
    url = addresses(published)[0]
    kept: list[Any] = []
    original, cache.set = cache.set, lambda *args, **kwargs: kept.append(args)  # type: ignore[method-assign]
    try:
        for query in (
            "?track=nonsense",
            "?utm=1",
            "?track=talks&x=y",
            "?track=talks&track=a",
            "?q=the",
            "?q=%20",
            "?q=%00",
            "?all=2",
        ):
            get(url + query)
        pages = [value for _, value, *_ in kept if isinstance(value, bytes)]
        assert pages == []
        get(f"{url}?track=talks")
        assert [value for _, value, *_ in kept if isinstance(value, bytes)]
    finally:
        cache.set = original  # type: ignore[method-assign]


@pytest.mark.parametrize("who", ["stranger", "chair"])
def test_a_signed_in_reader_never_gets_or_leaves_a_kept_page(published: ReleaseFixture, who: str) -> None:
    user = published.chair if who == "chair" else make.UserFactory(time_zone="Europe/Berlin")
    client = signed_in(user)
    for url in addresses(published):
        own = client.get(url)
        assert own["Cache-Control"] == "private, no-cache"
        assert "ETag" not in own
        assert "Cookie" in own["Vary"]
        tag = get(url)["ETag"]
        assert client.get(url, headers={"If-None-Match": tag}).status_code == 200
        assert str(user) not in get(url).content.decode()
        assert "Sign in" in get(url).content.decode()


@pytest.mark.parametrize("cookie", ["sessionid", "messages"])
def test_a_cookie_that_may_carry_something_personal_keeps_the_page_out_of_caches(
    published: ReleaseFixture, cookie: str
) -> None:
    client = Client()
    client.cookies[cookie] = "x"
    for url in addresses(published):
        assert client.get(url)["Cache-Control"] == "private, no-cache"


def test_a_session_that_never_was_is_absent_whatever_one_has(published: ReleaseFixture) -> None:
    url = reverse("releases:session", args=[published.edition.slug, "NOSUCH"])
    for condition in ("*", get(addresses(published)[1])["ETag"]):
        assert get(url, **{"If-None-Match": condition}).status_code == 404


def test_a_cache_out_of_reach_costs_no_page(published: ReleaseFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "get", lambda key, default=None, version=None: default)
    monkeypatch.setattr(cache, "set", lambda *args, **kwargs: None)
    for url in addresses(published):
        tag = get(url)["ETag"]
        assert get(url).status_code == 200
        assert get(url, **{"If-None-Match": tag}).status_code == 304
