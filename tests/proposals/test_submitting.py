"""Handing in and taking back: completeness, the deadline, the tier's limit, revisions, mail."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from expo.editions.models import Edition
from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry, Reaction
from expo.kit import clock
from expo.kit.errors import NotAllowed, WrongState
from expo.notify.models import Message
from expo.proposals.queries.content import content_of, missing_parts
from expo.proposals.queries.revisions import revisions
from expo.proposals.services.drafts import create_draft, discard_changes, edit, set_presenters
from expo.proposals.services.public_text import approve_public_text
from expo.proposals.services.submission import Incomplete, confirm, revive, submit, withdraw
from tests import factories as make

from .conftest import CallFixture


def mails(kind: str) -> list[str]:
    return sorted(Message.objects.filter(kind=kind).values_list("recipient__email", flat=True))


def test_submitting_freezes_a_revision_tells_the_team_and_the_journal(call: CallFixture) -> None:
    colleague = make.TeamMemberFactory(sponsor=call.sponsor).user
    draft = call.draft(title="Scaling")
    done = submit(by=call.member, proposal=draft)
    revision = done.revisions.get()
    assert (done.state, revision.number, revision.content["title"]) == ("submitted", 1, "Scaling")
    assert revision.content == content_of(done)
    assert done.submitted_at is not None
    assert mails("proposals/submitted") == sorted([call.member.email, colleague.email])
    entry = Entry.objects.get(fact="proposals.submitted")
    assert (entry.actor, entry.proposal_id, entry.edition_id) == (call.member, draft.pk, call.edition.pk)


def test_the_mail_names_the_day_of_the_verdicts_in_the_editions_zone(call: CallFixture) -> None:
    call.edition.time_zone = "Asia/Tokyo"
    call.edition.verdicts_at = datetime(2027, 3, 31, 21, tzinfo=UTC)  # six in the morning of the next day in Tokyo
    call.edition.save()
    submit(by=call.member, proposal=call.draft())
    body = Message.objects.get(kind="proposals/submitted").body
    assert re.findall(r"verdict by ([^.]*)\.", body) == ["Thursday 1 April 2027, 06:00 (Asia/Tokyo)"]


def test_everything_missing_is_named_in_one_go(call: CallFixture) -> None:
    make.TopicFactory(edition=call.edition)
    draft = create_draft(
        by=call.member,
        sponsor=call.sponsor,
        format=call.talk,
        public_text="Confidential. Do not distribute.",
        presenters=[{"name": "Ada"}],
    )
    with pytest.raises(Incomplete) as refused:
        submit(by=call.member, proposal=draft)
    fields = [part.field for part in refused.value.parts]
    assert fields == [
        "title",
        "abstract",
        "takeaways",
        "topics",
        "presenters",
        "public_title",
    ]
    assert refused.value.code == "incomplete"
    assert all(part.sentence in refused.value.message for part in refused.value.parts)
    draft.refresh_from_db()
    assert (draft.state, draft.revisions.count(), Message.objects.count()) == ("draft", 0, 0)


def test_a_presenter_needs_name_and_address_to_submit(call: CallFixture) -> None:
    draft = call.draft()
    set_presenters(by=call.member, proposal=draft, presenters=[{"name": "Ada"}, {"name": "", "email": "b@b.example"}])
    sentences = [gap.sentence for gap in missing_parts(draft)]
    assert sentences == [
        "Presenter 1 (Ada) needs an e-mail address.",
        "Presenter 2 (b@b.example) needs a name.",
    ]


def test_the_deadline_is_exact_and_includes_its_minute(call: CallFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    draft, late = call.draft(), call.draft()
    closes = call.edition.call_closes_at.replace(hour=23, minute=59, second=0, microsecond=0)
    Edition.objects.filter(pk=call.edition.pk).update(call_closes_at=closes)
    monkeypatch.setattr(clock, "now", lambda: closes + timedelta(seconds=59, microseconds=999_999))
    submit(by=call.member, proposal=draft)
    monkeypatch.setattr(clock, "now", lambda: closes + timedelta(minutes=1))
    with pytest.raises(WrongState) as refused:
        submit(by=call.member, proposal=late)
    assert refused.value.code == "call-closed"


def test_the_tiers_limit_holds_and_withdrawing_frees_a_place(call: CallFixture) -> None:
    first, second, third = (call.draft() for _ in range(3))
    for each in (first, second):
        submit(by=call.member, proposal=each)
    with pytest.raises(WrongState) as refused:
        submit(by=call.member, proposal=third)
    assert refused.value.code == "no-place-left"
    assert "is at its limit: the Gold tier may have 2 talks submitted, and 2 are. Withdraw one" in refused.value.message
    withdraw(by=call.member, proposal=first, reason="Our demo broke")
    assert submit(by=call.member, proposal=third).state == "submitted"


def test_a_revived_proposal_asks_for_a_place_again(call: CallFixture) -> None:
    first, second, third = (call.draft() for _ in range(3))
    for each in (first, second):
        submit(by=call.member, proposal=each)
    withdraw(by=call.member, proposal=first)
    submit(by=call.member, proposal=third)
    revived = revive(by=call.member, proposal=first)
    assert (revived.state, revived.withdrawn_at) == ("draft", None)
    with pytest.raises(WrongState) as refused:
        submit(by=call.member, proposal=first)
    assert refused.value.code == "no-place-left"


def test_another_sponsors_proposals_use_no_place_of_ours(call: CallFixture) -> None:
    for _ in range(2):
        call.submitted(sponsor=call.rival)
    assert submit(by=call.member, proposal=call.draft()).state == "submitted"


def test_submitting_changes_makes_revision_two(call: CallFixture) -> None:
    draft = call.draft(title="Before")
    submit(by=call.member, proposal=draft)
    draft.refresh_from_db()
    edit(by=call.member, proposal=draft, version=draft.version, title="After")
    submit(by=call.member, proposal=draft)
    newest, oldest = revisions(draft)
    assert (newest.revision.number, newest.since, newest.fields) == (2, 1, "Title")
    assert (oldest.revision.number, oldest.since, oldest.fields) == (1, 0, "")


def test_nothing_comes_back_to_draft_after_the_deadline(call: CallFixture) -> None:
    withdrawn = call.submitted()
    withdraw(by=call.member, proposal=withdrawn)
    call.edition.phase = Phase.REVIEW
    call.edition.save()
    with pytest.raises(WrongState) as refused:
        revive(by=call.member, proposal=withdrawn)
    assert refused.value.code == "call-closed"


@pytest.mark.parametrize("state", ["draft", "submitted", "accepted", "waitlisted", "confirmed"])
def test_withdrawing_works_at_any_time(call: CallFixture, state: str) -> None:
    proposal = call.submitted(state=state)
    call.edition.phase = Phase.SCHEDULE
    call.edition.save()
    withdraw(by=call.member, proposal=proposal, reason="Speaker is ill")
    proposal.refresh_from_db()
    entry = Entry.objects.get(fact="proposals.withdrawn")
    assert (proposal.state, entry.data) == ("withdrawn", {"reason": "Speaker is ill", "was": state})
    assert sorted(Reaction.objects.values_list("task", flat=True)) == [
        "assignments.free_withdrawn",
        "program.free_withdrawn",
        "scoring.follow_facts",
    ]
    assert mails("proposals/withdrawn") == [call.member.email]


def test_chairs_hear_of_a_freed_place_unless_they_are_walled(call: CallFixture) -> None:
    chair, walled = (make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user for _ in range(2))
    make.AffiliationFactory(user=walled, organisation=call.sponsor.organisation)
    withdraw(by=call.member, proposal=call.accepted())
    assert mails("proposals/place_freed") == [chair.email]


def test_a_rejected_proposal_cannot_be_withdrawn(call: CallFixture) -> None:
    proposal = call.submitted(state="rejected")
    with pytest.raises(WrongState):
        withdraw(by=call.member, proposal=proposal)


def test_confirming_is_for_accepted_proposals(call: CallFixture) -> None:
    assert confirm(by=call.member, proposal=call.accepted()).state == "confirmed"
    assert mails("proposals/confirmed") == [call.member.email]
    with pytest.raises(WrongState):
        confirm(by=call.member, proposal=call.submitted())


def test_no_verb_is_for_rivals(call: CallFixture, elsewhere: CallFixture) -> None:
    proposal = call.draft()
    for verb in (
        submit,
        discard_changes,
        revive,
        withdraw,
        confirm,
        approve_public_text,
    ):
        for outsider in (call.rival_member, elsewhere.member, make.UserFactory(is_superuser=True)):
            with pytest.raises(NotAllowed):
                verb(by=outsider, proposal=proposal)
    proposal.refresh_from_db()
    assert proposal.state == "draft"


def test_hostile_words_stay_words_in_mail(call: CallFixture) -> None:
    draft = call.draft(title="{{ settings.SECRET_KEY }} <b>\nBcc: all@example.org")
    edit(by=call.member, proposal=draft, version=1, title=draft.title)
    submit(by=call.member, proposal=draft)
    message = Message.objects.get(kind="proposals/submitted")
    assert message.subject == "Submitted: {{ settings.SECRET_KEY }} <b> Bcc: all@example.org"
