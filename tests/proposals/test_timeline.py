"""The timeline says what happened and what comes next, in every state and phase, and no date that is not set."""

import re
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from expo.editions.models import Edition
from expo.editions.states import Phase
from expo.kit import clock
from expo.proposals.models import Proposal
from expo.proposals.queries.status import history_for_sponsor, status_of
from expo.proposals.queries.timeline import TimelineFacts, TimelineStation, timeline
from expo.proposals.services.submission import confirm, submit, withdraw
from expo.proposals.states import ProposalState
from tests import factories as make

from .conftest import CallFixture
from .pages import body, browser

DATES = ("call_closes_at", "reviews_due_at", "verdicts_at", "confirm_by_at", "slots_freeze_at")


def stations(proposal: Proposal, **facts: Any) -> list[TimelineStation]:
    proposal = Proposal.objects.select_related("edition", "format", "accepted_instead_of").get(pk=proposal.pk)
    return timeline(status_of(proposal, clock.now()), TimelineFacts(history_for_sponsor(proposal), **facts))


def shown(proposal: Proposal, **facts: Any) -> list[tuple[str, str]]:
    return [(each.title, each.place) for each in stations(proposal, **facts)]


def dated(call: CallFixture, **fields: Any) -> None:
    Edition.objects.filter(pk=call.edition.pk).update(**fields)


@pytest.mark.parametrize(
    ("state", "phase"), list(product(ProposalState, [each for each in Phase if each != Phase.SETUP])), ids=str
)
def test_done_comes_before_what_waits_and_that_before_what_is_ahead(
    call: CallFixture, state: ProposalState, phase: Phase
) -> None:
    decided = state not in (ProposalState.DRAFT, ProposalState.SUBMITTED, ProposalState.WITHDRAWN)
    proposal = make.ProposalFactory(
        edition=call.edition, sponsor=call.sponsor, format=call.talk, created_by=call.member, state=state,
        submitted_at=None if state == ProposalState.DRAFT else clock.now(),
        verdict_at=clock.now() if decided else None,
    )  # fmt: skip
    for when in (None, clock.now() - timedelta(days=1), clock.now() + timedelta(days=1)):
        dated(call, phase=phase, call_opens_at=None, **dict.fromkeys(DATES, when))
        found = stations(proposal)
        order = (
            ["done", "current", "ahead"] if found[-1].place != "stopped" else ["done", "current", "ahead", "stopped"]
        )
        places = [order.index(each.place) for each in found]
        assert places == sorted(places), [(each.title, each.place) for each in found]
        assert sum(each.place == "current" for each in found) <= 2
        assert not any("None" in each.text for each in found)
        if when is None:
            assert not any(re.search(r"\b20\d\d\b", each.text) for each in found), "no date is set"


def test_a_draft_reads_until_when_it_can_be_submitted_and_what_comes_then(call: CallFixture) -> None:
    dated(call, verdicts_at=call.edition.reviews_due_at + timedelta(days=9))
    draft = call.draft()
    found = stations(draft)
    assert [(each.title, each.place) for each in found] == [
        ("Draft started", "done"),
        ("Submit it", "current"),
        ("Reviews", "ahead"),
        ("Decision", "ahead"),
    ]
    assert found[1].text.startswith("The call closes ")
    assert " Reviews are due " in found[2].text
    assert found[3].text.startswith("Decisions are expected by ")


def test_a_draft_that_missed_the_deadline_ends_there(call: CallFixture) -> None:
    draft = call.draft()
    dated(call, phase=Phase.REVIEW, call_closes_at=clock.now() - timedelta(days=1))
    assert shown(draft) == [("Draft started", "done"), ("Not submitted", "stopped")]


def test_in_review_the_dates_that_are_over_are_said_to_be_over(call: CallFixture) -> None:
    proposal = submit(by=call.member, proposal=call.draft())
    past = clock.now() - timedelta(days=1)
    dated(call, phase=Phase.DECIDE, call_closes_at=past, reviews_due_at=past, verdicts_at=past)
    found = stations(proposal, revision=1)
    assert [(each.title, each.place) for each in found[1:]] == [
        ("Submitted", "done"), ("Reviews", "done"), ("Decision", "current"),
    ]  # fmt: skip
    assert found[1].text == "Revision 1 counts."
    assert "and is not out yet" in found[3].text


def test_an_accepted_one_reads_how_many_days_are_left_to_confirm(call: CallFixture) -> None:
    proposal = call.accepted()
    dated(call, phase=Phase.DECIDE, confirm_by_at=clock.now() + timedelta(days=3))
    titles = shown(proposal, first_day=make.EXPO_DAY)
    assert titles[-3:] == [("Confirm", "current"), ("Room and time", "ahead"), ("Expo Day", "ahead")]
    assert next(each for each in stations(proposal) if each.title == "Confirm").text.endswith(": 3 days left.")
    confirm(by=call.member, proposal=proposal)
    line = next(each for each in stations(proposal) if each.title == "Confirmed")
    assert (line.text, line.at is not None) == (f"By {call.member}.", True)


def test_a_withdrawn_one_ends_with_who_and_why(call: CallFixture) -> None:
    proposal = submit(by=call.member, proposal=call.draft())
    withdraw(by=call.member, proposal=proposal, reason="Our speaker is ill.")
    last = stations(proposal)[-1]
    assert (last.title, last.place) == ("Withdrawn", "stopped")
    assert last.text == f"By {call.member}. Reason given: Our speaker is ill."


def test_the_page_shows_it_below_the_next_step(call: CallFixture) -> None:
    page = body(browser(call.member).get(call.url("detail", call.draft())))
    assert page.index('class="next"') < page.index('id="timeline"') < page.index('id="for-reviewers"')
