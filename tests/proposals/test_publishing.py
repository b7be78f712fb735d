"""Public text: approved by the sponsor word for word, never a notice meant for reviewers."""

from datetime import UTC, datetime, timedelta

import pytest

from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.kit.errors import Invalid, WrongState
from expo.notify.models import Message
from expo.proposals.checks.engine import check
from expo.proposals.checks.findings import CheckedText, Finding, Problem
from expo.proposals.models import Proposal
from expo.proposals.services.drafts import edit
from expo.proposals.services.presenters import set_availability
from expo.proposals.services.public_text import approve_public_text, change_public_text
from expo.proposals.services.submission import submit
from tests import factories as make

from .conftest import CallFixture

NOON = datetime(2027, 7, 18, 16, tzinfo=UTC)


def approved(proposal: Proposal) -> bool:
    proposal.refresh_from_db()
    return proposal.public_text_approved_at is not None


def facts() -> list[str]:
    return list(Entry.objects.order_by("id").values_list("fact", flat=True))


def test_approving_keeps_who_and_when(call: CallFixture) -> None:
    draft = call.draft()
    done = approve_public_text(by=call.member, proposal=draft, version=1)
    assert (done.public_text_approved_by, approved(draft), facts()) == (
        call.member,
        True,
        ["proposals.public_text_approved"],
    )


def test_approving_twice_is_one_fact(call: CallFixture) -> None:
    draft = call.draft()
    for _ in range(2):
        approve_public_text(by=call.member, proposal=draft)
    assert facts() == ["proposals.public_text_approved"]


@pytest.mark.parametrize("field", ["public_title", "public_text"])
def test_changing_what_is_published_takes_the_approval_back(call: CallFixture, field: str) -> None:
    draft = call.draft()
    approve_public_text(by=call.member, proposal=draft)
    edit(by=call.member, proposal=draft, version=1, abstract="Another review text")
    assert approved(draft)
    edit(by=call.member, proposal=draft, version=2, **{field: "Another public text"})
    assert not approved(draft)


def test_nobody_approves_a_text_they_have_not_read(call: CallFixture) -> None:
    draft = call.draft()
    edit(by=call.member, proposal=draft, version=1, public_text="Changed meanwhile")
    with pytest.raises(WrongState) as refused:
        approve_public_text(by=call.member, proposal=draft, version=1)
    assert (refused.value.code, approved(draft)) == ("stale-version", False)


def test_an_empty_text_is_not_approved(call: CallFixture) -> None:
    with pytest.raises(Invalid) as refused:
        approve_public_text(by=call.member, proposal=call.draft(public_text=" "))
    assert refused.value.code == "no-public-text"


STOPPED = [
    "This material is provided for review and evaluation purposes only.",
    "For review only: see the appendix.",
    "Please do not redistribute.",
    "It must not be distributed further.",
    "Not for public release.",
    "Company Confidential",
    "CONFIDENTIAL - draft 3",
    "This confidential document describes our stack.",
    "For internal use only",
    "Embargoed until July.",
]
FINE = [
    "We show confidential computing on GPUs.",
    "Confidential inference keeps prompts private.",
    "How to distribute training over ten thousand chips.",
    "We do not see redistribution effects in the data.",
    "A review of evaluation methods.",
    "Confidentiality of user data is measured.",
]


def found(text: str) -> list[Finding]:
    return check(Problem((CheckedText("public_text", "public text", text, is_public=True),)))


@pytest.mark.parametrize("text", STOPPED)
def test_a_notice_for_reviewers_stops_publication_and_submission(call: CallFixture, text: str) -> None:
    draft = call.draft(public_text=f"A demo. {text}")
    with pytest.raises(Invalid) as refused:
        approve_public_text(by=call.member, proposal=draft)
    assert refused.value.code == "not-publishable"
    with pytest.raises(Invalid) as refused:
        submit(by=call.member, proposal=draft)
    assert refused.value.code == "findings"


@pytest.mark.parametrize("text", FINE)
def test_research_about_such_words_is_fine(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text", ["We're hiring!", "Join our research team.", "Send us your CV", "See our open positions."]
)
def test_job_adverts_get_advice_but_do_not_stop(text: str) -> None:
    (advert,) = found(text)
    assert (advert.stops, "not recruiting" in advert.sentence) == (False, True)


@pytest.mark.parametrize("state", ["accepted", "waitlisted", "confirmed"])
def test_public_text_may_change_after_the_verdict(call: CallFixture, state: str) -> None:
    proposal = call.accepted(state=state)
    change_public_text(
        by=call.member, proposal=proposal, version=1, public_title="New", public_text="New text", approve=True
    )
    assert (approved(proposal), proposal.public_title, proposal.version) == (True, "New", 2)
    assert facts() == ["proposals.public_text_changed", "proposals.public_text_approved"]


@pytest.mark.parametrize(
    ("state", "code"), [("draft", "still-a-draft"), ("submitted", "not-tended"), ("rejected", "not-tended")]
)
def test_public_text_has_its_time(call: CallFixture, state: str, code: str) -> None:
    proposal = call.submitted(state=state)
    with pytest.raises(WrongState) as refused:
        change_public_text(by=call.member, proposal=proposal, version=1, public_title="N", public_text="N")
    assert refused.value.code == code


def test_a_typo_in_a_published_title_is_mended_and_approved_in_one_step(call: CallFixture) -> None:
    proposal = call.accepted()
    chair = make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user
    approve_public_text(by=call.member, proposal=proposal)
    call.edition.phase = Phase.PUBLISHED
    call.edition.save()
    texts = {"public_title": "Scaling laws", "public_text": "How forecasts scale."}
    with pytest.raises(Invalid) as refused:
        change_public_text(by=call.member, proposal=proposal, version=1, **texts)
    assert (refused.value.code, refused.value.field, approved(proposal)) == ("approve-too", "approve", True)
    change_public_text(by=call.member, proposal=proposal, version=1, **texts, approve=True)
    assert (approved(proposal), proposal.public_title) == (True, "Scaling laws")
    mail = Message.objects.get(kind="proposals/text_mended")
    assert (mail.recipient, mail.subject) == (chair, "Public text changed: Scaling laws")


def test_an_archived_program_stays_as_it_is(call: CallFixture) -> None:
    proposal = call.accepted()
    call.edition.phase = Phase.ARCHIVED
    call.edition.save()
    with pytest.raises(WrongState) as refused:
        change_public_text(by=call.member, proposal=proposal, version=1, public_title="N", public_text="N")
    assert refused.value.code == "edition-archived"


def test_availability_may_change_after_the_verdict(call: CallFixture) -> None:
    proposal = call.accepted()
    presenter = make.PresenterFactory(proposal=proposal)
    span = (NOON, NOON + timedelta(hours=2))
    set_availability(by=call.member, proposal=proposal, away={presenter.pk: [span]})
    (saved,) = presenter.away.all()
    assert ((saved.starts_at, saved.ends_at), facts()) == (span, ["proposals.availability_changed"])


def test_availability_of_somebody_elses_presenter_is_not_touched(call: CallFixture) -> None:
    theirs = make.PresenterFactory(proposal=call.accepted(sponsor=call.rival))
    with pytest.raises(Invalid) as refused:
        set_availability(
            by=call.member, proposal=call.accepted(), away={theirs.pk: [(NOON, NOON + timedelta(hours=1))]}
        )
    assert (refused.value.code, theirs.away.count()) == ("foreign-presenter", 0)
