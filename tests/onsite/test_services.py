"""Check-in, and a delay that moves a room: what is recorded, who gets mail, and what is refused."""

import pytest
from django.db import IntegrityError, transaction

from expo.editions.states import Phase
from expo.journal.models import Entry
from expo.kit.errors import Invalid, NotAllowed, Refused, WrongState
from expo.notify.models import Message
from expo.onsite import services
from expo.onsite.delays import Delay
from expo.onsite.models import CheckIn
from expo.onsite.queries.delays import plan_delay
from expo.onsite.states import DelayStrategy
from expo.program.models import OnStage, Session
from expo.program.services import sessions
from expo.proposals.models import Proposal
from tests.factories import ConflictFactory, RoleFactory, UserFactory

from .conftest import with_team

pytestmark = pytest.mark.django_db


def fingerprint(stage, session, by=None) -> str:
    """What the preview was based on; the same whatever was asked."""
    return plan_delay(session, by or stage.chair, Delay(session.proposal_id, 5, DelayStrategy.SHIFT)).fingerprint


def run_late(stage, session, minutes=10, strategy=DelayStrategy.SHIFT, *, by=None, based_on=""):
    by = by or stage.chair
    return services.run_late(
        by=by,
        session=session,
        delay=Delay(session.proposal_id, minutes, strategy),
        fingerprint=based_on or fingerprint(stage, session, by),
    )


def refusal(kind, verb, *args, **given):
    with pytest.raises(kind) as caught:
        verb(*args, **given)
    return caught.value.code, caught.value.message


def starts(stage) -> list[str]:
    return [when for _, _, when in stage.program()]


# --- Check-in ----------------------------------------------------------------------------------------


def test_a_presenter_is_checked_in_once_and_taken_back_once(stage):
    session = stage.placed("ada@x.example", hour=10)
    ada = session.proposal.presenters.get()
    for _ in range(2):
        found = services.check_in(by=stage.chair, session=session, presenter=ada)
    assert (found.by, list(CheckIn.objects.all())) == (stage.chair, [found])
    with pytest.raises(IntegrityError), transaction.atomic():
        CheckIn.objects.create(session=session, presenter=ada, by=stage.chair)
    for _ in range(2):
        services.undo_check_in(by=stage.chair, session=session, presenter=ada)
    assert not CheckIn.objects.exists()
    facts = Entry.objects.filter(fact__startswith="onsite.").order_by("id").values_list("fact", "proposal_id")
    assert list(facts) == [
        ("onsite.presenter_checked_in", session.proposal_id),
        ("onsite.check_in_undone", session.proposal_id),
    ]


def test_check_in_is_for_presenters_of_the_session_while_the_edition_is_on(stage):
    session, other = stage.placed("ada@x.example", hour=10), stage.placed("bob@x.example", hour=11)
    ada, bob = session.proposal.presenters.get(), other.proposal.presenters.get()
    assert refusal(NotAllowed, services.check_in, by=stage.chair, session=session, presenter=bob)[1] == (
        "This person does not present in this session. Reload the run of show."
    )
    stage.edition.phase = Phase.ARCHIVED
    stage.edition.save()
    assert refusal(WrongState, services.check_in, by=stage.chair, session=session, presenter=ada) == (
        "edition-archived",
        "This edition is archived, so check-in is closed.",
    )
    stage.edition.phase = Phase.DECIDE
    stage.edition.save()
    assert refusal(WrongState, services.check_in, by=stage.chair, session=session, presenter=ada)[0] == "wrong-phase"
    assert not CheckIn.objects.exists()


def test_neither_strangers_nor_walled_chairs_touch_the_day(stage):
    session = stage.placed("ada@x.example", hour=10)
    walled = RoleFactory(edition=stage.edition, kind="cochair").user
    ConflictFactory(user=walled, sponsor=session.proposal.sponsor)
    for person in (UserFactory(), walled):
        ada = session.proposal.presenters.get()
        assert refusal(NotAllowed, services.check_in, by=person, session=session, presenter=ada)[0] == "not-allowed"
        assert refusal(NotAllowed, run_late, stage, session, by=person)[0] == "not-allowed"
    assert starts(stage) == ["18 10:00"]


# --- Running late ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_delay_moves_what_follows_and_people_in_one_entry_and_tells_each_team_once(stage):
    first, second, third = (stage.placed(f"p{hour}@x.example", hour=hour) for hour in (9, 10, 13))
    teams = [with_team(session) for session in (first, second, third)]
    entry = run_late(stage, first)
    assert starts(stage) == ["18 09:10", "18 10:10", "18 13:00"]
    assert [row.version for row in Session.objects.order_by("starts_at")] == [2, 2, 1]
    assert OnStage.objects.get(person="p10@x.example").starts_at == stage.at(10, 10)
    assert (entry.fact, entry.proposal_id, entry.data["late"], entry.data["minutes"], entry.data["way"]) == (
        "program.shifted",
        None,
        first.pk,
        10,
        "shift",
    )
    assert [(row["proposal"], row["from"]["starts_at"], row["to"]["starts_at"]) for row in entry.data["changes"]] == [
        (first.proposal_id, stage.at(9).isoformat(), stage.at(9, 10).isoformat()),
        (second.proposal_id, stage.at(10).isoformat(), stage.at(10, 10).isoformat()),
    ]
    by_recipient = {message.recipient: message for message in Message.objects.filter(kind="onsite/delayed")}
    assert by_recipient.keys() == set(teams[:2])
    mail = by_recipient[teams[1]]
    assert (mail.subject, mail.proposal_id) == (
        f"New time: {second.proposal.title}, 10:10 to 11:10",
        second.proposal_id,
    )
    assert "Before 10:00 to 11:00" in mail.body


@pytest.mark.slow
def test_a_shifted_session_stands_off_the_grid_and_is_moved_by_hand_like_any_other(stage):
    first = stage.placed(hour=9)
    run_late(stage, first, 25)
    late = stage.placed(hour=11)
    sessions.move(by=stage.chair, session=late, room=stage.hall, starts_at=stage.at(13), version=1)
    first.refresh_from_db()
    sessions.move(by=stage.chair, session=first, room=stage.hall, starts_at=stage.at(15), version=2)
    assert starts(stage) == ["18 13:00", "18 15:00"]
    stage.run()


@pytest.mark.slow
def test_cutting_a_session_keeps_its_new_length_where_the_scheduler_reads_it(stage):
    stage.talk.least_minutes = 45
    stage.talk.save()
    first, _ = stage.placed(hour=9), stage.placed(hour=10)
    run_late(stage, first, 15, DelayStrategy.SHORTEN)
    first.refresh_from_db()
    assert (first.starts_at, first.ends_at, Proposal.objects.get(pk=first.proposal_id).length) == (
        stage.at(9, 15),
        stage.at(10),
        45,
    )
    assert refusal(Invalid, run_late, stage, first, 5, DelayStrategy.SHORTEN) == (
        "too-short",
        (
            f"“{first.proposal.title}” would last 40 minutes, and a talk takes at least 45. "
            "Enter fewer minutes, or let what follows move."
        ),
    )


def test_a_presenter_who_is_needed_elsewhere_stops_the_delay_by_name_and_place(stage):
    first = stage.placed("ada@x.example", title="Scaling laws", hour=9)
    stage.placed("ada@x.example", title="Hands on", room=stage.side[0], format=stage.workshop, hour=10)
    with_team(first)
    assert refusal(Refused, run_late, stage, first) == (
        "people-clash",
        (
            "Ada would be in two places: “Scaling laws” from 09:10 to 10:10, “Hands on” in Room 1 from 10:00 to 14:00. "
            "Move the other session first, or choose another option."
        ),
    )
    assert (starts(stage), Message.objects.count()) == (["18 09:00", "18 10:00"], 0)


@pytest.mark.slow
def test_postgresql_has_the_last_word_when_the_other_session_is_hidden(stage):
    """The preview must not tell that a hidden session has the same presenter; the attempt is refused without a name."""
    first = stage.placed("ada@x.example", title="Scaling laws", hour=9)
    hidden = stage.placed("ada@x.example", title="Hands on", room=stage.side[0], format=stage.workshop, hour=10)
    ConflictFactory(user=stage.chair, sponsor=hidden.proposal.sponsor)
    assert plan_delay(first, stage.chair, Delay(first.proposal_id, 10, DelayStrategy.SHIFT)).hard == ()
    assert refusal(Refused, run_late, stage, first) == (
        "on-stage",
        "A presenter of this session is not free at that time. Choose another time.",
    )
    assert starts(stage) == ["18 09:00", "18 10:00"]


@pytest.mark.slow
def test_what_a_chair_may_not_see_is_moved_by_another_chair_only(stage):
    first, hidden = stage.placed(hour=9), stage.placed(title="Secret", hour=10)
    walled = RoleFactory(edition=stage.edition, kind="cochair").user
    ConflictFactory(user=walled, sponsor=hidden.proposal.sponsor)
    code, message = refusal(NotAllowed, run_late, stage, first, by=walled)
    assert (code, "Another cochair can do this." in message, "Secret" in message) == ("not-allowed", True, False)
    later = sessions.SessionTime(hidden.pk, 1, stage.at(11), 60, 0)
    assert refusal(NotAllowed, sessions.shift, by=walled, edition=stage.edition, times=[later])[1] == message
    run_late(stage, first)
    assert starts(stage) == ["18 09:10", "18 10:10"]


@pytest.mark.slow
def test_a_preview_that_is_out_of_date_is_refused_and_so_is_an_archived_edition(stage):
    first, second = stage.placed(hour=9), stage.placed(hour=10)
    old = fingerprint(stage, first)
    sessions.move(by=stage.chair, session=second, room=stage.hall, starts_at=stage.at(12), version=1)
    assert refusal(WrongState, run_late, stage, first, based_on=old)[0] == "stale"
    assert refusal(Invalid, run_late, stage, first, 7)[0] == "bad-minutes"
    stage.edition.phase = Phase.ARCHIVED
    stage.edition.save()
    assert refusal(WrongState, run_late, stage, first)[0] == "edition-archived"
    assert starts(stage) == ["18 09:00", "18 12:00"]


@pytest.mark.slow
def test_the_consequences_are_told_with_clock_times(stage):
    stage.talk.setup_minutes = 15
    stage.talk.save()
    stage.add_break(12, 13)
    first, second, last = (stage.placed(f"p{hour}@x.example", title=f"At {hour}", hour=hour) for hour in (9, 11, 17))
    stage.away(second.proposal, 12, 13)

    def soft(session, minutes, strategy=DelayStrategy.SHIFT, **fields):
        return plan_delay(session, stage.chair, Delay(session.proposal_id, minutes, strategy, **fields)).soft

    assert soft(second, 10) == (
        "“At 11” runs 10 minutes into Lunch.",
        "P11 is away at the new time of “At 11”, from 11:10 to 12:10.",
    )
    assert soft(last, 30) == ("“At 17” ends at 18:30, 30 minutes after the day closes.",)
    assert soft(first, 55, cut_setup=True) == ("“At 11” has 5 of its 15 minutes of set-up left.",)
    assert soft(first, 45) == ()
