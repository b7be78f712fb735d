"""SIGKILL in the middle of a run, with a real worker on a real broker."""

from typing import Any

import pytest

from expo.kit.runs import RunState
from expo.program import services
from expo.program.models import Run
from tests.factories import DayFactory, RoomFactory, SponsorFactory, TopicFactory, TrackFactory
from tests.live import Worker, running, wait_until

from .conftest import EXPO_DAY, Stage, build

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def crowd(transactional_db: None) -> Stage:
    """Enough on the same few topics to keep a worker busy for some seconds."""
    stage = build()
    DayFactory(edition=stage.edition, date=EXPO_DAY.replace(day=EXPO_DAY.day + 1))
    for number in range(2):
        room = RoomFactory(edition=stage.edition, capacity=60)
        TrackFactory(edition=stage.edition, formats=[stage.talk], room=room, name=f"More talks {number}")
    sponsors = [SponsorFactory(edition=stage.edition) for _ in range(8)]
    topics = [TopicFactory(edition=stage.edition) for _ in range(4)]
    for number in range(30):
        fields = {"sponsor": sponsors[number % 8], "merit": 3 + number / 20, "expected_audience": 50 + 5 * number}
        made = stage.accepted(f"p{number % 20}@x.example", **fields)
        made.topics.set([topics[number % 4], topics[number % 3]])
    return stage


def test_a_run_survives_the_kill_of_its_worker_with_the_same_result(crowd: Stage, settings: Any, tmp_path: Any) -> None:
    undisturbed = crowd.run()
    services.discard_run(by=crowd.chair, run=undisturbed)
    settings.EXPO_RING_BELLS = True
    worker = Worker(tmp_path, "http://testserver", beat=False)
    with running(worker):
        run = services.start_run(by=crowd.chair, edition=crowd.edition)
        wait_until(lambda: Run.objects.get(pk=run.pk).progress >= 0.3, "the run to be in its middle", 180)
        worker.kill()
        killed = Run.objects.get(pk=run.pk)
        assert (killed.state, killed.result, killed.attempts) == (RunState.RUNNING, None, 1)
        worker.start()
        wait_until(services.sweep, "the lease to run out", 180)
        wait_until(lambda: not Run.objects.get(pk=run.pk).is_under_way, "the second worker to finish", 240)
    finished = Run.objects.get(pk=run.pk)
    assert (finished.state, finished.attempts) == (RunState.PREVIEW, 2)
    assert finished.result == undisturbed.result
