"""The day itself on a phone: somebody is checked in, a talk runs late, a sheet is printed."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from expo.onsite.models import CheckIn
from expo.proposals.models import Proposal
from expo.proposals.states import ProposalState
from expo.releases import services as releases
from tests.factories import ConflictFactory
from tests.program.conftest import ProgramFixture, build

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True}
SCREENS = [
    pytest.param({"color_scheme": "dark", **PHONE}, id="dark, narrow"),
    pytest.param({"color_scheme": "light", "viewport": {"width": 1440, "height": 1000}}, id="light, wide"),
]


@pytest.fixture
def stage(transactional_db: None) -> ProgramFixture:
    """A published day with two talks in a row, lunch, a workshop, and something hidden."""
    made = build()
    made.add_break(12, 13)
    made.placed(
        "grace@x.example",
        "alan@x.example",
        title="A debugger for agents that use tools",
        hour=10,
        needs="Two clip-on microphones.",
    )
    made.placed("ada@x.example", title="Serving mixtures of experts at the edge", hour=11)
    made.placed(
        "mary@x.example", title="Evaluating models for the sciences", room=made.side[0], format=made.workshop, hour=13
    )
    Proposal.objects.update(state=ProposalState.CONFIRMED)
    releases.publish(by=made.chair, edition=made.edition)
    hidden = made.placed("eve@x.example", title="Secret", hour=14)
    ConflictFactory(user=made.chair, sponsor=hidden.proposal.sponsor)
    return made


@pytest.fixture
def open_page(new_page: Any, live_server: Any, stage: ProgramFixture) -> Any:
    """A page on which the chair is signed in, at ten past ten on Expo Day."""
    with time_machine.travel(stage.at(10, 10), tick=True):
        client = Client()
        client.force_login(stage.chair)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value

        def opened(**options: Any) -> Page:
            page: Page = new_page(**options)
            page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
            return page

        yield opened


def keep_picture(page: Page, name: str) -> None:
    """For looking at, when a folder is named."""
    if folder := os.environ.get("EXPO_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_of_the_day_is_clean(open_page: Any, stage: ProgramFixture, screen: dict[str, Any]) -> None:
    page, complaints = open_page(**screen), []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    home = f"/e/{stage.edition.slug}/onsite/"
    talk = stage.hall.sessions.earliest("starts_at")
    for name, address in {
        "day": home,
        "room": f"{home}rooms/{stage.hall.pk}/",
        "late": f"{home}sessions/{talk.pk}/late/?minutes=15&way=shift",
        "late-hard": f"{home}sessions/{talk.pk}/late/?minutes=120&way=overrun&over_breaks=on",
        "doors": f"{home}doors/",
    }.items():
        answer = page.goto(address)
        assert (answer and answer.status) == 200, name
        keep_picture(page, f"onsite-{name}-{screen['viewport']['width']}")
        assert [violation["id"] for violation in Axe().run(page).response["violations"]] == [], name
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
        small = page.locator("main .touch:visible").evaluate_all("all => all.filter(e => e.offsetHeight < 44).length")
        assert small == 0, name
    assert complaints == []


def test_the_day_is_run_from_a_phone(open_page: Any, stage: ProgramFixture) -> None:
    page = open_page(**PHONE)
    page.goto(f"/e/{stage.edition.slug}/onsite/")
    page.get_by_role("list").get_by_role("link", name="Hall A").tap()
    page.get_by_role("button", name="Check in Grace").tap()
    expect(page.get_by_text("1 of 3 here")).to_be_visible()
    assert CheckIn.objects.get().presenter.name == "Grace"
    page.get_by_role("link", name=re.compile("Report delay.*debugger")).tap()
    page.get_by_label("Minutes late").select_option("20")
    page.get_by_text("It has begun and ends later, and later sessions move").tap()
    page.get_by_role("button", name="Preview changes").tap()
    plan = page.get_by_role("region", name="Preview")
    expect(plan).to_contain_text(re.compile(r"13:00\s+to\s+14:00"))
    page.get_by_role("button", name="Change these times").tap()
    expect(page.locator("[data-toasts]")).to_contain_text("have their new times")
    expect(page.get_by_text("Release 1 differs from the timetable in 2 sessions")).to_be_visible()
    assert [when for _, room, when in stage.program() if room == "Hall A"] == ["18 10:00", "18 13:00", "18 14:00"]
    page.goto(f"/e/{stage.edition.slug}/onsite/doors/")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Hall A")).to_be_visible()
    expect(page.get_by_role("heading", name="Door sheets")).not_to_be_visible()
    page.set_viewport_size({"width": 673, "height": 1000})  # between the margins of an A4 page
    keep_picture(page, "onsite-doors-print")
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") == 2  # Hall A and Room 1, one page each
    if folder := os.environ.get("EXPO_PICTURES"):
        (Path(folder) / "doors.pdf").write_bytes(printed)
