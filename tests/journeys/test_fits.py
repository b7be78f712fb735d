"""A chair before verdicts leave: a suggested selection, what blocks and what helps, all answered by a live worker."""

import os
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from expo.editions.states import Phase
from expo.proposals.models import Availability
from reviews.decisions.queries.asks import ASKS
from reviews.decisions.services.decisions import decide
from tests.factories import EXPO_DAY, PresenterFactory, RoomFactory
from tests.scoring.fixtures import ScoringFixture, open_review

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def panel(transactional_db: None) -> ScoringFixture:
    panel = open_review(Phase.DECIDE, places=3)
    RoomFactory(edition=panel.edition, name="Hall A", capacity=300)
    for title, value, since in [
        ("Batch scheduling on shared accelerators", 4, 9),
        ("What failed when we served a model to millions", 3, 9),
        ("Forecasting demand with very little data", 2, None),
        ("A benchmark for retrieval that ages well", 2, None),
    ]:
        proposal = panel.proposal(value, value, value, title=title)
        person = PresenterFactory(proposal=proposal)
        if since:
            spans = [datetime.combine(EXPO_DAY, time(hour), panel.edition.zone).astimezone(UTC) for hour in (10, 12)]
            Availability.objects.create(presenter=person, starts_at=spans[0], ends_at=spans[1])
    return panel


def sign_in(page, user, live_server):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )


def picture(page, name):
    if folder := os.environ.get("EXPO_PICTURES"):
        for width in (320, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(300)
            page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)


def test_a_chair_sees_what_fits_what_conflicts_and_what_helps(panel, worker, new_page, live_server):
    page = new_page()
    sign_in(page, panel.chair, live_server)

    page.goto(reverse("decisions:fits", args=[panel.edition.slug]))
    page.get_by_role("button", name="Suggest a selection").click()
    expect(page.get_by_text("The timetable changes the selection")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("cannot both be scheduled").first).to_be_visible()
    picture(page, "joint")

    for proposal in panel.edition.proposals.filter(title__regex="^(Batch|What)"):
        decide(by=panel.chair, proposal=proposal, verdict="accept", reason="above_the_line", confirmed=ASKS)

    page.goto(reverse("decisions:desk", args=[panel.edition.slug]))
    expect(page.get_by_text("Not known yet")).to_be_visible()
    picture(page, "desk")
    page.get_by_role("link", name="See details").click()
    page.get_by_role("button", name="Ask the scheduler").click()
    expect(page.get_by_text("It does not fit")).to_be_visible(timeout=60_000)
    picture(page, "check")

    page.get_by_role("link", name="Leave out “What failed").click()
    page.get_by_label("Reject").check()
    page.get_by_label("Reason").select_option("no_place_left")
    page.get_by_role("button", name="Save verdict").click()
    expect(page.get_by_role("region", name="Can it be scheduled?").get_by_text("Fits", exact=True)).to_be_visible()
    page.get_by_role("link", name="See timetable").click()
    picture(page, "fits")
