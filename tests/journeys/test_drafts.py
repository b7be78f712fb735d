"""What a reviewer types survives a closed tab and another tab, and does not survive the sign-out."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from reviews.assignments.models import Assignment
from reviews.scoring.models import Review
from tests import factories as make

from .people import field

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
KEPT = "Object.keys(localStorage).filter(key => key.startsWith('expo-draft:'))"


@pytest.fixture
def assignment() -> Assignment:
    edition = make.EditionFactory(name="Expo of drafts", phase="review")
    criterion = make.CriterionFactory(rubric=make.RubricFactory(edition=edition), name="Substance")
    assert criterion.levels.exists()
    return make.AssignmentFactory(edition=edition, proposal=make.SubmittedFactory(edition=edition), state="accepted")


@pytest.fixture
def tabs(new_page: Any, live_server: Any, assignment: Assignment) -> BrowserContext:
    """A browser in which the reviewer is signed in."""
    client = Client()
    client.force_login(assignment.reviewer, backend="django.contrib.auth.backends.ModelBackend")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context: BrowserContext = new_page(viewport={"width": 1440, "height": 900}).context
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    return context


def open_review(tabs: BrowserContext, assignment: Assignment) -> Page:
    page = tabs.new_page()
    page.goto(reverse("scoring:review", args=[assignment.edition.slug, assignment.pk]))
    return page


def write(page: Page, text: str) -> None:
    field(page, "For the sponsor").fill(text)


def reads(page: Page, text: str) -> None:
    expect(page.locator("[data-save-state]")).to_contain_text(text)


def holds(page: Page, text: str) -> None:
    expect(field(page, "For the sponsor")).to_have_value(text)


def cut_off(page: Page) -> None:
    """Nothing that is sent to a review arrives any more; everything else does."""
    page.route("**/review/*/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())


def test_text_is_there_again_after_a_closed_tab_and_gone_after_the_sign_out(
    tabs: BrowserContext, assignment: Assignment
) -> None:
    page = open_review(tabs, assignment)
    write(page, "Saved by itself.")
    reads(page, "Saved ")
    page.close()
    page = open_review(tabs, assignment)
    holds(page, "Saved by itself.")
    assert page.evaluate(KEPT) == []

    tabs.set_offline(True)
    write(page, "Typed without a connection.")
    reads(page, "Not saved yet: offline")
    page.close()
    tabs.set_offline(False)
    page = open_review(tabs, assignment)
    holds(page, "Saved by itself.")
    expect(page.get_by_text("Text that you typed here ")).to_be_visible()
    page.get_by_role("button", name="Restore text").click()
    holds(page, "Typed without a connection.")
    reads(page, "Saved ")
    assert page.evaluate(KEPT) == []
    assert Review.objects.get().for_sponsor == "Typed without a connection."

    cut_off(page)
    write(page, "For nobody else on this computer.")
    reads(page, "Not saved yet: no connection")
    assert page.evaluate(KEPT) == [f"expo-draft:{assignment.reviewer_id}:{assignment.pk}"]
    other = open_review(tabs, assignment)
    page.locator("summary").filter(has_text="Account of").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign in").first.wait_for()
    reads(other, "You have signed out")
    write(other, "Typed after the sign-out.")
    assert page.evaluate(KEPT) == []


def test_a_second_tab_overwrites_nothing_silently(tabs: BrowserContext, assignment: Assignment) -> None:
    one, other = open_review(tabs, assignment), open_review(tabs, assignment)
    write(one, "From the first tab.")
    reads(one, "Saved ")
    write(other, "From the second tab.")
    reads(other, "Not saved: This review was saved elsewhere")
    assert Review.objects.get().for_sponsor == "From the first tab."
    other.get_by_role("button", name="Save draft", exact=True).click()
    other.get_by_text("What you typed is still below").first.wait_for()
    holds(other, "From the second tab.")
    other.get_by_role("button", name="Save draft", exact=True).click()
    other.get_by_text("Draft saved, not submitted.").wait_for()
    assert Review.objects.get().for_sponsor == "From the second tab."
    assert other.evaluate(KEPT) == []


def test_a_submit_waits_for_what_is_on_its_way(tabs: BrowserContext, assignment: Assignment) -> None:
    page = open_review(tabs, assignment)
    page.route("**/review/*/", lambda route: slowly(page, route))
    page.get_by_role("radio").first.check()
    with page.expect_request(lambda request: request.method == "POST"):
        write(page, "Quick.")
    page.get_by_role("button", name="Submit review").click()
    page.get_by_text("Review submitted.").wait_for()
    found = Review.objects.get()
    assert (found.state, found.for_sponsor) == ("submitted", "Quick.")


def slowly(page: Page, route: Any) -> None:
    if "autosave" in (route.request.post_data or ""):
        page.wait_for_timeout(500)
    route.continue_()
