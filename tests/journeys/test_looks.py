"""The parts and the doors in a real browser: clean for axe, nothing refused by the policy, no sideways scroll."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
SCREENS = [
    pytest.param({"color_scheme": "light", "viewport": {"width": 1280, "height": 900}}, id="light, wide"),
    pytest.param({"color_scheme": "dark", "viewport": {"width": 320, "height": 700}}, id="dark, narrow"),
]


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("address", ["/design/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"])
def test_a_page_is_clean(new_page: Any, screen: dict[str, Any], address: str) -> None:
    page: Page = new_page(**screen)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto(address)

    assert [violation["id"] for violation in Axe().run(page).response["violations"]] == []
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_chosen_theme_outlives_the_page(new_page: Any) -> None:
    page: Page = new_page(color_scheme="light")
    page.goto("/design/")
    before = background(page)

    page.get_by_role("button", name="Switch between light and dark").click()
    chosen = background(page)
    page.reload()

    assert chosen != before
    assert background(page) == chosen


def test_without_script_the_menu_still_opens(new_page: Any) -> None:
    page: Page = new_page(java_script_enabled=False)
    page.goto("/design/")

    page.get_by_text("Ada Lovelace").first.click()

    assert page.get_by_role("link", name="Profile").is_visible()
    assert page.get_by_role("button", name="Switch between light and dark").count() == 0


def test_the_viewers_own_clock_stands_beside_the_editions(new_page: Any) -> None:
    page: Page = new_page(timezone_id="Europe/Berlin")
    page.goto("/design/")

    page.get_by_text("(18:00 your time)").first.wait_for()


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))
