"""What a rival, somebody who was removed, a stranger with a link and a script try, and get nothing for."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from expo.accounts.services import checked_name
from expo.editions.models import FormatField
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.notify.models import AccountMail
from expo.proposals.models import ChangeRequest, PresenterInvitation, Proposal, WorkingCopy
from expo.proposals.services.change_requests import answer_change, ask_for_change, withdraw_change_request
from expo.proposals.services.drafts import edit
from expo.proposals.services.presenter_invitations import invite_presenters, mailed_title, resend_to_presenter
from expo.proposals.services.presenters import change_presenters
from expo.sponsors.models import TeamMember
from expo.sponsors.services.teams import remove_team_member
from tests import factories as make

from .conftest import CallFixture
from .pages import body, browser, words
from .test_change_requests import late_change

JSON = {"headers": {"accept": "application/json"}}
HUGE = "9" * 5000


def removed(call: CallFixture) -> Client:
    """Somebody who was in the team until just now."""
    gone = make.TeamMemberFactory(sponsor=call.sponsor, role="member")
    remove_team_member(by=call.member, sponsor=call.sponsor, member=TeamMember.objects.get(pk=gone.pk))
    return browser(gone.user)


@pytest.mark.parametrize("sponsor", [HUGE, "٣", "-1", "1e3", "\x00", "²", ""])
@pytest.mark.parametrize("name", ["autosave-new", "new"])
def test_nonsense_for_a_sponsor_is_no_error_to_who_is_in_no_team(call: CallFixture, name: str, sponsor: str) -> None:
    client = removed(call)
    client.raise_request_exception = False
    answer = client.post(call.url(name), words(call, sponsor=sponsor), **JSON)
    assert answer.status_code < 500


# --- Change requests ---------------------------------------------------------------------------------------


def test_a_chair_accepts_what_was_read_and_not_what_was_asked_since(call: CallFixture) -> None:
    chair = make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user
    proposal = late_change(call, title="A typo less")
    read = ask_for_change(by=call.member, proposal=proposal, reason="A typo.")
    client, url = browser(chair), call.url("answer-change", proposal)
    assert f'name="change" value="{read.pk}"' in body(client.get(url))
    withdraw_change_request(by=call.member, proposal=proposal)
    edit(by=call.member, proposal=proposal, version=WorkingCopy.objects.get().version, title="Buy what we sell")
    asked = ask_for_change(by=call.member, proposal=Proposal.objects.get(), reason="A typo.")
    refused = client.post(url, {"change": read.pk, "accept": ["title"], "answer": "Fine"})
    assert (refused.status_code, Proposal.objects.get().title) == (422, "As submitted")
    page = body(refused)
    assert "Its team withdrew what you read" in page
    assert (f'name="change" value="{asked.pk}"' in page, "Buy what we sell" in page) == (True, True)
    assert re.search(r'value="title"\s+checked', page) is None
    client.post(url, {"accept": ["title"], "answer": "Fine"})
    assert ChangeRequest.objects.get(pk=asked.pk).state == "open"


def test_an_approval_of_other_links_does_not_come_along_with_the_title(call: CallFixture) -> None:
    """What is published is approved as a whole: words of the copy that were refused were part of it."""
    chair = make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user
    FormatField.objects.create(format=call.talk, name="links", use="optional", limit=3)
    other = [{"label": "Paper", "url": "https://paper.example/"}]
    proposal = late_change(call, title="Another title", links=other, approve=True)
    assert WorkingCopy.objects.get().public_text_approved_at is not None
    ask_for_change(by=call.member, proposal=proposal, reason="Better.")
    answer_change(by=chair, proposal=proposal, accept=["title"])
    proposal = Proposal.objects.get()
    assert (proposal.title, proposal.links, proposal.public_text_approved_at) == ("Another title", [], None)


# --- Mail to strangers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title", ["Win at evil.xyz", "bit.ly/3x", "Look: evil。cn", "HTTP://EVIL", "See www.evil.example", "a@evil.co"]
)
def test_a_title_that_a_mailbox_would_make_a_link_of_is_not_mailed(call: CallFixture, title: str) -> None:
    assert mailed_title(call.submitted(public_title=title)) == ""


@pytest.mark.parametrize("title", ["Forecasts, v2.0: what fails?", "Cost vs. error", "At 3.5 bits. And less"])
def test_a_title_like_any_other_is_mailed(call: CallFixture, title: str) -> None:
    assert mailed_title(call.submitted(public_title=title)) == title


def test_a_stranger_is_not_mailed_every_day_because_a_team_asks_again(call: CallFixture) -> None:
    proposal = call.submitted()
    presenter = make.PresenterFactory(proposal=proposal)
    invite_presenters(Entry(fact="proposals.submitted", proposal_id=proposal.pk))
    for _ in range(3):
        PresenterInvitation.objects.update(invited_at=clock.now() - timedelta(days=2))
        resend_to_presenter(by=call.member, presenter=presenter)
    PresenterInvitation.objects.update(invited_at=clock.now() - timedelta(days=2))
    with pytest.raises(WrongState) as refused:
        resend_to_presenter(by=call.member, presenter=presenter)
    assert (refused.value.code, AccountMail.objects.count()) == ("asked-often", 4)


# --- More than was promised, names that deceive -------------------------------------------------------------


def test_a_team_names_no_more_presenters_after_the_decision_than_the_format_takes(call: CallFixture) -> None:
    FormatField.objects.create(format=call.talk, name="presenters", use="required", limit=2)
    proposal = call.accepted()
    people = [{"name": f"P{n}", "email": f"p{n}@example.org"} for n in range(3)]
    with pytest.raises(Invalid) as refused:
        change_presenters(by=call.member, proposal=proposal, presenters=people)
    assert (refused.value.code, proposal.presenters.count()) == ("too-many-presenters", 0)
    for person in people:
        make.PresenterFactory(proposal=proposal, **person)
    corrected = [*people[:2], {"name": "Ada", "email": "ada@example.org"}]
    change_presenters(by=call.member, proposal=proposal, presenters=corrected)  # as many as it was accepted with
    assert proposal.presenters.count() == 3


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ada \u202eriahc-oc", "Ada riahc-oc"),
        ("Ada\r\nBcc: all@example.org", "Ada Bcc: all@example.org"),
        ("A\u200bda\x07 \u2066Lovelace\u2069\ufeff", "Ada Lovelace"),
        ("علی\u200cرضا", "علی\u200cرضا"),
    ],
)
def test_a_name_turns_nothing_that_stands_beside_it(typed: str, kept: str) -> None:
    assert checked_name(typed, "name", 120) == kept


@pytest.mark.parametrize("typed", ["\u202e", "\x00", " \u2066 \u2069 "])
def test_a_name_of_nothing_visible_is_none(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_name(typed, "name", 120)
    assert refused.value.code == "name-missing"


def test_a_presenter_with_an_account_sees_the_own_picture_and_nobody_elses(call: CallFixture) -> None:
    proposal, ada, eve = call.submitted(), make.UserFactory(), make.UserFactory()
    for user in (ada, eve):
        make.PresenterFactory(proposal=proposal, email=user.email, picture=make.PictureFactory())
        make.PresenterInvitationFactory(proposal=proposal, address=user.email)
    pictures = [each.picture.digest for each in proposal.presenters.order_by("id")]
    seen = [
        [browser(user).get(reverse("sponsors:picture", args=[digest])).status_code for digest in pictures]
        for user in (ada, eve, None)
    ]
    assert seen == [[200, 404], [404, 200], [404, 404]]
    make.RoleFactory(edition=call.edition, user=ada)  # a reviewer is asked by a question first, which names nobody
    assert browser(ada).get(reverse("sponsors:picture", args=pictures[:1])).status_code == 404
