"""The wall: what is behind it cannot be told from what is seen."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext

from expo.accounts.models import User
from expo.accounts.services import save_coauthors
from expo.editions.states import RoleKind
from expo.kit import clock
from expo.kit.policy import allowed
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import behind_the_wall, conflicts_between
from expo.proposals.queries.listing import for_chairs, visible_to
from expo.proposals.states import ConflictSource
from tests import factories as make

from .conftest import CallFixture


@pytest.fixture
def chair(call: CallFixture) -> User:
    """A cochair who works for a subsidiary of the sponsor."""
    user = make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user
    subsidiary = make.OrganisationFactory(parent=call.sponsor.organisation)
    make.AffiliationFactory(user=user, organisation=subsidiary)
    return user


def sees(user: User, call: CallFixture) -> list[Any]:
    """Everything that this room's reads tell about other people's proposals."""
    chaired = for_chairs(user, call.edition)
    return [
        list(chaired.order_by("id").values()),
        chaired.count(),
        list(visible_to(user, call.edition).order_by("id").values_list("code", flat=True)),
        [allowed(user, "proposals.chair", each) for each in chaired],
    ]


def test_changing_what_is_hidden_changes_nothing_seen(call: CallFixture, chair: User) -> None:
    hidden, seen = call.submitted(), call.submitted(sponsor=call.rival)
    before = sees(chair, call)
    assert before[2] == [seen.code]
    Proposal.objects.filter(pk=hidden.pk).update(title="Other", state="accepted", merit=5, sponsor=call.sponsor)
    call.submitted()
    call.accepted()
    assert sees(chair, call) == before
    Proposal.objects.filter(sponsor=call.sponsor).delete()
    assert sees(chair, call) == before


def test_the_test_would_notice_a_leak(call: CallFixture, chair: User) -> None:
    seen = call.submitted(sponsor=call.rival)
    before = sees(chair, call)
    Proposal.objects.filter(pk=seen.pk).update(title="Other")
    assert sees(chair, call) != before


def test_superusers_are_walled_too(call: CallFixture, chair: User) -> None:
    chair.is_superuser = chair.is_staff = True
    chair.save()
    hidden = call.submitted()
    assert not allowed(chair, "proposals.chair", hidden)
    assert list(for_chairs(chair, call.edition)) == []


def test_a_role_in_one_edition_says_nothing_in_another(call: CallFixture, elsewhere: CallFixture, chair: User) -> None:
    proposal = elsewhere.submitted()
    assert not allowed(chair, "proposals.chair", proposal)
    assert list(for_chairs(chair, elsewhere.edition)) == []


def test_drafts_are_nobodys_business(call: CallFixture) -> None:
    chair = make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user
    draft, submitted = call.draft(), call.submitted()
    assert list(for_chairs(chair, call.edition)) == [submitted]
    assert not allowed(chair, "proposals.chair", draft)


def test_a_job_that_ended_long_ago_counts_no_more(call: CallFixture) -> None:
    ended = clock.now().date() - timedelta(days=366 * (call.edition.conflict_years + 1))
    stay = make.AffiliationFactory(organisation=call.sponsor.organisation, ended_on=ended)
    assert conflicts_between([stay.user], call.edition) == []


def test_nothing_of_another_edition_counts_in_this_one(call: CallFixture, elsewhere: CallFixture) -> None:
    person = make.UserFactory()
    make.AffiliationFactory(user=person, organisation=elsewhere.sponsor.organisation)
    make.TeamMemberFactory(user=person, sponsor=elsewhere.rival)
    make.ConflictFactory(user=person, sponsor=elsewhere.sponsor)
    assert conflicts_between([person], call.edition) == []
    assert {each.source for each in conflicts_between([person], elsewhere.edition)} == {
        ConflictSource.EMPLOYER,
        ConflictSource.OWN_TEAM,
        ConflictSource.DECLARED,
    }


def test_every_verified_address_counts_and_no_other(call: CallFixture) -> None:
    chair = make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user
    mail = f"me@{call.sponsor.domains[0]}"
    address = EmailAddress.objects.create(user=chair, email=mail, verified=False)
    assert conflicts_between([chair], call.edition) == []
    address.verified = True
    address.save()
    assert [each.source for each in conflicts_between([chair], call.edition)] == [ConflictSource.MAIL_DOMAIN]


def test_a_mail_domain_counts_for_the_sponsors_of_its_family_in_its_own_edition_only(call: CallFixture) -> None:
    labs = make.OrganisationFactory(parent=call.sponsor.organisation)
    sister = make.SponsorFactory(edition=call.edition, organisation=labs, domains=["labs.example"])
    make.SponsorFactory(organisation=labs)  # the same in another edition, without the domain
    chair = make.UserFactory(email="me@labs.example")
    assert [each.sponsor for each in conflicts_between([chair], call.edition)] == [call.sponsor.pk, sister.pk]
    (elsewhere,) = labs.sponsorships.exclude(pk=sister.pk)
    assert conflicts_between([chair], elsewhere.edition) == []


def test_behind_the_wall_names_every_hidden_proposal(call: CallFixture, chair: User) -> None:
    hidden = [call.submitted(), call.draft()]
    call.submitted(sponsor=call.rival)
    assert behind_the_wall(chair, call.edition) == {each.pk for each in hidden}


@pytest.mark.slow
def test_asking_costs_the_same_at_2_and_20(call: CallFixture, chair: User) -> None:
    save_coauthors(by=chair, coauthors=[("Ann Lee", None)])

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            conflicts_between([chair, call.member], call.edition)
        return len(captured)

    before = cost()
    for _ in range(20):
        sponsor = make.SponsorFactory(edition=call.edition, tier=call.sponsor.tier)
        make.AffiliationFactory(user=chair, organisation=sponsor.organisation)
        make.ConflictFactory(user=chair, sponsor=sponsor)
        made = make.PresenterFactory(proposal=call.submitted(sponsor=sponsor), email=chair.email)
        save_coauthors(by=chair, coauthors=[(made.name, None)])
    assert cost() == before == 1
