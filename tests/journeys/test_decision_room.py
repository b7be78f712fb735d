"""A cochair's evening: forty proposals to a released batch in ninety clicks and keys, beside a conflicted chair."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from expo.accounts.models import User
from expo.editions.states import Phase
from reviews.decisions.models import Decision, Released
from tests.factories import ConflictFactory, TeamMemberFactory
from tests.scoring.fixtures import ScoringFixture, open_review

pytestmark = pytest.mark.django_db(transaction=True)

FORTY, PLACES, BUDGET = 40, 12, 90


@dataclass
class Hand:
    """Counts every key and click; a name typed into a field counts by its letters."""

    page: Page
    used: int = 0

    def key(self, name: str) -> None:
        self.used += 1
        self.page.keyboard.press(name)

    def click(self, target: Locator) -> None:
        self.used += 1
        target.click()

    def types(self, words: str) -> None:
        self.used += len(words)
        self.page.keyboard.type(words)


@pytest.fixture
def panel(transactional_db: None) -> ScoringFixture:
    """Twelve places, forty scores: the best twelve far above the rest."""
    panel = open_review(Phase.DECIDE, places=PLACES)
    for number in range(FORTY):
        level = 4 if number < PLACES else 3 if number < 16 else 2
        proposal = panel.proposal(level, level, title=f"Talk {number + 1:02}")
        TeamMemberFactory(sponsor=proposal.sponsor)
    return panel


@pytest.fixture
def sit_down(panel: ScoringFixture, new_page: Any, live_server: Any) -> Iterator[Any]:
    expect.set_options(timeout=30_000)

    def opened(person: User) -> Page:
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        page: Page = new_page()
        page.context.set_default_timeout(30_000)
        session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        page.context.add_cookies([session])  # type: ignore[list-item]
        page.goto(reverse("decisions:desk", args=[panel.edition.slug]))
        return page

    yield opened
    expect.set_options(timeout=5_000)


def row(page: Page, title: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=title, exact=True))


def ordered(page: Page) -> list[str]:
    return page.locator(".worklist tbody th[scope=row] > a").all_inner_texts()


def test_forty_proposals_in_ninety_clicks_and_keys_with_a_conflicted_chair_beside(
    panel: ScoringFixture, sit_down: Any
) -> None:
    secret = panel.edition.proposals.get(title="Talk 02")
    conflicted = panel.cochair()
    ConflictFactory(user=conflicted, sponsor=secret.sponsor)
    flagged = panel.edition.proposals.get(title="Talk 03").assignments.first().review
    flagged.is_recruiting = True
    flagged.save()

    page: Page = sit_down(panel.chair)
    hand = Hand(page)
    titles = ordered(page)
    assert len(titles) == FORTY
    hand.key("j")
    for number, title in enumerate(titles[:16]):
        hand.key("a" if number < PLACES else "w")
        if title == "Talk 03":
            expect(page.get_by_text("1 of 2 reviews flags recruiting or sales.")).to_be_visible()
            expect(page.locator("#messages").get_by_role("button", name="Accept")).to_be_focused()
            hand.key("Enter")
        expect(page.get_by_role("link", name=titles[number + 1], exact=True)).to_be_focused()
    assert Decision.objects.count() == 16

    hand.key("u")
    expect(page.get_by_text("Undone:")).to_be_visible()
    expect(row(page, titles[15]).get_by_role("link", name=titles[15])).to_be_focused()
    hand.key("w")
    expect(row(page, titles[15]).get_by_role("button", name="Waitlist", pressed=True)).to_be_visible()
    expect(page.get_by_role("link", name=titles[16], exact=True)).to_be_focused()

    for _ in range(24):
        hand.key("x")
        hand.key("j")
    expect(page.get_by_text("24 chosen")).to_be_visible()
    hand.click(page.get_by_role("form", name="With the chosen proposals").get_by_role("button", name="Reject"))
    expect(page.get_by_text("Reject: 24 proposals.")).to_be_visible()
    assert Decision.objects.count() == FORTY

    other: Page = sit_down(conflicted)
    assert len(ordered(other)) == FORTY - 1
    expect(other.get_by_text(secret.title, exact=True)).to_have_count(0)
    expect(other.get_by_text("another cochair sets the order")).to_be_visible()
    hidden = other.goto(reverse("decisions:decide", args=[panel.edition.slug, secret.code]))
    assert hidden is not None
    assert hidden.status == 404

    hand.click(page.get_by_text("New batch", exact=True))
    hand.click(page.get_by_label("Name of the batch"))
    hand.types("1")
    hand.key("Enter")
    hand.click(page.get_by_role("button", name="Add to batch"))
    expect(page.get_by_text("40 of 40 texts are read by nobody.")).to_be_visible()
    hand.click(page.get_by_role("link", name="Open all mails"))
    expect(page.get_by_text("Thank you for proposing").first).to_be_visible()
    hand.click(page.get_by_role("checkbox", name="Choose all in this batch"))
    hand.click(page.get_by_role("button", name="Mark as read"))
    expect(page.get_by_text("A chair has read every text.")).to_be_visible()
    hand.click(page.get_by_text("Release batch", exact=True))
    hand.click(page.get_by_role("button", name="Release and send mails"))
    expect(page.get_by_text("40 verdicts are released")).to_be_visible()
    assert (
        sorted(Released.objects.values_list("verdict", flat=True))
        == ["accept"] * 12 + ["reject"] * 24 + ["waitlist"] * 4
    )
    assert hand.used <= BUDGET, hand.used
