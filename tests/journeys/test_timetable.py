"""The timetable in a real browser: clean for axe on every screen, changed by mouse and by keyboard alike."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from expo.program.models import Session
from expo.program.services import sessions
from tests.factories import ConflictFactory, RoleFactory, UserFactory
from tests.program.conftest import ProgramFixture, build

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
SCREENS = [
    pytest.param({"color_scheme": "light", "viewport": {"width": 1440, "height": 1000}}, id="light, wide"),
    pytest.param({"color_scheme": "dark", "viewport": {"width": 320, "height": 700}}, id="dark, narrow"),
]


@pytest.fixture
def stage(transactional_db: None) -> ProgramFixture:
    """A day with something of everything: placed, pinned, hidden, waiting, a break."""
    made = build()
    made.talk.least_minutes = 30
    made.talk.save()
    made.add_break(12, 13, made.hall)
    pinned = made.placed("grace@x.example", title="A debugger for agents that use tools", hour=9, merit=4.4)
    sessions.pin(by=made.chair, session=pinned, pinned=True, version=1)
    made.placed("ada@x.example", title="Serving mixtures of experts at the edge", hour=10, merit=4.1)
    made.placed("mary@x.example", title="Evaluating models for the sciences", room=made.side[0], format=made.workshop)
    hidden = made.placed("eve@x.example", title="Secret", hour=14)
    ConflictFactory(user=made.chair, sponsor=hidden.proposal.sponsor)
    made.accepted("bob@x.example", title="What scaling laws leave out", merit=3.9)
    return made


@pytest.fixture
def open_page(new_page: Any, live_server: Any, stage: ProgramFixture) -> Any:
    """A browser of its own in which the chair, or somebody else, is signed in."""

    def opened(by: Any = None, **options: Any) -> Page:
        client = Client()
        client.force_login(by or stage.chair)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        page: Page = new_page(**options)
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        return page

    return opened


def cell(page: Page, stage: ProgramFixture, hour: int) -> Any:
    return page.locator(f'td[data-room="{stage.hall.pk}"][data-start="{stage.at(hour):%Y-%m-%dT%H:%MZ}"]')


@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_of_the_timetable_is_clean(open_page: Any, stage: ProgramFixture, screen: dict[str, Any]) -> None:
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
        "close": f"{home}close/",
        "run": f"{home}runs/{run.pk}/",
    }.items():
        answer = page.goto(address)
        assert (answer and answer.status, page.url.endswith(address)) == (200, True), name
        keep_picture(page, f"{name}-{screen['viewport']['width']}")
        assert [violation["id"] for violation in Axe().run(page).response["violations"]] == [], name
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
    assert complaints == []


def card(page: Page, title: str) -> Any:
    return page.locator("[data-card]", has_text=title)


def start_of(title: str) -> str:
    """The room and the start of a session, on the clock of New York."""
    row = Session.objects.select_related("room", "edition").get(proposal__title__startswith=title)
    return f"{row.room.name} {row.starts_at.astimezone(row.edition.zone):%H:%M}"


@pytest.fixture
def desk(open_page: Any, stage: ProgramFixture) -> Page:
    page: Page = open_page(viewport={"width": 1440, "height": 1300})
    page.goto(f"/e/{stage.edition.slug}/timetable/")
    return page


def test_by_mouse_a_session_is_placed_moved_refused_swapped_parked_and_all_is_undone(
    desk: Page, stage: ProgramFixture
) -> None:
    said, before = desk.locator("[data-status]"), stage.program()
    card(desk, "What scaling").drag_to(cell(desk, stage, 16))
    expect(said).to_have_text("“What scaling laws leave out” is scheduled.")
    card(desk, "Serving").drag_to(cell(desk, stage, 17))
    expect(said).to_have_text("“Serving mixtures of experts at the edge” has moved.")
    refused_in_place(desk, stage)
    card(desk, "Serving").drag_to(card(desk, "What scaling"))
    expect(said).to_contain_text("have swapped places")
    assert (start_of("Serving"), start_of("What scaling")) == ("Hall A 16:00", "Hall A 17:00")
    draw_to_half(desk, "What scaling")
    expect(said).to_have_text("“What scaling laws leave out” takes 30 minutes.")
    card(desk, "What scaling").drag_to(desk.locator("[data-unscheduled]"))
    expect(said).to_have_text("“What scaling laws leave out” is unscheduled again.")
    steps = {"Unschedule": "unscheduling", "Give": "giving", "Swap": "swapping", "Move": "moving", "Place": "placing"}
    for name, words in steps.items():
        desk.get_by_role("button", name="Undo").filter(has_text=f"‘{name} ").click()
        expect(said).to_contain_text(f"Undone: {words}")
    assert stage.program() == before


def draw_to_half(desk: Page, title: str) -> None:
    """Draw the lower edge of a card up to its middle."""
    box = card(desk, title).bounding_box()
    assert box
    desk.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 4)
    desk.mouse.down()
    desk.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.6)
    desk.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 - 4)
    desk.mouse.up()


def refused_in_place(desk: Page, stage: ProgramFixture) -> None:
    """Held over a room that does not take it, the cell says why; let go, it stays where it is."""
    sentence, before = "Hall A does not hold a track that takes a workshop", stage.program()
    card(desk, "Evaluating").hover()
    desk.mouse.down()
    cell(desk, stage, 13).hover()
    cell(desk, stage, 13).hover(position={"x": 20, "y": 9})
    expect(cell(desk, stage, 13).locator("[data-verdict]")).to_contain_text(sentence)
    keep_picture(desk, "refused-in-place")
    desk.mouse.up()
    expect(desk.locator("[data-refusals]")).to_contain_text("It stays where it is")
    expect(desk.locator("[data-refusals]")).to_contain_text(sentence)
    assert stage.program() == before


def test_by_keyboard_all_the_same_is_done(desk: Page, stage: ProgramFixture) -> None:
    said, before = desk.locator("[data-status]"), stage.program()
    card(desk, "What scaling").focus()
    carried(desk, "Enter", "Hall A, 09:00 to 10:00")
    for _ in range(14):
        desk.keyboard.press("ArrowDown")
    expect(said).to_contain_text("Hall A, 16:00 to 17:00: it fits.")
    desk.keyboard.press("Enter")
    expect(said).to_have_text("“What scaling laws leave out” is scheduled.")
    expect(card(desk, "What scaling")).to_be_focused()
    carried(desk, "s", "Hall A, 16:00 to 17:00")
    for _ in range(12):
        desk.keyboard.press("ArrowUp")
    expect(said).to_contain_text("taken by “Serving mixtures of experts at the edge”, S swaps them.")
    desk.keyboard.press("s")
    expect(said).to_contain_text("have swapped places")
    expect(card(desk, "What scaling")).to_be_focused()
    desk.keyboard.press("-")
    expect(said).to_have_text("“What scaling laws leave out” takes 55 minutes.")
    expect(card(desk, "What scaling")).to_be_focused()
    desk.keyboard.press("p")
    expect(said).to_have_text("“What scaling laws leave out” is pinned.")
    expect(card(desk, "What scaling")).to_be_focused()
    carried(desk, "Enter", "Hall A, 10:00 to 10:55")
    desk.keyboard.press("ArrowRight")
    expect(said).to_contain_text("Room 1 does not hold a track that takes a talk")
    desk.keyboard.press("Escape")
    expect(said).to_contain_text("stays in Hall A, 10:00")
    desk.keyboard.press("Delete")
    expect(said).to_have_text("“What scaling laws leave out” is unscheduled again.")
    for words in ("unscheduling", "pinning", "giving", "swapping", "placing"):
        desk.keyboard.press("Control+z")
        expect(said).to_contain_text(f"Undone: {words}")
    assert stage.program() == before
    desk.keyboard.press("Control+Shift+z")
    expect(said).to_contain_text("Redone: placing")


def carried(desk: Page, key: str, place: str) -> None:
    desk.keyboard.press(key)
    expect(desk.locator("[data-status]")).to_contain_text(place)


def test_of_two_browsers_editing_at_once_one_is_told_and_nothing_is_lost(
    desk: Page, stage: ProgramFixture, open_page: Any
) -> None:
    other = RoleFactory(edition=stage.edition, kind="cochair", user=UserFactory(name="Ann Other")).user
    theirs = open_page(by=other, viewport={"width": 1440, "height": 1300})
    desk.route("**/changes/**", lambda route: route.abort())  # the page has not heard of it yet
    theirs.goto(f"/e/{stage.edition.slug}/timetable/")
    card(theirs, "Serving").drag_to(cell(theirs, stage, 16))
    expect(theirs.locator("[data-status]")).to_contain_text("has moved")
    card(desk, "Serving").drag_to(cell(desk, stage, 17))
    expect(desk.locator("[data-refusals]")).to_contain_text("Somebody changed this session after you opened it")
    assert start_of("Serving") == "Hall A 16:00"
    expect(cell(desk, stage, 16).locator("[data-card]")).to_contain_text("Serving")
    desk.unroute("**/changes/**")
    card(desk, "Serving").focus()
    card(theirs, "Serving").focus()
    theirs.keyboard.press("p")
    expect(desk.locator("[data-status]")).to_contain_text("Changed by Ann Other: pinning “Serving", timeout=12_000)
    expect(card(desk, "Serving")).to_have_class(re.compile("is-pinned"))
    expect(card(desk, "Serving")).to_be_focused()
    card(desk, "What scaling").drag_to(cell(desk, stage, 17))
    expect(theirs.locator("[data-card]", has_text="What scaling")).to_have_count(1)
    expect(cell(theirs, stage, 17).locator("[data-card]")).to_contain_text("What scaling", timeout=12_000)


def test_without_script_the_forms_do_it(open_page: Any, stage: ProgramFixture) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"/e/{stage.edition.slug}/timetable/")
    page.get_by_role("link", name="What scaling laws leave out").press("Enter")
    page.get_by_label("Room").select_option(label="Hall A")
    page.get_by_label("Day and time").select_option(label="16:00 to 17:00")
    page.get_by_role("button", name="Schedule it").press("Enter")
    expect(page.locator("[data-toasts]")).to_contain_text("is scheduled")
    assert start_of("What scaling") == "Hall A 16:00"
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.locator("[data-toasts]")).to_contain_text("Undone: placing “What scaling laws leave out”")


def keep_picture(page: Page, name: str) -> None:
    """For looking at, when a folder is named."""
    if folder := os.environ.get("EXPO_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
