"""Nobody makes a conflict of their own go away: not by dates, not by another address, not by leaving a team."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from expo.accounts.services import add_affiliation, end_affiliation
from expo.editions.states import RoleKind
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed
from expo.proposals.queries.conflict_wall import conflicts_between, wall
from expo.proposals.services.conflict_facts import take_back_conflict
from expo.proposals.states import ConflictSource
from expo.sponsors.services.invitations import invite_to_team
from expo.sponsors.services.teams import remove_team_member
from tests import factories as make

pytestmark = pytest.mark.django_db

TODAY = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _today() -> Any:
    with clock.at(TODAY):
        yield


@pytest.fixture
def sponsor() -> Any:
    """A company whose people write from alpha.example."""
    return make.SponsorFactory(organisation__name="Alpha", domains=["alpha.example"])


def chair_of(sponsor: Any, **person: Any) -> Any:
    return make.RoleFactory(edition=sponsor.edition, kind=RoleKind.COCHAIR, user=make.UserFactory(**person)).user


def hides(person: Any, sponsor: Any) -> bool:
    return sponsor.pk in wall(person, sponsor.edition).sponsors


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


# --- Employers ----------------------------------------------------------------------------------------


def test_a_job_does_not_end_before_its_owner_said_to_have_it(sponsor: Any) -> None:
    chair = chair_of(sponsor)
    stay = add_affiliation(by=chair, organisation="Alpha", relation="employee", started_on=date(2015, 1, 1))
    with pytest.raises(Invalid) as refusal:
        end_affiliation(by=chair, affiliation=stay, ended_on=date(2016, 11, 22))
    assert refusal.value.code == "ends-before-said"
    assert hides(chair, sponsor)


def test_a_job_that_ends_today_still_counts_for_some_years(sponsor: Any) -> None:
    chair = chair_of(sponsor)
    stay = add_affiliation(by=chair, organisation="Alpha", relation="employee")
    end_affiliation(by=chair, affiliation=stay, ended_on=TODAY.date())
    with clock.at(TODAY + timedelta(days=400)):
        assert hides(chair, sponsor)


# --- Mail addresses -----------------------------------------------------------------------------------


def test_a_removed_address_still_counts_for_as_long_as_a_past_employer(sponsor: Any) -> None:
    chair = chair_of(sponsor, email="kim@alpha.example")
    own = EmailAddress.objects.create(user=chair, email="kim@home.example", verified=True)
    client, page = signed_in(chair), reverse("account_email")
    client.post(page, {"action_primary": "", "email": own.email})
    client.post(page, {"action_remove": "", "email": "kim@alpha.example"})
    chair.refresh_from_db()
    assert (chair.email, list(chair.emailaddress_set.values_list("email", flat=True))) == (own.email, [own.email])
    (found,) = conflicts_between([chair], sponsor.edition)
    assert (found.sponsor, found.source) == (sponsor.pk, ConflictSource.MAIL_DOMAIN)
    with clock.at(TODAY + timedelta(days=366 * sponsor.edition.conflict_years)):
        assert not hides(chair, sponsor)


def test_an_address_that_was_never_proved_leaves_no_trace(sponsor: Any) -> None:
    chair = chair_of(sponsor)
    EmailAddress.objects.create(user=chair, email="mistyped@alpha.example", verified=False)
    signed_in(chair).post(reverse("account_email"), {"action_remove": "", "email": "mistyped@alpha.example"})
    assert chair.emailaddress_set.count() == 1
    assert not hides(chair, sponsor)


# --- Teams --------------------------------------------------------------------------------------------


def test_leaving_a_team_leaves_the_conflict(sponsor: Any) -> None:
    chair, contact = chair_of(sponsor), make.TeamMemberFactory(sponsor=sponsor)
    member = make.TeamMemberFactory(sponsor=sponsor, user=chair)
    remove_team_member(by=chair, sponsor=sponsor, member=member)
    (found,) = conflicts_between([chair], sponsor.edition)
    assert (found.source, found.detail) == (
        ConflictSource.OWN_TEAM,
        f"Belonged to the team of {sponsor} until 22 November 2026.",
    )
    assert contact.sponsor.team.count() == 1


def test_only_a_chair_without_a_conflict_takes_it_back(sponsor: Any) -> None:
    chair, other = chair_of(sponsor), chair_of(sponsor)
    make.TeamMemberFactory(sponsor=sponsor)
    member = make.TeamMemberFactory(sponsor=sponsor, user=chair)
    remove_team_member(by=chair, sponsor=sponsor, member=member)
    with pytest.raises(NotAllowed):
        take_back_conflict(by=chair, conflict=chair.conflicts.get())
    take_back_conflict(by=other, conflict=chair.conflicts.get())
    assert not hides(chair, sponsor)


def test_a_sponsor_goes_with_its_team_and_leaves_nothing_behind(sponsor: Any) -> None:
    make.TeamMemberFactory(sponsor=sponsor)
    sponsor.delete()


def test_nobody_brings_themselves_into_a_team(sponsor: Any) -> None:
    organiser = make.RoleFactory(edition=sponsor.edition, kind=RoleKind.ORGANISER).user
    with pytest.raises(NotAllowed) as refusal:
        invite_to_team(by=organiser, sponsor=sponsor, email=organiser.email.upper())
    assert refusal.value.code == "joins-own-team"
    assert not sponsor.invitations.exists()
