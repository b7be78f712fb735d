"""Sponsors are reminded to submit and to confirm: one mail to each person, once for each reason."""

from datetime import timedelta

import pytest

from expo.editions.models import Edition
from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.kit import clock
from expo.notify.models import Message
from expo.proposals import tasks
from expo.proposals.models import WorkingCopy
from reviews.insight.queries.journal import outbox
from tests import factories as make

from .conftest import CallFixture

pytestmark = pytest.mark.django_db


def in_days(days: float) -> int:
    with clock.at(clock.now() + timedelta(days=days)):
        return tasks.tick()


def test_a_draft_is_reminded_of_once_three_days_before_the_deadline(call: CallFixture) -> None:
    closes = clock.now() + timedelta(days=10)
    Edition.objects.filter(pk=call.edition.pk).update(call_closes_at=closes, contact_email="expo@conference.example")
    draft = call.draft(title="Half written")
    call.submitted()
    assert [in_days(days) for days in (6.9, 7.1, 8, 9.9, 10.1)] == [0, 1, 0, 0, 0]
    mail = Message.objects.get()
    assert (mail.recipient, mail.subject, mail.proposal_id) == (call.member, "Not submitted: Half written", draft.pk)
    until = closes.astimezone(call.edition.zone)
    assert f"closes on {until:%A} {until.day} {until:%B %Y, %H:%M} (America/New_York)" in mail.body
    assert "only what is submitted by then is considered" in mail.body
    assert "Questions: expo@conference.example" in mail.body


def test_several_drafts_are_one_mail_that_names_none(call: CallFixture) -> None:
    Edition.objects.filter(pk=call.edition.pk).update(call_closes_at=clock.now() + timedelta(days=2))
    drafts = [call.draft(title=title) for title in ("First secret", "Second secret")]
    assert in_days(0.6) == 1
    mail = Message.objects.get()
    assert mail.subject == f"{call.edition}: some of your proposals are not submitted"
    assert "secret" not in mail.body
    noted = Entry.objects.filter(fact="proposals.draft_reminded").order_by("id")
    assert list(noted.values_list("proposal_id", flat=True)) == [each.pk for each in drafts]


def test_who_changed_a_draft_just_now_is_not_reminded(call: CallFixture) -> None:
    Edition.objects.filter(pk=call.edition.pk).update(call_closes_at=clock.now() + timedelta(days=2))
    call.draft()
    assert [in_days(0), in_days(0.6)] == [0, 1]


def test_changes_to_a_submitted_proposal_are_reminded_of(call: CallFixture) -> None:
    Edition.objects.filter(pk=call.edition.pk).update(call_closes_at=clock.now() + timedelta(days=2))
    proposal = call.submitted(title="Changed since")
    WorkingCopy.objects.create(proposal=proposal, format=call.talk, title="Better", changed_by=call.member)
    assert in_days(0.6) == 1
    assert "the version submitted before counts" in Message.objects.get().body


def test_a_later_deadline_is_a_new_reason_to_remind(call: CallFixture) -> None:
    Edition.objects.filter(pk=call.edition.pk).update(call_closes_at=clock.now() + timedelta(days=2))
    call.draft()
    assert in_days(1) == 1
    Edition.objects.filter(pk=call.edition.pk).update(call_closes_at=clock.now() + timedelta(days=20))
    assert [in_days(days) for days in (2, 16, 18)] == [0, 0, 1]


@pytest.mark.parametrize(("confirm_by", "due"), [(None, 7), (10, 7), (1, 0.5)])
def test_an_accepted_proposal_is_reminded_of_once_until_it_is_confirmed(
    call: CallFixture, confirm_by: int | None, due: float
) -> None:
    by = clock.now() + timedelta(days=confirm_by) if confirm_by else None
    Edition.objects.filter(pk=call.edition.pk).update(phase=Phase.DECIDE, confirm_by_at=by)
    call.accepted(title="In the program")
    call.accepted(state="confirmed")
    assert [in_days(due - 0.1), in_days(due + 0.1), in_days(due + 5)] == [0, 1, 0]
    mail = Message.objects.get()
    assert (mail.recipient, mail.subject) == (call.member, "Please confirm: In the program")
    assert ("Please confirm by" in mail.body) == (by is not None)


@pytest.mark.parametrize(
    ("days", "words"),
    [(1, "Please confirm by"), (4, "The day to confirm has passed, so the chairs may give the place to another")],
)
def test_who_is_accepted_after_the_day_has_three_days_then_reads_that_it_has_passed(
    call: CallFixture, days: int, words: str
) -> None:
    past = clock.now() - timedelta(days=1)
    Edition.objects.filter(pk=call.edition.pk).update(phase=Phase.DECIDE, confirm_by_at=past)
    call.accepted()
    assert in_days(days) == 1
    body = Message.objects.get().body
    assert words in body
    assert ("Please confirm by" in body) == (days == 1)


def test_who_is_accepted_once_the_program_is_published_is_reminded_too(call: CallFixture) -> None:
    past = clock.now() - timedelta(days=1)
    Edition.objects.filter(pk=call.edition.pk).update(phase=Phase.PUBLISHED, confirm_by_at=past)
    call.accepted()
    assert [in_days(days) for days in (0.4, 0.6, 2.1, 3.1)] == [0, 1, 1, 0]
    kinds = Message.objects.order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["proposals/confirm_reminder", "proposals/confirm_last_day"]


def test_who_has_a_conflict_does_not_learn_of_a_mail_that_may_be_about_several(call: CallFixture) -> None:
    by = clock.now() + timedelta(days=10)
    Edition.objects.filter(pk=call.edition.pk).update(phase=Phase.DECIDE, confirm_by_at=by)
    free, walled = (make.RoleFactory(edition=call.edition, kind=RoleKind.ORGANISER).user for _ in range(2))
    make.AffiliationFactory(user=walled, organisation=call.rival.organisation)
    make.TeamMemberFactory(sponsor=call.rival, user=call.member)
    call.accepted()
    call.accepted(sponsor=call.rival)
    assert [in_days(days) for days in (7.1, 9.1)] == [2, 2]  # three days before, and on the last day
    seen = [outbox(call.edition, each).filter(recipient=call.member).count() for each in (free, walled)]
    assert seen == [2, 0]


def test_the_last_day_to_confirm_is_reminded_of_once_and_again_for_a_later_day(call: CallFixture) -> None:
    by = clock.now() + timedelta(days=10)
    Edition.objects.filter(pk=call.edition.pk).update(phase=Phase.DECIDE, confirm_by_at=by)
    proposal = call.accepted(title="In the program")
    assert [in_days(days) for days in (7.1, 8, 9.1, 9.9)] == [1, 0, 1, 0]
    mail = Message.objects.get(kind="proposals/confirm_last_day")
    assert mail.subject == "Last day to confirm: In the program"
    until = by.astimezone(call.edition.zone)
    assert f"Please confirm, or decline, by {until:%A} {until.day} {until:%B %Y, %H:%M}" in mail.body
    Edition.objects.filter(pk=call.edition.pk).update(confirm_by_at=by + timedelta(days=10))
    assert [in_days(days) for days in (12, 19.1, 20.1)] == [0, 1, 0]
    proposal.refresh_from_db()
    assert proposal.state == "accepted"


def test_what_is_confirmed_or_declined_is_not_reminded_of_on_the_last_day(call: CallFixture) -> None:
    by = clock.now() + timedelta(days=10)
    Edition.objects.filter(pk=call.edition.pk).update(phase=Phase.DECIDE, confirm_by_at=by)
    call.accepted(state="confirmed")
    call.accepted(state="withdrawn", withdrawn_from="accepted", withdrawn_as="declined")
    assert [in_days(days) for days in (7.1, 9.1)] == [0, 0]


def test_who_was_reminded_just_now_is_not_reminded_twice(call: CallFixture) -> None:
    by = clock.now() + timedelta(hours=84)  # three days and a half: the verdict leaves three days
    Edition.objects.filter(pk=call.edition.pk).update(phase=Phase.DECIDE, confirm_by_at=by)
    call.accepted(verdict_at=by - timedelta(days=4))
    assert [in_days(days) for days in (0.6, 2.6, 3.4)] == [1, 1, 0]
