"""What the journal's page may tell, and to whom."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from expo.editions.states import Phase, RoleKind
from expo.proposals.services.conflict_facts import declare_conflict
from expo.proposals.services.drafts import create_draft
from reviews.decisions.queries.asks import ASKS
from reviews.decisions.services.batches import create_batch, put_in_batch, release_batch
from reviews.decisions.services.decisions import decide
from tests import factories as make
from tests.scoring.fixtures import open_review

pytestmark = pytest.mark.django_db


def journal(user: Any, edition: Any) -> str:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(reverse("insight:audit", args=[edition.slug])).content.decode()


def test_a_chair_does_not_read_who_has_a_conflict_with_their_own_employer() -> None:
    sponsor = make.SponsorFactory()
    chair, walled, reviewer = (make.RoleFactory(edition=sponsor.edition, kind=RoleKind.COCHAIR).user for _ in range(3))
    make.AffiliationFactory(user=walled, organisation=sponsor.organisation)
    declare_conflict(by=reviewer, user=reviewer, sponsor=sponsor)
    declared = f"{reviewer} and {sponsor}"
    assert declared in journal(chair, sponsor.edition)
    assert declared not in journal(walled, sponsor.edition)


def test_nobody_reads_a_draft_in_the_journal() -> None:
    member = make.TeamMemberFactory()
    edition, talk = member.sponsor.edition, make.FormatFactory(edition=member.sponsor.edition)
    make.EntitlementFactory(tier=member.sponsor.tier, format=talk)
    organiser = make.RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user
    create_draft(by=member.user, sponsor=member.sponsor, format=talk, title="Our unannounced product")
    assert "Our unannounced product" not in journal(organiser, edition)


def test_a_chair_does_not_read_that_a_batch_which_they_may_not_see_was_released() -> None:
    panel = open_review(Phase.DECIDE)
    hidden, other = panel.proposal(4), panel.cochair()
    make.ConflictFactory(user=panel.chair, sponsor=hidden.sponsor)
    decide(by=other, proposal=hidden, verdict="accept", reason="chairs_call", feedback="Well done.", confirmed=ASKS)
    batch = create_batch(by=other, edition=panel.edition, name="Verdicts of Friday")
    put_in_batch(by=other, batch=batch, proposals=[hidden])
    release_batch(by=other, batch=batch)
    assert "Verdicts of Friday" in journal(other, panel.edition)
    assert "Verdicts of Friday" not in journal(panel.chair, panel.edition)
