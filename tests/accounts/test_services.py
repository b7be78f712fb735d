"""Verbs on people."""

from datetime import UTC, date, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from expo.accounts import services
from expo.accounts.models import Affiliation, ApiToken, Coauthor, Organisation, User
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from tests.concurrency import race
from tests.factories import AffiliationFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db


def facts():
    return list(Entry.objects.order_by("id").values_list("fact", flat=True))


def test_an_unknown_person_is_made_without_password_and_with_an_unproven_address():
    user = services.ensure_person(by=None, email=" Ada@Example.ORG ", name="  Ada \n Lovelace ")
    assert (user.email, user.name, user.has_usable_password()) == ("ada@example.org", "Ada Lovelace", False)
    assert list(EmailAddress.objects.values_list("user", "email", "primary", "verified")) == [
        (user.pk, "ada@example.org", True, False)
    ]
    assert facts() == ["accounts.person_added"]


def test_a_known_person_stays_as_they_are():
    known = UserFactory(email="ada@example.org", name="Ada")
    assert services.ensure_person(by=None, email="ADA@example.org", name="Somebody else") == known
    known.refresh_from_db()
    assert known.name == "Ada"
    assert facts() == []


@pytest.mark.parametrize(
    "email", ["", "ada", "ada@", "a b@c.example", "ada@example.org\nBcc: all@example.org", "x" * 250 + "@e.org"]
)
def test_what_is_no_address_makes_nobody(email):
    with pytest.raises(Invalid) as refusal:
        services.ensure_person(by=None, email=email)
    assert (refusal.value.code, refusal.value.field) == ("bad-email", "email")
    assert User.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_invitations_of_one_person_make_one_person():
    users = race(*[lambda: services.ensure_person(by=None, email="ada@example.org")] * 3)
    assert {user.pk for user in users} == {User.objects.get().pk}
    assert EmailAddress.objects.count() == 1


def test_organisations_are_one_whatever_the_case_and_spaces():
    known = OrganisationFactory(name="Example Labs")
    assert services.ensure_organisation(by=None, name="  EXAMPLE   labs ") == known
    with pytest.raises(IntegrityError), transaction.atomic():
        OrganisationFactory(name="example labs")


def test_joining_and_leaving_a_company_are_facts_that_the_wall_follows():
    user = UserFactory()
    with clock.at(datetime(2024, 6, 1, tzinfo=UTC)):
        made = services.add_affiliation(
            by=user, organisation="Example Labs", relation="employee", started_on=date(2020, 1, 1)
        )
    services.end_affiliation(by=user, affiliation=made, ended_on=date(2024, 6, 30))
    assert list(Affiliation.objects.values_list("organisation__name", "started_on", "ended_on")) == [
        ("Example Labs", date(2020, 1, 1), date(2024, 6, 30))
    ]
    assert facts() == ["accounts.organisation_added", "accounts.affiliations_changed", "accounts.affiliations_changed"]
    last = Entry.objects.last()
    assert last.data == {"change": "ended", "organisation": made.organisation_id, "user": user.pk}
    assert [one.task for one in last.reactions.all()] == ["assignments.release_conflicted", "proposals.ask_claims"]


@pytest.mark.parametrize(
    ("dates", "code"),
    [
        ({"started_on": date(2024, 1, 2), "ended_on": date(2024, 1, 1)}, "ends-before-start"),
        ({"started_on": date(1066, 10, 14)}, "odd-date"),
        ({"ended_on": date(9999, 1, 1)}, "odd-date"),
    ],
)
def test_impossible_dates_are_refused(dates, code):
    with pytest.raises(Invalid) as refusal:
        services.add_affiliation(by=UserFactory(), organisation="Example Labs", relation="employee", **dates)
    assert refusal.value.code == code
    assert not Affiliation.objects.exists()


def test_the_same_job_is_listed_once():
    user = UserFactory()
    services.add_affiliation(by=user, organisation="Example Labs", relation="employee")
    with pytest.raises(Invalid, match="already on your list"):
        services.add_affiliation(by=user, organisation="example labs", relation="employee")
    assert Affiliation.objects.count() == 1


def test_a_stay_ends_once_and_only_by_its_owner():
    stay = AffiliationFactory(said_at=datetime(2023, 1, 1, tzinfo=UTC))
    with pytest.raises(Affiliation.DoesNotExist):
        services.end_affiliation(by=UserFactory(), affiliation=stay, ended_on=date(2024, 1, 1))
    services.end_affiliation(by=stay.user, affiliation=stay, ended_on=date(2024, 1, 1))
    with pytest.raises(WrongState):
        services.end_affiliation(by=stay.user, affiliation=stay, ended_on=date(2025, 1, 1))


def test_postgresql_refuses_a_stay_that_ends_before_it_starts():
    stay = AffiliationFactory(started_on=date(2024, 1, 2))
    with pytest.raises(IntegrityError), transaction.atomic():
        Affiliation.objects.filter(pk=stay.pk).update(ended_on=date(2024, 1, 1))


def test_postgresql_refuses_an_organisation_that_owns_itself():
    one = OrganisationFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.filter(pk=one.pk).update(parent=one.pk)


def test_a_token_is_stored_hashed_and_ends():
    user = UserFactory()
    token, plain = services.create_token(by=user, label="website", scope="write", edition_slug="icml-2027", days=30)
    assert plain not in str(ApiToken.objects.values().get())
    assert (token.scope, token.edition_slug) == ("write", "icml-2027")
    assert timedelta(days=29) < token.expiry - clock.now() <= timedelta(days=30)
    assert Entry.objects.get().data == {"label": "website", "scope": "write", "edition": "icml-2027"}


@pytest.mark.parametrize("days", [0, -1, 366, 10**9])
def test_a_token_cannot_live_for_ever(days):
    with pytest.raises(Invalid, match="valid for 1 to 365 days"):
        services.create_token(by=UserFactory(), label="website", days=days)


def test_there_is_an_end_to_tokens_and_labels_are_unique_per_person():
    user = UserFactory()
    for n in range(services.MOST_TOKENS):
        services.create_token(by=user, label=f"script {n}")
    with pytest.raises(Invalid) as refusal:
        services.create_token(by=user, label="SCRIPT 3")
    assert refusal.value.code == "token-label-taken"
    with pytest.raises(Invalid) as refusal:
        services.create_token(by=user, label="one more")
    assert refusal.value.code == "too-many-tokens"
    services.create_token(by=UserFactory(), label="script 3")


def test_nobody_revokes_somebody_elses_token():
    token, _ = services.create_token(by=UserFactory(), label="website")
    with pytest.raises(ApiToken.DoesNotExist):
        services.revoke_token(by=UserFactory(), token=token)
    services.revoke_token(by=token.user, token=token)
    assert not ApiToken.objects.exists()


# --- Coauthors ----------------------------------------------------------------------------------------


def coauthors(user):
    return list(Coauthor.objects.filter(user=user).order_by("name").values_list("name", "last_year"))


def test_a_coauthor_is_kept_once_with_the_last_year_and_never_oneself():
    user = UserFactory(name="Ada Lovelace")
    new = services.save_coauthors(
        by=user,
        coauthors=[("Lovelace, Ada", 2020), ("Charles  Babbage", 2019), ("Babbage, Charles", 2021), ("Bo Li", 2020)],
    )
    assert (new, coauthors(user)) == (2, [("Babbage, Charles", 2021), ("Bo Li", 2020)])
    assert facts() == ["accounts.affiliations_changed"]


def test_years_only_grow_and_an_unknown_one_stays_unknown():
    user = UserFactory()
    for year in (2020, 2019, 2022):
        services.save_coauthors(by=user, coauthors=[("Bo Li", year)])
    assert coauthors(user) == [("Bo Li", 2022)]
    services.save_coauthors(by=user, coauthors=[("BO LI", None)])
    assert services.save_coauthors(by=user, coauthors=[("Bo Li", 2026)]) == 0
    assert coauthors(user) == [("Bo Li", None)]


def test_nothing_new_is_no_fact():
    user = UserFactory()
    services.save_coauthors(by=user, coauthors=[("Bo Li", 2020)])
    services.save_coauthors(by=user, coauthors=[("Bo Li", 2020), ("  ", 2021)])
    assert facts() == ["accounts.affiliations_changed"]


def test_there_is_an_end_to_coauthors(monkeypatch):
    monkeypatch.setattr(services, "MOST_COAUTHORS", 1)
    user = UserFactory()
    with pytest.raises(Invalid) as refusal:
        services.save_coauthors(by=user, coauthors=[("Bo Li", 2020), ("Ann Lee", 2020)])
    assert (refusal.value.code, coauthors(user)) == ("too-many-coauthors", [])
