"""More time for one sponsor: who gives it, what it allows, and when it ends."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry, Reaction
from expo.kit import clock
from expo.kit.deadlines import minute_of
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.notify.models import Message
from expo.proposals.models import LateLink
from expo.proposals.queries.call import call_of
from expo.proposals.services.change_requests import ask_for_change
from expo.proposals.services.drafts import edit
from expo.proposals.services.late_links import give_late_link, revoke_late_link
from expo.proposals.services.submission import submit
from reviews.assignments.models import QueueSettings
from reviews.assignments.services.automation import assign_arrivals
from tests import factories as make

from .conftest import CallFixture
from .pages import body, browser


def shut(call: CallFixture, phase: Phase = Phase.REVIEW, **fields: Any) -> None:
    closes = clock.now() - timedelta(hours=2)
    Edition.objects.filter(pk=call.edition.pk).update(phase=phase, call_closes_at=closes, **fields)
    call.edition.refresh_from_db()
    call.sponsor.refresh_from_db()


@pytest.fixture
def organiser(call: CallFixture) -> User:
    return make.RoleFactory(edition=call.edition, kind=RoleKind.ORGANISER).user


def soon(hours: int = 3) -> datetime:
    return minute_of(clock.now()) + timedelta(hours=hours)


@pytest.mark.parametrize("phase", [Phase.CALL, Phase.REVIEW])
def test_a_late_link_lets_one_sponsor_submit_until_its_minute_is_over(
    call: CallFixture, organiser: User, phase: Phase
) -> None:
    shut(call, phase)
    ours, theirs = call.draft(), call.draft(sponsor=call.rival, created_by=call.rival_member)
    link = give_late_link(by=organiser, sponsor=call.sponsor, expires_at=soon(), reason="Network was down.")
    assert call_of(call.sponsor.pk, call.edition, clock.now()).until == link.expires_at
    with pytest.raises(WrongState):
        submit(by=call.rival_member, proposal=theirs)
    with clock.at(link.expires_at + timedelta(minutes=1)), pytest.raises(WrongState) as refused:
        submit(by=call.member, proposal=ours)
    assert refused.value.code == "call-closed"
    with clock.at(link.expires_at + timedelta(seconds=59)):
        assert submit(by=call.member, proposal=ours).state == "submitted"
    assert Entry.objects.get(fact="proposals.submitted").data == {"revision": 1, "late": "late"}


def test_it_is_journalled_and_mailed_to_the_team(call: CallFixture, organiser: User) -> None:
    shut(call)
    link = give_late_link(by=organiser, sponsor=call.sponsor, expires_at=soon(), reason="Network was down.")
    entry = Entry.objects.get(fact="proposals.late_link_given")
    assert (entry.actor, entry.data["sponsor"], entry.data["reason"]) == (
        organiser, call.sponsor.pk, "Network was down.",
    )  # fmt: skip
    mail = Message.objects.get(kind="proposals/late_link_given")
    assert mail.recipient == call.member
    assert "Reason given: Network was down." in mail.body
    assert f"/e/{call.edition.slug}/proposals/" in mail.body
    revoke_late_link(by=organiser, late_link=link)
    assert Message.objects.filter(kind="proposals/late_link_revoked").count() == 1
    assert not call_of(call.sponsor.pk, call.edition, clock.now()).may_submit
    with pytest.raises(WrongState, match="taken back already"):
        revoke_late_link(by=organiser, late_link=link)


@pytest.mark.parametrize("phase", [Phase.DECIDE, Phase.SCHEDULE, Phase.PUBLISHED, Phase.ARCHIVED])
def test_once_decisions_have_begun_none_is_given_and_none_holds(
    call: CallFixture, organiser: User, phase: Phase
) -> None:
    shut(call)
    draft = call.draft()
    give_late_link(by=organiser, sponsor=call.sponsor, expires_at=soon(), reason="Network was down.")
    shut(call, phase)
    for verb in (
        lambda: give_late_link(by=organiser, sponsor=call.sponsor, expires_at=soon(), reason="Again."),
        lambda: submit(by=call.member, proposal=draft),
    ):
        with pytest.raises(WrongState):
            verb()


def test_it_is_refused_without_a_reason_for_the_past_and_while_the_call_is_open_longer(
    call: CallFixture, organiser: User
) -> None:
    for at, reason, code in (
        (soon(), "", "reason-needed"),
        (soon(-1), "Late", "expires-in-the-past"),
        (soon(), "Late", "call-open-longer"),
    ):
        with pytest.raises(Invalid) as refused:
            give_late_link(by=organiser, sponsor=call.sponsor, expires_at=at, reason=reason)
        assert refused.value.code == code


def test_an_organiser_with_a_conflict_and_everybody_else_are_refused(call: CallFixture, organiser: User) -> None:
    shut(call)
    make.AffiliationFactory(user=organiser, organisation=call.sponsor.organisation)
    cochair = make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user
    for by in (organiser, cochair, call.member):
        with pytest.raises(NotAllowed):
            give_late_link(by=by, sponsor=call.sponsor, expires_at=soon(), reason="Late")
    address = f"/e/{call.edition.slug}/sponsors/{call.sponsor.pk}/late/"
    assert browser(organiser).get(address).status_code == 404


def test_the_page_gives_and_takes_back(call: CallFixture, organiser: User) -> None:
    shut(call)
    address = f"/e/{call.edition.slug}/sponsors/{call.sponsor.pk}/late/"
    client = browser(organiser)
    at = soon(48).astimezone(call.edition.zone)
    answer = client.post(address, {"expires_at": f"{at:%Y-%m-%dT%H:%M}", "reason": "Network was down."}, follow=True)
    link = LateLink.objects.get()
    assert link.expires_at == at
    assert "Network was down." in body(answer)
    refused = client.post(address, {"expires_at": "2020-01-01T10:00", "reason": "Kept words"})
    assert refused.status_code == 422
    assert "This time is over already" in body(refused)
    assert "Kept words" in body(refused)
    client.post(f"{address}{link.pk}/revoke/")
    link.refresh_from_db()
    assert link.revoked_at is not None
    elsewhere = f"/e/{call.edition.slug}/sponsors/{call.rival.pk}/late/{link.pk}/revoke/"
    assert client.post(elsewhere).status_code == 404


def test_its_team_is_offered_a_new_proposal_and_a_rival_is_not(call: CallFixture, organiser: User) -> None:
    shut(call)
    give_late_link(by=organiser, sponsor=call.sponsor, expires_at=soon(), reason="Network was down.")
    offered = [call.url("new") in body(browser(who).get(call.url("mine"))) for who in (call.member, call.rival_member)]
    assert offered == [True, False]


def test_what_is_submitted_during_the_reviews_is_assigned_like_what_is_restored(
    call: CallFixture, organiser: User
) -> None:
    shut(call)
    QueueSettings.objects.create(edition=call.edition, is_rolling=True)
    draft = call.draft()
    give_late_link(by=organiser, sponsor=call.sponsor, expires_at=soon(), reason="Network was down.")
    edit(by=call.member, proposal=draft, version=1, title="Written late")
    submit(by=call.member, proposal=draft)
    entry = Entry.objects.get(fact="proposals.submitted")
    assert Reaction.objects.filter(entry=entry, task="assignments.take_up").exists()
    assign_arrivals(entry)
    assert QueueSettings.objects.get().wanted_at is not None


def test_grace_is_said_only_once_the_deadline_has_passed(call: CallFixture) -> None:
    Edition.objects.filter(pk=call.edition.pk).update(call_grace_minutes=180)
    draft = call.draft()
    open_page = body(browser(call.member).get(call.url("detail", draft)))
    assert "late submissions" not in open_page.lower()
    shut(call, Phase.CALL, call_grace_minutes=180)
    page = " ".join(body(browser(call.member).get(call.url("detail", draft))).split())
    assert "; late submissions are taken until " in page
    submit(by=call.member, proposal=draft)
    assert Entry.objects.get(fact="proposals.submitted").data == {"revision": 1, "late": "grace"}


def test_a_late_link_submits_what_was_late_and_changes_nothing_that_was_submitted(
    call: CallFixture, organiser: User
) -> None:
    proposal = call.submitted()
    make.PresenterFactory(proposal=proposal)
    shut(call)
    give_late_link(by=organiser, sponsor=call.sponsor, expires_at=soon(), reason="Network was down.")
    edit(by=call.member, proposal=proposal, version=proposal.version, title="Another talk altogether")
    with pytest.raises(WrongState) as refused:
        submit(by=call.member, proposal=proposal)
    proposal.refresh_from_db()
    assert (refused.value.code, proposal.title == "Another talk altogether") == ("call-closed", False)
    asked = ask_for_change(by=call.member, proposal=proposal, reason="The number was wrong.")
    assert asked.state == "open"


def test_what_is_said_of_a_late_submission_is_what_becomes_of_changes(call: CallFixture, organiser: User) -> None:
    shut(call, verdicts_at=clock.now() - timedelta(hours=1))
    draft = call.draft()
    give_late_link(by=organiser, sponsor=call.sponsor, expires_at=soon(), reason="Network was down.")
    answer = browser(call.member).post(call.url("submit", draft), follow=True)
    mail = Message.objects.get(kind="proposals/submitted", recipient=call.member)
    sentence = "Later changes count only if the chairs accept them."
    assert (sentence in body(answer), sentence in mail.body, "expect a verdict" in mail.body) == (True, True, False)
