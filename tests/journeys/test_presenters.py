"""A co-presenter is invited by mail, opens the link without an account, corrects the name and confirms."""

import os
import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page

from expo.editions.models import FormatField
from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.notify.models import AccountMail
from expo.proposals.services.presenter_invitations import invite_presenters
from tests import factories as make

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
WORD = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch" * 2
SCREENS = [
    pytest.param({"color_scheme": "light", "viewport": {"width": 1440, "height": 900}}, id="light, wide"),
    pytest.param({"color_scheme": "dark", "viewport": {"width": 320, "height": 800}}, id="dark, narrow"),
]


def enter(page: Page, live_server: Any, user: Any) -> None:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]


def clean(page: Page, name: str) -> None:
    """Nothing for axe, and no sideways scroll."""
    assert [violation["id"] for violation in Axe().run(page).response["violations"]] == [], name
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name


def keep(page: Page, name: str) -> None:
    """A picture of it, where EXPO_PICTURES says."""
    if folder := os.environ.get("EXPO_PICTURES"):
        size = page.viewport_size or {"width": 0}
        page.screenshot(path=f"{folder}/{name}-{size['width']}.png", full_page=True)


@pytest.mark.parametrize("screen", SCREENS)
def test_a_co_presenter_corrects_their_name_and_confirms(
    new_page: Any, live_server: Any, screen: dict[str, Any]
) -> None:
    edition = make.EditionFactory(phase=Phase.SCHEDULE, contact_email="office@expo.example")
    make.DayFactory(edition=edition)
    proposal = make.AcceptedFactory(
        edition=edition, title="Forecasts", public_title="Forecasts at scale", public_text=WORD
    )
    for name in ("biography", "presenter_link", "picture"):
        FormatField.objects.create(
            format=proposal.format, name=name, use="optional", limit=1000 if name[0] == "b" else 1
        )
    member = make.TeamMemberFactory(sponsor=proposal.sponsor).user
    chair = make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user
    make.PresenterFactory(proposal=proposal, name="Bob Smiht", email="bob@other.example")
    make.PresenterFactory(proposal=proposal, name=WORD, email="long@other.example")
    invite_presenters(Entry(fact="proposals.submitted", proposal_id=proposal.pk))
    sent = AccountMail.objects.get(address="bob@other.example")
    (path,) = re.findall(r"https?://[^/]+(/presenting/\S+)", sent.body)

    page: Page = new_page(**screen)
    page.goto(path)
    clean(page, "presenting")
    page.get_by_label("Your name, as it is printed").fill("Bob Smith")
    page.get_by_label("Affiliation").fill(WORD)
    page.get_by_role("button", name="Confirm that I present this").click()
    page.get_by_text("Thank you: you are confirmed as a presenter.").wait_for()
    page.get_by_role("heading", name="You present this session").wait_for()
    clean(page, "confirmed")
    keep(page, "presenting")
    page.goto("/presenting/nothing/")
    clean(page, "gone")

    page = new_page(**screen)
    enter(page, live_server, member)
    page.goto(f"/e/{edition.slug}/proposals/{proposal.code}/")
    page.get_by_text("Bob Smith").first.wait_for()
    page.get_by_text("Confirmed", exact=True).first.wait_for()
    clean(page, "the team's page")
    keep(page, "team")
    for address in ("presenters/", "presenters/picture/1/"):
        page.goto(f"/e/{edition.slug}/proposals/{proposal.code}/{address}")
        clean(page, address)

    page = new_page(**screen)
    enter(page, live_server, chair)
    page.goto(f"/e/{edition.slug}/presenters-not-confirmed/")
    clean(page, "not confirmed")
    keep(page, "unconfirmed")
    page.get_by_role("checkbox").first.check()
    page.get_by_label("How you know that they present").fill("Met them.")
    page.get_by_role("button", name="Print without confirmation").click()
    page.get_by_text("Everybody has confirmed").wait_for()
    clean(page, "everybody")
