"""The desk in the hand: by keys, by many at once, without script, on a narrow screen."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from expo.editions.states import Phase
from reviews.decisions.models import Decision
from reviews.decisions.services.batches import create_batch, put_in_batch
from reviews.decisions.services.decisions import decide_by_points
from reviews.decisions.services.notes import save_notes
from tests.scoring.fixtures import ScoringFixture, open_review

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def panel(transactional_db: None) -> ScoringFixture:
    panel = open_review(Phase.DECIDE, places=3)
    for value in (4, 3, 2):
        panel.proposal(value, value, value, title=f"Talk of {value}")
    return panel


@pytest.fixture
def open_desk(panel: ScoringFixture, new_page: Any, live_server: Any) -> Any:
    """The desk in a browser of its own."""

    def opened(**options: Any) -> Page:
        client = Client()
        client.force_login(panel.chair, backend="django.contrib.auth.backends.ModelBackend")
        page: Page = new_page(**options)
        session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        page.context.add_cookies([session])  # type: ignore[list-item]
        page.goto(reverse("decisions:desk", args=[panel.edition.slug]))
        return page

    return opened


def pressed(page: Page, title: str, verdict: str) -> Locator:
    return row(page, title).get_by_role("button", name=verdict, pressed=True)


def row(page: Page, title: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=title, exact=True))


def test_a_chair_decides_by_keys_and_takes_it_back(open_desk: Any) -> None:
    page: Page = open_desk()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("a")
    expect(pressed(page, "Talk of 4", "Accept")).to_be_visible()
    expect(page.get_by_role("link", name="Talk of 3", exact=True)).to_be_focused()
    page.keyboard.press("r")
    expect(pressed(page, "Talk of 3", "Reject")).to_be_visible()
    page.get_by_role("button", name="Undo").last.click()
    expect(page.get_by_text("Undone:")).to_be_visible()
    assert [each.verdict for each in Decision.objects.all()] == ["accept"]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("t")
    page.keyboard.type("ask priya")
    page.keyboard.press("Enter")
    expect(row(page, "Talk of 4").get_by_role("link", name="ask priya")).to_be_visible()

    page.keyboard.press("/")
    page.keyboard.type("talk of 2")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 of 3", exact=False).first).to_be_visible()
    assert page.url.endswith("?q=talk+of+2")
    page.get_by_role("link", name="Clear all").click()
    expect(row(page, "Talk of 4")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_several_are_decided_at_once(open_desk: Any, script: bool) -> None:
    page: Page = open_desk(java_script_enabled=script)
    bulk = page.get_by_role("form", name="With the chosen proposals")
    expect(bulk).to_be_hidden()
    for title in ("Talk of 3", "Talk of 2"):
        row(page, title).get_by_role("checkbox").check()
    bulk.get_by_role("button", name="Waitlist").click()
    expect(pressed(page, "Talk of 3", "Waitlist")).to_be_visible()
    expect(pressed(page, "Talk of 2", "Waitlist")).to_be_visible()

    row(page, "Talk of 4").get_by_role("button", name="Accept").click()
    expect(pressed(page, "Talk of 4", "Accept")).to_be_visible()
    assert Decision.objects.count() == 3


@pytest.mark.parametrize(
    "screen",
    [
        {"color_scheme": "light", "viewport": {"width": 1440, "height": 900}},
        {"color_scheme": "dark", "viewport": {"width": 320, "height": 700}},
    ],
    ids=["light, wide", "dark, narrow"],
)
def test_it_is_clean_and_no_wider_than_the_screen(
    open_desk: Any, panel: ScoringFixture, screen: dict[str, Any]
) -> None:
    wide = panel.proposal(2, 3, 4, title="W" * 160)
    waits = [panel.proposal(2, 2, title=title) for title in ("Waits first", "Waits second")]
    for proposal in (*waits, wide):
        decide_by_points(by=panel.chair, proposal=proposal, verdict="waitlist", version=0)
    save_notes(by=panel.chair, proposal=wide, tags=["ask priya", "x" * 30], note="w" * 200)
    batch = create_batch(by=panel.chair, edition=panel.edition, name="First")
    put_in_batch(by=panel.chair, batch=batch, proposals=[wide, *waits])
    page: Page = open_desk(**screen)
    row(page, "Talk of 4").get_by_role("button", name="More on").click()
    expect(page.get_by_text("Suggestion:").first).to_be_visible()
    own = [panel.edition.slug]
    for address in (
        reverse("scoring:standings", args=own),
        reverse("decisions:decide", args=[*own, wide.code]),
        reverse("decisions:batch", args=[*own, batch.pk]) + "?open=all",
        "",
    ):
        assert [violation["id"] for violation in Axe().run(page).response["violations"]] == [], page.url
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url
        if address:
            page.goto(address)
