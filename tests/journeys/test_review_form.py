"""The review form under the hand: by keys alone, with all levels unfolded or not, and without script."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from expo.accounts.models import User
from reviews.assignments.models import Assignment
from reviews.scoring.models import Review, Score
from tests import factories as make

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def assignment() -> Assignment:
    """Two proposals to review by two criteria; somebody's very first review."""
    edition = make.EditionFactory(name="Expo of keys", phase="review")
    rubric = make.RubricFactory(edition=edition)
    for name in ("Substance", "Evidence"):
        make.CriterionFactory(rubric=rubric, name=name)
    first: Assignment = make.AssignmentFactory(
        edition=edition, proposal=make.SubmittedFactory(edition=edition), state="accepted", position=1
    )
    make.AssignmentFactory(
        edition=edition, proposal=make.SubmittedFactory(edition=edition), reviewer=first.reviewer, state="accepted",
        position=2,
    )  # fmt: skip
    return first


def sign_in(page: Page, live_server: Any, user: User) -> None:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])


def open_review(new_page: Any, live_server: Any, assignment: Assignment, **options: Any) -> Page:
    page: Page = new_page(**options)
    sign_in(page, live_server, assignment.reviewer)
    page.goto(reverse("scoring:review", args=[assignment.edition.slug, assignment.pk]))
    return page


def test_a_review_is_scored_by_digits_and_arrows_and_no_key_acts_on_text(
    new_page: Any, live_server: Any, assignment: Assignment
) -> None:
    page = open_review(new_page, live_server, assignment, viewport={"width": 1440, "height": 900})
    progress = page.locator(".review-progress")
    expect(progress).to_contain_text("0 of 2 scored")
    page.keyboard.press("s")  # nothing is scored yet: it goes where a level is missing
    expect(page.locator("[data-save-state]")).to_have_text("No level yet for “Substance”")
    page.keyboard.press("3")
    expect(progress).to_contain_text("1 of 2 scored")
    expect(page.get_by_role("radio", name="1 Level 1").last).to_be_focused()
    expect(page.get_by_text("It is 3 of 4.").first).to_be_in_viewport()
    page.keyboard.press("9")  # no such level
    page.keyboard.press("ArrowUp")
    page.keyboard.press("4")
    page.keyboard.press("2")
    expect(progress).to_contain_text("2 of 2 scored")
    page.keyboard.press("c")
    page.keyboard.type("1 snag? No.")
    expect(page.get_by_label("For the sponsor")).to_have_value("1 snag? No.")
    expect(page.locator("[data-save-state]")).to_contain_text("Saved ")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_text("choose a level, and on to the next criterion")).to_be_visible()
    page.get_by_label("Letters and digits act on the whole page").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.keyboard.press("?")
    expect(page.get_by_text("choose a level, and on to the next criterion")).to_be_hidden()
    assert Review.objects.get().state == "draft"
    page.reload()
    page.keyboard.press("3")
    page.locator("#keys > summary").click()
    page.get_by_label("Letters and digits act on the whole page").check()
    page.keyboard.press("s")
    page.get_by_text("Review submitted.").wait_for()
    review = Review.objects.get()
    assert (review.state, review.for_sponsor) == ("submitted", "1 snag? No.")
    assert list(Score.objects.order_by("criterion").values_list("level__value", flat=True)) == [4, 2]


def test_levels_are_unfolded_at_first_and_then_as_they_were_left(
    new_page: Any, live_server: Any, assignment: Assignment
) -> None:
    page = open_review(new_page, live_server, assignment)
    sentences = page.get_by_text("It is 3 of 4.")
    expect(sentences.first).to_be_visible()
    expect(sentences.last).to_be_visible()
    page.get_by_text("All levels").first.click()
    expect(sentences.first).to_be_hidden()
    page.reload()
    expect(sentences.last).to_be_hidden()
    page.get_by_role("radio", name="3 Level 3").last.check()
    expect(sentences.last).to_be_visible()


def test_every_level_can_be_read_and_chosen_without_script(
    new_page: Any, live_server: Any, assignment: Assignment
) -> None:
    page = open_review(new_page, live_server, assignment, java_script_enabled=False)
    page.get_by_text("All levels").first.click()
    sentence = page.get_by_text("It is 2 of 4.").first
    expect(sentence).to_be_hidden()
    page.get_by_text("All levels").first.click()
    expect(sentence).to_be_visible()
    for level in page.get_by_role("radio", name="2 Level 2").all():
        level.check()
    page.get_by_role("button", name="Submit and next").click()
    page.get_by_text("Review submitted.").wait_for()
