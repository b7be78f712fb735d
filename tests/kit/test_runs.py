"""The life of a solver run: one worker at a time, nothing lost when it dies."""

import time
import uuid
from datetime import timedelta

import pytest

from expo.kit import clock, runs
from expo.kit.errors import WrongState
from expo.kit.runs import LEASE, LeaseLost, RunState, claim, heartbeat, move, report, write
from expo.program.models import Run
from tests.concurrency import race
from tests.factories import EditionFactory, UserFactory

pytestmark = pytest.mark.django_db


def queued(**fields):
    return Run.objects.create(edition=EditionFactory(), seed=7, started_by=UserFactory(), **fields)


def test_a_worker_takes_a_queued_run_under_a_fresh_lease():
    run = claim(Run, queued().pk)
    assert (run.state, run.attempts) == (RunState.RUNNING, 1)
    assert run.lease is not None
    assert run.started_at == run.heartbeat_at


@pytest.mark.parametrize("state", [one for one in RunState if one not in (RunState.QUEUED, RunState.RUNNING)])
def test_a_run_that_has_ended_is_not_taken(state):
    assert claim(Run, queued(state=state).pk) is None


def test_an_unknown_run_is_nothing_to_do():
    assert claim(Run, 0) is None


def test_a_run_in_somebodys_hands_is_left_to_them_until_the_heart_stops():
    first = claim(Run, queued().pk)
    assert claim(Run, first.pk) is None
    with clock.at(first.heartbeat_at + LEASE):
        assert claim(Run, first.pk) is None
    with clock.at(first.heartbeat_at + LEASE + timedelta(seconds=1)):
        second = claim(Run, first.pk)
    assert second.lease != first.lease
    assert second.attempts == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_gets_the_run():
    run = queued()
    taken = [one for one in race(*[lambda: claim(Run, run.pk)] * 4) if one is not None]
    assert len(taken) == 1
    run.refresh_from_db()
    assert (run.lease, run.attempts) == (taken[0].lease, 1)


def test_who_lost_the_lease_writes_nothing():
    first = claim(Run, queued().pk)
    with clock.at(first.heartbeat_at + LEASE + timedelta(seconds=1)):
        second = claim(Run, first.pk)
        with pytest.raises(LeaseLost):
            write(first, stage="from the grave")
        with pytest.raises(LeaseLost):
            report(first, 0.9, "from the grave")
        report(second, 0.5, "alive")
    second.refresh_from_db()
    assert (second.progress, second.stage) == (0.5, "alive")


@pytest.mark.parametrize("state", [RunState.DISCARDED, RunState.FAILED])
def test_a_run_somebody_ended_meanwhile_takes_no_more_words(state):
    run = claim(Run, queued().pk)
    Run.objects.update(state=state)
    with pytest.raises(LeaseLost):
        report(run, 1.0, "done")


@pytest.mark.parametrize(("share", "kept"), [(-1, 0.0), (0.25, 0.25), (7, 1.0)])
def test_progress_stays_between_nothing_and_all(share, kept):
    run = claim(Run, queued().pk)
    report(run, share, "x" * 500)
    run.refresh_from_db()
    assert (run.progress, len(run.stage)) == (kept, 120)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_heartbeat_keeps_the_lease_while_the_solver_thinks(monkeypatch):
    monkeypatch.setattr(runs, "BEAT_SECONDS", 0.05)
    run = claim(Run, queued().pk)
    Run.objects.update(heartbeat_at=clock.now() - timedelta(hours=1))
    with heartbeat(run):
        time.sleep(0.4)
    assert not Run.objects.claimable().exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_heartbeat_whose_lease_is_lost_stops_quietly(monkeypatch):
    monkeypatch.setattr(runs, "BEAT_SECONDS", 0.05)
    run = claim(Run, queued().pk)
    stolen = uuid.uuid4()
    Run.objects.update(lease=stolen, heartbeat_at=clock.now() - timedelta(hours=1))
    with heartbeat(run):
        time.sleep(0.2)
    assert Run.objects.claimable().get().lease == stolen


def test_a_person_moves_a_run_only_along_the_table():
    run = queued()
    with pytest.raises(WrongState, match="This run is queued and cannot become published"):
        move(run, RunState.PUBLISHED)
    move(run, RunState.DISCARDED)
    run.refresh_from_db()
    assert (run.state, run.finished_at is not None) == (RunState.DISCARDED, True)
    with pytest.raises(WrongState):
        move(run, RunState.RUNNING)


def test_under_way_and_claimable_tell_waiting_from_working_runs():
    waiting = queued()
    working = claim(Run, queued().pk)
    queued(state=RunState.DISCARDED)
    assert set(Run.objects.under_way()) == {waiting, working}
    assert set(Run.objects.claimable()) == {waiting}


def test_a_worker_does_its_work_under_a_beating_heart_and_says_whether_the_run_was_its_own():
    run, seen = queued(), []
    done = [runs.work_on(Run, run.pk, seen.append, lambda *_: False) for _ in range(2)]
    assert done == [True, False]
    assert [(each.pk, each.state) for each in seen] == [(run.pk, RunState.RUNNING)]


def test_what_breaks_ends_the_run_with_a_sentence():
    run = queued()
    assert runs.work_on(Run, run.pk, lambda _: 1 / 0, lambda run, error: runs.fail(run, f"No: {error}."))
    run.refresh_from_db()
    assert (run.state, run.error, run.stage) == (RunState.FAILED, "No: division by zero.", "Stopped")
    assert run.finished_at is not None


def test_a_run_that_was_discarded_meanwhile_is_neither_finished_nor_failed():
    run = queued()

    def taken(found):
        Run.objects.update(state=RunState.DISCARDED)
        report(found, 0.5, "too late")

    assert not runs.work_on(Run, run.pk, taken, lambda *_: True)
    assert runs.fail(run, "Nobody reads this.") is False
    run.refresh_from_db()
    assert (run.state, run.error) == (RunState.DISCARDED, "")


@pytest.mark.django_db(transaction=True)
def test_runs_that_no_worker_holds_are_dispatched_again_until_they_are_given_up(monkeypatch):
    sent = []
    monkeypatch.setattr(runs, "send", lambda task, run_id: sent.append((task, run_id)))
    waiting, dead, deadly = queued(), claim(Run, queued().pk), claim(Run, queued().pk)
    long_ago = clock.now() - 2 * LEASE
    Run.objects.filter(pk__in=[dead.pk, deadly.pk]).update(heartbeat_at=long_ago)
    Run.objects.filter(pk=deadly.pk).update(attempts=runs.MOST_ATTEMPTS)
    runs.give_up(Run)
    assert runs.requeue_stale(Run, "room.work") == 2
    assert sent == [("room.work", waiting.pk), ("room.work", dead.pk)]
    deadly.refresh_from_db()
    assert (deadly.state, deadly.error[:9], deadly.lease) == (RunState.FAILED, "5 workers", None)
