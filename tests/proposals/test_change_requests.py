"""After the deadline: a team asks for changes to what it submitted, a chair answers field by field."""

from datetime import timedelta

import pytest

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.kit.waiting import waiting_for
from expo.notify.models import Message
from expo.proposals.models import ChangeRequest, Proposal, WorkingCopy
from expo.proposals.queries.content import content_of
from expo.proposals.services.change_requests import answer_change, ask_for_change, withdraw_change_request
from expo.proposals.services.drafts import discard_changes, edit
from expo.proposals.services.submission import Incomplete, apply_verdict, submit, withdraw
from tests import factories as make

from .conftest import CallFixture
from .pages import body, browser


@pytest.fixture
def chair(call: CallFixture) -> User:
    return make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user


def late_change(call: CallFixture, **fields: object) -> Proposal:
    """Submitted in time, changed after the deadline."""
    proposal = submit(by=call.member, proposal=call.draft(title="As submitted"))
    Edition.objects.filter(pk=call.edition.pk).update(
        phase=Phase.REVIEW, call_closes_at=clock.now() - timedelta(hours=1)
    )
    call.edition.refresh_from_db()
    fields = fields or {"title": "As asked", "abstract": "Better evidence.", "public_text": "New public text."}
    edit(by=call.member, proposal=Proposal.objects.get(pk=proposal.pk), version=proposal.version, **fields)
    return Proposal.objects.get(pk=proposal.pk)


def test_accepted_fields_become_a_revision_and_the_rest_stays_unsubmitted(call: CallFixture, chair: User) -> None:
    proposal = late_change(call)
    asked = ask_for_change(by=call.member, proposal=proposal, reason="The numbers were wrong.")
    assert Message.objects.get(kind="proposals/change_asked").recipient == chair
    answered = answer_change(
        by=chair, proposal=proposal, accept=["title", "public_text"], answer="Not the review text."
    )
    proposal = Proposal.objects.get()
    assert (answered.pk, answered.state, answered.accepted_fields) == (asked.pk, "accepted", ["title", "public_text"])
    assert (proposal.title, proposal.public_text) == ("As asked", "New public text.")
    assert proposal.abstract != "Better evidence."
    last = proposal.revisions.last()
    assert (last.number, last.created_by, last.content) == (2, call.member, content_of(proposal))
    assert WorkingCopy.objects.get().abstract == "Better evidence."
    mail = Message.objects.get(kind="proposals/change_answered")
    assert "accepted in “As asked”: Title and Public text. It counts from now on." in mail.body
    assert "Not accepted: Review text." in mail.body
    entry = Entry.objects.get(fact="proposals.change_accepted")
    assert (entry.actor, entry.data["fields"], entry.data["revision"]) == (chair, ["title", "public_text"], 2)


def test_accepting_all_leaves_nothing_to_submit(call: CallFixture, chair: User) -> None:
    proposal = late_change(call)
    ask_for_change(by=call.member, proposal=proposal, reason="The numbers were wrong.")
    answer_change(by=chair, proposal=proposal, accept=["title", "abstract", "public_text"])
    assert not WorkingCopy.objects.exists()
    assert Proposal.objects.get().abstract == "Better evidence."


def test_a_refusal_takes_a_reason_and_keeps_the_changes(call: CallFixture, chair: User) -> None:
    proposal = late_change(call)
    ask_for_change(by=call.member, proposal=proposal, reason="The numbers were wrong.")
    with pytest.raises(Invalid, match="say why you refuse"):
        answer_change(by=chair, proposal=proposal, accept=[])
    answer_change(by=chair, proposal=proposal, accept=[], answer="Reviews are under way.")
    assert (ChangeRequest.objects.get().state, proposal.revisions.count()) == ("refused", 1)
    assert WorkingCopy.objects.get().title == "As asked"
    ask_for_change(by=call.member, proposal=proposal, reason="Please reconsider.")
    page = " ".join(body(browser(call.member).get(call.url("detail", proposal))).split())
    assert "Reviews are under way." in page
    assert "Please reconsider." in page


def test_while_it_is_open_the_text_stays_as_it_was_asked_for(call: CallFixture, chair: User) -> None:
    proposal = late_change(call)
    ask_for_change(by=call.member, proposal=proposal, reason="The numbers were wrong.")
    version = WorkingCopy.objects.get().version
    for verb in (
        lambda: edit(by=call.member, proposal=proposal, version=version, title="Other"),
        lambda: discard_changes(by=call.member, proposal=proposal),
        lambda: ask_for_change(by=call.member, proposal=proposal, reason="Twice."),
    ):
        with pytest.raises(WrongState) as refused:
            verb()
        assert refused.value.code == "change-asked"
    withdraw_change_request(by=call.member, proposal=proposal)
    edit(by=call.member, proposal=proposal, version=version, title="Other")
    assert WorkingCopy.objects.get().title == "Other"
    with pytest.raises(WrongState) as refused:
        answer_change(by=chair, proposal=proposal, accept=["title"])
    assert refused.value.code == "no-open-request"


def test_what_is_accepted_is_complete_and_within_the_tier(call: CallFixture, chair: User) -> None:
    demo = make.FormatFactory(edition=call.edition, slug="demo", minutes=30)
    make.EntitlementFactory(tier=call.sponsor.tier, format=demo, may_submit=1)
    proposal = late_change(call, format=demo)
    call.submitted(format=demo)
    ask_for_change(by=call.member, proposal=proposal, reason="It became a demo.")
    with pytest.raises(WrongState) as refused:
        answer_change(by=chair, proposal=proposal, accept=["format"])
    assert refused.value.code == "no-place-left"
    assert (ChangeRequest.objects.get().state, Proposal.objects.get(pk=proposal.pk).format) == ("open", call.talk)


def test_an_incomplete_change_cannot_be_asked_for(call: CallFixture) -> None:
    proposal = late_change(call, takeaways="")
    with pytest.raises(Incomplete):
        ask_for_change(by=call.member, proposal=proposal, reason="Shorter.")


def test_it_is_not_offered_while_the_call_takes_changes_nor_once_decisions_have_begun(call: CallFixture) -> None:
    proposal = late_change(call)
    Edition.objects.filter(pk=call.edition.pk).update(phase=Phase.DECIDE)
    with pytest.raises(WrongState) as refused:
        ask_for_change(by=call.member, proposal=Proposal.objects.get(), reason="Late.")
    assert refused.value.code == "writing-over"
    later = clock.now() + timedelta(days=1)
    Edition.objects.filter(pk=call.edition.pk).update(phase=Phase.CALL, call_closes_at=later)
    with pytest.raises(WrongState) as refused:
        ask_for_change(by=call.member, proposal=Proposal.objects.get(pk=proposal.pk), reason="Early.")
    assert refused.value.code == "call-takes-changes"


@pytest.mark.parametrize("how", ["withdrawn", "decided", "submitted"])
def test_it_is_closed_with_a_reason_when_the_proposal_moves_on(call: CallFixture, how: str) -> None:
    proposal = late_change(call)
    ask_for_change(by=call.member, proposal=proposal, reason="The numbers were wrong.")
    if how == "withdrawn":
        withdraw(by=call.member, proposal=proposal)
    elif how == "decided":
        apply_verdict(by=None, proposal=proposal, verdict="reject")
    else:
        later = clock.now() + timedelta(days=1)
        Edition.objects.filter(pk=call.edition.pk).update(phase=Phase.CALL, call_closes_at=later)
        submit(by=call.member, proposal=Proposal.objects.get())
    why = {
        "withdrawn": "The proposal was withdrawn.",
        "decided": "The chairs decided on the proposal.",
        "submitted": "The changes were submitted.",
    }
    request = ChangeRequest.objects.get()
    assert (request.state, request.answer, request.answered_by) == ("withdrawn", why[how], None)


def test_only_chairs_without_a_conflict_answer_see_and_are_told(call: CallFixture, chair: User) -> None:
    walled = make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user
    make.AffiliationFactory(user=walled, organisation=call.sponsor.organisation)
    proposal = late_change(call)
    ask_for_change(by=call.member, proposal=proposal, reason="The numbers were wrong.")
    for by in (walled, call.member, call.rival_member):
        with pytest.raises(NotAllowed):
            answer_change(by=by, proposal=proposal, accept=["title"])
    assert [message.recipient for message in Message.objects.filter(kind="proposals/change_asked")] == [chair]
    assert [
        [each.key for each in waiting_for(who, call.edition) if each.key == "changes-asked"] for who in (chair, walled)
    ] == [
        ["changes-asked"],
        [],
    ]
    listing = call.url("change-requests")
    assert [proposal.code in body(browser(who).get(listing)) for who in (chair, walled)] == [True, False]
    assert browser(walled).get(call.url("answer-change", proposal)).status_code == 404


def test_the_pages_ask_and_answer(call: CallFixture, chair: User) -> None:
    proposal = late_change(call)
    team, client = browser(call.member), browser(chair)
    page = " ".join(body(team.get(call.url("detail", proposal))).split())
    assert call.url("ask-for-change", proposal) in page
    version = WorkingCopy.objects.get().version
    asked = team.post(call.url("ask-for-change", proposal), {"reason": "", "version": version})
    assert asked.status_code == 422
    stale = team.post(call.url("ask-for-change", proposal), {"reason": "Kept words", "version": version - 1})
    assert (stale.status_code, "Kept words" in body(stale)) == (422, True)
    team.post(call.url("ask-for-change", proposal), {"reason": "Numbers", "version": version})
    page = body(client.get(call.url("answer-change", proposal)))
    assert ["Better" in page, "Accept: Title" in page, "Numbers" in page] == [True, True, True]
    change = ChangeRequest.objects.get().pk
    refused = client.post(call.url("answer-change", proposal), {"change": change, "answer": ""})
    assert refused.status_code == 422
    client.post(call.url("answer-change", proposal), {"change": change, "accept": ["title"], "answer": "Fine"})
    assert Proposal.objects.get().title == "As asked"
    assert client.get(call.url("answer-change", proposal)).status_code == 200


def test_who_reviews_in_a_blind_edition_answers_without_reading_presenters(call: CallFixture, chair: User) -> None:
    make.RoleFactory(edition=call.edition, user=chair, kind=RoleKind.REVIEWER)
    proposal = late_change(call, title="As asked", presenters=[{"name": "Ada", "email": "ada@hidden.example"}])
    ask_for_change(by=call.member, proposal=proposal, reason="The numbers were wrong.")
    page = body(browser(chair).get(call.url("answer-change", proposal)))
    assert ("ada@hidden.example" in page, "As asked" in page) == (False, True)


def test_a_request_that_changes_only_hours_is_not_needed(call: CallFixture) -> None:
    proposal = late_change(call)
    copy = WorkingCopy.objects.get()
    person = copy.people[0]
    away = (clock.now(), clock.now() + timedelta(hours=1))
    discard_changes(by=call.member, proposal=proposal)
    proposal.refresh_from_db()
    edit(by=call.member, proposal=proposal, version=proposal.version, presenters=[{**person, "away": [away]}])
    with pytest.raises(WrongState) as refused:
        ask_for_change(by=call.member, proposal=Proposal.objects.get(), reason="Hours.")
    assert refused.value.code == "no-words-changed"
