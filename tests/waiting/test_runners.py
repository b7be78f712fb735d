"""What waits for who runs an edition: it appears, leads to a page that opens, and is gone once done."""

from datetime import date, timedelta
from typing import Any

import pytest

from expo.editions.models import Role
from expo.editions.states import Phase, RoleKind
from expo.journal.services import record
from expo.kit import clock
from expo.kit.runs import RunState
from expo.notify.models import Message
from expo.notify.states import MessageState
from expo.program.models import Run as Draft
from expo.program.models import Slot
from expo.sponsors.models import TeamInvitation
from reviews.assignments.models import Run
from reviews.decisions.models import Batch
from tests import factories as make
from tests.waiting.reading import opens, waits

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return make.EditionFactory(reviews_per_proposal=1)


@pytest.fixture
def chair(edition):
    return make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user


@pytest.fixture
def organiser(edition):
    return make.RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user


def enter(edition: Any, phase: Phase, **fields: Any) -> None:
    edition.phase = phase
    for name, value in fields.items():
        setattr(edition, name, value)
    edition.save()


def texts(client: Any, user: Any, edition: Any) -> dict[str, str]:
    """By key; every link is followed."""
    rows = waits(user, edition)
    assert [each.url for each in rows.values() if not opens(client, user, each)] == []
    return {key: each.text for key, each in rows.items()}


# --- Cochairs --------------------------------------------------------------------------------------


def test_gaps_and_late_reviews_wait_during_the_reviews(client, edition, chair):
    enter(edition, Phase.REVIEW)
    short = make.SubmittedFactory(edition=edition)
    soon, past = clock.now() + timedelta(days=1), clock.now() - timedelta(days=1)
    make.AssignmentFactory(edition=edition, state="offered", answer_by=soon)
    make.AssignmentFactory(edition=edition, due_at=past)
    assert texts(client, chair, edition) == {
        "late": "1 review that is late",
        "short": "1 proposal short of reviewers",
        "expiring": "1 offer that expires soon without an answer",
    }
    make.AssignmentFactory(edition=edition, proposal=short)
    edition.assignments.update(due_at=soon, answer_by=None)
    assert waits(chair, edition) == {}


def test_the_latest_preview_waits_until_a_later_run_is_published(client, edition, chair):
    enter(edition, Phase.REVIEW)
    Run.objects.create(edition=edition, seed=1, started_by=chair, state=RunState.PREVIEW)
    assert texts(client, chair, edition) == {"preview": "1 preview of assignments to publish or discard"}
    later = Run.objects.create(edition=edition, seed=2, started_by=chair, state=RunState.DISCARDED)
    assert list(waits(chair, edition)) == ["preview"]
    Run.objects.filter(pk=later.pk).update(state=RunState.PUBLISHED)
    assert waits(chair, edition) == {}


def test_a_verdict_waits_for_the_sign_off_of_another_chair(client, edition, chair):
    enter(edition, Phase.DECIDE)
    edition.needs_second_chair = True
    edition.save()
    decision = make.DecisionFactory(proposal=make.SubmittedFactory(edition=edition))
    assert texts(client, chair, edition)["unsigned"] == "1 verdict of another chair to sign off"
    decision.decided_by = chair
    decision.save()
    assert list(waits(chair, edition)) == ["unbatched"]


def test_verdicts_wait_to_be_given_put_in_a_batch_and_released(client, edition, chair):
    enter(edition, Phase.DECIDE)
    proposal = make.SubmittedFactory(edition=edition)
    assert texts(client, chair, edition) == {"undecided": "1 proposal without a verdict"}
    decision = make.DecisionFactory(proposal=proposal)
    assert texts(client, chair, edition) == {"unbatched": "1 verdict that is in no batch"}
    decision.batch = make.BatchFactory(edition=edition, name="First verdicts")
    decision.save()
    assert texts(client, chair, edition) == {"batches": "1 batch of verdicts to release"}
    assert waits(chair, edition)["batches"].about == "First verdicts"
    released = {"state": "released", "released_at": clock.now(), "released_by": chair}
    Batch.objects.update(**released)
    proposal.state = "rejected"
    proposal.save()
    assert waits(chair, edition) == {}


def test_the_timetable_waits_for_sessions_drafts_and_slots(client, edition, chair):
    enter(edition, Phase.SCHEDULE)
    proposal = make.AcceptedFactory(edition=edition, state="confirmed")
    draft = Draft.objects.create(edition=edition, seed=1, started_by=chair, state=RunState.PREVIEW)
    assert texts(client, chair, edition) == {
        "unscheduled": "1 accepted session without a room and time",
        "drafts": "1 draft of the timetable to adopt or discard",
    }
    Draft.objects.filter(pk=draft.pk).update(state=RunState.ADOPTED)
    session = make.SessionFactory(edition=edition, proposal=proposal)
    assert texts(client, chair, edition) == {"news": "1 session whose presenters do not know its slot"}
    place = {name: getattr(session, name) for name in ("room", "starts_at", "ends_at")}
    slot = Slot.objects.create(proposal=proposal, number=1, told_by=chair, **place)
    assert waits(chair, edition) == {}
    slot.state, slot.answered_at, slot.answered_by, slot.note = "change-asked", clock.now(), chair, "Later"
    slot.save()
    assert texts(client, chair, edition) == {"asked": "1 request for another slot to answer"}
    slot.state = "accepted"
    slot.save()
    assert waits(chair, edition) == {}


def test_a_request_to_restore_waits(client, edition, chair):
    enter(edition, Phase.SCHEDULE)
    proposal = make.AcceptedFactory(
        edition=edition, state="withdrawn", withdrawn_from="accepted", withdrawn_at=clock.now()
    )
    assert waits(chair, edition) == {}
    record("proposals.restore_asked", by=chair, target=proposal, proposal_id=proposal.pk, data={"reason": "Sorry"})
    assert list(texts(client, chair, edition)) == ["restore"]


def test_a_phase_waits_once_its_time_has_come(client, edition, chair):
    enter(edition, Phase.REVIEW, reviews_due_at=clock.now() - timedelta(hours=1), call_closes_at=None)
    assert texts(client, chair, edition) == {"phase": "Start deciding: the reviews were due"}
    enter(edition, Phase.PUBLISHED)
    make.DayFactory(edition=edition, date=date(2020, 1, 1))
    assert texts(client, chair, edition) == {"phase": "Archive the edition: its last day is over"}
    make.DayFactory(edition=edition, date=clock.now().date() + timedelta(days=2))
    assert waits(chair, edition) == {}


SCENES = {
    Phase.REVIEW: lambda edition, sponsor: make.AssignmentFactory(
        edition=edition,
        proposal=make.SubmittedFactory(edition=edition, sponsor=sponsor),
        state="offered",
        due_at=clock.now() - timedelta(days=1),
        answer_by=clock.now() + timedelta(days=1),
    ),
    Phase.DECIDE: lambda edition, sponsor: [
        make.SubmittedFactory(edition=edition, sponsor=sponsor),
        make.DecisionFactory(
            proposal=make.SubmittedFactory(edition=edition, sponsor=sponsor),
            batch=make.BatchFactory(edition=edition),
        ),
        make.DecisionFactory(proposal=make.SubmittedFactory(edition=edition, sponsor=sponsor)),
    ],
    Phase.SCHEDULE: lambda edition, sponsor: [
        make.AcceptedFactory(edition=edition, sponsor=sponsor),
        make.SessionFactory(edition=edition, proposal=make.AcceptedFactory(edition=edition, sponsor=sponsor)),
    ],
}


@pytest.mark.parametrize("phase", SCENES)
def test_what_a_conflict_hides_counts_nowhere(edition, chair, phase):
    enter(edition, phase)
    hidden = make.SponsorFactory(edition=edition)
    make.AffiliationFactory(user=chair, organisation=hidden.organisation)
    SCENES[phase](edition, hidden)
    assert waits(chair, edition) == {}
    other = make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user
    assert waits(other, edition)


@pytest.mark.parametrize("phase", SCENES)
def test_cochairs_work_waits_for_no_organiser(edition, organiser, phase):
    enter(edition, phase)
    SCENES[phase](edition, make.SponsorFactory(edition=edition))
    assert waits(organiser, edition) == {}


# --- Organisers ------------------------------------------------------------------------------------


def test_the_setup_waits_until_nothing_is_missing(client, edition, organiser):
    enter(edition, Phase.SETUP, call_opens_at=None)
    assert texts(client, organiser, edition) == {"setup": "4 things missing before the call can open"}
    talk = make.FormatFactory(edition=edition)
    make.TrackFactory(edition=edition, formats=[talk])
    make.EntitlementFactory(tier=make.TierFactory(edition=edition), format=talk)
    assert texts(client, organiser, edition) == {"setup": "1 thing missing before the call can open"}
    make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR)
    assert texts(client, organiser, edition) == {"phase": "Open the call: nothing is missing"}


def test_held_invitations_and_sponsors_without_a_team_wait(client, edition, organiser):
    make.TeamInvitationFactory(sponsor__edition=edition, is_held=True, mailed_at=None)
    assert texts(client, organiser, edition) == {
        "held": "1 invitation to a sponsor's team to send",
        "teamless": "1 sponsor that nobody acts for yet",
    }
    TeamInvitation.objects.update(is_held=False)
    make.TeamMemberFactory(sponsor=edition.sponsors.get())
    assert waits(organiser, edition) == {}


def test_reviewers_who_say_nothing_for_a_week_wait(client, edition, organiser):
    silent = make.RoleFactory(edition=edition)
    assert waits(organiser, edition) == {}
    Role.objects.filter(pk=silent.pk).update(granted_at=clock.now() - timedelta(days=8))
    assert texts(client, organiser, edition) == {"silent": "1 reviewer who has not answered the invitation"}
    make.ReviewerProfileFactory(edition=edition, user=silent.user, answer="declined")
    assert waits(organiser, edition) == {}


def test_failed_mail_waits_as_far_as_the_organiser_may_see_it(client, edition, organiser):
    enter(edition, Phase.DECIDE)
    hidden = make.SubmittedFactory(edition=edition)
    make.ConflictFactory(user=organiser, sponsor=hidden.sponsor)
    entry = record("tests.told", by=None, edition_id=edition.pk)
    mail = {"entry": entry, "edition_id": edition.pk, "subject": "Hello", "body": "Hello", "state": MessageState.FAILED}
    Message.objects.create(kind="test/one", recipient=organiser, proposal_id=hidden.pk, **mail)
    assert waits(organiser, edition) == {}
    seen = Message.objects.create(kind="test/two", recipient=organiser, **mail)
    assert texts(client, organiser, edition) == {"mail": "1 mail that failed"}
    Message.objects.filter(pk=seen.pk).update(state=MessageState.SENT)
    assert waits(organiser, edition) == {}
