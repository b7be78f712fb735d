"""A team and a chair over one slot, in a real browser: told, asked, declined, moved, notified anew, accepted."""

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page

from expo.accounts.models import User
from expo.notify.models import Message
from expo.program.models import Slot
from tests.factories import TeamMemberFactory
from tests.program.conftest import ProgramFixture, build

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("EXPO_PICTURES")


@pytest.fixture
def stage(transactional_db: None) -> ProgramFixture:
    made = build()
    made.hall.equipment = ["Live audio", "Stage light"]
    made.hall.save()
    made.placed("ada@x.example", title="Serving mixtures of experts at the edge", hour=10)
    made.placed("bob@x.example", title="What scaling laws leave out", hour=14)
    return made


@pytest.fixture
def open_page(new_page: Any, live_server: Any) -> Any:
    """A page on which somebody is signed in."""

    def opened(user: User, **options: Any) -> Page:
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        page: Page = new_page(**options)
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        return page

    return opened


def looks_well(page: Page, name: str) -> None:
    """Clean for axe, nothing wider than the screen, in both themes; pictures on demand."""
    for width, theme in ((320, "dark"), (1440, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        assert [each["id"] for each in Axe().run(page).response["violations"]] == [], (name, width)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (name, width)
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def test_a_slot_is_told_asked_about_turned_down_moved_and_accepted(open_page: Any, stage: ProgramFixture) -> None:
    proposal = stage.edition.proposals.get(title__startswith="Serving")
    member = TeamMemberFactory(sponsor=proposal.sponsor).user
    member.time_zone = "Europe/Berlin"
    member.save()
    chair, team = open_page(stage.chair), open_page(member)
    home, own = f"/e/{stage.edition.slug}/timetable/", f"/e/{stage.edition.slug}/proposals/{proposal.code}/"
    team.goto(own)
    team.get_by_role("link", name="Confirm", exact=True).click()
    team.get_by_label("Stage light").check()
    looks_well(team, "constraints")
    press(team, "Confirm and save")
    team.get_by_text("Confirmed, thank you.").wait_for()
    chair.goto(f"{home}slots/")
    looks_well(chair, "slots-to-tell")
    press(chair, "Notify presenters")
    mail = Message.objects.get(kind="program/slot_told", recipient=member)
    team.goto(next(word for word in mail.body.split() if word.endswith("/slot/")).partition(settings.SITE_URL)[2])
    looks_well(team, "slot-told")
    team.get_by_label("What would suit you").fill("Any time after 11:00, Ada lands at 9:40.")
    press(team, "Ask for another slot")
    chair.goto(f"{home}slots/?state=change-asked")
    looks_well(chair, "slots-asked")
    chair.get_by_role("link", name="Answer Serving").click()
    chair.get_by_label("Your reply").fill("The hall is taken after 11:00 until two.")
    looks_well(chair, "turn-down")
    press(chair, "Decline the request")
    team.reload()
    team.get_by_text("The hall is taken after 11:00").wait_for()
    looks_well(team, "slot-turned-down")
    chair.goto(f"{home}sessions/{proposal.session.pk}/")
    chair.get_by_label("Day and time").select_option(f"{stage.at(16):%Y-%m-%dT%H:%MZ}")
    press(chair, "Move")
    chair.goto(f"{home}slots/")
    press(chair, "Notify presenters")
    press(team, "Accept this slot")
    team.get_by_text("Your slot has changed in the meantime").wait_for()
    press(team, "Accept this slot")
    team.get_by_text("Accepted. Thank you").wait_for()
    looks_well(team, "slot-accepted")
    slot = Slot.objects.get(proposal=proposal)
    assert (slot.state, slot.number, slot.starts_at, slot.answered_by) == ("accepted", 2, stage.at(16), member)
    chair.goto(f"{home}links/")
    chair.get_by_label("First session").select_option(index=1)
    chair.get_by_label("Second session").select_option(index=2)
    press(chair, "Add link")
    looks_well(chair, "links")
