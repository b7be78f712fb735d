"""The template tags say what docs/design-system.md promises."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory

from expo.kit import clock, display
from expo.kit.forms import LevelSelect, LongText
from tests.pages import squeezed

NOON = datetime(2026, 7, 6, 12, 0, tzinfo=UTC)


def draw(source: str, address: str = "/", **context: Any) -> str:
    request = RequestFactory().get(address)
    return Template("{% load charts ui %}" + source).render(Context({"request": request, **context})).strip()


def viewer(zone: str) -> dict[str, Any]:
    return {
        "edition": SimpleNamespace(time_zone="Asia/Seoul"),
        "viewer": SimpleNamespace(user=SimpleNamespace(time_zone=zone)),
    }


def test_a_moment_is_told_on_the_editions_clock_with_the_viewers_beside_it() -> None:
    assert draw("{% when at 'short' %}", at=NOON, **viewer("Europe/Berlin")) == (
        '<time class="when" datetime="2026-07-06T21:00:00+09:00" data-beside="known">6 Jul, 21:00'
        ' <span class="when-zone">KST</span></time> <span class="when-yours">(14:00 your time)</span>'
    )


def test_a_page_of_the_program_shows_the_clock_of_the_venue_alone() -> None:
    day = draw("{% when at 'venue' %}", at=NOON, **viewer("Europe/Berlin"))
    assert day.endswith(">6 Jul, 21:00</time>")
    assert "KST" in day
    assert draw("{% when at 'venue-clock' %}", at=NOON, **viewer("Europe/Berlin")).endswith(">21:00</time>")


def test_a_viewer_in_the_editions_zone_reads_one_clock() -> None:
    assert "your time" not in draw("{% when at %}", at=NOON, **viewer("Asia/Tokyo"))


def test_a_viewer_whose_day_differs_reads_the_day_too() -> None:
    at = datetime(2026, 7, 6, 16, 0, tzinfo=UTC)
    assert "(6 Jul, 18:00 your time)" in draw("{% when at %}", at=at, **viewer("Europe/Berlin"))


def test_a_viewer_without_a_zone_is_left_to_the_browser() -> None:
    assert 'data-beside="ask"' in draw("{% when at %}", at=NOON, **viewer("UTC"))


def test_no_moment_is_nothing() -> None:
    assert draw("{% when at %}", at=None) == ""


def test_the_query_keeps_filters_and_goes_back_to_page_one() -> None:
    assert draw("{% query sort='title' state=None %}", "/?q=graph&state=draft&page=3") == "?q=graph&amp;sort=title"


def test_a_page_link_keeps_everything_else() -> None:
    assert draw("{% page_query 2 %}", "/?q=graph&page=3") == "?q=graph&amp;page=2"


@pytest.mark.parametrize(
    ("address", "order", "link"),
    [
        ("/", "none", "?sort=mean"),
        ("/?sort=mean", "ascending", "?sort=-mean"),
        ("/?sort=-mean", "descending", "?sort=mean"),
    ],
)
def test_a_column_head_turns_its_order_around(address: str, order: str, link: str) -> None:
    head = draw("{% sort_th 'mean' 'Mean' %}", address)
    assert f'aria-sort="{order}"' in head
    assert f'href="{link}"' in head


def test_a_link_to_here_says_so_and_a_missing_route_shows_nothing() -> None:
    drawn = draw("{% nav_link '/a/' 'A' %}|{% nav_link '/a/b/' 'B' %}|{% nav_link '' 'C' %}", "/a/b/")
    assert drawn == (
        '<li><a href="/a/" aria-current="true">A</a></li>|<li><a href="/a/b/" aria-current="page">B</a></li>|'
    )


def test_an_unknown_state_still_has_its_word() -> None:
    assert draw("{% state_badge 'half_way' %}") == (
        '<span class="badge neutral"><svg class="icon" aria-hidden="true"><use href="#i-dot"/></svg>Half way</span>'
    )


def test_what_people_wrote_is_escaped() -> None:
    assert "<b>" not in draw(
        "{% badge text %}{% notice 'info' title=text %}{{ text }}{% endnotice %}", text="<b>bold</b>"
    )


def test_steps_say_what_is_done_current_and_to_come() -> None:
    path = [("draft", "Draft"), ("sent", "Sent"), ("out", "Out")]
    assert [step.place for step in display.steps(path, "sent")] == ["done", "current", "todo"]


def test_a_stopped_path_ends_where_it_stopped() -> None:
    path = [("draft", "Draft"), ("sent", "Sent"), ("out", "Out")]
    found = display.steps(path, "sent", stopped="Withdrawn")
    assert [(step.label, step.place) for step in found] == [
        ("Draft", "done"),
        ("Sent", "done"),
        ("Withdrawn", "stopped"),
    ]


@pytest.mark.parametrize(
    ("name", "letters"), [("Ada Lovelace", "AL"), ("ada.king@example.org", "AK"), ("Expo", "E"), ("", "?")]
)
def test_initials(name: str, letters: str) -> None:
    assert display.initials(name) == letters


@dataclass
class Cut:
    value: float
    total: float
    width: str


@pytest.mark.parametrize("cut", [Cut(1, 2, "50.00%"), Cut(3, 2, "100.00%"), Cut(0, 0, "0.00%")])
def test_a_meter_stays_within_its_track(cut: Cut) -> None:
    assert f'width="{cut.width}"' in draw("{% meter v t 'Talks' %}", v=cut.value, t=cut.total)


class Asking(forms.Form):
    title = forms.CharField(help_text="As in the program.")
    note = forms.CharField(required=False, widget=LongText(limit=5, unit="words"))
    level = forms.ChoiceField(choices=[(1, "Weak"), (2, "Strong")], widget=LevelSelect(anchors={2: "New results."}))


def test_a_wrong_form_lists_its_errors_and_ties_them_to_the_fields() -> None:
    drawn = str(Asking({"title": "", "level": "2"}))
    assert "One field has an error. Nothing you typed is lost." in " ".join(drawn.split())
    assert '<a href="#id_title">Title</a>: This field is required.' in drawn
    assert 'aria-describedby="id_title_helptext id_title_error"' in drawn
    assert '<ul class="errors" id="id_title_error"><li>This field is required.</li></ul>' in squeezed(drawn)


def test_a_level_shows_value_name_and_anchor() -> None:
    drawn = squeezed(str(Asking()))
    assert '<label class="level"><input id="id_level_0" name="level" type="radio" value="1"' in drawn
    assert "<b>2</b><span>Strong</span></label>" in drawn
    assert '<p class="level-anchor" id="id_level_1_anchor"><b>2 Strong:</b>New results.' in drawn
    assert drawn.count('aria-describedby="id_level_1_anchor"') == 1


def test_only_optional_fields_are_marked() -> None:
    assert str(Asking()).count("(optional)") == 1


def test_a_long_text_carries_its_limit() -> None:
    assert 'data-count="5" data-unit="words"' in str(Asking()["note"])


NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (NOW - timedelta(seconds=20), "now"),
        (NOW - timedelta(minutes=1), "1 minute ago"),
        (NOW - timedelta(hours=5), "5 hours ago"),
        (NOW - timedelta(hours=23, minutes=50), "23 hours ago"),
        (NOW - timedelta(days=3), "3 days ago"),
        (NOW - timedelta(days=8), "22 Nov"),
        (NOW - timedelta(days=400), "26 Oct 2025"),
        (NOW + timedelta(hours=2), "in 2 hours"),
    ],
)
def test_a_list_says_how_long_ago(at: datetime, said: str) -> None:
    assert display.distance(at, NOW) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (NOW + timedelta(hours=3), "today at 15:00"),
        (NOW - timedelta(hours=3), "earlier today at 09:00"),
        (NOW + timedelta(days=1), "tomorrow · Tue 1 Dec"),
        (NOW - timedelta(days=1), "yesterday · Sun 29 Nov"),
        (NOW + timedelta(days=12), "in 12 days · Sat 12 Dec"),
        (NOW - timedelta(days=3), "3 days ago · Fri 27 Nov"),
        (NOW + timedelta(days=100), "Wed 10 Mar 2027"),
    ],
)
def test_a_date_to_keep_says_how_near_it_is(at: datetime, said: str) -> None:
    assert display.due(at, NOW) == said


def test_a_distance_carries_the_whole_moment_in_its_title() -> None:
    at = clock.now() - timedelta(days=2)
    drawn = draw("{% when at 'ago' %}", at=at)
    assert drawn == f'<time datetime="{at.isoformat()}" title="{display.in_zone(at, UTC)}">2 days ago</time>'


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Unknown"),
    ],
)
def test_a_device_is_named_as_its_owner_would(user_agent: str, words: str) -> None:
    assert display.device(user_agent) == words
