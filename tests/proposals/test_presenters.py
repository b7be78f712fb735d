"""Presenters are asked by mail, answer with their own words, and nobody else answers for them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import FormatField
from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry, Reaction
from expo.journal.services import perform
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, Refused, WrongState
from expo.kit.names import plain_address
from expo.notify.models import AccountMail, Message
from expo.notify.services import deliver_due
from expo.proposals import tasks
from expo.proposals.models import Claim, ConfirmedPresenter, PresenterInvitation, Proposal
from expo.proposals.queries.claims import questions
from expo.proposals.queries.content import PresenterData, data_of, people_of
from expo.proposals.queries.presenters import (
    answers_of_presenters,
    confirmed_addresses,
    invited_as,
    token_for,
    unprinted,
)
from expo.proposals.services import presenter_invitations as invitations
from expo.proposals.services.claim_answers import answer_claim
from expo.proposals.services.drafts import edit, set_presenters
from expo.proposals.services.presenter_answers import (
    confirm_presenter,
    confirm_presenting,
    decline_presenting,
    vouch_for,
)
from expo.proposals.services.presenters import change_presenters
from expo.proposals.services.submission import submit, withdraw
from tests import factories as make
from tests.concurrency import race

from .conftest import CallFixture, new_call

ADA = "ada@lab.example"
LINK = re.compile(r"https?://\S+/presenting/(\w+)/")


def react() -> None:
    """Everything that invites has done so."""
    waiting = Reaction.objects.filter(done_at=None, task="proposals.invite_presenters").order_by("id")
    for reaction in waiting:
        perform(reaction.pk, tasks.invite_presenters)


def named(call: CallFixture, *emails: str, state: str = "submitted", **fields: Any) -> Proposal:
    """A proposal that names people with these addresses; they have been asked."""
    proposal = call.submitted(state=state, **fields)
    for position, email in enumerate(emails or (ADA,)):
        person = f"{plain_address(email)}#{proposal.sponsor_id}"
        make.PresenterFactory(proposal=proposal, name="Ada Lovelace", email=email, position=position, person=person)
    with_entry = Entry(fact="proposals.submitted", proposal_id=proposal.pk)
    invitations.invite_presenters(with_entry)
    return proposal


def asked(proposal: Proposal, address: str = ADA) -> PresenterInvitation:
    return PresenterInvitation.objects.select_related("proposal__edition").get(proposal=proposal, address=address)


def words(proposal: Proposal, **changes: str) -> PresenterData:
    from dataclasses import replace

    return replace(data_of(proposal.presenters.order_by("position")[0]), **changes)


def confirm(proposal: Proposal, address: str = ADA, **changes: str) -> PresenterInvitation:
    """By the link in the mail, without an account."""
    token = token_for(proposal.pk, address)
    row = proposal.presenters.get(email__iexact=address)
    from dataclasses import replace

    said = replace(data_of(row), **changes)
    return confirm_presenting(by=None, invitation=asked(proposal, address), token=token, words=said)


def decline(proposal: Proposal, reason: str = "") -> PresenterInvitation:
    token = token_for(proposal.pk, ADA)
    return decline_presenting(by=None, invitation=asked(proposal), token=token, reason=reason)


def code_of(verb: Any) -> str:
    with pytest.raises(Refused) as refusal:
        verb()
    return refusal.value.code


def chair_of(call: CallFixture) -> User:
    return make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user


# --- Asked ---------------------------------------------------------------------------------------------


class TestAsked:
    def test_a_submission_asks_every_presenter_once(self, call: CallFixture) -> None:
        proposal = call.draft(title="Forecasts", public_title="Forecasts at scale")
        proposal = submit(by=call.member, proposal=proposal)
        react()
        (sent,) = AccountMail.objects.all()
        (presenter,) = proposal.presenters.all()
        assert sent.address == presenter.email
        for said in (call.sponsor.name, call.edition.name, "Forecasts at scale", call.talk.name, presenter.email):
            assert said in sent.body
        edit(by=call.member, proposal=proposal, version=proposal.version, title="Another title")
        submit(by=call.member, proposal=proposal)
        react()
        assert AccountMail.objects.count() == 1

    def test_a_draft_asks_nobody(self, call: CallFixture) -> None:
        call.draft()
        assert invitations.tick() == 0
        assert not AccountMail.objects.exists()

    def test_only_a_hash_of_the_link_is_kept(self, call: CallFixture) -> None:
        proposal = named(call)
        (token,) = LINK.findall(AccountMail.objects.get().body)
        assert token == token_for(proposal.pk, ADA)
        assert token not in str(PresenterInvitation.objects.values())
        assert not Message.objects.filter(body__contains=token).exists()

    def test_an_answer_by_mail_goes_to_the_contact(self, call: CallFixture) -> None:
        call.edition.contact_email = "office@expo.example"
        call.edition.save()
        named(call)
        deliver_due()
        assert mail.outbox[0].reply_to == ["office@expo.example"]

    def test_what_a_sponsor_types_is_in_no_subject_and_carries_no_address_of_the_web(self, call: CallFixture) -> None:
        named(call, public_title="Buy now at https://spam.example")
        sent = AccountMail.objects.get()
        assert "Ada" not in sent.subject + sent.body
        assert "Buy" not in sent.subject
        assert "spam" not in sent.body

    def test_a_sponsor_mails_so_many_a_day_and_the_rest_follow(
        self, call: CallFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(invitations, "MOST_A_DAY", 2)
        proposal = named(call, *(f"p{number}@lab.example" for number in range(3)))
        assert AccountMail.objects.count() == 2
        assert [each.answer for each in answers_of_presenters(proposal)] == ["invited", "invited", "uninvited"]
        assert invitations.tick() == 0
        PresenterInvitation.objects.update(invited_at=clock.now() - timedelta(days=2))
        assert invitations.invite_uninvited() == 1
        assert AccountMail.objects.count() == 3

    def test_a_presenter_added_after_the_decision_is_asked(self, call: CallFixture) -> None:
        proposal = named(call, state="accepted")
        people = [*people_of(proposal), PresenterData("Bo Li", "bo@lab.example")]
        change_presenters(by=call.member, proposal=proposal, presenters=people)
        react()
        assert set(AccountMail.objects.values_list("address", flat=True)) == {ADA, "bo@lab.example"}

    def test_a_team_asks_again_once_a_day(self, call: CallFixture) -> None:
        proposal = named(call)
        presenter = proposal.presenters.get()
        again = lambda: invitations.resend_to_presenter(by=call.member, presenter=presenter)  # noqa: E731
        assert code_of(again) == "asked-lately"
        PresenterInvitation.objects.update(invited_at=clock.now() - timedelta(days=2))
        again()
        first, second = (LINK.findall(each.body) for each in AccountMail.objects.order_by("id"))
        assert first == second
        with pytest.raises(NotAllowed):
            invitations.resend_to_presenter(by=call.rival_member, presenter=presenter)
        confirm(proposal)
        assert code_of(again) == "answered"

    def test_reminders_come_after_the_verdict_and_before_the_slots_are_fixed(self, call: CallFixture) -> None:
        now = clock.now()
        proposal = named(call, state="accepted", verdict_at=now - timedelta(days=6))
        call.edition.phase = Phase.SCHEDULE
        call.edition.slots_freeze_at = now + timedelta(days=20)
        call.edition.save()
        earlier = PresenterInvitation.objects.filter(proposal=proposal)
        assert invitations.remind_unanswered() == 0  # asked lately
        earlier.update(invited_at=now - timedelta(days=8))
        assert [invitations.remind_unanswered(), invitations.remind_unanswered()] == [1, 0]
        call.edition.slots_freeze_at = now + timedelta(days=5)
        call.edition.save()
        earlier.update(invited_at=now - timedelta(days=8))
        assert [invitations.remind_unanswered(), invitations.remind_unanswered()] == [1, 0]

    def test_nobody_is_reminded_who_answered(self, call: CallFixture) -> None:
        proposal = named(call, state="accepted", verdict_at=clock.now() - timedelta(days=6))
        confirm(proposal)
        call.edition.phase = Phase.SCHEDULE
        call.edition.save()
        PresenterInvitation.objects.update(invited_at=clock.now() - timedelta(days=8))
        assert invitations.remind_unanswered() == 0


# --- Answers -------------------------------------------------------------------------------------------


class TestAnswers:
    def test_who_has_the_link_confirms_with_their_own_words(self, call: CallFixture) -> None:
        proposal = named(call)
        confirm(proposal, name="Ada, Countess of Lovelace", affiliation="Analytical Engines")
        presenter = proposal.presenters.get()
        assert (presenter.name, presenter.affiliation) == ("Ada, Countess of Lovelace", "Analytical Engines")
        assert presenter.person == ADA
        assert confirmed_addresses(call.edition) == {(proposal.pk, ADA)}

    def test_a_link_opens_nothing_of_another_proposal(self, call: CallFixture) -> None:
        mine, other = named(call), named(call)
        token = token_for(other.pk, ADA)
        wrong = lambda: confirm_presenting(by=None, invitation=asked(mine), token=token, words=words(mine))  # noqa: E731
        assert code_of(wrong) == "not-allowed"
        assert code_of(lambda: confirm_presenting(by=None, invitation=asked(mine), words=words(mine))) == "not-allowed"

    def test_no_account_answers_that_did_not_prove_the_address(self, call: CallFixture) -> None:
        proposal = named(call)
        for user in (call.member, chair_of(call), make.UserFactory()):
            with pytest.raises(NotAllowed):
                confirm_presenting(by=user, invitation=asked(proposal), words=words(proposal))
        ada = make.UserFactory(email=ADA)
        confirm_presenting(by=ada, invitation=asked(proposal), words=words(proposal))
        assert confirmed_addresses(call.edition) == {(proposal.pk, ADA)}

    def test_own_words_reach_unsubmitted_changes_and_their_form_is_stale(self, call: CallFixture) -> None:
        proposal = named(call)
        edit(by=call.member, proposal=proposal, version=proposal.version, title="Another title")
        proposal.refresh_from_db()
        version = proposal.working_copy.version
        confirm(proposal, name="Countess Lovelace")
        copy = Proposal.objects.get(pk=proposal.pk).working_copy
        assert [each.name for each in people_of(copy)] == ["Countess Lovelace"]
        stale = lambda: edit(by=call.member, proposal=proposal, version=version, title="Third")  # noqa: E731
        assert code_of(stale) == "stale-version"
        submit(by=call.member, proposal=proposal)
        assert asked(proposal).answer == "yes"

    def test_a_change_of_the_team_asks_again(self, call: CallFixture) -> None:
        proposal = named(call, state="accepted")
        confirm(proposal)
        AccountMail.objects.all().delete()
        proposal.refresh_from_db()
        change_presenters(by=call.member, proposal=proposal, presenters=[words(proposal, name="Somebody Else")])
        assert asked(proposal).answer == "open"
        assert proposal.presenters.get().person == f"{ADA}#{call.sponsor.pk}"
        assert unprinted(call.edition) == {proposal.presenters.get().pk}
        react()
        (sent,) = AccountMail.objects.all()
        assert "has been changed since" in sent.body
        assert LINK.findall(sent.body) == [token_for(proposal.pk, ADA)]

    def test_hours_and_order_ask_nobody_again(self, call: CallFixture) -> None:
        proposal = named(call, ADA, "bo@lab.example", state="accepted")
        confirm(proposal)
        start = datetime(2027, 7, 18, 9, tzinfo=UTC)
        first, second = people_of(proposal)
        away = PresenterData(first.name, first.email, away=((start, start + timedelta(hours=1)),))
        proposal.refresh_from_db()
        change_presenters(by=call.member, proposal=proposal, presenters=[second, away])
        assert asked(proposal).answer == "yes"

    def test_who_is_replaced_and_named_again_has_to_answer_anew(self, call: CallFixture) -> None:
        proposal = named(call, state="accepted")
        confirm(proposal)
        for people in ([PresenterData("Bo Li", "bo@lab.example")], [PresenterData("Ada Lovelace", ADA)]):
            proposal.refresh_from_db()
            change_presenters(by=call.member, proposal=proposal, presenters=people)
        assert asked(proposal).answer == "open"

    def test_a_vouched_name_that_is_changed_needs_a_new_word(self, call: CallFixture) -> None:
        proposal = named(call, state="accepted")
        confirm_presenter(by=chair_of(call), presenter=proposal.presenters.get(), reason="Met her.")
        proposal.refresh_from_db()
        change_presenters(by=call.member, proposal=proposal, presenters=[words(proposal, name="Elon")])
        assert not ConfirmedPresenter.objects.exists()

    def test_a_no_tells_the_team_and_frees_the_person(self, call: CallFixture) -> None:
        proposal = named(call, state="accepted")
        confirm(proposal)
        decline(proposal, reason="On leave that week.")
        mailed = Message.objects.get(kind="proposals/presenter_declined")
        assert mailed.recipient == call.member
        assert "On leave that week." in mailed.body
        assert proposal.presenters.get().person == f"{ADA}#{call.sponsor.pk}"
        assert [each.answer for each in answers_of_presenters(proposal)] == ["declined"]
        confirm(proposal)  # and changes their mind
        assert [each.answer for each in answers_of_presenters(proposal)] == ["confirmed"]

    @pytest.mark.parametrize("how", ["withdrawn", "replaced", "begun", "archived", "rejected"])
    def test_a_link_of_no_use_any_more_says_so_plainly(self, call: CallFixture, client: Client, how: str) -> None:
        proposal = named(call, state="accepted")
        if how == "withdrawn":
            withdraw(by=call.member, proposal=proposal)
        elif how == "replaced":
            people = [PresenterData("Bo Li", "bo@lab.example")]
            change_presenters(by=call.member, proposal=proposal, presenters=people)
        elif how == "begun":
            make.DayFactory(edition=call.edition, date=clock.now().date() - timedelta(days=1))
        elif how == "archived":
            call.edition.phase = Phase.ARCHIVED
            call.edition.save()
        else:
            Proposal.objects.filter(pk=proposal.pk).update(state="rejected")
        page = client.get(reverse("proposals:presenting", args=[token_for(proposal.pk, ADA)]))
        other = client.get(reverse("proposals:presenting", args=["unknown"]))
        assert (page.status_code, other.status_code) == (404, 404)
        said = [each.content.decode().split("<main")[1].split("</main>")[0] for each in (page, other)]
        assert said[0] == said[1]
        assert proposal.name not in said[0]

    def test_somebody_who_later_gets_a_role_has_a_conflict_already(self, call: CallFixture) -> None:
        proposal, ada = named(call), make.UserFactory(email=ADA)
        confirm(proposal)
        assert Claim.objects.get().user == ada
        make.RoleFactory(edition=call.edition, user=ada)
        assert questions(ada) == []


# --- The page ---------------------------------------------------------------------------------------------


class TestPage:
    def post(self, proposal: Proposal, **data: Any) -> Any:
        return Client().post(reverse("proposals:presenting", args=[token_for(proposal.pk, ADA)]), data)

    def test_looking_changes_nothing_and_shows_no_review_text(self, call: CallFixture) -> None:
        proposal = named(call, "bo@secret.example", ADA, abstract="For reviewers alone.", public_text="For **all**.")
        before = list(PresenterInvitation.objects.values()), Entry.objects.count()
        page = Client().get(reverse("proposals:presenting", args=[token_for(proposal.pk, ADA)]))
        body = page.content.decode()
        assert (page.status_code, page["Referrer-Policy"]) == (200, "same-origin")
        assert "no-store" in page["Cache-Control"]
        assert "For <strong>all</strong>." in body
        assert "For reviewers alone." not in body
        assert "secret.example" not in body
        assert (list(PresenterInvitation.objects.values()), Entry.objects.count()) == before

    def test_a_wrong_form_keeps_what_was_typed(self, call: CallFixture) -> None:
        FormatField.objects.create(format=call.talk, name="presenter_link", use="optional", limit=200)
        proposal = named(call)
        page = self.post(proposal, name="Countess", link="javascript:alert(1)", answer="yes")
        assert page.status_code == 422
        assert "is not the address of a page" in page.content.decode()
        assert 'value="Countess"' in page.content.decode()
        assert asked(proposal).answer == "open"

    def test_a_picture_is_sent_and_shown_behind_the_link(self, call: CallFixture) -> None:
        from io import BytesIO

        from django.core.files.uploadedfile import SimpleUploadedFile
        from PIL import Image

        FormatField.objects.create(format=call.talk, name="picture", use="optional", limit=1)
        proposal, out = named(call), BytesIO()
        Image.new("RGB", (30, 30), "red").save(out, "PNG")
        sent = SimpleUploadedFile("me.png", out.getvalue(), "image/png")
        assert self.post(proposal, name="Ada", picture=sent, answer="yes").status_code == 302
        shown = Client().get(reverse("proposals:presenting-picture", args=[token_for(proposal.pk, ADA)]))
        assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
        bad = SimpleUploadedFile("me.png", b"<svg onload=alert(1)>", "image/png")
        page = self.post(proposal, name="Ada", picture=bad, seen=proposal.presenters.get().picture.digest, answer="yes")
        assert page.status_code == 422
        assert "not a picture that can be read" in page.content.decode()

    def test_the_team_sees_what_a_presenter_said(self, call: CallFixture, client: Client) -> None:
        proposal = named(call)
        self.post(proposal, answer="no", reason="Never heard of it.")
        client.force_login(call.member)
        page = client.get(call.url("detail", proposal)).content.decode()
        assert "Declined" in page
        assert "Never heard of it." in page

    def test_who_is_signed_in_needs_no_mail(self, call: CallFixture, client: Client) -> None:
        proposal, ada = named(call), make.UserFactory(email=ADA)
        client.force_login(ada)
        address = reverse("proposals:present", args=[call.edition.slug, asked(proposal).pk])
        assert address in client.get("/").content.decode()
        assert client.post(address, {"name": "Ada Lovelace", "answer": "yes"}).status_code == 302
        assert asked(proposal).answer == "yes"


# --- Chairs ------------------------------------------------------------------------------------------------


class TestChairs:
    def test_a_chair_prints_several_without_their_answer_and_says_why(self, call: CallFixture) -> None:
        proposal = named(call, ADA, "bo@lab.example", state="accepted")
        chair, people = chair_of(call), list(proposal.presenters.all())
        with pytest.raises(Invalid):
            vouch_for(by=chair, edition=call.edition, presenters=people, reason=" ")
        assert vouch_for(by=chair, edition=call.edition, presenters=people, reason="Both called.") == 2
        assert unprinted(call.edition) == frozenset()
        entries = Entry.objects.filter(fact="proposals.presenter_confirmed")
        assert [each.data["reason"] for each in entries] == ["Both called."] * 2

    def test_nobody_is_printed_who_declined(self, call: CallFixture) -> None:
        proposal, chair = named(call, state="accepted"), chair_of(call)
        confirm_presenter(by=chair, presenter=proposal.presenters.get(), reason="Met her.")
        decline(proposal)
        again = lambda: confirm_presenter(by=chair, presenter=proposal.presenters.get(), reason="Met her.")  # noqa: E731
        assert code_of(again) == "presenter-declined"
        assert len(unprinted(call.edition)) == 1

    def test_a_chair_with_a_conflict_neither_sees_nor_vouches(self, call: CallFixture, client: Client) -> None:
        proposal, walled = named(call, state="accepted"), chair_of(call)
        make.ConflictFactory(user=walled, sponsor=call.sponsor)
        with pytest.raises(NotAllowed):
            vouch_for(by=walled, edition=call.edition, presenters=list(proposal.presenters.all()), reason="Mine.")
        client.force_login(walled)
        page = client.get(reverse("proposals:unconfirmed", args=[call.edition.slug])).content.decode()
        assert ADA not in page
        assert "Everybody has confirmed" in page

    def test_the_list_is_worked_in_from_its_page(self, call: CallFixture, client: Client) -> None:
        proposal = named(call, ADA, "bo@lab.example", state="accepted")
        client.force_login(chair_of(call))
        address = reverse("proposals:unconfirmed", args=[call.edition.slug])
        page = client.get(address)
        assert page.context["list"].total == 2
        assert ADA in client.get(address, {"format": "csv"}).content.decode()
        PresenterInvitation.objects.update(invited_at=clock.now() - timedelta(days=2))
        AccountMail.objects.all().delete()
        client.post(reverse("proposals:remind-presenters", args=[call.edition.slug]))
        assert AccountMail.objects.count() == 2
        first = proposal.presenters.order_by("position")[0]
        data = {"presenter": [first.pk], "reason": "Her team says so."}
        client.post(reverse("proposals:vouch-for-presenters", args=[call.edition.slug]), data)
        assert client.get(address).context["list"].total == 1


# --- The limit per person -----------------------------------------------------------------------------------


class TestLimit:
    @pytest.fixture
    def one_each(self, call: CallFixture) -> CallFixture:
        call.edition.presenter_limit = 1
        call.edition.save()
        return call

    def test_one_person_confirms_so_many_sessions(self, one_each: CallFixture) -> None:
        first, second = named(one_each, public_title="First of hers"), named(one_each)
        confirm(first)
        with pytest.raises(WrongState) as refusal:
            confirm(second)
        assert refusal.value.code == "presenter-limit"
        assert "“First of hers”" in refusal.value.message
        decline(first)
        confirm(second)

    def test_naming_somebody_uses_nothing_up(self, one_each: CallFixture) -> None:
        rival = make.SponsorFactory(edition=one_each.edition, tier=one_each.sponsor.tier)
        for _ in range(3):
            named(one_each, sponsor=rival)
        confirm(named(one_each))

    def test_another_address_of_the_same_person_counts(self, one_each: CallFixture) -> None:
        from allauth.account.models import EmailAddress

        ada = make.UserFactory(email=ADA)
        EmailAddress.objects.create(user=ada, email="ada@home.example", verified=True)
        confirm(named(one_each))
        second = named(one_each, "ada@home.example")
        assert code_of(lambda: confirm(second, "ada@home.example")) == "presenter-limit"

    def test_a_chair_is_held_by_it_too_and_learns_no_titles(self, one_each: CallFixture) -> None:
        confirm(named(one_each, public_title="First of hers"))
        other = named(one_each, state="accepted").presenters.get()
        with pytest.raises(WrongState) as refusal:
            confirm_presenter(by=chair_of(one_each), presenter=other, reason="Met her.")
        assert refusal.value.code == "presenter-limit"
        assert "First of hers" not in refusal.value.message

    def test_a_yes_about_a_conflict_is_kept_past_the_limit(self, one_each: CallFixture) -> None:
        confirm(named(one_each))
        ada = make.RoleFactory(edition=one_each.edition, user=make.UserFactory(email=ADA)).user
        Claim.objects.all().delete()
        second = named(one_each)
        token = next(each.token for each in questions(ada) if each.proposal_id == second.pk)
        answer_claim(by=ada, token=token, is_yes=True)
        assert Claim.objects.get(proposal=second).answer == "yes"
        assert asked(second).answer == "open"
        assert [each.proposal for each in invited_as(ada)] == [second]


@pytest.mark.slow
def test_of_two_confirmations_at_once_against_one_place_one_wins(transactional_db: None) -> None:
    call = new_call()
    call.edition.presenter_limit = 1
    call.edition.save()
    first, second = named(call), named(call)
    answers = race(lambda: confirm(first), lambda: confirm(second))
    outcomes = sorted(each.code if isinstance(each, Refused) else each.answer for each in answers)
    assert outcomes == ["presenter-limit", "yes"]
    assert PresenterInvitation.objects.filter(answer="yes").count() == 1


# --- Typed rows -------------------------------------------------------------------------------------------


def test_two_addresses_of_one_mailbox_are_one_presenter(call: CallFixture) -> None:
    people = [{"name": "Ada", "email": ADA}, {"name": "Fake", "email": "ada+2@lab.example"}]
    with pytest.raises(Invalid) as refusal:
        set_presenters(by=call.member, proposal=call.draft(), presenters=people)
    assert refusal.value.code == "presenter-twice"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("link", "javascript:alert(1)", "bad-link"),
        ("link", "ftp://files.example/me", "bad-link"),
        ("biography", "x" * 3001, "too-long"),
        ("picture", "0" * 64, "unknown-picture"),
    ],
)
def test_what_cannot_be_printed_is_refused(call: CallFixture, field: str, value: str, code: str) -> None:
    people = [{"name": "Ada", "email": ADA, field: value}]
    assert code_of(lambda: set_presenters(by=call.member, proposal=call.draft(), presenters=people)) == code
