"""Who comes for a sponsor the first time, by keyboard alone; and somebody who acts for two."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from expo.editions.models import Edition
from expo.editions.states import RoleKind
from expo.proposals.models import Proposal
from expo.proposals.states import ProposalState
from expo.sponsors.models import Sponsor
from expo.sponsors.services.invitations import invite_to_team
from reviews.rubrics.services.criteria import set_up_default
from tests import factories as make
from tests.live_workers import Worker

from .keyboard import button, enter, go_to, link, type_into
from .people import PASSWORD, Person

#: A title that names its sponsor is objected to.
TITLES = {"Aurora": "What we measured first", "Borealis": "What failed after that"}
pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def edition() -> Edition:
    edition = make.EditionFactory(name="Expo of the First")
    talk = make.FormatFactory(edition=edition)
    make.TrackFactory(edition=edition, name="Main", formats=[talk])
    make.TopicFactory(edition=edition, name="Efficiency")
    make.EntitlementFactory(tier=make.TierFactory(edition=edition, name="Gold"), format=talk, may_submit=1)
    set_up_default(by=None, edition=edition)
    return edition


@pytest.fixture
def newcomer(new_page: Any, worker: Worker) -> Person:
    return Person(new_page(viewport={"width": 1024, "height": 700}), worker, "nora@labs.example", "Nora Newman")


@pytest.fixture
def sponsor_called(edition: Edition) -> Callable[[str], Sponsor]:
    return lambda name: make.SponsorFactory(edition=edition, tier=edition.tiers.get(), name=name)


def invited(sponsor: Sponsor, person: Person) -> None:
    organiser = make.RoleFactory(edition=sponsor.edition, kind=RoleKind.ORGANISER).user
    invite_to_team(by=organiser, sponsor=sponsor, email=person.email, role="contact")


def test_somebody_new_comes_in_reads_the_rubric_and_submits_by_keyboard(
    newcomer: Person, sponsor_called: Callable[[str], Sponsor]
) -> None:
    sponsor = sponsor_called("Labs Research")
    invited(sponsor, newcomer)
    page = newcomer.page

    newcomer.follow(newcomer.mail("will you join its team?"))
    newcomer.reads("Gold sponsor of Expo of the First")
    type_into(page, {"Your name": newcomer.name, "Password": PASSWORD, "The same password again": PASSWORD})
    enter(page, button(page, "Save and continue"))
    newcomer.reads("Join the team of Labs Research?")
    enter(page, button(page, "Accept and join"))

    newcomer.reads("Proposals of Labs Research, each with its next step.")
    newcomer.reads("0 of 1 submitted, 1 left")
    newcomer.reads("primary contact Nora Newman")
    enter(page, link(page, "Read the rubric"))
    newcomer.reads("What counts as commercial content")
    newcomer.reads("Four serving stacks side by side, our own not the winner.")

    enter(page, link(page, "My proposals"))
    enter(page, link(page, "New proposal"))
    expect(page.locator("#rubric-questions")).to_contain_text("Topic fit")
    go_to(page, page.get_by_role("radio").first)
    page.keyboard.press("Space")
    write(page, "What a first time teaches")
    enter(page, button(page, "Check and submit"))
    enter(page, button(page, "Submit"))
    newcomer.reads("It waits for its verdict")
    enter(page, link(page, "My proposals"))
    newcomer.reads("1 of 1 submitted, none left")
    assert Proposal.objects.get().state == ProposalState.SUBMITTED


def write(page: Page, title: str) -> None:
    type_into(page, {"Title": title, "Review text": "We measured it.", "What attendees learn": "That it works."})
    go_to(page, page.get_by_role("checkbox", name="Efficiency"))
    page.keyboard.press("Space")
    type_into(page, {"Name": "Ada Lovelace", "E-mail": "ada@stage.example"})
    type_into(page, {"Public title": title, "Public text": "Come and see."})


def test_somebody_acts_for_two_sponsors_each_with_its_own_limits_and_leaves_one(
    newcomer: Person, sponsor_called: Callable[[str], Sponsor]
) -> None:
    first, second = sponsor_called("Aurora"), sponsor_called("Borealis")
    for sponsor in (first, second):
        make.TeamMemberFactory(sponsor=sponsor, is_primary=True)
        invited(sponsor, newcomer)
    newcomer.choose_a_password("Aurora at Expo of the First: will you join its team?")
    for sponsor in (first, second):
        newcomer.page.goto(f"/e/{sponsor.edition.slug}/invitations/{sponsor.invitations.get().pk}/")
        newcomer.reads(f"Join the team of {sponsor.name}?")
        newcomer.press("Accept and join")
        newcomer.reads(f"You are now in the team of {sponsor.name}")

    newcomer.reads("Proposals of Aurora and Borealis, each with its next step.")
    for sponsor in (first, second):
        propose(newcomer, sponsor)
    for sponsor in (first, second):
        expect(newcomer.section(sponsor.name)).to_contain_text("1 of 1 submitted, none left")
        expect(newcomer.section(sponsor.name)).to_contain_text(TITLES[sponsor.name])
    newcomer.goes_to("New proposal")
    expect(newcomer.section("Aurora")).to_contain_text("none left, 1 of 1 submitted: to submit another, first withdraw")

    newcomer.opens("My proposals")
    newcomer.goes_to("Team of Borealis")
    newcomer.page.locator("summary", has_text="Leave this team").click()
    newcomer.press("Yes, leave")
    newcomer.reads("You have left the team of Borealis.")
    newcomer.reads("Your role: sponsor (Aurora)")
    newcomer.goes_to("Expo of the First", "My proposals")
    newcomer.reads(TITLES["Aurora"])
    expect(newcomer.page.get_by_role("main")).not_to_contain_text("Borealis")
    gone = Proposal.objects.get(sponsor=second)
    answer = newcomer.page.goto(f"/e/{gone.edition.slug}/proposals/{gone.code}/")
    assert answer is not None
    assert answer.status == 404


def propose(person: Person, sponsor: Sponsor) -> None:
    """From the sponsor's own section of the home."""
    person.page.get_by_role("link", name=f"New proposal for {sponsor.name}").click()
    person.page.get_by_role("radio").first.check()
    write(person.page, TITLES[sponsor.name])
    person.press("Check and submit")
    person.press("Submit")
    person.reads("It waits for its verdict")
    person.opens("My proposals")
