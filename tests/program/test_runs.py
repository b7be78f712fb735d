"""A run's life: started once, executed by whoever holds the lease, the same whoever finishes it, adopted once."""

from datetime import UTC, date, datetime, time

import pytest
import time_machine

from expo.editions.models import Day
from expo.editions.states import Phase
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.errors import NotAllowed, WrongState
from expo.kit.runs import LEASE, LeaseLost, RunState, claim
from expo.program.models import OnStage, Run, Session
from expo.program.services import execution, runs, sessions
from expo.proposals.states import ProposalState
from tests.concurrency import race
from tests.factories import PresenterFactory, UserFactory

from .conftest import build

pytestmark = pytest.mark.django_db


def refused(verb, **fields):
    with pytest.raises(WrongState) as caught:
        verb(**fields)
    return caught.value.code, caught.value.message


def test_a_run_proposes_a_timetable_and_changes_nothing(stage):
    talk = stage.accepted("ada@x.example", title="Talk", merit=4.2)
    workshop = stage.accepted("ada@x.example", title="Workshop", format=stage.workshop, merit=3.9)
    run = stage.run()
    assert [(row["proposal"], row["room"], row["starts_at"]) for row in run.result["placed"]] == [
        (talk.pk, stage.hall.pk, stage.at(9).isoformat()),
        (workshop.pk, stage.side[0].pk, stage.at(10).isoformat()),
    ]
    assert (run.solver_status, run.objective, run.bound, run.progress) == ("Proved best", 0, 0, 1.0)
    assert {tier["key"]: (tier["value"], tier["bound"]) for tier in run.result["tiers"]} == {
        "left-out-0": (0, 0),
        "left-out-1": (0, 0),
        "merit-left-out": (0, 0),
        "sponsor-parallel": (0, 0),
        "topic-parallel": (0, 0),
        "overflow": (0, 0),
        "changes": (0, 0),
        "late-starts": (60, 60),
    }
    assert len(run.input_hash) == 64
    assert not Session.objects.exists()
    assert list(Entry.objects.order_by("id").values_list("fact", flat=True)) == [
        "program.run_started",
        "program.run_ready",
    ]


def test_what_found_no_place_is_told_why(stage):
    alone = stage.accepted("ada@x.example", title="Away")
    stage.away(alone, 9, 18)
    stage.accepted("bob@x.example")
    run = stage.run()
    assert run.result["left_out"] == [
        {"proposal": alone.pk, "reason": "Its presenters are away whenever a room it fits is open."}
    ]
    assert (run.objective, run.bound) == (1, 1)


@pytest.mark.slow
def test_two_runs_of_one_input_are_one_timetable(stage):
    for key in range(6):
        stage.accepted(f"p{key % 4}@x.example", merit=3 + key / 10)
    first = stage.run(seed=3)
    runs.discard(by=stage.chair, run=first)
    second = stage.run(seed=3)
    assert (first.result, first.input_hash) == (second.result, second.input_hash)


def test_adopting_makes_the_timetable_with_its_people_and_reasons(stage):
    talk = stage.accepted("ada@x.example", title="Talk")
    run = runs.adopt(by=stage.chair, run=stage.run())
    session = Session.objects.get()
    assert (session.proposal, session.run, session.track, run.state) == (talk, run, stage.talks, RunState.ADOPTED)
    assert session.why == run.result["placed"][0]["why"]
    assert OnStage.objects.get().person == "ada@x.example"
    assert Entry.objects.get(fact="program.run_adopted").actor == stage.chair


def test_a_second_click_on_adopt_changes_nothing(stage):
    stage.accepted()
    run = stage.run()
    runs.adopt(by=stage.chair, run=run)
    runs.adopt(by=stage.chair, run=run)
    assert Entry.objects.filter(fact="program.run_adopted").count() == 1
    assert Session.objects.get().version == 1


@pytest.mark.slow
def test_adopting_moves_swaps_and_keeps_ids(stage):
    one, two = stage.placed(hour=9, merit=3.0), stage.placed(hour=10, merit=3.0)
    run = stage.run()
    by_id = {row["proposal"]: row for row in run.result["placed"]}
    by_id[one.proposal_id]["starts_at"], by_id[two.proposal_id]["starts_at"] = (
        by_id[two.proposal_id]["starts_at"],
        by_id[one.proposal_id]["starts_at"],
    )
    run.save()
    runs.adopt(by=stage.chair, run=run)
    assert list(Session.objects.order_by("starts_at").values_list("id", "version")) == [(two.pk, 2), (one.pk, 2)]


@pytest.mark.slow
def test_a_pinned_session_stays_and_a_run_keeps_what_stands(stage):
    pinned = stage.placed("ada@x.example", hour=16)
    sessions.pin(by=stage.chair, session=pinned, pinned=True, version=1)
    stage.accepted("ada@x.example", format=stage.workshop)
    runs.adopt(by=stage.chair, run=stage.run())
    assert [row[2] for row in stage.program()] == ["18 09:00", "18 16:00"]
    pinned.refresh_from_db()
    assert (pinned.version, pinned.is_pinned) == (2, True)


def test_what_was_withdrawn_since_is_left_out_and_the_rest_adopted(stage):
    stage.accepted(title="Stays")
    gone = stage.accepted(title="Gone")
    run = stage.run()
    gone.state = ProposalState.WITHDRAWN
    gone.save()
    runs.adopt(by=stage.chair, run=run)
    assert [row[0] for row in stage.program()] == ["Stays"]


def test_a_timetable_changed_by_hand_since_is_not_overwritten(stage):
    session = stage.placed(hour=9)
    run = stage.run()
    sessions.move(by=stage.chair, session=session, room=stage.hall, starts_at=stage.at(16), version=1)
    assert refused(runs.adopt, by=stage.chair, run=run)[0] == "timetable-changed"
    assert [row[2] for row in stage.program()] == ["18 16:00"]
    run.refresh_from_db()
    assert run.state == RunState.PREVIEW


def test_facts_that_changed_since_are_noticed(stage):
    stage.accepted("ada@x.example")
    second = stage.accepted("bob@x.example", format=stage.workshop)
    run = stage.run()
    PresenterFactory(proposal=second, email="ada@x.example")
    assert refused(runs.adopt, by=stage.chair, run=run)[0] == "facts-changed"
    assert stage.program() == []


def test_one_run_of_an_edition_at_a_time(stage):
    stage.accepted()
    runs.start(by=stage.chair, edition=stage.edition)
    assert refused(runs.start, by=stage.chair, edition=stage.edition) == (
        "run-under-way",
        "Another run of this edition is under way. Wait until it has finished, or discard it first.",
    )


def test_what_is_missing_is_said_before_a_run(stage):
    assert refused(runs.start, by=stage.chair, edition=stage.edition)[0] == "nothing-accepted"
    stage.accepted()
    stage.edition.days.all().delete()
    assert refused(runs.start, by=stage.chair, edition=stage.edition)[0] == "no-days"
    stage.edition.phase = Phase.ARCHIVED
    stage.edition.save()
    assert refused(runs.start, by=stage.chair, edition=stage.edition)[0] == "edition-archived"


def test_only_who_runs_the_edition_starts_adopts_and_discards(stage):
    stage.accepted()
    run = stage.run()
    for user in (UserFactory(), build().chair):
        with pytest.raises(NotAllowed):
            runs.start(by=user, edition=stage.edition)
        with pytest.raises(NotAllowed):
            runs.adopt(by=user, run=run)
        with pytest.raises(NotAllowed):
            runs.discard(by=user, run=run)


@pytest.mark.slow
def test_two_editions_never_mix(stage):
    other = build()
    stage.accepted("ada@x.example", title="Here")
    other.accepted("ada@x.example", title="There")
    runs.adopt(by=stage.chair, run=stage.run())
    runs.adopt(by=other.chair, run=other.run())
    assert [row[0] for row in stage.program()] == ["Here"]
    assert [row[0] for row in other.program()] == ["There"]


@pytest.mark.slow
def test_a_killed_workers_run_is_finished_by_the_next_with_the_same_result(stage):
    for key in range(5):
        stage.accepted(f"p{key % 3}@x.example", merit=4.0)
    undisturbed = stage.run()
    runs.discard(by=stage.chair, run=undisturbed)
    run = runs.start(by=stage.chair, edition=stage.edition)
    killed = claim(Run, run.pk)
    assert execution.execute(run.pk) is False
    with time_machine.travel(clock.now() + 2 * LEASE, tick=False):
        assert runs.sweep() == 1
        assert execution.execute(run.pk) is True
    with pytest.raises(LeaseLost):
        execution.perform(killed)
    run.refresh_from_db()
    assert (run.state, run.attempts, run.result) == (RunState.PREVIEW, 2, undisturbed.result)


def test_a_discarded_run_stops_its_worker(stage):
    stage.accepted()
    run = runs.start(by=stage.chair, edition=stage.edition)
    busy = claim(Run, run.pk)
    runs.discard(by=stage.chair, run=run)
    with pytest.raises(LeaseLost):
        execution.perform(busy)
    run.refresh_from_db()
    assert (run.state, run.result) == (RunState.DISCARDED, None)


def test_a_run_that_stopped_five_workers_is_given_up_with_a_sentence(stage):
    stage.accepted()
    run = runs.start(by=stage.chair, edition=stage.edition)
    claim(Run, run.pk)
    Run.objects.update(attempts=5)
    with time_machine.travel(clock.now() + 2 * LEASE, tick=False):
        assert runs.sweep() == 0
    run.refresh_from_db()
    assert (run.state, run.error) == (
        RunState.FAILED,
        "5 workers in a row stopped during this run. Ask the operators to look at the workers' log.",
    )


def test_a_run_whose_pins_contradict_since_it_started_fails_with_the_reason(stage):
    one = stage.placed("ada@x.example", hour=9)
    two = stage.placed("bob@x.example", hour=9, room=stage.side[0], format=stage.workshop)
    run = runs.start(by=stage.chair, edition=stage.edition)
    Session.objects.filter(pk__in=[one.pk, two.pk]).update(is_pinned=True)
    PresenterFactory(proposal=two.proposal, email="ada@x.example")
    execution.execute(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error) == (
        RunState.FAILED,
        "Two pinned sessions have a presenter in common at the same time. Unpin or move one of them, then start again.",
    )


def on_a_day(zone, day, opens, closes):
    """An edition in this zone with one day of these hours."""
    stage = build(time_zone=zone)
    Day.objects.filter(edition=stage.edition).update(date=day, opens_at=opens, closes_at=closes)
    return stage


@pytest.mark.slow
@pytest.mark.parametrize(
    ("zone", "day", "opens", "first", "minutes"),
    [
        ("America/New_York", date(2027, 3, 14), time(0), datetime(2027, 3, 14, 5, tzinfo=UTC), 300),
        ("America/New_York", date(2027, 11, 7), time(0), datetime(2027, 11, 7, 4, tzinfo=UTC), 420),
        ("Asia/Kolkata", date(2027, 3, 14), time(0), datetime(2027, 3, 13, 18, 30, tzinfo=UTC), 360),
    ],
)
def test_a_day_is_as_long_as_its_clocks_say(db, zone, day, opens, first, minutes):
    stage = on_a_day(zone, day, opens, time(6))
    titles = [stage.accepted(title=f"Talk {key}").title for key in range(8)]
    runs.adopt(by=stage.chair, run=stage.run())
    rows = list(Session.objects.order_by("starts_at"))
    assert len(rows) == minutes // 60 < len(titles)
    assert rows[0].starts_at == first
    assert (rows[-1].ends_at - first).total_seconds() == minutes * 60


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_do_the_work_once(transactional_db):
    stage = build()
    stage.accepted()
    run = runs.start(by=stage.chair, edition=stage.edition)
    answers = race(*(lambda: execution.execute(run.pk) for _ in range(2)))
    assert sorted(answers) == [False, True]
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.PREVIEW, 1)


@pytest.mark.django_db(transaction=True)
def test_two_chairs_who_start_at_once_start_one_run(transactional_db):
    stage = build()
    stage.accepted()
    answers = race(*(lambda: runs.start(by=stage.chair, edition=stage.edition) for _ in range(2)))
    assert sorted(type(answer).__name__ for answer in answers) == ["Run", "WrongState"]
    assert Run.objects.count() == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_chairs_who_adopt_at_once_adopt_once(transactional_db):
    stage = build()
    stage.accepted("ada@x.example")
    run = stage.run()
    race(*(lambda: runs.adopt(by=stage.chair, run=run) for _ in range(2)))
    assert Entry.objects.filter(fact="program.run_adopted").count() == 1
    assert Session.objects.count() == 1
