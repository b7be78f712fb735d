"""A chair drafts feedback: it follows verdict and reason until it is edited, and goes back when it changed."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from expo.editions.states import Phase
from reviews.decisions.models import Decision
from tests.factories import TeamMemberFactory
from tests.scoring.fixtures import ScoringFixture, open_review

from .test_fits import picture, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def panel(transactional_db: None) -> ScoringFixture:
    panel = open_review(Phase.DECIDE)
    for value in (4, 3):
        panel.proposal(value, value, value)
    return panel


def test_the_draft_follows_the_choices_and_an_edited_text_stays(panel, new_page, live_server):
    short = panel.proposal(2, 3, 2, title="Forecasting demand with very little data")
    panel.review(short, panel.reviewers[3], 2, is_recruiting=True)
    TeamMemberFactory(sponsor=short.sponsor)
    page = new_page()
    sign_in(page, panel.chair, live_server)
    page.goto(reverse("decisions:desk", args=[panel.edition.slug]))
    expect(page.get_by_text("1 of 4 reviews flags recruiting or sales: read them first.")).to_have_count(1)
    picture(page, "desk")
    page.get_by_role("link", name="Forecasting demand with very little data").click()
    text = page.get_by_label("Feedback to the sponsor")
    expect(text).to_have_value(saying("would have had a place if every reviewer"))
    page.get_by_label("Reason").select_option("off_topic")
    expect(text).to_have_value(saying("does not match the topics of this Expo"))
    page.get_by_role("radio", name="Waitlist").check()
    expect(text).to_have_value(saying("does not match the topics of this Expo"))
    page.get_by_label("Reason").select_option("no_place_left")
    expect(text).to_have_value(saying("would have had a place if every reviewer"))
    page.get_by_role("radio", name="Reject").check()
    expect(page.get_by_label("Reason")).to_have_value("below_the_line")
    picture(page, "decide")
    text.fill("Come back with the measurements.")
    page.get_by_label("Reason").select_option("duplicate")
    expect(page.get_by_text("Your text is kept")).to_be_visible()
    expect(text).to_have_value("Come back with the measurements.")
    page.get_by_role("button", name="Save verdict").click()
    expect(page.get_by_role("heading", name="Decisions")).to_be_visible()
    decision = Decision.objects.get()
    assert (decision.verdict, decision.reason) == ("reject", "duplicate")
    assert decision.feedback == "Come back with the measurements."


def saying(words):
    return re.compile(re.escape(words))
