"""Verbs on tiers, sponsors and teams."""

import unicodedata
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.urls import reverse

from expo.accounts.models import Organisation, User
from expo.accounts.services import create_token
from expo.editions.models import Format
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.notify.models import Message
from expo.sponsors.models import Entitlement, Sponsor, TeamInvitation, TeamMember, Tier
from expo.sponsors.queries import was_in_team
from expo.sponsors.services.invitations import cancel_invitation, invite_to_team
from expo.sponsors.services.sponsors import add_sponsor, remove_tier, save_sponsor, save_tier
from expo.sponsors.services.teams import change_role, join, leave_team, make_primary, remove_team_member
from expo.sponsors.states import TeamRole
from tests.concurrency import race
from tests.factories import (
    EditionFactory,
    EntitlementFactory,
    FormatFactory,
    OrganisationFactory,
    RoleFactory,
    SponsorFactory,
    SubmittedFactory,
    TeamInvitationFactory,
    TeamMemberFactory,
    TierFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return EditionFactory()


@pytest.fixture
def organiser(edition):
    return RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user


def add(edition, by, **changes):
    fields = {
        "organisation_name": "Example Labs",
        "tier": TierFactory(edition=edition),
        "contact_email": "ada@labs.example",
        "contact_name": "Ada",
        **changes,
    }
    return add_sponsor(by=by, edition=edition, **fields)


def test_a_sponsor_comes_with_organisation_and_an_invited_contact(edition, organiser):
    sponsor = add(edition, organiser, domains=["Labs.example", "@labs.example"], website="https://labs.example")
    assert (sponsor.name, sponsor.organisation.name, sponsor.domains) == (
        "Example Labs",
        "Example Labs",
        ["labs.example"],
    )
    assert not sponsor.team.exists()
    invited = sponsor.invitations.get()
    assert (invited.email, invited.name, invited.role) == ("ada@labs.example", "Ada", TeamRole.CONTACT)
    facts = Entry.objects.filter(fact__startswith="sponsors.").order_by("id").values_list("fact", "actor")
    assert list(facts) == [
        (f"sponsors.{fact}", organiser.pk) for fact in ("added", "domains_changed", "member_invited")
    ]


def test_a_known_organisation_is_found_whatever_its_case(edition, organiser):
    known = OrganisationFactory(name="Société Example")
    sponsor = add(edition, organiser, organisation_name=unicodedata.normalize("NFD", "SOCIÉTÉ  Example"))
    assert sponsor.organisation == known


def test_mail_domains_are_the_sponsors_of_one_edition(edition, organiser):
    elsewhere = SponsorFactory(organisation__name="Example Labs", domains=["old.example"])
    sponsor = add(edition, organiser, domains=["@Müller.example", "new.example", "NEW.example"])
    elsewhere.refresh_from_db()
    assert sponsor.organisation == elsewhere.organisation
    assert (sponsor.domains, elsewhere.domains) == (["xn--mller-kva.example", "new.example"], ["old.example"])
    entry = Entry.objects.get(fact="sponsors.domains_changed")
    assert (entry.edition_id, entry.data) == (edition.pk, {"added": sponsor.domains, "removed": []})


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"organisation_name": " "}, "name-missing", "organisation_name"),
        ({"organisation_name": "x" * 161}, "name-too-long", "organisation_name"),
        ({"contact_email": "nobody"}, "bad-email", "contact_email"),
        ({"website": "javascript:alert(1)"}, "bad-website", "website"),
        ({"website": "https://e.example/" + "x" * 200}, "bad-website", "website"),
        ({"domains": ["not a domain"]}, "bad-domain", "domains"),
        ({"domains": ["localhost"]}, "bad-domain", "domains"),
        *(({"domains": [one]}, "public-suffix", "domains") for one in ("co.uk", "ac.uk", "com.au", "github.io")),
        ({"domains": ["gmail.com"]}, "free-mail-domain", "domains"),
        ({"domains": ["x" * 101 + ".example"]}, "bad-domain", "domains"),
        ({"name": "x" * 161}, "name-too-long", "name"),
        ({"legal_name": "x" * 161}, "name-too-long", "legal_name"),
    ],
)
def test_a_bad_sponsor_leaves_nothing_behind(edition, organiser, changes, code, field):
    with pytest.raises(Invalid) as refusal:
        add(edition, organiser, **changes)
    assert (refusal.value.code, refusal.value.field) == (code, field)
    left = [model.objects.count() for model in (Sponsor, Organisation, TeamInvitation, Message)]
    assert left == [0, 0, 0, 0]
    assert list(User.objects.all()) == [organiser]


def test_a_tier_of_another_edition_is_absent(edition, organiser):
    with pytest.raises(Tier.DoesNotExist):
        add(edition, organiser, tier=TierFactory())
    assert not Sponsor.objects.exists()


def test_a_double_submit_makes_one_sponsor(edition, organiser):
    add(edition, organiser)
    with pytest.raises(Invalid, match="Example Labs is already a sponsor of this edition"):
        add(edition, organiser)
    assert Sponsor.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_organisers_adding_one_sponsor_make_one():
    edition = EditionFactory()
    organiser = RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user
    tier = TierFactory(edition=edition)
    outcomes = race(*[lambda: add(edition, organiser, tier=tier)] * 2)
    assert sorted(type(one).__name__ for one in outcomes) == ["Invalid", "Sponsor"]


def test_the_same_company_sponsors_two_editions(edition, organiser):
    other = EditionFactory()
    add(edition, organiser)
    add(other, RoleFactory(edition=other, kind=RoleKind.ORGANISER).user)
    assert Organisation.objects.count() == 1


def test_saving_a_sponsor_journals_before_and_after_and_only_changes(edition, organiser):
    sponsor = add(edition, organiser)
    platinum = TierFactory(edition=edition, slug="platinum")
    for _ in range(2):
        save_sponsor(by=organiser, sponsor=sponsor, name="Labs", tier=platinum)
    entry = Entry.objects.get(fact="sponsors.changed")
    assert (entry.data["before"]["tier"], entry.data["tier"], entry.data["name"]) == ("Gold", "Platinum", "Labs")


@pytest.mark.parametrize("kind", [RoleKind.COCHAIR, RoleKind.REVIEWER])
def test_only_organisers_manage_sponsors(edition, kind):
    user = RoleFactory(edition=edition, kind=kind).user
    with pytest.raises(NotAllowed):
        add(edition, user)
    with pytest.raises(NotAllowed):
        save_tier(by=user, edition=edition, name="Gold", rank=1, entitlements={})


# --- Tiers -----------------------------------------------------------------------------------------


def test_a_tier_keeps_a_row_per_format_it_may_submit(edition, organiser):
    talk, demo = FormatFactory(edition=edition), FormatFactory(edition=edition, slug="demo")
    tier = save_tier(by=organiser, edition=edition, name="Gold", rank=1, entitlements={talk: (3, 2), demo: (1, 1)})
    save_tier(by=organiser, edition=edition, tier=tier, name="Gold", rank=1, entitlements={demo: (0, 0)})
    rows = Entitlement.objects.values_list("format__slug", "may_submit", "may_be_accepted")
    assert list(rows) == [("talk", 3, 2)]


@pytest.mark.parametrize("limits", [(1, 2), (-1, 0), (0, -1), (100, 0), (0, 1)])
def test_impossible_limits_are_refused(edition, organiser, limits):
    talk = FormatFactory(edition=edition)
    with pytest.raises(Invalid):
        save_tier(by=organiser, edition=edition, name="Gold", rank=1, entitlements={talk: limits})
    assert not Tier.objects.exists()


def test_postgresql_refuses_more_accepted_than_submitted():
    row = EntitlementFactory(may_submit=1, may_be_accepted=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Entitlement.objects.filter(pk=row.pk).update(may_be_accepted=2)


def test_a_tier_counts_no_format_of_another_edition(edition, organiser):
    with pytest.raises(Format.DoesNotExist):
        save_tier(by=organiser, edition=edition, name="Gold", rank=1, entitlements={FormatFactory(): (1, 1)})


def test_a_tier_with_sponsors_stays(edition, organiser):
    tier = SponsorFactory(edition=edition).tier
    with pytest.raises(WrongState, match="1 sponsor has the tier “Gold”"):
        remove_tier(by=organiser, edition=edition, tier=tier)
    assert Tier.objects.get() == tier


# --- Teams -----------------------------------------------------------------------------------------


def test_a_contact_builds_the_team_and_members_do_not():
    contact, member = TeamMemberFactory(), TeamMemberFactory(role=TeamRole.MEMBER)
    TeamMember.objects.filter(pk=member.pk).update(sponsor=contact.sponsor)
    invited = invite_to_team(by=contact.user, sponsor=contact.sponsor, email="bob@labs.example")
    assert invited.role == TeamRole.MEMBER
    with pytest.raises(NotAllowed):
        invite_to_team(by=member.user, sponsor=contact.sponsor, email="eve@labs.example")
    with pytest.raises(NotAllowed):
        cancel_invitation(by=member.user, invitation=invited)
    with pytest.raises(NotAllowed):
        remove_team_member(by=member.user, sponsor=contact.sponsor, member=contact)


def test_a_contact_of_one_sponsor_has_no_say_in_another():
    contact, other = TeamMemberFactory(), TeamMemberFactory()
    with pytest.raises(NotAllowed):
        invite_to_team(by=contact.user, sponsor=other.sponsor, email="bob@labs.example")
    with pytest.raises(NotAllowed):
        cancel_invitation(by=contact.user, invitation=TeamInvitationFactory(sponsor=other.sponsor))
    with pytest.raises(TeamMember.DoesNotExist):
        remove_team_member(by=contact.user, sponsor=contact.sponsor, member=other)


def test_the_last_contact_stays_until_there_is_another():
    contact = TeamMemberFactory()
    sponsor = contact.sponsor
    TeamMemberFactory(sponsor=sponsor, role=TeamRole.MEMBER)
    with pytest.raises(WrongState, match="You are the only contact"):
        remove_team_member(by=contact.user, sponsor=sponsor, member=contact)
    second = TeamMemberFactory(sponsor=sponsor)
    remove_team_member(by=second.user, sponsor=sponsor, member=contact)
    entry = Entry.objects.get(fact="sponsors.team_changed")
    assert Message.objects.get().recipient == contact.user
    assert entry.data == {"change": "left", "user": contact.user_id, "sponsor": sponsor.pk, "role": "contact"}
    assert (entry.edition_id, sorted(one.task for one in entry.reactions.all())) == (
        sponsor.edition_id,
        ["assignments.release_conflicted", "scoring.follow_facts"],
    )


@pytest.mark.django_db(transaction=True)
def test_two_contacts_leaving_at_once_leave_one():
    first = TeamMemberFactory()
    second = TeamMemberFactory(sponsor=first.sponsor)

    def leave(one):
        return lambda: remove_team_member(by=one.user, sponsor=first.sponsor, member=one)

    outcomes = race(leave(first), leave(second))
    assert sorted(type(one).__name__ for one in outcomes) == ["NoneType", "WrongState"]
    assert first.sponsor.team.count() == 1


def test_members_leave_by_themselves_and_the_only_contact_learns_who_can_help():
    contact = TeamMemberFactory()
    member = TeamMemberFactory(sponsor=contact.sponsor, role=TeamRole.MEMBER)
    leave_team(by=member.user, sponsor=contact.sponsor)
    with pytest.raises(WrongState) as refusal:
        leave_team(by=contact.user, sponsor=contact.sponsor)
    assert list(contact.sponsor.team.all()) == [contact]
    assert refusal.value.code == "last-contact"
    assert refusal.value.message == (
        f"You are the only contact of {contact.sponsor}. Make another member a contact first, or invite one; this "
        f"works as soon as there is another. If you need help, write to {contact.sponsor.edition.contact}."
    )


def test_who_left_a_team_is_known_to_have_been_in_it():
    contact, gone, stranger = TeamMemberFactory(), TeamMemberFactory(role=TeamRole.MEMBER).user, UserFactory()
    TeamMember.objects.filter(user=gone).update(sponsor=contact.sponsor)
    before = [was_in_team(each, contact.sponsor) for each in (contact.user, gone, stranger)]
    remove_team_member(by=contact.user, sponsor=contact.sponsor, member=contact.sponsor.team.get(user=gone))
    after = [was_in_team(each, contact.sponsor) for each in (contact.user, gone, stranger, AnonymousUser())]
    assert (before, after) == ([False, False, False], [False, True, False, False])
    assert not was_in_team(gone, SponsorFactory(edition=contact.sponsor.edition))


def team_of(sponsor):
    rows = sponsor.team.order_by("id").values_list("user", "role", "is_primary")
    return [(user, role, is_primary) for user, role, is_primary in rows]


def test_the_first_contact_who_joins_is_the_primary_one():
    sponsor = SponsorFactory()
    people = [UserFactory() for _ in range(3)]
    for user, role in zip(people, (TeamRole.MEMBER, TeamRole.CONTACT, TeamRole.CONTACT), strict=True):
        join(by=None, sponsor=sponsor, user=user, role=role)
    assert [is_primary for _, _, is_primary in team_of(sponsor)] == [False, True, False]


def test_when_the_primary_contact_goes_the_next_contact_takes_it_on_record():
    sponsor = SponsorFactory()
    first, member, second, third = [UserFactory() for _ in range(4)]
    for user in (first, member, second, third):
        join(by=None, sponsor=sponsor, user=user, role=TeamRole.MEMBER if user == member else TeamRole.CONTACT)
    leave_team(by=first, sponsor=sponsor)
    assert team_of(sponsor) == [
        (member.pk, "member", False),
        (second.pk, "contact", True),
        (third.pk, "contact", False),
    ]
    last = Entry.objects.filter(fact="sponsors.member_changed").last()
    assert (last.actor, last.data["change"], last.data["user"]) == (first, "primary", second.pk)
    make_primary(by=second, sponsor=sponsor, member=sponsor.team.get(user=third))
    change_role(by=second, sponsor=sponsor, member=sponsor.team.get(user=third), role="member")
    assert [is_primary for _, _, is_primary in team_of(sponsor)] == [False, True, False]


def test_a_contact_changes_roles_and_a_team_keeps_a_contact():
    contact = TeamMemberFactory()
    sponsor, member = contact.sponsor, TeamMemberFactory(sponsor=contact.sponsor, role=TeamRole.MEMBER)
    outcomes = []
    for by, whom, role in (
        (member.user, member, "contact"),
        (contact.user, contact, "member"),
        (contact.user, member, "boss"),
    ):
        with pytest.raises((NotAllowed, WrongState, Invalid)) as refusal:
            change_role(by=by, sponsor=sponsor, member=whom, role=role)
        outcomes.append(refusal.value.code)
    with pytest.raises(WrongState) as refusal:
        make_primary(by=contact.user, sponsor=sponsor, member=member)
    assert [*outcomes, refusal.value.code] == [
        "not-allowed",
        "last-contact",
        "unknown-role",
        "primary-not-a-contact",
    ]
    organiser = RoleFactory(edition=sponsor.edition, kind=RoleKind.ORGANISER).user
    change_role(by=organiser, sponsor=sponsor, member=member, role="contact")
    change_role(by=contact.user, sponsor=sponsor, member=contact, role="member")
    assert [role for _, role, _ in team_of(sponsor)] == ["member", "contact"]


@pytest.mark.django_db(transaction=True)
def test_two_who_are_made_primary_at_once_leave_one():
    first = TeamMemberFactory()
    second, third = TeamMemberFactory(sponsor=first.sponsor), TeamMemberFactory(sponsor=first.sponsor)

    def choose(one):
        return lambda: make_primary(by=first.user, sponsor=first.sponsor, member=one)

    race(choose(second), choose(third))
    assert first.sponsor.team.filter(is_primary=True).count() == 1


def test_the_first_contact_of_each_sponsor_becomes_primary_when_the_site_is_updated():
    one = TeamMemberFactory(role=TeamRole.MEMBER)
    first, second = TeamMemberFactory(sponsor=one.sponsor), TeamMemberFactory(sponsor=one.sponsor)
    chosen = TeamMemberFactory(is_primary=True)
    TeamMemberFactory(sponsor=chosen.sponsor)
    import_module("expo.sponsors.migrations.0006_primary_contacts").mark_first(apps, None)
    assert set(TeamMember.objects.filter(is_primary=True)) == {first, chosen}
    assert second not in TeamMember.objects.filter(is_primary=True)


def test_who_is_removed_gets_a_mail_and_their_tokens_end_with_their_access(client):
    contact = TeamMemberFactory()
    gone = TeamMemberFactory(sponsor=contact.sponsor, role=TeamRole.MEMBER)
    proposal = SubmittedFactory(edition=contact.sponsor.edition, sponsor=contact.sponsor)
    _, token = create_token(by=gone.user, label="script", scope="write")
    asks = {"Authorization": f"Token {token}"}
    address = reverse("api:proposals", args=[proposal.edition.slug])
    before = client.get(address, headers=asks)
    remove_team_member(by=contact.user, sponsor=contact.sponsor, member=gone)
    after = client.get(address, headers=asks)
    assert (before.status_code, proposal.code in before.content.decode()) == (200, True)
    assert proposal.code not in after.content.decode()
    sent = Message.objects.get()
    assert (sent.recipient, sent.subject) == (gone.user, f"You are no longer in the team of {contact.sponsor}")
