"""What the queue does by itself: offers expire, people are reminded, chairs learn what is late. Once each."""

from datetime import UTC, date, datetime, timedelta

import pytest

from expo.editions.models import Edition
from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.kit import clock
from expo.notify.models import Message
from expo.proposals.models import Proposal
from reviews.assignments.models import Absence, Assignment, QueueSettings
from reviews.assignments.services import assignments, automation
from reviews.assignments.services.assignments import Dates, moved_past
from tests.concurrency import race
from tests.factories import (
    AssignmentFactory,
    ConflictFactory,
    CriterionFactory,
    PresenterFactory,
    ReviewFactory,
    RoleFactory,
    RubricFactory,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2027, 3, 1, 17, tzinfo=UTC)  # noon in New York


def days(count):
    return timedelta(days=count)


@pytest.fixture
def quiet(world):
    """Repairs are off, so that only the clock acts."""
    QueueSettings.objects.create(edition=world.edition, repairs="off")
    return world


def offer(world, state="offered", reviewer=None, proposal=None, **fields):
    fields = {"answer_by": NOON + days(7), "due_at": NOON + days(20), **fields}
    return AssignmentFactory(
        edition=world.edition,
        proposal=proposal or world.proposal(),
        reviewer=reviewer or world.reviewer(),
        state=state,
        offered_at=NOON,
        **fields,
    )


def away(user, first, last):
    return Absence.objects.create(profile=user.reviewer_profiles.get(), first_day=first, last_day=last)


def tick(after):
    with clock.at(NOON + after):
        return automation.tick()


def state(assignment):
    assignment.refresh_from_db()
    return assignment.state


def mails(kind):
    return list(Message.objects.filter(kind=f"assignments/{kind}").order_by("id"))


# --- Dates of offers --------------------------------------------------------------------------------


def test_an_offer_has_a_week_to_answer_and_the_editions_date_to_review(quiet):
    quiet.edition.reviews_due_at = NOON + days(30)
    with clock.at(NOON):
        dates = Dates.of(quiet.edition)
    assert (dates.answer_by([]), dates.due_at) == (NOON + days(7), NOON + days(30))


def test_a_late_offer_still_leaves_time_and_asks_for_no_answer_after_the_review_is_due(quiet):
    quiet.edition.reviews_due_at = NOON + days(1)
    with clock.at(NOON):
        dates = Dates.of(quiet.edition)
    assert (dates.answer_by([]), dates.due_at) == (NOON + days(3), NOON + days(3))


def test_days_away_are_not_held_against_anybody(quiet):
    zone = quiet.edition.zone
    spans = [(date(2027, 3, 20), date(2027, 3, 21)), (date(2027, 3, 8), date(2027, 3, 9)), (date(2027, 3, 11),) * 2]
    moved = moved_past(NOON + days(7), spans, zone)
    assert moved.astimezone(zone).isoformat() == "2027-03-13T12:00:00-05:00"
    assert moved_past(NOON, spans, zone) == NOON


# --- Expiry -----------------------------------------------------------------------------------------


def test_an_offer_expires_once_its_time_has_passed_and_the_reviewer_is_told_no_title(quiet):
    open_offer, accepted = offer(quiet), offer(quiet, "accepted")
    assert (tick(days(6)), state(open_offer)) == (0, "offered")
    assert (tick(days(7)), tick(days(8))) == (1, 0)
    assert (state(open_offer), state(accepted)) == ("expired", "accepted")
    (mail,) = mails("expired")
    assert (mail.recipient, mail.proposal_id) == (open_offer.reviewer, open_offer.proposal_id)
    assert open_offer.proposal.title not in mail.subject + mail.body
    entry = Entry.objects.get(fact="assignments.expired")
    assert (entry.actor, entry.data["reason"]) == (None, "Not answered in time.")


def test_whoever_was_away_has_until_after_the_first_full_day_back(quiet):
    made = offer(quiet)
    away(made.reviewer, date(2027, 3, 5), date(2027, 3, 10))
    assert (tick(days(8)), state(made)) == (0, "offered")
    assert made.answer_by.astimezone(quiet.edition.zone).isoformat() == "2027-03-12T12:00:00-05:00"
    assert (tick(days(11)), state(made)) == (1, "expired")


def test_whoever_is_away_until_the_review_is_due_loses_the_offer_at_once_but_not_what_they_accepted(quiet):
    made = offer(quiet)
    accepted = offer(quiet, "accepted", reviewer=made.reviewer)
    away(made.reviewer, date(2027, 3, 2), date(2027, 3, 21))
    assert (tick(days(0)), state(made)) == (0, "offered")
    assert (tick(days(1)), state(made), state(accepted)) == (1, "released", "accepted")
    assert len(mails("released")) == 1


def test_nothing_happens_to_what_is_being_revised_or_in_an_edition_that_is_over(quiet):
    made = offer(quiet)
    Proposal.objects.filter(pk=made.proposal_id).update(state="draft", submitted_at=None)
    other = offer(quiet)
    quiet.edition.phase = Phase.PUBLISHED
    quiet.edition.save()
    assert (tick(days(9)), state(made), state(other)) == (0, "offered", "offered")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_workers_expire_and_remind_once(quiet):
    made = [offer(quiet) for _ in range(4)]
    late = offer(quiet, "accepted", due_at=NOON + days(9))
    race(*[lambda: tick(days(8))] * 3)
    assert [state(each) for each in made] == ["expired"] * 4
    assert (len(mails("expired")), len(mails("reminder")), state(late)) == (4, 1, "accepted")
    assert Entry.objects.filter(fact="assignments.reminded").count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_answer_at_the_last_second_and_the_clock_leave_one_end(quiet):
    made = offer(quiet)
    race(lambda: tick(days(8)), lambda: assignments.accept(by=made.reviewer, assignment=made))
    facts = list(
        Entry.objects.filter(target_id=made.pk, fact__startswith="assignments.").values_list("fact", flat=True)
    )
    assert facts == [f"assignments.{state(made)}"]


# --- Reminders --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_one_reminder_for_all_that_is_due_and_none_again(quiet):
    first = offer(quiet, "accepted", due_at=NOON + days(10))
    offer(quiet, "accepted", reviewer=first.reviewer, due_at=NOON + days(10))
    offer(quiet, "submitted", reviewer=first.reviewer, due_at=NOON + days(10))
    assert [tick(days(at)) for at in (6, 7, 8, 9)] == [0, 1, 0, 0]
    (mail,) = mails("reminder")
    assert mail.recipient == first.reviewer
    assert "the next one is due on Thursday 11 March 2027, 12:00 (America/New_York)" in mail.body
    assert "A review counts only after you submit it." in mail.body
    assert Entry.objects.filter(fact="assignments.reminded", actor=None).count() == 2


def test_a_reminder_says_how_many_reviews_are_complete_and_not_submitted(quiet):
    criterion = CriterionFactory(rubric=RubricFactory(edition=quiet.edition))
    made = [offer(quiet, "accepted", reviewer=quiet.reviewer(), due_at=NOON + days(10))]
    made += [offer(quiet, "accepted", reviewer=made[0].reviewer, due_at=NOON + days(10)) for _ in range(3)]
    hidden = made[3]
    for assignment in (made[0], made[1], hidden):
        ReviewFactory(assignment=assignment, state="draft", submitted_at=None, scores={criterion: 2})
    PresenterFactory(proposal=hidden.proposal, email=hidden.reviewer.email)  # an open question hides it
    tick(days(7))
    (mail,) = mails("reminder")
    assert "Complete, not submitted: 2 reviews. Nobody else can read them" in mail.body


def test_nobody_is_reminded_while_away_but_afterwards(quiet):
    made = offer(quiet, "accepted", due_at=NOON + days(10))
    away(made.reviewer, date(2027, 3, 7), date(2027, 3, 9))
    assert [tick(days(at)) for at in (7, 8, 9, 10)] == [0, 0, 1, 0]


def test_a_chair_reminds_everybody_at_most_once_a_day(quiet):
    made = [offer(quiet, "accepted", due_at=NOON + days(20)) for _ in range(2)]

    def remind(after, **only):
        with clock.at(NOON + after):
            return automation.remind(by=quiet.chair, edition=quiet.edition, **only)

    assert remind(days(0), reviewers=[made[0].reviewer_id]) == 1
    assert remind(days(0.5)) == 1
    assert remind(days(0.9)) == 0
    assert remind(days(1.6)) == 2
    assert Entry.objects.filter(fact="assignments.reminded", actor=quiet.chair).count() == 4
    assert tick(days(17)) == 2  # the one before the date still comes


def test_a_chair_reminds_only_about_what_they_may_see(quiet):
    made = offer(quiet, "accepted")
    ConflictFactory(user=quiet.chair, sponsor=made.proposal.sponsor)
    assert automation.remind(by=quiet.chair, edition=quiet.edition) == 0
    made.refresh_from_db()
    assert (made.reminded_at, mails("reminder")) == (None, [])


# --- Escalation -------------------------------------------------------------------------------------


def test_cochairs_hear_once_of_what_is_late_each_counted_over_what_they_may_see(quiet):
    first = offer(quiet, "accepted", due_at=NOON, reminded_at=NOON - days(3))
    offer(quiet, "accepted", reviewer=first.reviewer, due_at=NOON, reminded_at=NOON - days(3))
    walled, blind = (RoleFactory(edition=quiet.edition, kind=RoleKind.COCHAIR).user for _ in range(2))
    ConflictFactory(user=walled, sponsor=first.proposal.sponsor)
    for proposal in Proposal.objects.all():
        ConflictFactory(user=blind, sponsor=proposal.sponsor)
    assert [tick(days(at)) for at in (1, 2, 3)] == [0, 2, 0]
    assert [(mail.recipient, mail.subject) for mail in mails("late")] == [
        (quiet.chair, f"{quiet.edition.name}: 2 reviews late"),
        (walled, f"{quiet.edition.name}: 1 review late"),
    ]
    assert "assigned to 1 reviewer, are more than 2 days late" in mails("late")[0].body
    assert first.proposal.title not in mails("late")[0].body
    assert Assignment.objects.exclude(escalated_at=None).count() == 2


def test_an_edition_that_breaks_holds_up_no_other(quiet):
    offer(quiet)
    fine = AssignmentFactory(answer_by=NOON, due_at=NOON + days(20), state="offered")
    Edition.objects.filter(pk=quiet.edition.pk).update(time_zone="No/Where")
    Edition.objects.filter(pk=fine.edition_id).update(phase=Phase.REVIEW)
    assert quiet.edition.pk < fine.edition_id
    tick(days(10))
    assert state(fine) == "expired"
