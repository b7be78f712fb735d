"""The page of parts in a real browser: clean for axe, nothing refused by the policy, no sideways scroll."""

import os
import shutil
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

pytestmark = [pytest.mark.journey, pytest.mark.django_db]
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's own loop makes Django think it is asynchronous
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(params=[("light", 1280), ("dark", 320)], ids=["light, wide", "dark, narrow"])
def screen(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    theme, width = request.param
    context = chromium.new_context(color_scheme=theme, viewport={"width": width, "height": 900})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("address", ["/design/", "/accounts/login/", "/accounts/signup/"])
def test_the_page_is_clean(screen: Page, live_server, address: str) -> None:
    complaints: list[str] = []
    screen.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    screen.on("pageerror", lambda error: complaints.append(str(error)))

    screen.goto(live_server.url + address)

    assert [violation["id"] for violation in Axe().run(screen).response["violations"]] == []
    assert complaints == []
    assert screen.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_theme_button_is_remembered(screen: Page, live_server) -> None:
    screen.goto(f"{live_server.url}/design/")
    before = screen.evaluate("getComputedStyle(document.body).backgroundColor")

    screen.get_by_role("button", name="Switch between light and dark").click()
    after = screen.evaluate("getComputedStyle(document.body).backgroundColor")
    screen.reload()

    assert after != before
    assert screen.evaluate("getComputedStyle(document.body).backgroundColor") == after
