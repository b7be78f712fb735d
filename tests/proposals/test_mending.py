"""After the decision: presenters are replaced, withdrawals undone, and no tier takes an accepted session away."""

from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from django.db import IntegrityError, transaction

from expo.accounts.models import User
from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, Refused, WrongState
from expo.notify.models import Message
from expo.proposals.models import Proposal
from expo.proposals.services.drafts import set_presenters
from expo.proposals.services.presenters import change_presenters
from expo.proposals.services.submission import ask_to_restore, restore, revive, withdraw
from expo.sponsors.services.sponsors import save_sponsor
from tests import factories as make

from .conftest import CallFixture
from .pages import body, browser

STAND_IN = {"name": "Stand In", "email": "stand.in@vendor.example"}
EXPO_MORNING = datetime(2027, 7, 18, 13, 0, tzinfo=UTC)  # the first day opens


@pytest.fixture
def chair(call: CallFixture) -> User:
    return make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user


@pytest.fixture
def organiser(call: CallFixture) -> User:
    return make.RoleFactory(edition=call.edition, kind=RoleKind.ORGANISER).user


def move(call: CallFixture, phase: Phase) -> None:
    call.edition.phase = phase
    call.edition.save()


def names(proposal: Proposal) -> list[tuple[str, str]]:
    return list(proposal.presenters.values_list("name", "email"))


def mails(kind: str) -> dict[User, Message]:
    return {each.recipient: each for each in Message.objects.filter(kind=f"proposals/{kind}")}


def refusal(verb, **kwargs) -> Refused:
    with pytest.raises(Refused) as caught:
        verb(**kwargs)
    return caught.value


class TestPresenters:
    @pytest.mark.parametrize("state", ["accepted", "confirmed", "waitlisted"])
    def test_a_presenter_who_fell_ill_is_replaced_after_publication(self, call: CallFixture, state: str) -> None:
        proposal = call.submitted(state=state)
        make.PresenterFactory(proposal=proposal, name="Ada", email="ada@vendor.example")
        move(call, Phase.PUBLISHED)
        set_presenters(by=call.member, proposal=proposal, presenters=[STAND_IN])
        assert names(proposal) == [("Stand In", "stand.in@vendor.example")]
        entry = Entry.objects.get(fact="proposals.presenters_changed")
        assert (entry.actor, entry.data) == (call.member, {"came": ["Stand In"], "left": ["Ada"]})

    def test_team_and_chairs_hear_who_comes_and_who_goes(self, call: CallFixture, chair: User, organiser: User) -> None:
        proposal = call.accepted(title="Forecasts")
        make.PresenterFactory(proposal=proposal, name="Ada", email="ada@vendor.example")
        conflicted = make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user
        make.ConflictFactory(user=conflicted, sponsor=call.sponsor)
        change_presenters(by=organiser, proposal=proposal, presenters=[STAND_IN])
        found = mails("presenters_changed")
        assert set(found) == {call.member, chair}
        assert "New: Stand In" in found[call.member].body
        assert "No longer: Ada" in found[call.member].body

    def test_a_name_is_corrected_and_the_person_stays(self, call: CallFixture) -> None:
        proposal = call.accepted()
        ada = make.PresenterFactory(proposal=proposal, name="Adda", email="ada@vendor.example")
        change_presenters(
            by=call.member, proposal=proposal, presenters=[{"name": "Ada", "email": "ada@vendor.example"}]
        )
        ada.refresh_from_db()
        assert (ada.name, Entry.objects.get().data) == ("Ada", {"came": [], "left": []})

    def test_once_the_event_has_begun_the_team_is_sent_to_who_can(self, call: CallFixture, chair: User) -> None:
        proposal = call.accepted()
        make.DayFactory(edition=call.edition)
        move(call, Phase.PUBLISHED)
        with patch("expo.kit.clock.now", return_value=EXPO_MORNING):
            refused = refusal(change_presenters, by=call.member, proposal=proposal, presenters=[STAND_IN])
            assert (refused.code, refused.who_can) == ("event-began", ("organiser", "cochair"))
            assert refused.message.endswith("An organiser or a cochair can enter it.")
            change_presenters(by=chair, proposal=proposal, presenters=[STAND_IN])
        assert names(proposal) == [("Stand In", "stand.in@vendor.example")]

    @pytest.mark.parametrize("given", [[], [{"name": "Ada"}], [{"name": " ", "email": "ada@vendor.example"}]])
    def test_somebody_must_be_on_stage_and_known(self, call: CallFixture, given: list[dict[str, str]]) -> None:
        refused = refusal(change_presenters, by=call.member, proposal=call.accepted(), presenters=given)
        assert (type(refused), refused.code) == (Invalid, "presenter-incomplete")

    def test_neither_a_rival_nor_a_conflicted_chair(self, call: CallFixture, chair: User) -> None:
        proposal = call.accepted()
        make.ConflictFactory(user=chair, sponsor=call.sponsor)
        for person in (call.rival_member, chair):
            refused = refusal(change_presenters, by=person, proposal=proposal, presenters=[STAND_IN])
            assert isinstance(refused, NotAllowed)

    def test_the_page_saves_and_keeps_every_word_when_refused(self, call: CallFixture) -> None:
        proposal = call.accepted()
        make.PresenterFactory(proposal=proposal, name="Ada", email="ada@vendor.example")
        client, url = browser(call.member), call.url("presenters", proposal)
        assert "ada@vendor.example" in body(client.get(url))
        typed = {
            "presenter-TOTAL_FORMS": 1,
            "presenter-INITIAL_FORMS": 1,
            "presenter-0-name": "Stand In",
            "presenter-0-email": "stand.in@vendor.example",
        }
        stale = client.post(url, {**typed, "version": 7})
        assert stale.status_code == 422
        assert all(words in body(stale) for words in ("Stand In", "stand.in@vendor.example", "ada@vendor.example"))
        more = body(client.post(url, {**typed, "version": 1, "add_presenter": "1"}))
        assert all(words in more for words in ("Stand In", "Presenter 2"))
        assert client.post(url, {**typed, "version": 1}).status_code == 302
        assert names(proposal) == [("Stand In", "stand.in@vendor.example")]


class TestRestoring:
    @pytest.mark.parametrize("state", ["submitted", "accepted", "confirmed", "waitlisted"])
    def test_a_withdrawal_made_by_mistake_is_undone(self, call: CallFixture, organiser: User, state: str) -> None:
        proposal = call.submitted(state=state, merit=3.5, feedback="Clear.")
        withdraw(by=call.member, proposal=proposal, reason="wrong button")
        move(call, Phase.PUBLISHED)
        ask_to_restore(by=call.member, proposal=proposal, reason="We clicked the wrong one.")
        asked = mails("restore_asked")
        assert set(asked) == {organiser}
        assert f"/e/{call.edition.slug}/proposals/{proposal.code}/restore/" in asked[organiser].body
        again = refusal(ask_to_restore, by=call.member, proposal=proposal)
        assert again.code == "already-asked"
        done = restore(by=organiser, proposal=proposal)
        done.refresh_from_db()
        assert (done.state, done.merit, done.feedback) == (state, 3.5, "Clear.")
        assert (done.withdrawn_at, done.withdrawn_from) == (None, "")
        assert call.member in mails("restored")

    def test_only_while_its_place_in_the_tiers_limit_is_free(self, call: CallFixture, chair: User) -> None:
        proposal = call.accepted()
        withdraw(by=call.member, proposal=proposal)
        other = call.accepted()
        for verb, by in ((ask_to_restore, call.member), (restore, chair)):
            refused = refusal(verb, by=by, proposal=proposal)
            assert refused.code == "no-place-left"
            assert "the Gold tier may have 1 talk accepted, and 1 is." in refused.message
        withdraw(by=call.member, proposal=other)
        assert restore(by=chair, proposal=proposal).state == "accepted"

    def test_a_withdrawn_draft_has_nothing_to_be_restored_to(self, call: CallFixture) -> None:
        draft = call.draft()
        withdraw(by=call.member, proposal=draft)
        assert refusal(ask_to_restore, by=call.member, proposal=draft).code == "was-a-draft"

    def test_a_team_asks_and_does_not_restore_itself(self, call: CallFixture, chair: User) -> None:
        proposal = call.accepted()
        withdraw(by=call.member, proposal=proposal)
        make.ConflictFactory(user=chair, sponsor=call.sponsor)
        for person in (call.member, call.rival_member, chair):
            assert isinstance(refusal(restore, by=person, proposal=proposal), NotAllowed)

    def test_pages_ask_and_restore_with_one_click_each(self, call: CallFixture, organiser: User) -> None:
        proposal = call.accepted(title="Forecasts")
        withdraw(by=call.member, proposal=proposal)
        move(call, Phase.SCHEDULE)
        team, office = browser(call.member), browser(organiser)
        assert "Ask to restore" in body(team.get(call.url("detail", proposal)))
        assert team.post(call.url("ask-to-restore", proposal), {"reason": "Oh no."}).status_code == 302
        assert "its team asks to restore it" in body(office.get(call.url("after")))
        assert "Oh no." in body(office.get(call.url("restore", proposal)))
        assert office.post(call.url("restore", proposal), {"reason": ""}).status_code == 302
        proposal.refresh_from_db()
        assert proposal.state == "accepted"

    def test_postgresql_knows_what_was_withdrawn_from_where(self, call: CallFixture) -> None:
        rows = Proposal.objects.filter(pk=call.accepted().pk)
        for wrong in ({"withdrawn_from": "accepted"}, {"state": "withdrawn", "withdrawn_from": "draft"}):
            with pytest.raises(IntegrityError), transaction.atomic():
                rows.update(**wrong)


class TestTiers:
    def test_a_tier_that_entitles_to_less_than_is_accepted_is_refused(self, call: CallFixture, organiser: User) -> None:
        call.submitted(state="confirmed")
        low = make.TierFactory(edition=call.edition, slug="bronze", rank=9)
        fields = {"by": organiser, "sponsor": call.sponsor, "name": call.sponsor.name, "tier": low}
        refused = refusal(save_sponsor, **fields)
        assert (refused.code, refused.field) == ("tier-too-low", "tier")
        assert "has 1 talk accepted, and the Bronze tier may have 0." in refused.message
        make.EntitlementFactory(tier=low, format=call.talk, may_submit=1, may_be_accepted=1)
        assert save_sponsor(**fields).tier == low

    def test_who_has_nothing_accepted_may_change_to_any(self, call: CallFixture, organiser: User) -> None:
        call.submitted()
        low = make.TierFactory(edition=call.edition, slug="bronze", rank=9)
        assert save_sponsor(by=organiser, sponsor=call.sponsor, name=call.sponsor.name, tier=low).tier == low


def test_revive_forgets_what_it_was_withdrawn_from(call: CallFixture) -> None:
    proposal = call.submitted()
    withdraw(by=call.member, proposal=proposal)
    revive(by=call.member, proposal=proposal)
    with pytest.raises(WrongState):
        ask_to_restore(by=call.member, proposal=proposal)


def test_a_withdrawn_proposal_says_what_its_verdict_was(call: CallFixture) -> None:
    page, said = browser(call.member), []
    for state in ("accepted", "confirmed", "waitlisted"):
        proposal = call.submitted(state=state, verdict_at=clock.now())
        withdraw(by=call.member, proposal=proposal)
        text = body(page.get(f"/e/{call.edition.slug}/proposals/{proposal.code}/"))
        said.append(text.split(" before you withdrew it.")[0].rsplit(">", 1)[-1].strip())
    assert said == ["It was accepted", "It was accepted", "It was on the waiting list"]
