"""Verdicts arrive when they are released, by chairs outside the wall, within the tier's limit."""

import pytest

from expo.accounts.models import User
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.proposals.services.submission import apply_verdict, withdraw
from tests import factories as make

from .conftest import CallFixture


@pytest.fixture
def chair(call: CallFixture) -> User:
    return make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user


@pytest.mark.parametrize(
    ("verdict", "state"), [("accept", "accepted"), ("waitlist", "waitlisted"), ("reject", "rejected")]
)
def test_a_verdict_brings_its_state_merit_and_feedback(
    call: CallFixture, chair: User, verdict: str, state: str
) -> None:
    done = apply_verdict(by=chair, proposal=call.submitted(), verdict=verdict, merit=3.5, feedback="Clear.")
    done.refresh_from_db()
    assert (done.state, done.merit, done.feedback, done.verdict_at is not None) == (state, 3.5, "Clear.", True)
    entry = Entry.objects.get(fact="proposals.verdict_released")
    assert (entry.proposal_id, entry.data) == (done.pk, {"state": state})


def test_a_waitlisted_proposal_may_be_accepted_later(call: CallFixture, chair: User) -> None:
    proposal = call.submitted(state="waitlisted")
    assert apply_verdict(by=chair, proposal=proposal, verdict="accept").state == "accepted"


@pytest.mark.parametrize("state", ["draft", "accepted", "confirmed", "withdrawn"])
def test_a_verdict_fits_only_what_waits_for_one(call: CallFixture, chair: User, state: str) -> None:
    proposal = call.submitted(state=state)
    with pytest.raises((WrongState, NotAllowed)):
        apply_verdict(by=chair, proposal=proposal, verdict="accept")
    proposal.refresh_from_db()
    assert proposal.state == state


def test_the_tiers_limit_of_accepted_names_itself(call: CallFixture, chair: User) -> None:
    call.accepted()
    waiting = call.submitted()
    with pytest.raises(WrongState) as refused:
        apply_verdict(by=chair, proposal=waiting, verdict="accept")
    assert refused.value.code == "over-the-tiers-limit"
    assert "the Gold tier may have 1 talk accepted, and 1 is" in refused.value.message
    waiting.refresh_from_db()
    assert waiting.state == "submitted"
    apply_verdict(by=chair, proposal=waiting, verdict="waitlist")


def test_a_withdrawn_acceptance_frees_the_limit(call: CallFixture, chair: User) -> None:
    withdraw(by=call.member, proposal=call.accepted())
    assert apply_verdict(by=chair, proposal=call.submitted(), verdict="accept").state == "accepted"


def test_an_unknown_verdict_is_refused(call: CallFixture, chair: User) -> None:
    with pytest.raises(Invalid):
        apply_verdict(by=chair, proposal=call.submitted(), verdict="maybe")


def test_only_cochairs_outside_the_wall_give_verdicts(call: CallFixture, elsewhere: CallFixture) -> None:
    proposal = call.submitted()
    walled = make.RoleFactory(
        edition=call.edition, kind=RoleKind.COCHAIR, user=make.UserFactory(is_superuser=True)
    ).user
    make.AffiliationFactory(user=walled, organisation=call.sponsor.organisation)
    foreign = make.RoleFactory(edition=elsewhere.edition, kind=RoleKind.COCHAIR).user
    organiser = make.RoleFactory(edition=call.edition, kind=RoleKind.ORGANISER).user
    for person in (walled, foreign, organiser, call.member, make.UserFactory(is_superuser=True)):
        with pytest.raises(NotAllowed):
            apply_verdict(by=person, proposal=proposal, verdict="accept")
    proposal.refresh_from_db()
    assert proposal.state == "submitted"
