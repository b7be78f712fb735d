"""Who belongs to whom: an organiser asks, site staff decide, and conflicts follow in every edition."""

import pytest

from expo.accounts.models import Organisation
from expo.editions.states import RoleKind
from expo.journal.models import Entry, Reaction
from expo.kit.errors import NotAllowed, Refused
from expo.notify.models import Message
from expo.proposals.queries.conflict_wall import conflicts_between
from expo.proposals.services.conflict_facts import (
    confirm_parent,
    decline_parent,
    remove_parent,
    request_parent,
    save_domains,
)
from expo.proposals.states import ConflictSource
from expo.sponsors.models import ParentRequest
from expo.sponsors.services.sponsors import add_sponsor, import_sponsors
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def google():
    return make.SponsorFactory(organisation__name="Google", domains=["google.example"])


@pytest.fixture
def organiser(google):
    return make.RoleFactory(edition=google.edition, kind=RoleKind.ORGANISER).user


@pytest.fixture
def staff():
    return make.UserFactory(is_staff=True)


@pytest.fixture
def researcher(google):
    """A reviewer who works for DeepMind."""
    user = make.RoleFactory(edition=google.edition, kind=RoleKind.REVIEWER).user
    make.AffiliationFactory(user=user, organisation=make.OrganisationFactory(name="DeepMind"))
    return user


def ask(google, by, name="DeepMind", is_subsidiary=True):
    return request_parent(by=by, sponsor=google, name=name, is_subsidiary=is_subsidiary)


def conflicts(user, sponsor):
    return [each.source for each in conflicts_between([user], sponsor.edition) if each.sponsor == sponsor.pk]


def test_a_parent_counts_from_the_moment_site_staff_confirm_it_until_they_remove_it(
    google, organiser, staff, researcher
):
    asked = ask(google, organiser)
    assert conflicts(researcher, google) == []
    confirm_parent(by=staff, request=asked)
    assert conflicts(researcher, google) == [ConflictSource.EMPLOYER]
    remove_parent(by=staff, organisation=Organisation.objects.get(name="DeepMind"))
    assert conflicts(researcher, google) == []
    facts = Entry.objects.filter(fact__startswith="sponsors.parent").order_by("id")
    assert list(facts.values_list("fact", "edition_id", "actor")) == [
        ("sponsors.parent_requested", google.edition_id, organiser.pk),
        ("sponsors.parent_confirmed", google.edition_id, staff.pk),
        ("sponsors.parent_removed", google.edition_id, staff.pk),
    ]
    released = Reaction.objects.filter(entry__fact="sponsors.parent_confirmed").values_list("task", flat=True)
    assert list(released) == ["assignments.release_conflicted"]
    assert ParentRequest.objects.get().state == "removed"


def test_staff_are_asked_by_mail_and_who_asked_gets_the_answer(google, organiser, staff):
    decline_parent(by=staff, request=ask(google, organiser))
    assert list(Message.objects.order_by("id").values_list("recipient", "subject")) == [
        (staff.pk, "Please confirm: DeepMind belongs to Google"),
        (organiser.pk, "Declined: DeepMind belongs to Google"),
    ]
    assert Organisation.objects.get(name="DeepMind").parent is None


def test_a_confirmed_parent_is_journalled_in_every_edition_where_it_acts(google, organiser, staff):
    elsewhere = make.SponsorFactory(organisation=google.organisation)
    make.SponsorFactory()
    confirm_parent(by=staff, request=ask(google, organiser, "Alphabet", is_subsidiary=False))
    noted = Entry.objects.filter(fact="sponsors.parent_confirmed").values_list("edition_id", flat=True)
    assert set(noted) == {google.edition_id, elsewhere.edition_id}


def test_circles_second_parents_and_doubles_are_refused(google, organiser, staff):
    confirm_parent(by=staff, request=ask(google, organiser, "Alphabet", is_subsidiary=False))
    confirm_parent(by=staff, request=ask(google, organiser))
    ask(google, organiser, "Google Labs")
    for name, is_subsidiary, code in [
        ("Google", False, "own-parent"),
        ("google", True, "own-parent"),
        ("Alphabet", False, "parent-known"),
        ("Other Holding", False, "has-a-parent"),
        ("Alphabet", True, "parent-cycle"),
        ("Google Labs", True, "parent-requested"),
        ("", True, "name-missing"),
    ]:
        with pytest.raises(Refused) as refusal:
            ask(google, organiser, name, is_subsidiary)
        assert (refusal.value.code, refusal.value.field) == (code, "name")


def test_two_requests_that_would_close_a_circle_are_not_both_confirmed(google, organiser, staff):
    up, down = ask(google, organiser, "Alphabet", is_subsidiary=False), ask(google, organiser, "Alphabet")
    confirm_parent(by=staff, request=up)
    with pytest.raises(Refused) as refusal:
        confirm_parent(by=staff, request=down)
    assert refusal.value.code == "parent-cycle"


def test_nobody_decides_about_their_own_family(google, organiser, staff, researcher):
    """Else whoever works there could end the conflict that keeps them away."""
    make.AffiliationFactory(user=staff, organisation=Organisation.objects.get(name="DeepMind"))
    asked = ask(google, organiser)
    for verb in (confirm_parent, decline_parent):
        with pytest.raises(NotAllowed, match="You have a conflict of interest with Google") as refusal:
            verb(by=staff, request=asked)
        assert refusal.value.code == "own-conflict"
    confirm_parent(by=make.UserFactory(is_staff=True), request=asked)
    with pytest.raises(NotAllowed):
        remove_parent(by=staff, organisation=Organisation.objects.get(name="DeepMind"))


def test_only_site_staff_decide_and_only_organisers_without_a_conflict_ask(google, organiser, staff):
    asked = ask(google, organiser)
    with pytest.raises(NotAllowed):
        confirm_parent(by=organiser, request=asked)
    foreign = make.RoleFactory(kind=RoleKind.ORGANISER).user
    walled = make.RoleFactory(edition=google.edition, kind=RoleKind.ORGANISER).user
    make.AffiliationFactory(user=walled, organisation=google.organisation)
    for person in (foreign, walled, make.RoleFactory(edition=google.edition, kind=RoleKind.COCHAIR).user):
        with pytest.raises(NotAllowed):
            ask(google, person, "Alphabet")
        with pytest.raises(NotAllowed):
            save_domains(by=person, sponsor=google, domains=[])


def test_a_domain_acts_in_its_own_edition_and_goes_again(google, organiser):
    """Another edition's organiser changes nothing here, by whatever verb."""
    reviewer = make.RoleFactory(edition=google.edition, user=make.UserFactory(email="kim@demo.example")).user
    elsewhere = make.SponsorFactory(organisation=google.organisation)
    foreign = make.RoleFactory(edition=elsewhere.edition, kind=RoleKind.ORGANISER).user
    save_domains(by=foreign, sponsor=elsewhere, domains=["demo.example"])
    assert conflicts(reviewer, google) == []
    save_domains(by=organiser, sponsor=google, domains=["demo.example"])
    assert conflicts(reviewer, google) == [ConflictSource.MAIL_DOMAIN]
    save_domains(by=organiser, sponsor=google, domains=[])
    assert conflicts(reviewer, google) == []
    noted = Entry.objects.filter(fact="sponsors.domains_changed").order_by("id").values_list("edition_id", "data")
    assert list(noted) == [
        (elsewhere.edition_id, {"added": ["demo.example"], "removed": elsewhere.domains}),
        (google.edition_id, {"added": ["demo.example"], "removed": ["google.example"]}),
        (google.edition_id, {"added": [], "removed": ["demo.example"]}),
    ]


def test_an_employer_typed_without_the_legal_form_is_the_sponsor(google):
    acme = make.SponsorFactory(edition=google.edition, organisation__name="Acme Example GmbH")
    for name in ("Acme Example", "ACME Example, S.A.", "Acme Example AG"):
        stay = make.AffiliationFactory(organisation=make.OrganisationFactory(name=name))
        assert conflicts(stay.user, acme) == [ConflictSource.EMPLOYER]
    assert conflicts(make.AffiliationFactory(organisation__name="Acme Examples").user, acme) == []


def test_no_table_or_new_sponsor_gives_others_a_conflict_with_an_organisers_own_employer(google, organiser):
    edition = google.edition
    make.AffiliationFactory(user=organiser, organisation=google.organisation)
    judge = make.RoleFactory(edition=edition, user__email="judge@strict.example").user
    table = f"organisation,tier,contact_email,domains\nGoogle,{google.tier.name},a@google.example,strict.example\n"
    upload = import_sponsors(by=organiser, edition=edition, data=table.encode())
    assert [each["column"] for each in upload.bad] == ["domains"]
    new = {"organisation_name": "Google LLC", "tier": google.tier, "contact_email": "b@google.example"}
    with pytest.raises(NotAllowed) as refusal:
        add_sponsor(by=organiser, edition=edition, domains=["strict.example"], **new)
    assert (refusal.value.code, refusal.value.field) == ("own-conflict", "domains")
    assert conflicts_between([judge], edition) == []
