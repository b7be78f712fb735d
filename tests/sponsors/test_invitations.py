"""Somebody belongs to a team because they accepted an invitation, and for no other reason."""

from datetime import timedelta
from importlib import import_module
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from celery import current_app
from django.apps import apps
from django.contrib.messages import get_messages
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.services.lifecycle import open_call
from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry, Reaction
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.notify.models import Message
from expo.notify.services import deliver_due
from expo.proposals.queries.conflict_wall import conflicts_between
from expo.sponsors import queries, tasks
from expo.sponsors.models import TeamInvitation, TeamMember
from expo.sponsors.services.invitations import (
    accept_invitation,
    cancel_invitation,
    decline_invitation,
    invite_to_team,
    mail_invitations,
    resend_invitation,
)
from expo.sponsors.services.sponsors import add_sponsor, import_sponsors
from expo.sponsors.states import TeamRole
from tests import factories as make
from tests.concurrency import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact():
    return make.TeamMemberFactory()


@pytest.fixture
def sponsor(contact):
    return contact.sponsor


@pytest.fixture
def organiser(sponsor):
    return make.RoleFactory(edition=sponsor.edition, kind=RoleKind.ORGANISER).user


def invite(contact, email="ada@labs.example", **changes):
    return invite_to_team(by=contact.user, sponsor=contact.sponsor, email=email, **changes)


def page_of(invitation, name="invitation"):
    return reverse(f"sponsors:{name}", args=[invitation.sponsor.edition.slug, invitation.pk])


def team_page(sponsor):
    return reverse("sponsors:team", args=[sponsor.edition.slug, sponsor.pk])


def text(response):
    return " ".join(response.content.decode().split())


# --- Nobody joins without saying so ------------------------------------------------------------------


def test_an_invitation_changes_nothing_for_a_judge_until_they_accept(contact, sponsor):
    judge = make.RoleFactory(edition=sponsor.edition, kind=RoleKind.COCHAIR).user
    invitation = invite(contact, judge.email)
    mail_invitations(sponsor.edition)
    assert conflicts_between([judge], sponsor.edition) == []
    cancel_invitation(by=contact.user, invitation=invitation)
    assert conflicts_between([judge], sponsor.edition) == []
    again = invite(contact, judge.email)
    accept_invitation(by=judge, invitation=again)
    assert len(conflicts_between([judge], sponsor.edition)) == 1


def test_only_who_has_proved_the_address_accepts(contact, sponsor):
    invitation = invite(contact, "ada@labs.example")
    unproved = make.UserFactory(email="ada@labs.example", verified=False)
    EmailAddress.objects.create(user=unproved, email="ada@labs.example", verified=False, primary=True)
    for user in (unproved, make.UserFactory(), contact.user):
        with pytest.raises(NotAllowed):
            accept_invitation(by=user, invitation=invitation)
    EmailAddress.objects.filter(user=unproved).update(verified=True)
    member = accept_invitation(by=unproved, invitation=invitation)
    invitation.refresh_from_db()
    assert (member.user, member.role, invitation.accepted_by) == (unproved, TeamRole.MEMBER, unproved)
    entry = Entry.objects.get(fact="sponsors.team_changed")
    assert (entry.actor, entry.data["change"]) == (unproved, "joined")
    assert sorted(entry.reactions.values_list("task", flat=True)) == [
        "assignments.release_conflicted",
        "scoring.follow_facts",
    ]


def test_a_proved_second_address_is_as_good_as_the_first(contact):
    user = make.UserFactory()
    EmailAddress.objects.create(user=user, email="Second@labs.example", verified=True)
    invitation = invite(contact, "second@labs.example")
    assert accept_invitation(by=user, invitation=invitation).user == user


@pytest.mark.parametrize("ended", ["accepted", "declined", "cancelled"])
def test_an_invitation_that_has_ended_is_not_accepted(contact, ended):
    invited = make.UserFactory()
    invitation = invite(contact, invited.email)
    if ended == "accepted":
        accept_invitation(by=invited, invitation=invitation)
    elif ended == "declined":
        decline_invitation(by=invited, invitation=invitation)
    else:
        cancel_invitation(by=contact.user, invitation=invitation)
    before = list(TeamMember.objects.all())
    with pytest.raises(WrongState) as refusal:
        accept_invitation(by=invited, invitation=invitation)
    assert (refusal.value.code, list(TeamMember.objects.all())) == (f"invitation-{ended}", before)


@pytest.mark.django_db(transaction=True)
def test_accepting_and_cancelling_at_once_end_it_one_way():
    contact = make.TeamMemberFactory()
    invited = make.UserFactory()
    invitation = make.TeamInvitationFactory(sponsor=contact.sponsor, email=invited.email)
    outcomes = race(
        lambda: accept_invitation(by=invited, invitation=invitation),
        lambda: cancel_invitation(by=contact.user, invitation=invitation),
    )
    assert [type(one).__name__ for one in outcomes].count("WrongState") == 1
    invitation.refresh_from_db()
    assert (invitation.cancelled_at is None) == contact.sponsor.team.filter(user=invited).exists()


def test_postgresql_keeps_one_pending_invitation_per_address_and_one_end():
    invitation = make.TeamInvitationFactory(email="ada@labs.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        make.TeamInvitationFactory(sponsor=invitation.sponsor, email="ADA@labs.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        TeamInvitation.objects.update(accepted_at=clock.now())


# --- What the sponsor learns --------------------------------------------------------------------------


def test_every_address_reads_the_same_to_the_sponsor(client, contact, sponsor):
    make.UserFactory(email="known@people.example", name="Kay Known")
    make.RoleFactory(edition=sponsor.edition, user=make.UserFactory(email="judge@people.example", name="Jo Judge"))
    client.force_login(contact.user)
    addresses = ["known@people.example", "judge@people.example", "nobody@people.example"]
    said = []
    for email in addresses:
        answer = client.post(team_page(sponsor), {"email": email, "name": "x", "role": "member"}, follow=True)
        seen = text(answer).replace(email, "EMAIL")
        said.append(seen[seen.index("EMAIL is invited") :].partition("</")[0])
        assert "Kay Known" not in seen
        assert "Jo Judge" not in seen
    assert said == ["EMAIL is invited, and joins the team by accepting."] * 3
    assert not User.objects.filter(email="nobody@people.example").exists()


def test_after_a_no_the_sponsor_still_reads_not_confirmed_yet(client, contact, sponsor):
    invited = make.UserFactory()
    decline_invitation(by=invited, invitation=invite(contact, invited.email))
    client.force_login(contact.user)
    seen = text(client.get(team_page(sponsor)))
    assert "Not confirmed yet" in seen
    assert "Declined" not in seen


def test_who_said_no_is_not_asked_again_by_the_team_but_by_an_organiser(contact, sponsor, organiser):
    invited = make.UserFactory()
    first = invite(contact, invited.email)
    mail_invitations(sponsor.edition)
    decline_invitation(by=invited, invitation=first)
    for by, mails in ((contact.user, 1), (organiser, 2)):
        cancel_invitation(by=by, invitation=queries.pending_invitations(sponsor).get())
        invite_to_team(by=by, sponsor=sponsor, email=invited.email)
        mail_invitations(sponsor.edition)
        assert Message.objects.filter(kind="sponsors/invited").count() == mails


def test_who_said_no_is_not_asked_again_under_an_address_with_a_tag(contact, sponsor):
    invited = make.UserFactory()
    first = invite(contact, invited.email)
    mail_invitations(sponsor.edition)
    decline_invitation(by=invited, invitation=first)
    invite(contact, invited.email.replace("@", "+again@"))
    assert mail_invitations(sponsor.edition) == 0


@pytest.mark.parametrize("name", ["Visit http://evil.example", "www.evil.example", "Ada\nYour account is locked"])
def test_a_typed_name_carries_no_message(contact, name):
    with pytest.raises(Invalid) as refusal:
        invite(contact, name=name)
    assert (refusal.value.code, refusal.value.field) == ("not-a-name", "name")


def test_a_typed_name_is_in_no_mail_and_on_no_account(contact, sponsor):
    invite(contact, name="Your account is locked")
    mail_invitations(sponsor.edition)
    deliver_due()
    assert "locked" not in mail.outbox[0].subject + mail.outbox[0].body
    assert User.objects.get(email="ada@labs.example").name == ""


def test_an_address_is_invited_once_and_a_member_not_at_all(contact):
    invite(contact)
    for email, code in (("ADA@labs.example", "already-invited"), (contact.user.email.upper(), "already-in-team")):
        with pytest.raises(Invalid) as refusal:
            invite(contact, email)
        assert (refusal.value.code, refusal.value.field) == (code, "email")


def test_a_sponsor_invites_ten_a_day_and_has_twenty_open(contact, sponsor):
    now = clock.now()
    for day in range(2):
        with clock.at(now + timedelta(days=day, minutes=day)):
            for n in range(10):
                invite(contact, f"person{day}-{n}@labs.example")
            with pytest.raises(Invalid) as refusal:
                invite(contact, "more@labs.example")
            assert refusal.value.code == ("too-many-invitations" if day else "too-many-invitations-a-day")
    assert sponsor.invitations.count() == 20


def test_nobody_is_invited_once_the_edition_is_over(contact, sponsor):
    type(sponsor.edition).objects.update(phase=Phase.ARCHIVED)
    with pytest.raises(WrongState) as refusal:
        invite(contact)
    assert refusal.value.code == "edition-over"


# --- Mail --------------------------------------------------------------------------------------------


def react(fact):
    """Let happen what a worker does about the newest fact of this name."""
    found = Reaction.objects.filter(entry__fact=fact, task="sponsors.mail_invitations").latest("id")
    return current_app.tasks[found.task](found.pk)


def test_an_invitation_is_mailed_at_once_with_tier_deadline_and_contact(sponsor, contact):
    make.EntitlementFactory(tier=sponsor.tier, format=make.FormatFactory(edition=sponsor.edition), may_submit=2)
    sponsor.edition.call_closes_at = clock.now().replace(year=2027, month=1, day=8, hour=4, minute=59)
    sponsor.edition.contact_email = "expo@conference.example"
    sponsor.edition.save()
    invitation = invite(contact)
    assert react("sponsors.member_invited")
    message = Message.objects.get()
    assert (message.recipient.email, message.subject) == (
        "ada@labs.example",
        f"{sponsor} at {sponsor.edition}: will you join its team?",
    )
    for words in (
        f"{contact.user.email} invites you to the team of {sponsor}",
        "- Tier: Gold. It may submit 2 talks.",
        "- Deadline for proposals: Thursday 7 January 2027, 23:59 (America/New_York).",
        "- Questions: expo@conference.example",
        page_of(invitation),
        "[personal link]",
    ):
        assert words in message.body
    tasks.tick()
    assert Message.objects.count() == 1


def test_sponsors_added_before_the_opening_are_mailed_when_the_call_opens(sponsor, organiser, monkeypatch):
    edition = sponsor.edition
    type(edition).objects.filter(pk=edition.pk).update(phase=Phase.SETUP, call_opens_at=None)
    invite_to_team(by=organiser, sponsor=sponsor, email="ada@labs.example")
    react("sponsors.member_invited")
    tasks.tick()
    assert not Message.objects.exists()
    monkeypatch.setattr("expo.editions.queries.missing", lambda edition, now: [])
    open_call(by=organiser, edition=edition)
    assert react("editions.call_opened")
    assert Message.objects.get(kind="sponsors/invited").recipient.email == "ada@labs.example"


def test_a_call_that_opens_later_by_its_date_mails_then(sponsor, contact):
    type(sponsor.edition).objects.update(call_opens_at=clock.now() + timedelta(hours=1))
    invite(contact)
    assert tasks.tick() == 0
    with clock.at(clock.now() + timedelta(hours=2)):
        assert tasks.tick() == 1


def test_held_invitations_go_out_when_an_organiser_sends_them(client, sponsor, organiser):
    edition = sponsor.edition
    fields = {"organisation_name": "Labs", "tier": sponsor.tier, "contact_email": "ada@labs.example", "hold": True}
    add_sponsor(by=organiser, edition=edition, **fields)
    table = b"organisation,tier,contact_email\nOther,Gold,bob@other.example\n"
    import_sponsors(by=organiser, edition=edition, data=table, hold=True)
    assert tasks.tick() == 0
    client.force_login(organiser)
    sponsors = reverse("sponsors:list", args=[edition.slug])
    assert "2 invitations to contacts of sponsors wait until you send them." in text(client.get(sponsors))
    answer = client.post(reverse("sponsors:send-held", args=[edition.slug]), follow=True)
    assert "Invitations no longer held: 2. They go out now." in text(answer)
    assert react("sponsors.held_invitations_sent")
    assert Message.objects.count() == 2


def test_an_invitation_is_sent_again_at_most_once_a_day(sponsor, organiser):
    invitation = make.TeamInvitationFactory(sponsor=sponsor)
    with pytest.raises(WrongState) as refusal:
        resend_invitation(by=organiser, invitation=invitation)
    assert refusal.value.code == "mailed-lately"
    with clock.at(clock.now() + timedelta(days=2)):
        resend_invitation(by=organiser, invitation=invitation)
    assert Message.objects.get().recipient.email == invitation.email


@pytest.mark.parametrize(("is_held", "way"), [(True, "send the held invitations"), (False, "It goes out by itself")])
def test_what_was_never_sent_is_not_sent_again_and_the_refusal_says_how_it_goes_out(sponsor, organiser, is_held, way):
    invitation = make.TeamInvitationFactory(sponsor=sponsor, mailed_at=None, is_held=is_held)
    with pytest.raises(WrongState) as refusal:
        resend_invitation(by=organiser, invitation=invitation)
    assert (refusal.value.code, way in refusal.value.message) == ("not-mailed-yet", True)


# --- Pages -------------------------------------------------------------------------------------------


WORDS = "correct horse staple"


def test_somebody_new_comes_in_by_the_mails_link_reads_who_invited_them_and_accepts(client, contact, sponsor):
    invitation = invite(contact, name="Ada Typed", role="contact")
    mail_invitations(sponsor.edition)
    user = User.objects.get(email="ada@labs.example")
    deliver_due()
    link = next(line for line in mail.outbox[0].body.splitlines() if "/password/reset/key/" in line)
    form = client.get(urlsplit(link).path, follow=True)
    client.post(form.request["PATH_INFO"], {"name": "Ada Chosen", "password1": WORDS, "password2": WORDS})
    home = text(client.get("/"))
    assert f"The team of {sponsor} for {sponsor.edition}." in home
    assert page_of(invitation) in home
    seen = text(client.get(page_of(invitation)))
    assert contact.user.email in seen
    assert "conflict of interest" not in seen
    assert not sponsor.team.filter(user=user).exists()
    answer = client.post(page_of(invitation))
    assert answer.headers["Location"] == reverse("proposals:mine", args=[sponsor.edition.slug])
    assert sponsor.team.get(user=user).role == TeamRole.CONTACT
    user.refresh_from_db()
    assert user.name == "Ada Chosen"
    assert "You have an invitation to answer" not in text(client.get("/"))


def test_a_judge_reads_what_joining_ends_before_accepting(client, sponsor):
    judge = make.RoleFactory(edition=sponsor.edition).user
    invitation = make.TeamInvitationFactory(sponsor=sponsor, email=judge.email)
    client.force_login(judge)
    seen = text(client.get(page_of(invitation)))
    assert (
        f"You hold the role of reviewer in {sponsor.edition}. If you join, you no longer see or judge the proposals"
        in seen
    )
    assert not sponsor.team.filter(user=judge).exists()
    answer = client.post(page_of(invitation, "decline-invitation"), follow=True)
    assert f"You declined. Nothing changes, and {sponsor} does not learn of it." in text(answer)
    assert "You declined this invitation" in text(client.get(page_of(invitation)))


def test_an_invitation_is_absent_for_everybody_else_and_before_it_is_mailed(client, contact, organiser):
    invited = make.UserFactory()
    invitation = invite(contact, invited.email)
    client.force_login(invited)
    assert client.get(page_of(invitation)).status_code == 404
    mail_invitations(invitation.sponsor.edition)
    assert client.get(page_of(invitation)).status_code == 200
    for user in (contact.user, organiser, make.UserFactory()):
        client.force_login(user)
        assert client.get(page_of(invitation)).status_code == 404
        assert client.post(page_of(invitation, "decline-invitation")).status_code == 404


def test_an_organiser_sees_what_became_of_an_invitation_and_sends_or_cancels_it(client, sponsor, organiser):
    long_ago = clock.now() - timedelta(days=3)
    invitation = make.TeamInvitationFactory(sponsor=sponsor, invited_at=long_ago, mailed_at=long_ago)
    make.TeamInvitationFactory(sponsor=sponsor, declined_at=clock.now())
    make.TeamInvitationFactory(sponsor=sponsor, is_held=True, mailed_at=None)
    client.force_login(organiser)
    seen = text(client.get(team_page(sponsor)))
    for words in (", not yet accepted", "Declined, ", "Held; send it from the list of sponsors"):
        assert words in seen
    ids = [sponsor.edition.slug, sponsor.pk, invitation.pk]
    answer = client.post(reverse("sponsors:resend-invitation", args=ids), follow=True)
    assert f"{invitation.email} will get the invitation again." in text(answer)
    client.post(reverse("sponsors:cancel-invitation", args=ids))
    invitation.refresh_from_db()
    assert invitation.cancelled_at is not None


def test_a_sponsor_without_a_member_says_that_its_contact_is_invited(client, organiser, sponsor):
    lonely = make.SponsorFactory(edition=sponsor.edition)
    make.TeamInvitationFactory(sponsor=lonely, email="ada@labs.example", role=TeamRole.CONTACT)
    client.force_login(organiser)
    seen = text(client.get(reverse("sponsors:list", args=[sponsor.edition.slug])))
    assert 'ada@labs.example <span class="faint small">invited, not yet accepted</span>' in seen


# --- What was before -----------------------------------------------------------------------------------


def test_memberships_of_role_holders_become_open_invitations(sponsor, contact):
    judge = make.RoleFactory(edition=sponsor.edition).user
    elsewhere = make.RoleFactory().user
    make.TeamMemberFactory(sponsor=sponsor, user=judge, role=TeamRole.MEMBER)
    kept = make.TeamMemberFactory(sponsor=sponsor, user=elsewhere)
    import_module("expo.sponsors.migrations.0003_team_invitations").ask_role_holders(apps, None)
    assert set(sponsor.team.all()) == {contact, kept}
    invitation = sponsor.invitations.get()
    assert (invitation.email, invitation.role, invitation.is_open) == (judge.email, TeamRole.MEMBER, True)


# --- The call opens ----------------------------------------------------------------------------------------


def test_everybody_in_a_team_reads_once_that_the_call_is_open(sponsor, contact, organiser, monkeypatch):
    edition = sponsor.edition
    make.TeamMemberFactory(user=contact.user, sponsor=make.SponsorFactory(edition=edition, name="Zeta Labs"))
    make.EntitlementFactory(tier=sponsor.tier, format=make.FormatFactory(edition=edition), may_submit=2)
    closes = clock.now().replace(year=2027, month=1, day=8, hour=4, minute=59)
    type(edition).objects.update(phase=Phase.SETUP, call_opens_at=None, call_closes_at=closes)
    monkeypatch.setattr("expo.editions.queries.missing", lambda edition, now: [])
    open_call(by=organiser, edition=edition)
    assert react("editions.call_opened")
    with clock.at(clock.now() + timedelta(minutes=5)):
        make.TeamMemberFactory(sponsor=sponsor, added_at=clock.now())
        tasks.tick()
    message = Message.objects.get()
    assert (message.recipient, message.subject) == (contact.user, f"{edition}: the call for proposals is open")
    for words in (
        "submit them until Thursday 7 January 2027, 23:59 (America/New_York).",
        f"- {sponsor}, tier Gold, may submit 2 talks\n- Zeta Labs, tier Gold, may submit 2 talks\n",
        f"Questions: {edition.contact}",
    ):
        assert words in message.body


def test_an_opening_of_long_ago_is_no_news(sponsor, contact):
    record("editions.call_opened", by=None, target=sponsor.edition, edition_id=sponsor.edition_id)
    with clock.at(clock.now() + timedelta(days=4)):
        assert tasks.tick() == 0
    assert tasks.tick() == 1


# --- A contact asks to send one again --------------------------------------------------------------------------------


def perform_all(fact):
    for each in Reaction.objects.filter(entry__fact=fact).order_by("id"):
        current_app.tasks[each.task](each.pk)


def ask_again(contact, invitation, days=2):
    with clock.at(clock.now() + timedelta(days=days)):
        return resend_invitation(by=contact.user, invitation=invitation)


def test_a_contact_sends_an_invitation_again_once_a_day_and_three_times_in_all(contact, sponsor):
    invitation = make.TeamInvitationFactory(sponsor=sponsor)
    with pytest.raises(WrongState, match="less than a day ago"):
        resend_invitation(by=contact.user, invitation=invitation)
    for days in (2, 4, 6):
        ask_again(contact, invitation, days)
        with pytest.raises(WrongState):
            ask_again(contact, invitation, days)
    with pytest.raises(WrongState) as refusal:
        ask_again(contact, invitation, 8)
    assert refusal.value.code == "asked-often"
    perform_all("sponsors.invitation_asked_again")
    assert {each.recipient.email for each in Message.objects.all()} == {invitation.email}
    assert Message.objects.count() == 3


def test_sending_again_says_the_same_whatever_became_of_the_invitation(client, contact, sponsor):
    long_ago = clock.now() - timedelta(days=3)
    judge = make.RoleFactory(edition=sponsor.edition).user
    states = {
        "unknown@labs.example": {"mailed_at": long_ago},
        judge.email: {"mailed_at": long_ago},
        "declined@labs.example": {"mailed_at": long_ago, "declined_at": long_ago},
        "never@labs.example": {"mailed_at": None, "declined_at": long_ago},
    }
    answers = []
    client.force_login(contact.user)
    for email, state in states.items():
        one = make.TeamInvitationFactory(sponsor=sponsor, email=email, invited_at=long_ago, **state)
        address = reverse("sponsors:resend-invitation", args=[sponsor.edition.slug, sponsor.pk, one.pk])
        with CaptureQueriesContext(connection) as taken:
            answer = client.post(address)
        answers.append((answer.status_code, answer.headers["Location"], len(taken)))
        said = str(next(iter(get_messages(client.get(team_page(sponsor)).wsgi_request))))
        assert said == f"{email} will get the invitation again if it still waits for an answer."
    assert len(set(answers)) == 1
    perform_all("sponsors.invitation_asked_again")
    assert {each.recipient.email for each in Message.objects.all()} == {"unknown@labs.example", judge.email}
