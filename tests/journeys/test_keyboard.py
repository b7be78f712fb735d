"""Sign in, write and submit with the keyboard alone; what has the focus is always in sight."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from expo.proposals.models import Proposal
from expo.proposals.states import ProposalState
from tests import factories as make

from .people import PASSWORD, field

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
FAR = 150
IN_SIGHT = """element => {
    const box = element.getBoundingClientRect();
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 12));
    const label = element.labels?.[0];
    return Boolean(top) && (element.contains(top) || top.contains(element) || Boolean(label?.contains(top)));
}"""


@pytest.fixture
def member() -> Any:
    """A contact of a sponsor that may submit a talk."""
    edition = make.EditionFactory(name="Keyboard Expo")
    talk = make.FormatFactory(edition=edition)
    make.TrackFactory(edition=edition, name="Main", formats=[talk])
    make.TopicFactory(edition=edition, name="Efficiency")
    sponsor = make.SponsorFactory(edition=edition)
    make.EntitlementFactory(tier=sponsor.tier, format=talk)
    user = make.TeamMemberFactory(sponsor=sponsor).user
    user.set_password(PASSWORD)
    user.save()
    return user


def test_a_proposal_is_submitted_by_keyboard(new_page: Any, member: Any) -> None:
    page: Page = new_page(viewport={"width": 1024, "height": 700})
    page.goto("/")
    enter(page, link(page, "Sign in"))
    type_into(page, {"E-mail address": member.email, "Password": PASSWORD})
    page.keyboard.press("Enter")

    enter(page, link(page, "Keyboard Expo"))
    enter(page, link(page, "My proposals"))
    enter(page, link(page, "New proposal"))
    go_to(page, page.get_by_role("radio").first)
    page.keyboard.press("Space")
    type_into(page, {"Title": "Keys only", "Review text": "We measured it.", "What attendees learn": "That it works."})
    go_to(page, page.get_by_role("checkbox", name="Efficiency"))
    page.keyboard.press("Space")
    type_into(page, {"Name": "Ada Lovelace", "E-mail": "ada@stage.example"})
    type_into(page, {"Public title": "Keys only", "Public text": "Come and see."})
    enter(page, button(page, "Save and check"))
    enter(page, button(page, "Submit"))
    page.get_by_text("It waits for its verdict").wait_for()

    assert Proposal.objects.get().state == ProposalState.SUBMITTED


def test_the_first_tab_skips_to_the_content(new_page: Any) -> None:
    page: Page = new_page()
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def link(page: Page, name: str) -> Locator:
    return page.get_by_role("link", name=name, exact=True).locator("visible=true").first


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True).locator("visible=true").first


def enter(page: Page, target: Locator) -> None:
    """Go to a link or button and press it."""
    go_to(page, target)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def type_into(page: Page, values: dict[str, str]) -> None:
    for label, value in values.items():
        go_to(page, field(page, label))
        page.keyboard.type(value)


def go_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus; whatever has it on the way must be in sight."""
    target.wait_for()
    for _ in range(FAR):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and not focused.evaluate("element => element.matches('body, html')"):
            assert focused.evaluate(IN_SIGHT), (
                f"the focus is out of sight: {focused.evaluate('each => each.outerHTML')[:200]}"
            )
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{target} cannot be reached with the Tab key")
