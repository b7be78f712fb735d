"""A reviewer does ten reviews without a mouse, and the connection is lost in the middle."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from reviews.scoring.models import Review
from tests import factories as make

from .keyboard import enter, link
from .test_review_form import sign_in

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
LEVELS = ("3421", "2222", "4444", "1234", "3333", "4321", "2143", "1111", "3412", "4422")
LOST = 4  # the review in which the connection is lost
COMMENT = "Say how it was measured."


def test_ten_reviews_by_keyboard_through_a_lost_connection(new_page: Any, live_server: Any) -> None:
    edition = make.EditionFactory(phase="review")
    rubric = make.RubricFactory(edition=edition)
    for position in range(4):
        make.CriterionFactory(rubric=rubric, position=position)
    reviewer = make.UserFactory()
    for position in range(10):
        make.AssignmentFactory(
            edition=edition, proposal=make.SubmittedFactory(edition=edition), reviewer=reviewer, position=position
        )
    page = new_page(viewport={"width": 1440, "height": 900})
    sign_in(page, live_server, reviewer)
    page.goto(reverse("assignments:queue", args=[edition.slug]))
    enter(page, link(page, "Review"))
    pressed = 0

    def press(*keys: str) -> None:
        nonlocal pressed
        for key in keys:
            page.keyboard.press(key)
            pressed += 1

    for at, levels in enumerate(LEVELS):
        expect(page.get_by_text(f"{at} of 10 reviews in")).to_be_visible()
        page.wait_for_load_state()
        if at == LOST:
            page.context.set_offline(True)
        press(*levels)
        expect(page.locator(".review-progress")).to_contain_text("4 of 4 scored")
        if at != LOST:
            press("s")
            continue
        press("c")
        page.keyboard.type(COMMENT)
        press("Control+Enter")
        expect(page.locator("[data-save-state]")).to_contain_text("Not sent: no connection.")
        press("Escape", "n")
        expect(page.locator("[data-save-state]")).to_contain_text("Not sent: no connection.")
        assert Review.objects.filter(state="submitted").count() == LOST
        page.context.set_offline(False)
        expect(page.locator("[data-save-state]")).to_contain_text("Saved ")
        press("s")
    expect(page.get_by_text("That was the last one")).to_be_visible()
    page.wait_for_load_state()
    press("n")
    expect(page.get_by_text("All are in. Thank you.")).to_be_visible()
    done = Review.objects.order_by("assignment__position").prefetch_related("scores__level")
    assert [
        (review.state, "".join(str(score.level.value) for score in review.scores.order_by("criterion__position")))
        for review in done
    ] == [("submitted", levels) for levels in LEVELS]
    assert [review.for_sponsor for review in done if review.for_sponsor] == [COMMENT]
    assert pressed == 10 * 5 + 5  # four levels and a key to submit; the lost connection; and back to the queue
