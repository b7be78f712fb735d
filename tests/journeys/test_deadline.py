"""A deadline passes while somebody writes: grace, then more time for one sponsor, then a change request."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.states import Phase, RoleKind
from expo.kit import clock
from expo.proposals.models import ChangeRequest, Proposal, WorkingCopy
from tests import factories as make
from tests.live_workers import wait_until

from .people import field

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def edition() -> Edition:
    return make.EditionFactory(name="Expo of deadlines", reviews_due_at=None)


@pytest.fixture
def draft(edition: Edition) -> Proposal:
    talk, tier = make.FormatFactory(edition=edition), make.TierFactory(edition=edition)
    make.EntitlementFactory(tier=tier, format=talk, may_submit=3)
    sponsor = make.SponsorFactory(edition=edition, tier=tier)
    member = make.TeamMemberFactory(sponsor=sponsor).user
    proposal = make.ProposalFactory(edition=edition, sponsor=sponsor, format=talk, created_by=member)
    make.PresenterFactory(proposal=proposal)
    return proposal


def browse(new_page: Any, live_server: Any, person: User) -> Page:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page: Page = new_page(viewport={"width": 1440, "height": 900})
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    return page


def passes(edition: Edition, **fields: Any) -> None:
    """The deadline was an hour ago."""
    Edition.objects.filter(pk=edition.pk).update(call_closes_at=clock.now() - timedelta(hours=1), **fields)


def test_a_deadline_that_passes_while_somebody_writes(
    new_page: Any, live_server: Any, edition: Edition, draft: Proposal
) -> None:
    at = [edition.slug, draft.code]
    member, organiser, chair = (
        browse(new_page, live_server, who)
        for who in (
            draft.created_by,
            make.RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user,
            make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user,
        )
    )

    # In the grace the form still submits.
    member.goto(reverse("proposals:edit", args=at))
    field(member, "Title").first.fill("Typed before the deadline")
    passes(edition, call_grace_minutes=180)
    member.get_by_role("button", name="Check and submit").click()
    expect(member.get_by_text("late submissions are taken until").first).to_be_visible()

    # After it the words are kept and not submitted.
    passes(edition, call_grace_minutes=0, phase=Phase.REVIEW)
    member.goto(reverse("proposals:edit", args=at))
    field(member, "Title").first.fill("Typed after the deadline")
    member.get_by_role("button", name="Save draft").click()
    wait_until(lambda: Proposal.objects.get().title == "Typed after the deadline", "the draft")
    member.goto(reverse("proposals:detail", args=at))
    expect(member.get_by_text("Not submitted before the deadline").first).to_be_visible()
    expect(member.get_by_role("heading", name="Typed after the deadline").first).to_be_visible()

    # An organiser gives more time, and the team submits.
    organiser.goto(reverse("sponsors:edit", args=[edition.slug, draft.sponsor_id]))
    organiser.get_by_role("link", name="More time").click()
    until = (clock.now() + timedelta(hours=6)).astimezone(edition.zone)
    field(organiser, "May submit until").fill(f"{until:%Y-%m-%dT%H:%M}")
    field(organiser, "Reason").fill("Their network was down.")
    organiser.get_by_role("button", name="Give more time").click()
    expect(organiser.get_by_text("valid")).to_be_visible()
    member.goto(reverse("proposals:submit", args=at))
    expect(member.get_by_text("Your team may submit until").first).to_be_visible()
    member.get_by_role("button", name="Submit", exact=True).click()
    expect(member.get_by_text("Submitted.").first).to_be_visible()
    organiser.get_by_text("Take back").first.click()
    organiser.get_by_role("button", name="Take back").last.click()
    expect(organiser.get_by_text("taken back").first).to_be_visible()

    # Then only a change that the chairs accept counts.
    member.goto(reverse("proposals:edit", args=at))
    field(member, "Title").first.fill("Corrected title")
    member.get_by_role("button", name="Save changes").click()
    wait_until(lambda: WorkingCopy.objects.filter(title="Corrected title").exists(), "the change")
    member.goto(reverse("proposals:detail", args=at))
    member.get_by_role("link", name="Ask for the change").first.click()
    field(member, "Why it should change").fill("The number in it was wrong.")
    member.get_by_role("button", name="Ask for the change").click()
    expect(member.get_by_text("the chairs have not answered yet").first).to_be_visible()
    chair.goto(reverse("proposals:change-requests", args=[edition.slug]))
    chair.get_by_role("link", name="Read and answer").click()
    chair.get_by_label("Accept: Title").check()
    chair.get_by_role("button", name="Answer").click()
    expect(chair.get_by_text("Accepted").first).to_be_visible()
    assert (Proposal.objects.get().title, ChangeRequest.objects.get().state) == ("Corrected title", "accepted")
    member.goto(reverse("proposals:detail", args=at))
    expect(member.get_by_text("Your change was accepted")).to_be_visible()
