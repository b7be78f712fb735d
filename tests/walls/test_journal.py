"""What the journal's page may tell, and to whom."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from expo.editions.states import RoleKind
from expo.proposals.services.conflict_facts import declare_conflict
from expo.proposals.services.drafts import create_draft
from tests import factories as make

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
