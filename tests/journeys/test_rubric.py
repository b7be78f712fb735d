"""A chair changes a rubric after the first review; reviewers practise first and add what is missing afterwards."""

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from expo.editions.states import RoleKind
from reviews.rubrics.services.criteria import set_up_default
from reviews.rubrics.services.practice import save_practice
from reviews.scoring.models import Review
from tests import factories as make

from .test_review_form import sign_in

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def picture(page: Page, name: str) -> None:
    """Nothing for axe; a picture of it, wide and narrow, light and dark, where EXPO_PICTURES says."""
    assert [violation["id"] for violation in Axe().run(page).response["violations"]] == [], name
    if folder := os.environ.get("EXPO_PICTURES"):
        for width, scheme in ((1440, "light"), (390, "dark"), (320, "light")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=Path(folder) / f"rubric-{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 1440, "height": 900})
        page.emulate_media(color_scheme="light")


def test_practice_comes_first_and_a_new_version_asks_for_one_level(new_page: Any, live_server: Any) -> None:
    edition = make.EditionFactory(phase="review")
    make.FormatFactory(edition=edition, name="Workshop", slug="workshop")
    chair = make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user
    rubric = set_up_default(by=chair, edition=edition)
    slugs = rubric.criteria.values_list("slug", flat=True)
    save_practice(
        by=chair,
        edition=edition,
        title="A text to practise on",
        text="We *measured* it.",
        levels=dict.fromkeys(slugs, 3),
        explanation="It says **how**.",
    )
    reviewer = make.UserFactory()
    make.AssignmentFactory(edition=edition, proposal=make.SubmittedFactory(edition=edition), reviewer=reviewer)

    page = new_page(viewport={"width": 1440, "height": 900})
    sign_in(page, live_server, reviewer)
    page.goto(reverse("assignments:queue", args=[edition.slug]))
    picture(page, "queue")
    page.get_by_role("link", name="Practise").click()
    picture(page, "practice")
    for picker in page.locator(".levels").all():
        picker.locator(".level").nth(1).click()
    page.get_by_role("button", name="Compare with the panel").click()
    expect(page.get_by_text("1.0 lower on average")).to_be_visible()
    picture(page, "practised")
    page.get_by_role("link", name="My reviews").last.click()
    page.get_by_role("link", name="Review", exact=True).first.click()
    for picker in page.locator(".levels").all():
        picker.locator(".level").nth(2).click()
    page.locator("button[value=submit]").first.click()
    expect(page.get_by_text("Review submitted. You can change it")).to_be_visible()

    chairs = new_page(viewport={"width": 1440, "height": 900})
    sign_in(chairs, live_server, chair)
    chairs.goto(reverse("scoring:practice-list", args=[edition.slug]))
    picture(chairs, "practice-list")
    chairs.goto(reverse("rubrics:edit", args=[edition.slug]))
    picture(chairs, "frozen")
    chairs.get_by_role("button", name="Start a new version").click()
    chairs.get_by_role("link", name="Change Presenters").click()
    chairs.get_by_label("Question").fill("Did those on stage do the work themselves?")
    chairs.get_by_label("Weight").fill("2")
    picture(chairs, "criterion")
    chairs.get_by_role("button", name="Save criterion").click()
    expect(chairs.get_by_text("New: no scores yet")).to_be_visible()
    picture(chairs, "version")
    chairs.get_by_role("link", name="See what adopting does").click()
    expect(chairs.get_by_text("1 level on “Presenters” stays on record")).to_be_visible()
    picture(chairs, "adopt")
    chairs.get_by_role("button", name="Adopt this version").click()
    expect(chairs.get_by_text("Adopted. All scores are computed by this version")).to_be_visible()

    page.reload()
    expect(page.get_by_text("The rubric has changed since you submitted")).to_be_visible()
    picture(page, "incomplete")
    page.locator(".levels").last.locator(".level").nth(3).click()
    page.get_by_role("button", name="Save changes").first.click()
    expect(page.get_by_text("The rubric has changed since you submitted")).not_to_be_visible()
    review = Review.objects.get()
    assert sorted(review.scores.filter(criterion__rubric=review.rubric).values_list("level__value", flat=True)) == [
        *[3] * 5,
        4,
    ]
    page.goto(reverse("rubrics:read", args=[edition.slug]))
    picture(page, "read")
