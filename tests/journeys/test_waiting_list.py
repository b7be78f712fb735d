"""After publication: a sponsor declines, a chair accepts the next on the waiting list, and that sponsor confirms."""

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from expo.editions.models import Edition
from expo.editions.states import Phase
from expo.kit import clock
from expo.notify.models import Message
from expo.proposals.models import Proposal
from reviews.decisions.services.batches import create_batch, put_in_batch, release_batch
from reviews.decisions.services.decisions import decide
from tests.factories import TeamMemberFactory
from tests.scoring.fixtures import ScoringFixture, open_review

from .test_fits import picture, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def panel(transactional_db: None) -> ScoringFixture:
    """Two talks accepted, two on the waiting list; the verdicts are out, and the program is published."""
    panel = open_review(Phase.DECIDE)
    panel.edition.confirm_by_at = clock.now() + timedelta(days=5)
    panel.edition.save()
    made = []
    for verdict, title, levels in (
        ("accept", "Robots that learn", (4, 4)),
        ("accept", "Search at scale", (3, 4)),
        ("waitlist", "Forecasts that hold", (3, 3)),
        ("waitlist", "Small models", (2, 2)),
    ):
        proposal = panel.proposal(*levels, title=title)
        TeamMemberFactory(sponsor=proposal.sponsor)
        decide(by=panel.chair, proposal=proposal, verdict=verdict, reason="chairs_call", feedback="Thank you.")
        made.append(proposal)
    batch = create_batch(by=panel.chair, edition=panel.edition, name="First verdicts")
    put_in_batch(by=panel.chair, batch=batch, proposals=made)
    release_batch(by=panel.chair, batch=batch)
    Edition.objects.filter(pk=panel.edition.pk).update(phase=Phase.PUBLISHED)
    return panel


def test_a_declined_place_goes_to_the_next_who_confirms(panel, new_page, live_server):
    gone = Proposal.objects.get(title="Robots that learn")
    sponsor = new_page()
    sign_in(sponsor, gone.sponsor.team.get().user, live_server)
    sponsor.goto(reverse("proposals:detail", args=[panel.edition.slug, gone.code]))
    sponsor.get_by_role("link", name="Decline").click()
    sponsor.get_by_label("Reason").fill("Our speaker changed jobs.")
    picture(sponsor, "decline")
    sponsor.get_by_role("button", name="Decline").click()
    expect(sponsor.get_by_text("Declined. Thank you for saying so")).to_be_visible()

    chair = new_page()
    sign_in(chair, panel.chair, live_server)
    chair.goto(reverse("decisions:desk", args=[panel.edition.slug]))
    places = chair.get_by_role("region", name="Places for the waiting list")
    expect(places.get_by_text("Reason given: Our speaker changed jobs.")).to_be_visible()
    expect(places.get_by_text("Next on the waiting list: Forecasts that hold")).to_be_visible()
    expect(places.get_by_role("button", name="Accept “Small models”")).not_to_be_visible()
    picture(chair, "free-places")
    places.get_by_role("button", name="Accept “Forecasts that hold”").click()
    expect(chair.get_by_text("is accepted, and its sponsor is being notified.")).to_be_visible()
    expect(chair.get_by_role("region", name="Places for the waiting list")).to_have_count(0)

    taker = Proposal.objects.get(title="Forecasts that hold")
    other = new_page()
    sign_in(other, taker.sponsor.team.get().user, live_server)
    other.goto(reverse("proposals:detail", args=[panel.edition.slug, taker.code]))
    other.get_by_role("link", name="Confirm", exact=True).click()
    other.get_by_role("button", name="Confirm and save").click()
    expect(other.get_by_text("Confirmed, thank you.")).to_be_visible()
    states = dict(Proposal.objects.values_list("title", "state"))
    assert states == {
        "Robots that learn": "withdrawn",
        "Search at scale": "accepted",
        "Forecasts that hold": "confirmed",
        "Small models": "waitlisted",
    }
    assert Message.objects.filter(kind="decisions/accepted", proposal_id=taker.pk).count() == 1
