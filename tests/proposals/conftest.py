"""An edition in its call, a Gold sponsor who may submit two talks, somebody in its team, and a rival beside them."""

from dataclasses import dataclass
from typing import Any

import pytest

from expo.accounts.models import User
from expo.editions.models import Edition, Format
from expo.proposals.models import Proposal
from expo.sponsors.models import Sponsor
from tests import factories as make


@dataclass
class CallFixture:
    edition: Edition
    talk: Format
    sponsor: Sponsor
    member: User
    rival: Sponsor
    rival_member: User

    def draft(self, **fields: Any) -> Proposal:
        """A draft that can be submitted as it stands."""
        fields = {"sponsor": self.sponsor, "format": self.talk, "created_by": self.member, **fields}
        proposal = make.ProposalFactory(edition=self.edition, **fields)
        make.PresenterFactory(proposal=proposal)
        return proposal

    def submitted(self, **fields: Any) -> Proposal:
        fields = {"sponsor": self.sponsor, "format": self.talk, "created_by": self.member, **fields}
        return make.SubmittedFactory(edition=self.edition, **fields)

    def accepted(self, **fields: Any) -> Proposal:
        fields = {"sponsor": self.sponsor, "format": self.talk, "created_by": self.member, **fields}
        return make.AcceptedFactory(edition=self.edition, **fields)

    def url(self, name: str, proposal: Proposal | None = None) -> str:
        from django.urls import reverse

        return reverse(f"proposals:{name}", args=[self.edition.slug, *([proposal.code] if proposal else [])])


@pytest.fixture
def call(db: None) -> CallFixture:
    return new_call()


def new_call() -> CallFixture:
    edition = make.EditionFactory()
    talk = make.FormatFactory(edition=edition)
    tier = make.TierFactory(edition=edition)
    make.EntitlementFactory(tier=tier, format=talk, may_submit=2, may_be_accepted=1)
    sponsor, rival = (make.SponsorFactory(edition=edition, tier=tier) for _ in range(2))
    member, rival_member = (make.TeamMemberFactory(sponsor=each).user for each in (sponsor, rival))
    return CallFixture(edition, talk, sponsor, member, rival, rival_member)


@pytest.fixture
def elsewhere(db: None) -> CallFixture:
    """Another edition, as like the first as can be."""
    return new_call()
