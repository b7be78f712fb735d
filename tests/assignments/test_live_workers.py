"""The queue with two real workers on a real broker: whatever is doubled, lost or killed, one consistent result."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from celery import current_app

from expo.kit.runs import RunState
from expo.notify.models import Message
from reviews.assignments.models import Assignment, Run
from reviews.assignments.services import assignments, runs
from reviews.assignments.states import LIVE, AssignmentState
from tests.concurrency import race
from tests.live_workers import Worker, running, wait_until

from .conftest import AssignmentFixture, pairs_of

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def workers(transactional_db: None, settings, tmp_path: Path) -> Iterator[list[Worker]]:
    """Two workers, each with its own beat: even the clock rings twice."""
    settings.EXPO_DISPATCH_TASKS = True
    with ExitStack() as stack:
        yield [stack.enter_context(running(Worker(tmp_path / name, "http://expo.example"))) for name in ("a", "b")]


@pytest.fixture
def busy(world: AssignmentFixture) -> AssignmentFixture:
    """Twelve proposals and eight reviewers, so that a run takes its time."""
    world.everybody = [world.reviewer(world.vision if at % 2 else world.speech, max_load=5) for at in range(8)]
    world.all = [world.proposal(world.vision if at % 3 else world.speech) for at in range(12)]
    return world


def ready(run: Run) -> bool:
    run.refresh_from_db()
    return run.state == RunState.PREVIEW


def ring(run: Run, times: int) -> None:
    for _ in range(times):
        current_app.send_task("assignments.execute_run", args=[run.pk])


def test_doubled_and_lost_messages_and_two_publishing_chairs_give_one_result(
    busy: AssignmentFixture, workers, settings
) -> None:
    run = runs.start(by=busy.chair, edition=busy.edition, seed=7)
    ring(run, 8)
    wait_until(lambda: ready(run), "the preview")
    ring(run, 8)
    run.refresh_from_db()
    found = pairs_of(run)
    assert run.attempts == 1
    answers = race(*[lambda: runs.publish(by=busy.chair, run=Run.objects.get(pk=run.pk))] * 3)
    assert sorted(type(answer).__name__ for answer in answers) == ["PublishedRun", "WrongState", "WrongState"]
    offered = Assignment.objects.filter(edition=busy.edition, state__in=LIVE)
    assert sorted(offered.values_list("proposal_id", "reviewer_id")) == found
    assert Message.objects.filter(kind="assignments/offered").count() == len({reviewer for _, reviewer in found})

    settings.EXPO_DISPATCH_TASKS = False  # from here on every message is lost, and only the sweeps remain
    second = runs.start(by=busy.chair, edition=busy.edition, seed=8)
    wait_until(lambda: ready(second), "the sweep to find the run")
    assert pairs_of(second) == []


def test_a_decline_leads_to_one_repair_however_often_the_bell_rings_and_whoever_dies(
    busy: AssignmentFixture, workers
) -> None:
    run = runs.start(by=busy.chair, edition=busy.edition, seed=7)
    wait_until(lambda: ready(run), "the preview")
    runs.publish(by=busy.chair, run=run)
    before = set(Assignment.objects.filter(state__in=LIVE).values_list("pk", flat=True))
    declined = Assignment.objects.filter(state=AssignmentState.OFFERED).select_related("reviewer", "proposal").first()
    assignments.decline(by=declined.reviewer, assignment=declined, reason="On leave.")
    for _ in range(8):
        current_app.send_task("assignments.tick")
    workers[0].kill()
    wait_until(lambda: Run.objects.filter(state=RunState.PREVIEW).exists(), "the repair")
    repair = Run.objects.get(state=RunState.PREVIEW)
    assert [(pair["proposal"], pair["reviewer"] != declined.reviewer_id) for pair in repair.result["pairs"]] == [
        (declined.proposal_id, True)
    ]
    runs.publish(by=busy.chair, run=repair)
    after = set(Assignment.objects.filter(state__in=LIVE).values_list("pk", flat=True))
    assert (before - after, len(after - before)) == ({declined.pk}, 1)
    assert Run.objects.count() == 2
