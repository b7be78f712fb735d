"""The mail that asks somebody to review."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from expo.editions.services import roles
from expo.editions.services.roles import grant_role, revoke_role
from expo.editions.states import RoleKind
from expo.journal.models import Entry, Reaction
from expo.journal.services import perform
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.notify.models import Message
from expo.notify.services import deliver_due
from reviews.assignments.models import ReviewerProfile
from reviews.assignments.queries import coverage
from reviews.assignments.services import imports, invitations, profiles
from reviews.assignments.states import InvitationAnswer
from tests import factories as make

pytestmark = pytest.mark.django_db


def invite(edition, by, email, kind="reviewer"):
    role = grant_role(by=by, edition=edition, email=email, kind=kind)
    for reaction in Reaction.objects.filter(task="assignments.invite", done_at=None):
        perform(reaction.pk, profiles.invite_reviewer)
    return role


def kinds():
    return list(Message.objects.order_by("id").values_list("kind", "recipient__email"))


@pytest.fixture
def edition():
    return make.EditionFactory(
        name="Expo 2027", max_load=6, reviews_per_proposal=3, reviews_due_at=datetime(2027, 5, 1, 16, tzinfo=UTC)
    )


@pytest.fixture
def organiser(edition):
    return make.RoleFactory(edition=edition, kind=RoleKind.ORGANISER, user=make.UserFactory(name="Olga")).user


def test_a_new_reviewer_gets_one_mail_with_load_dates_a_way_in_and_the_page(edition, organiser):
    invite(edition, organiser, "ada@example.org")
    assert kinds() == [("assignments/invited", "ada@example.org")]
    deliver_due()
    (sent,) = mail.outbox
    assert sent.subject == "Expo 2027: will you review?"
    for sentence in (
        "Olga invites you to review proposals for Expo 2027",
        "At most 6 proposals",
        "reviewed by 3 reviewers.",
        "Reviews are due on Saturday 1 May 2027, 12:00 (America/New_York).",
        f"http://testserver/e/{edition.slug}/review/join/",
        "http://testserver/accounts/password/reset/key/",
    ):
        assert sentence in sent.body


def test_after_the_first_password_comes_the_page_with_the_answer(edition, organiser, client):
    invite(edition, organiser, "ada@example.org")
    deliver_due()
    (link,) = [word for word in mail.outbox[0].body.split() if "/reset/key/" in word]
    form = client.get(link.removeprefix("http://testserver"), follow=True)
    typed = {"name": "Ada Lovelace", **dict.fromkeys(("password1", "password2"), "a long enough secret")}
    hidden = re.findall(r'name="next"[^>]*value="([^"]*)"', form.content.decode())
    sent = client.post(form.redirect_chain[-1][0].partition("?")[0], {**typed, "next": hidden})
    assert sent["Location"] == f"/e/{edition.slug}/review/join/"
    assert client.get(sent["Location"]).status_code == 200


def test_who_lost_the_invitation_gets_a_new_link_to_the_same_page(edition, organiser, client):
    invite(edition, organiser, "ada@example.org")
    deliver_due()
    (again,) = [word for word in mail.outbox[0].body.split() if "/accounts/password/reset/?" in word]
    page = client.get(again.removeprefix("http://testserver")).content.decode()
    hidden = re.findall(r'name="next"[^>]*value="([^"]*)"', page)
    client.post("/accounts/password/reset/", {"email": "ada@example.org", "next": hidden})
    deliver_due()
    (link,) = [word for word in mail.outbox[1].body.split() if "/reset/key/" in word]
    form = client.get(link.removeprefix("http://testserver"), follow=True)
    typed = {"name": "Ada Lovelace", **dict.fromkeys(("password1", "password2"), "a long enough secret")}
    hidden = re.findall(r'name="next"[^>]*value="([^"]*)"', form.content.decode())
    sent = client.post(form.redirect_chain[-1][0].partition("?")[0], {**typed, "next": hidden})
    assert sent["Location"] == f"/e/{edition.slug}/review/join/"
    landed = client.get(sent["Location"]).content.decode()
    assert "Your password is saved." in landed
    assert "signed in" not in landed


def test_somebody_with_a_password_gets_one_link(edition, organiser):
    known = make.UserFactory(email="ada@example.org")
    known.set_password("a long enough secret")
    known.save()
    invite(edition, organiser, known.email)
    deliver_due()
    assert [word for word in mail.outbox[0].body.split() if word.startswith("http")] == [
        f"http://testserver/e/{edition.slug}/review/join/"
    ]


def test_conflicts_are_looked_for_before_the_invitation_leaves(edition, organiser):
    acme = make.OrganisationFactory()
    make.SponsorFactory(edition=edition, organisation=acme, domains=["acme.example"])
    for email in ("ada@acme.example", "bob@example.org"):
        invite(edition, organiser, email)
    deliver_due()
    known = [sent.to[0] for sent in mail.outbox if "a conflict of interest with 1 sponsor; you will not" in sent.body]
    assert known == ["ada@acme.example"]


def test_other_roles_keep_their_own_mail(edition, organiser):
    invite(edition, organiser, "chair@example.org", "cochair")
    assert kinds() == [("editions/invited", "chair@example.org")]


def test_an_organiser_who_makes_themselves_a_reviewer_needs_no_mail(edition, organiser):
    invite(edition, organiser, organiser.email)
    assert kinds() == []


def test_a_role_that_is_gone_by_then_invites_nobody(edition, organiser):
    role = grant_role(by=organiser, edition=edition, email="ada@example.org", kind="reviewer")
    revoke_role(by=organiser, edition=edition, role=role)
    reaction = Reaction.objects.get(task="assignments.invite")
    assert perform(reaction.pk, profiles.invite_reviewer)
    assert kinds() == []


def test_asking_again_forgets_an_earlier_no(edition, organiser):
    role = invite(edition, organiser, "ada@example.org")
    profiles.decline_invitation(by=role.user, edition=edition, reason="No time.")
    revoke_role(by=organiser, edition=edition, role=role)
    invite(edition, organiser, "ada@example.org")
    profile = ReviewerProfile.objects.get()
    assert (profile.answer, profile.answered_at, profile.answer_note) == (InvitationAnswer.NONE, None, "")
    assert len(kinds()) == 2


def test_a_no_that_comes_before_the_mail_stands(edition, organiser):
    """The invitation is written by a worker, who may be late; the page is open from the start."""
    role = grant_role(by=organiser, edition=edition, email="ada@example.org", kind="reviewer")
    profiles.decline_invitation(by=role.user, edition=edition, reason="No time.")
    perform(Reaction.objects.get(task="assignments.invite").pk, profiles.invite_reviewer)
    assert ReviewerProfile.objects.get().answer == InvitationAnswer.DECLINED


# --- By cochairs -----------------------------------------------------------------------------------


@pytest.fixture
def cochair(edition):
    return make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR, user=make.UserFactory(name="Cleo")).user


def test_a_cochair_invites_several_people_who_know_a_topic(edition, cochair):
    speech = make.TopicFactory(edition=edition, name="Speech")
    there = make.RoleFactory(edition=edition, kind=RoleKind.REVIEWER, sector="academia", is_senior=True).user
    people = f"""Ada Example <Ada@Example.org>; Doe, Bob <bob@example.org>
        cyd@example.org, Cyd Charisse

        {there.email}
        "ada again" ada@example.org"""
    done = invitations.invite(
        by=cochair, edition=edition, people=people, topics=[speech], sector="other", is_senior=False
    )
    for reaction in Reaction.objects.filter(task="assignments.invite", done_at=None):
        perform(reaction.pk, profiles.invite_reviewer)

    asked = edition.roles.filter(kind="reviewer").exclude(user=there).order_by("user__email")
    assert [(each.user.email, each.user.name, each.sector, each.is_senior) for each in asked] == [
        ("ada@example.org", "Ada Example", "other", False),
        ("bob@example.org", "Doe, Bob", "other", False),
        ("cyd@example.org", "Cyd Charisse", "other", False),
    ]
    assert [user.pk for user in done.new] == [each.user_id for each in asked]
    assert done.known == (there,)
    assert list(ReviewerProfile.objects.values_list("user__email", "topics__name").order_by("user__email")) == [
        (each.user.email, "Speech") for each in asked
    ]
    assert kinds() == [("assignments/invited", each.user.email) for each in asked]
    deliver_due()
    assert all("Cleo invites you to review proposals for Expo 2027" in sent.body for sent in mail.outbox)
    there_now = edition.roles.get(user=there)
    assert (there_now.sector, there_now.is_senior) == ("academia", True)

    shown = {row.person.user.email: row.invited_by for row in coverage.reviewer_rows(edition, cochair, waiting=True)}
    assert shown == {**{each.user.email: "Cleo" for each in asked}, there.email: ""}
    assert set(Entry.objects.filter(fact="editions.role_granted").values_list("actor", flat=True)) == {cochair.pk}


@pytest.mark.parametrize(
    ("people", "code", "sentence"),
    [
        ("ada@example.org\nBob Example", "bad-line", "Line 2 has no e-mail address: “Bob Example”."),
        ("ada@example.org bob@example.org", "bad-line", "Line 1 has more than one e-mail address:"),
        ("ada@example", "bad-email", "“ada@example” is not an e-mail address."),
        (" ; \n", "nobody", "Enter at least one e-mail address."),
        ("\n".join(f"a{n}@example.org" for n in range(51)), "too-many-at-once", "These are 51 people; 50 at once"),
    ],
)
def test_what_cannot_be_read_invites_nobody(edition, cochair, people, code, sentence):
    with pytest.raises(Invalid) as refused:
        invitations.invite(by=cochair, edition=edition, people=people)
    assert (refused.value.code, refused.value.field) == (code, "people")
    assert refused.value.message.startswith(sentence)
    assert not edition.roles.filter(kind="reviewer").exists()
    assert kinds() == []


def test_a_cochair_gives_no_other_role_and_nothing_to_themselves(edition, organiser, cochair):
    for kind in RoleKind:
        with pytest.raises(NotAllowed):
            grant_role(by=cochair, edition=edition, email="ada@example.org", kind=kind)
    with pytest.raises(NotAllowed, match="Nobody makes themselves a reviewer"):
        invitations.invite(by=cochair, edition=edition, people=f"ada@example.org\n{cochair.email}")
    assert edition.roles.count() == 2
    invitations.invite(by=organiser, edition=edition, people=organiser.email)
    assert edition.roles.filter(user=organiser, kind="reviewer").exists()


def test_a_reviewer_of_this_edition_and_a_cochair_of_another_invite_nobody(edition):
    elsewhere = make.RoleFactory(kind=RoleKind.COCHAIR).user
    for somebody in (elsewhere, make.RoleFactory(edition=edition, kind=RoleKind.REVIEWER).user):
        with pytest.raises(NotAllowed):
            invitations.invite(by=somebody, edition=edition, people="ada@example.org")


def test_a_cochair_invites_only_so_many_a_day_by_page_and_by_table(edition, organiser, cochair, monkeypatch):
    monkeypatch.setattr(roles, "MOST_INVITED", 2)
    invitations.invite(by=cochair, edition=edition, people="a@example.org")
    with pytest.raises(WrongState, match="A cochair may invite 2 people within 24 hours"):
        invitations.invite(by=cochair, edition=edition, people="b@example.org\nc@example.org")
    table = b"email\nb@example.org\nc@example.org\n"
    done = imports.import_reviewers(by=cochair, edition=edition, data=table, filename="people.csv")
    assert (done.added, [bad["reason"][:32] for bad in done.bad]) == (1, ["A cochair may invite 2 people wi"])
    assert edition.roles.filter(kind="reviewer").count() == 2
    invitations.invite(by=organiser, edition=edition, people="d@example.org\ne@example.org\nf@example.org")
    with clock.at(clock.now() + timedelta(days=1, minutes=1)):
        invitations.invite(by=cochair, edition=edition, people="g@example.org\nc@example.org")
    assert edition.roles.filter(kind="reviewer").count() == 7


def test_the_page_says_what_happened_and_keeps_what_was_typed(client, edition, cochair):
    client.force_login(cochair)
    acme = make.OrganisationFactory()
    make.SponsorFactory(edition=edition, organisation=acme, domains=["acme.example"])
    url = f"/e/{edition.slug}/queue/invite/"
    board = client.get(f"/e/{edition.slug}/queue/?view=reviewers").content.decode()
    assert url in board

    assert "such as: Ada Example, ada@example.org. At most 50." in client.get(url).content.decode()
    kept = client.post(url, {"people": "Ada <ada@acme.example>\nBob", "sector": "academia"})
    assert kept.status_code == 422
    assert "Line 2 has no e-mail address" in kept.content.decode()
    assert "Ada &lt;ada@acme.example&gt;" in kept.content.decode()

    people = "Ada <ada@acme.example>\nBob <bob@example.org>"
    page = client.post(url, {"people": people, "sector": "academia"}, follow=True).content.decode()
    assert "Ada and Bob are invited, with a mail each." in page
    assert "Ada has a conflict of interest with 1 sponsor here" in page
    assert "Bob has a conflict" not in page
    again = client.post(url, {"people": "bob@example.org", "sector": "other"}, follow=True).content.decode()
    assert "Bob reviews here already; nothing was sent." in again
    assert "Invited by Cleo." in client.get(f"/e/{edition.slug}/queue/?view=reviewers").content.decode()

    make.AffiliationFactory(user=cochair, organisation=acme)  # who has a conflict with it is not theirs to know
    page = client.post(url, {"people": "Eve <eve@acme.example>", "sector": "other"}, follow=True).content.decode()
    assert "Eve is invited to review and gets a mail." in page
    assert "Eve has a conflict" not in page
