"""A chair watches a run, stops it, and gets the best it had found, whoever worked on it."""

import pytest
import time_machine

from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.runs import LEASE, RunState, claim
from expo.program.models import Run
from expo.program.queries.problem import minute, snapshot
from expo.program.services import execution, runs, sessions
from expo.program.solver.problem import Place
from expo.program.solver.search import STOPPED

pytestmark = pytest.mark.django_db


def started(stage, **fields):
    return runs.start(by=stage.chair, edition=stage.edition, **fields)


def starts(stage, run):
    run.refresh_from_db()
    return [row["starts_at"] for row in run.result["placed"]]


def test_a_run_stopped_before_its_work_gives_the_first_timetable_and_says_so(stage):
    stage.accepted("ada@x.example")
    run = started(stage)
    runs.stop(by=stage.chair, run=run)
    runs.stop(by=stage.chair, run=run)
    execution.execute(run.pk)
    assert starts(stage, run) == [stage.at(9).isoformat()]
    assert (run.state, run.reasons) == (RunState.PREVIEW, [STOPPED])
    assert Entry.objects.filter(fact="program.run_stopped", actor=stage.chair).count() == 1


def test_a_run_stopped_at_work_ends_with_what_it_has_reached(stage, monkeypatch):
    for key in range(4):
        stage.accepted(f"p{key}@x.example")
    run = started(stage)
    monkeypatch.setattr(execution, "ASK_SECONDS", 0)
    report = execution.report

    def watched(run, share, stage_now):
        report(run, share, stage_now)
        if stage_now.startswith("Goal 3"):
            runs.stop(by=stage.chair, run=Run.objects.get(pk=run.pk))

    monkeypatch.setattr(execution, "report", watched)
    execution.execute(run.pk)
    run.refresh_from_db()
    assert (run.state, run.reasons) == (RunState.PREVIEW, [STOPPED])
    assert list(dict.fromkeys(row[1] for row in run.trace)) == ["left-out-0", "merit-left-out"]
    assert len(run.result["placed"]) == 4


def killed_with(stage, run, hour):
    """A worker that had reached a timetable with the only session at this hour, and died."""
    claimed = claim(Run, run.pk)
    problem = snapshot(stage.edition, seed=run.seed).problem
    (item,) = problem.items
    recorder = execution.Recorder(claimed, problem)
    recorder.keep({item.id: Place(stage.hall.pk, minute(stage.at(hour)))})
    recorder.step("late-starts", 60, 0)


def test_what_a_killed_worker_had_found_is_the_answer_to_a_stop(stage):
    stage.accepted("ada@x.example")
    run = started(stage)
    killed_with(stage, run, hour=15)
    runs.stop(by=stage.chair, run=run)
    with time_machine.travel(clock.now() + 2 * LEASE, tick=False):
        assert execution.execute(run.pk) is True
    assert starts(stage, run) == [stage.at(15).isoformat()]


def test_what_a_killed_worker_had_found_is_not_used_on_facts_that_changed(stage):
    proposal = stage.accepted("ada@x.example")
    run = started(stage)
    killed_with(stage, run, hour=15)
    stage.away(proposal, 15, 16)
    runs.stop(by=stage.chair, run=run)
    with time_machine.travel(clock.now() + 2 * LEASE, tick=False):
        execution.execute(run.pk)
    assert starts(stage, run) == [stage.at(9).isoformat()]


def test_the_trace_keeps_the_first_and_last_of_an_aim_and_one_row_a_second_between(stage, monkeypatch):
    stage.accepted()
    run = claim(Run, started(stage).pk)
    now = [100.0]
    monkeypatch.setattr(execution, "monotonic", lambda: now[0])
    recorder = execution.Recorder(run, snapshot(stage.edition).problem)
    for at, key, value, bound in [
        (0.0, "clashes", 9, 0),
        (0.2, "clashes", 8, 3),
        (0.4, "clashes", 7, 0),
        (1.6, "clashes", 6, 0),
        (1.8, "clashes", 5, 5),
        (1.9, "overflow", 4, 0),
    ]:
        now[0] = 100.0 + at
        recorder.step(key, value, bound)
    run.refresh_from_db()
    assert run.trace == [
        [0.0, "clashes", 9, 0],
        [0.4, "clashes", 7, 3],
        [1.6, "clashes", 6, 3],
        [1.8, "clashes", 5, 5],
        [1.9, "overflow", 4, 0],
    ]


def test_a_stop_asked_of_another_worker_or_of_a_discarded_run_is_heard(stage, monkeypatch):
    stage.accepted()
    run = claim(Run, started(stage).pk)
    monkeypatch.setattr(execution, "ASK_SECONDS", 0)
    recorder = execution.Recorder(run, snapshot(stage.edition).problem)
    assert recorder.stop() is False
    runs.discard(by=stage.chair, run=run)
    assert recorder.stop() is True


def test_what_has_ended_is_not_stopped(stage):
    stage.accepted()
    with pytest.raises(WrongState, match="nothing to stop"):
        runs.stop(by=stage.chair, run=stage.run())


def test_a_run_gets_a_name_and_loses_it_again(stage):
    stage.accepted()
    run = started(stage, name=" Talks   first ")
    assert (run.title, runs.rename(by=stage.chair, run=run, name="").title) == ("Talks first", f"Draft {run.pk}")
    with pytest.raises(Invalid, match="at most 60"):
        runs.rename(by=stage.chair, run=run, name="x" * 61)


@pytest.mark.parametrize("given", [{"seed": -1}, {"seed": 2**31}, {"parameters": {"effort": "endless"}}])
def test_a_draft_is_asked_only_what_it_can_do(stage, given):
    stage.accepted()
    with pytest.raises(Invalid):
        started(stage, **given)


@pytest.mark.slow
def test_a_fresh_draft_forgets_what_is_not_pinned(stage):
    stage.placed(hour=15)
    kept = stage.placed(hour=16)
    sessions.pin(by=stage.chair, session=kept, pinned=True, version=1)
    stage.edition.phase = "published"
    stage.edition.save()
    assert starts(stage, stage.run()) == [stage.at(15).isoformat(), stage.at(16).isoformat()]
    fresh = stage.run(parameters={"fresh": True, "effort": "quick"})
    assert starts(stage, fresh) == [stage.at(9).isoformat(), stage.at(16).isoformat()]
