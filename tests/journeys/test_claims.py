"""The question whether one is involved, and the chairs' pages about claims, in a real browser."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page

from expo.editions.states import Phase, RoleKind
from expo.proposals.queries.claims import claims_for
from tests import factories as make

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
SCREENS = [
    pytest.param({"color_scheme": "light", "viewport": {"width": 1440, "height": 900}}, id="light, wide"),
    pytest.param({"color_scheme": "dark", "viewport": {"width": 390, "height": 800}}, id="dark, narrow"),
]


def enter(page: Page, live_server: Any, user: Any) -> None:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )


@pytest.mark.parametrize("screen", SCREENS)
def test_somebody_answers_on_the_home_page_and_a_chair_confirms_over_it(
    new_page: Any, live_server: Any, screen: dict[str, Any]
) -> None:
    edition = make.EditionFactory(phase=Phase.SCHEDULE)
    chair = make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user
    kim = make.RoleFactory(edition=edition, user=make.UserFactory(name="Kim Example")).user
    proposal = make.AcceptedFactory(edition=edition, title="Forecasts that know when they do not know")
    make.PresenterFactory(proposal=proposal, email=kim.email, name="Kim Example")
    make.PresenterFactory(proposal=make.SubmittedFactory(edition=edition), name="Kim Example")
    make.SessionFactory(edition=edition, proposal=proposal)

    page: Page = new_page(**screen)
    enter(page, live_server, kim)
    page.goto("/")
    clean(page, "home")
    page.get_by_role("button", name="No, not me").first.click()
    page.get_by_text("Thank you for your answer. You are not asked again.").wait_for()
    page.get_by_role("button", name="No, not me").click()
    assert page.get_by_role("button", name="No, not me").count() == 0

    page = new_page(**screen)
    enter(page, live_server, chair)
    for address in (f"/e/{edition.slug}/releases/", f"/e/{edition.slug}/proposals/{proposal.code}/cannot-come/"):
        page.goto(address)
        clean(page, address.split("/")[-2])
    page.goto(f"/e/{edition.slug}/conflicts/")
    clean(page, "conflicts")
    page.get_by_role("link", name="Confirm it").first.click()
    clean(page, "settle")
    page.get_by_label("Reason").fill("They are on the sponsor's own page.")
    page.get_by_role("button", name="Confirm the conflict").click()
    page.get_by_text("Settled. Kim Example has a conflict of interest with it.").wait_for()
    assert sorted(each.answer.value for each in claims_for(chair, edition)) == ["no", "yes"]


def clean(page: Page, name: str) -> None:
    """Nothing for axe, and no sideways scroll."""
    assert [violation["id"] for violation in Axe().run(page).response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
