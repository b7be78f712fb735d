"""The mail that asks somebody to review."""

import re
from datetime import UTC, datetime

import pytest
from django.core import mail

from expo.editions.services.roles import grant_role, revoke_role
from expo.editions.states import RoleKind
from expo.journal.models import Reaction
from expo.journal.services import perform
from expo.notify.models import Message
from expo.notify.services import deliver_due
from reviews.assignments.models import ReviewerProfile
from reviews.assignments.services import profiles
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
