"""Two people write one draft in two browsers, one is cut off, one is taken out of the team: no text is lost."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from expo.accounts.models import User
from expo.proposals.models import Proposal
from expo.sponsors.models import Sponsor, TeamMember
from expo.sponsors.services.teams import remove_team_member
from tests import factories as make
from tests.live_workers import wait_until

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
KEPT = "Object.keys(localStorage).filter(key => key.startsWith('expo-draft:'))"


@pytest.fixture
def sponsor() -> Sponsor:
    edition = make.EditionFactory(name="Expo of writing")
    tier = make.TierFactory(edition=edition)
    make.EntitlementFactory(tier=tier, format=make.FormatFactory(edition=edition), may_submit=2)
    return make.SponsorFactory(edition=edition, tier=tier)


@pytest.fixture
def people(new_page: Any, live_server: Any, sponsor: Sponsor) -> dict[str, BrowserContext]:
    """Ana and Bo of one team, each with a browser in which they are signed in."""
    browsers = {}
    for name in ("Ana", "Bo"):
        user = make.TeamMemberFactory(sponsor=sponsor).user
        user.name = name
        user.save()
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context: BrowserContext = new_page(viewport={"width": 1280, "height": 900}).context
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        browsers[name] = context
    return browsers


@pytest.fixture
def draft(sponsor: Sponsor, people: dict[str, BrowserContext]) -> Proposal:
    fields = {"title": "Before", "abstract": "As it was.", "needs": ""}
    member = User.objects.get(name="Ana")
    proposal = make.ProposalFactory(
        edition=sponsor.edition, sponsor=sponsor, format=sponsor.edition.formats.get(), created_by=member, **fields
    )
    make.PresenterFactory(proposal=proposal, name="Cleo")
    return proposal


def open_form(browser: BrowserContext, draft: Proposal) -> Page:
    page = browser.new_page()
    page.goto(reverse("proposals:edit", args=[draft.edition.slug, draft.code]))
    return page


def reads(page: Page, text: str) -> None:
    expect(page.locator("[data-save-state]")).to_contain_text(text)


def typed(page: Page, name: str, text: str) -> None:
    page.locator(f"[name={name}]").fill(text)


def holds(page: Page, name: str, text: str) -> None:
    expect(page.locator(f"[name={name}]")).to_have_value(text)


def is_clean(page: Page) -> bool:
    """Nothing for axe to complain of, and nothing wider than a narrow phone."""
    wrong = [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in Axe().run(page).response["violations"]]
    size = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 800})
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.set_viewport_size(size or {"width": 1280, "height": 900})
    assert (wrong, over) == ([], 0)
    return True


def saved(draft: Proposal) -> Proposal:
    draft.refresh_from_db()
    return draft


def test_a_new_form_makes_its_draft_by_itself_and_stays_where_it_is(
    people: dict[str, BrowserContext], sponsor: Sponsor
) -> None:
    page = people["Ana"].new_page()
    page.goto(reverse("proposals:new", args=[sponsor.edition.slug]))
    typed(page, "title", "Robots at home")
    reads(page, "Saved at ")
    made = Proposal.objects.get()
    assert page.url.endswith(reverse("proposals:edit", args=[sponsor.edition.slug, made.code]))
    typed(page, "abstract", "What we measured.")
    page.get_by_role("button", name="Save draft").click()
    reads(page, "Saved at ")
    assert saved(made).abstract == "What we measured."
    page.get_by_role("button", name="Add a presenter").click()
    page.locator("[name=presenter-1-name]").fill("Cleo")
    page.get_by_role("button", name="Check and submit").click()
    page.get_by_role("heading", name="Check and submit").wait_for()
    assert [each.name for each in made.presenters.all()] == ["Cleo"]
    assert Proposal.objects.count() == 1
    page.go_back()
    typed(page, "takeaways", "What it costs.")
    page.get_by_text("Preview", exact=True).click()
    page.get_by_role("button", name="As attendees will see it").click()
    page.wait_for_url("**/as-attendees/**")
    assert saved(made).takeaways == "What it costs."


def test_text_that_is_saved_already_goes_to_the_check_with_one_click(
    people: dict[str, BrowserContext], draft: Proposal
) -> None:
    page = open_form(people["Ana"], draft)
    page.get_by_role("button", name="Check and submit").click()
    page.get_by_role("heading", name="Check and submit").wait_for()


def test_two_people_on_different_fields_and_on_the_same_one(people: dict[str, BrowserContext], draft: Proposal) -> None:
    ana, bo = (open_form(people[name], draft) for name in ("Ana", "Bo"))
    typed(ana, "needs", "Power")
    ana.locator("[name=presenter-0-name]").fill("Cleo Marsh")
    ana.locator("[name=title]").focus()
    # "Saved at" may still be about the first of the two fields.
    wait_until(lambda: draft.presenters.filter(name="Cleo Marsh").exists(), "Ana's second field to be saved")
    typed(bo, "takeaways", "What it costs.")
    expect(bo.get_by_text("Ana changed this").first).to_be_visible()
    holds(bo, "needs", "Power")
    holds(bo, "presenter-0-name", "Cleo Marsh")
    wait_until(lambda: saved(draft).takeaways, "Bo's field to be saved")
    assert (saved(draft).needs, draft.takeaways) == ("Power", "What it costs.")

    typed(ana, "title", "Hers")
    wait_until(lambda: saved(draft).title == "Hers", "Ana's title to be saved")
    expect(ana.locator("[name=takeaways]")).to_have_value("What it costs.")
    typed(bo, "title", "His")
    box = bo.get_by_role("region", name="Two versions of Title")
    expect(box).to_contain_text("Ana changed Title too")
    expect(box).to_contain_text("Hers")
    reads(bo, "Not saved: somebody else changed the same field.")
    assert saved(draft).title == "Hers"
    assert is_clean(bo)
    box.get_by_role("button", name="Keep mine").click()
    wait_until(lambda: saved(draft).title == "His", "Bo's title to be saved")

    typed(ana, "title", "Hers again")
    ana.get_by_role("button", name="Take theirs").click()
    holds(ana, "title", "His")
    assert saved(draft).title == "His"


def test_without_a_connection_the_text_stays_and_is_there_after_a_reload(
    people: dict[str, BrowserContext], draft: Proposal
) -> None:
    page = open_form(people["Bo"], draft)
    page.locator("[name=title]").focus()
    people["Bo"].set_offline(True)
    typed(page, "title", "Typed without a connection")
    reads(page, "Not saved: no connection. Trying again; your text stays here.")
    page.close()
    other = open_form(people["Ana"], draft)
    typed(other, "needs", "Power")
    reads(other, "Saved at ")
    people["Bo"].set_offline(False)
    page = open_form(people["Bo"], draft)
    holds(page, "title", "Before")
    page.get_by_role("button", name="Restore text").click()
    holds(page, "title", "Typed without a connection")
    reads(page, "Saved at ")
    assert page.evaluate(KEPT) == []
    assert (saved(draft).title, draft.needs) == ("Typed without a connection", "Power")

    people["Bo"].set_offline(True)
    typed(page, "title", "Back again")
    reads(page, "Not saved: no connection.")
    people["Bo"].set_offline(False)
    reads(page, "Saved at ")
    assert saved(draft).title == "Back again"


def test_who_is_taken_out_of_the_team_copies_the_text(people: dict[str, BrowserContext], draft: Proposal) -> None:
    page = open_form(people["Bo"], draft)
    member = TeamMember.objects.get(user__name="Bo")
    remove_team_member(by=None, sponsor=draft.sponsor, member=member)
    typed(page, "abstract", "An hour of work.")
    expect(page.get_by_text(f"You are no longer in the team of {draft.sponsor.name}")).to_be_visible()
    expect(page.get_by_label("Review text")).to_have_value("An hour of work.")
    expect(page.get_by_text("Before")).to_have_count(0)
    assert is_clean(page)
    assert saved(draft).abstract == "As it was."


def test_versions_are_compared_on_a_page_that_is_clean(people: dict[str, BrowserContext], draft: Proposal) -> None:
    old = {
        "title": "A first title",
        "abstract": "It was longer then.\n\nWith a second paragraph.",
        "topics": ["Agents"],
    }
    draft.revisions.create(number=1, content=old, created_by=draft.created_by)
    page = people["Ana"].new_page()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(reverse("proposals:compare", args=[draft.edition.slug, draft.code]))
        assert is_clean(page)
    page.get_by_label("with", exact=True).select_option("1")
    page.get_by_text("Nothing that anybody wrote differs.").wait_for()
