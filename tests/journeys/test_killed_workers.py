"""A worker killed in the middle of a run loses nothing: the next one ends with the same result."""

from types import ModuleType
from typing import Any

import pytest

from expo.editions.states import Phase, RoleKind
from expo.kit.runs import RunState
from expo.program import services as program
from expo.program.models import Run as ProgramRun
from reviews.assignments import services as assignments
from reviews.assignments.models import Run as AssignmentRun
from tests import factories as make
from tests.live import Worker, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.journey]


def given_an_edition_to_work_on(phase: Phase) -> Any:
    """Twelve proposals awaiting reviewers, eight accepted ones awaiting a place, eight reviewers, two rooms."""
    edition = make.EditionFactory(phase=phase)
    cochair = make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user
    talk = make.FormatFactory(edition=edition)
    for _ in range(2):
        room = make.RoomFactory(edition=edition)
        make.TrackFactory(edition=edition, formats=[talk], room=room)
    make.DayFactory(edition=edition)
    topics = [make.TopicFactory(edition=edition) for _ in range(4)]
    for index in range(12):
        make.SubmittedFactory(edition=edition, format=talk).topics.set([topics[index % 4], topics[(index + 1) % 4]])
    for _ in range(8):
        make.PresenterFactory(proposal=make.AcceptedFactory(edition=edition, format=talk))
        reviewer = make.RoleFactory(edition=edition).user
        make.ReviewerProfileFactory(edition=edition, user=reviewer).topics.set(topics[:2])
    return edition, cochair


def kill_in_the_middle(worker: Worker, model: Any, run_id: int) -> None:
    """SIGKILL as soon as a worker has claimed the run; it has then still to load its solver."""
    wait_until(lambda: model.objects.filter(pk=run_id, state=RunState.RUNNING).exists(), "the worker to claim the run")
    worker.kill()
    assert model.objects.get(pk=run_id).state == RunState.RUNNING, "the run ended before the worker was killed"


@pytest.mark.parametrize(
    ("room", "model", "phase"),
    [(assignments, AssignmentRun, Phase.REVIEW), (program, ProgramRun, Phase.SCHEDULE)],
    ids=["assignments", "program"],
)
def test_a_run_survives_the_death_of_its_worker(worker: Worker, room: ModuleType, model: Any, phase: Phase) -> None:
    edition, cochair = given_an_edition_to_work_on(phase)
    run = room.start_run(by=cochair, edition=edition, seed=7)
    kill_in_the_middle(worker, model, run.pk)
    worker.start()
    wait_until(lambda: not model.objects.get(pk=run.pk).is_under_way, "another worker to finish the run")
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.PREVIEW, 2)
    room.discard_run(by=cochair, run=run)
    undisturbed = room.start_run(by=cochair, edition=edition, seed=7)
    wait_until(lambda: not model.objects.get(pk=undisturbed.pk).is_under_way, "the undisturbed run to finish")
    undisturbed.refresh_from_db()
    assert (undisturbed.state, undisturbed.attempts) == (RunState.PREVIEW, 1)
    assert run.result == undisturbed.result
