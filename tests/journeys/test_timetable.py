"""The timetable in a real browser: clean for axe on every screen, changed by mouse and by keyboard alike."""

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from expo.program import services
from expo.program.models import Session
from tests.factories import ConflictFactory
from tests.program.conftest import Stage, build

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
SCREENS = [
    pytest.param({"color_scheme": "light", "viewport": {"width": 1440, "height": 1000}}, id="light, wide"),
    pytest.param({"color_scheme": "dark", "viewport": {"width": 320, "height": 700}}, id="dark, narrow"),
]


@pytest.fixture
def stage(transactional_db: None) -> Stage:
    """A day with something of everything: placed, pinned, hidden, waiting, a break."""
    made = build()
    made.pause(12, 13, made.hall)
    pinned = made.placed("grace@x.example", title="A debugger for agents that use tools", hour=9, merit=4.4)
    services.pin(by=made.chair, session=pinned, pinned=True, version=1)
    made.placed("ada@x.example", title="Serving mixtures of experts at the edge", hour=10, merit=4.1)
    made.placed("mary@x.example", title="Evaluating models for the sciences", room=made.side[0], format=made.workshop)
    hidden = made.placed("eve@x.example", title="Secret", hour=14)
    ConflictFactory(user=made.chair, sponsor=hidden.proposal.sponsor)
    made.accepted("bob@x.example", title="What scaling laws leave out", merit=3.9)
    return made


@pytest.fixture
def open_page(new_page: Any, live_server: Any, stage: Stage) -> Any:
    """A page on which the chair is signed in."""

    def opened(**options: Any) -> Page:
        client = Client()
        client.force_login(stage.chair)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        page: Page = new_page(**options)
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        return page

    return opened


def cell(page: Page, stage: Stage, hour: int) -> Any:
    return page.locator(f'td[data-room="{stage.hall.pk}"][data-start="{stage.at(hour):%Y-%m-%dT%H:%MZ}"]')


@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_of_the_timetable_is_clean(open_page: Any, stage: Stage, screen: dict[str, Any]) -> None:
    page, complaints = open_page(**screen), []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    home, session = f"/e/{stage.edition.slug}/timetable/", Session.objects.get(proposal__title__startswith="Serving")
    waiting = stage.edition.proposals.get(title__startswith="What")
    run = stage.run()
    for name, address in {
        "timetable": home,
        "session": f"{home}sessions/{session.pk}/",
        "place": f"{home}place/{waiting.code}/",
        "run": f"{home}runs/{run.pk}/",
    }.items():
        answer = page.goto(address)
        assert (answer and answer.status, page.url.endswith(address)) == (200, True), name
        keep_picture(page, f"{name}-{screen['viewport']['width']}")
        assert [violation["id"] for violation in Axe().run(page).response["violations"]] == [], name
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
    assert complaints == []


def test_a_session_is_dragged_to_a_free_cell(open_page: Any, stage: Stage) -> None:
    page = open_page(viewport={"width": 1440, "height": 1200})
    page.goto(f"/e/{stage.edition.slug}/timetable/")
    page.get_by_text("What scaling laws leave out").drag_to(cell(page, stage, 16))
    expect(page.get_by_role("status")).to_contain_text("“What scaling laws leave out” has a place.")
    page.locator("td .slot", has_text="Serving mixtures").drag_to(cell(page, stage, 17))
    expect(page.get_by_role("status")).to_contain_text("“Serving mixtures of experts at the edge” has moved.")
    assert ("Serving mixtures of experts at the edge", "Hall A", "18 17:00") in stage.program()
    assert ("What scaling laws leave out", "Hall A", "18 16:00") in stage.program()


def test_a_drag_that_breaks_a_rule_stays_and_says_why(open_page: Any, stage: Stage) -> None:
    page = open_page(viewport={"width": 1440, "height": 1200})
    page.goto(f"/e/{stage.edition.slug}/timetable/")
    before = stage.program()
    page.get_by_text("Evaluating models for the sciences").drag_to(cell(page, stage, 13))
    expect(page.get_by_text("It stays where it is")).to_be_visible()
    expect(page.locator("[data-refusals]")).to_contain_text("Hall A does not hold a track that takes a workshop")
    assert stage.program() == before


def test_the_keyboard_does_what_the_mouse_does(open_page: Any, stage: Stage) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"/e/{stage.edition.slug}/timetable/")
    page.get_by_role("link", name="What scaling laws leave out").press("Enter")
    page.get_by_label("Room").select_option(label="Hall A")
    page.get_by_label("Day and time").select_option(label="16:00 to 17:00")
    page.get_by_role("button", name="Place it").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("has a place")
    assert ("What scaling laws leave out", "Hall A", "18 16:00") in stage.program()


def keep_picture(page: Page, name: str) -> None:
    """For looking at, when a folder is named."""
    if folder := os.environ.get("EXPO_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
