"""Sign in, write and submit with the keyboard alone; what has the focus is always in sight."""

from typing import Any

import pytest
from playwright.sync_api import Page

from expo.proposals.models import Proposal
from expo.proposals.states import ProposalState
from tests import factories as make

from .keyboard import button, enter, go_to, link, type_into
from .people import PASSWORD

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


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
    enter(page, button(page, "Check and submit"))
    enter(page, button(page, "Submit"))
    page.get_by_text("It waits for its verdict").wait_for()

    assert Proposal.objects.get().state == ProposalState.SUBMITTED


def test_the_first_tab_skips_to_the_content(new_page: Any) -> None:
    page: Page = new_page()
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
