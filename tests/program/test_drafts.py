"""Drafts side by side, runs under way, and what a wall leaves of both."""

import pytest
import time_machine

from expo.kit import clock
from expo.kit.runs import RunState, claim
from expo.program.models import Run, Session
from expo.program.services import execution, runs
from expo.program.states import RunKind
from tests.factories import ConflictFactory
from tests.pages import squeezed

from .test_views import address, desk, stripped, text  # noqa: F401 - desk is a fixture

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_drafts_are_compared_aim_by_aim_with_what_stands(stage, desk):  # noqa: F811
    stage.placed(hour=15, title="Late")
    stage.accepted(title="Waits")
    one, two = stage.run(name="Keeps"), stage.run(parameters={"fresh": True}, name="Fresh")
    shown = text(desk.get(address(stage, "drafts")))
    for words in ("Current timetable", "Keeps", "Fresh", "1 new, 0 moved, 0 unscheduled", "no change", "best"):
        assert words in shown
    stage.add_break(15, 16)
    assert "Some sessions cannot stay as scheduled" in text(desk.get(address(stage, "drafts")))
    assert "breaks a rule now" in text(desk.get(address(stage, "drafts")))
    stage.edition.breaks.all().delete()
    runs.adopt(by=stage.chair, run=one)
    shown = text(desk.get(address(stage, "drafts")))
    assert "The timetable was changed after this run began" in shown
    assert desk.post(address(stage, "adopt", two.pk)).status_code == 409


def test_another_draft_is_started_with_its_own_wishes_and_wrong_ones_are_kept(stage, desk):  # noqa: F811
    stage.accepted()
    given = {"name": "Second", "effort": "quick", "fresh": "on", "seed": "7"}
    desk.post(address(stage, "drafts"), given)
    run = Run.objects.get()
    assert (run.name, run.seed, run.parameters) == ("Second", 7, {"effort": "quick", "fresh": True})
    page = desk.post(address(stage, "drafts"), given)
    assert (page.status_code, "Another run of this edition" in text(page)) == (422, True)
    assert 'value="Second"' in page.content.decode()
    page = desk.post(address(stage, "drafts"), {"seed": "-3", "effort": "x", "name": "y" * 70})
    assert page.status_code == 422


@pytest.mark.slow
def test_a_run_is_named_stopped_and_repaired_by_its_buttons(stage, desk):  # noqa: F811
    stage.placed(hour=9)
    run = Run.objects.get(pk=desk.post(address(stage, "start")).url.rstrip("/").rpartition("/")[2])
    desk.post(address(stage, "name", run.pk), {"name": "First"})
    assert "The search is stopping" in text(desk.post(address(stage, "stop", run.pk), follow=True))
    execution.execute(run.pk)
    page = desk.post(address(stage, "stop", run.pk))
    assert (page.status_code, "nothing to stop" in text(page)) == (409, True)
    assert "First" in text(desk.get(address(stage, "run", run.pk)))
    assert desk.post(address(stage, "name", run.pk), {"name": "x" * 61}).status_code == 422
    started = desk.post(address(stage, "repair"))
    assert Run.objects.latest("id").kind == RunKind.REPAIR
    assert "fewest moves" in text(desk.get(started.url))
    assert desk.post(address(stage, "repair")).status_code == 409


def under_way(stage):
    run = runs.start(by=stage.chair, edition=stage.edition)
    claim(Run, run.pk)
    Run.objects.filter(pk=run.pk).update(
        stage="Goal 2 of 8: scheduling sessions",
        progress=0.3,
        trace=[[0.1, "left-out-0", 0, 0], [0.2, "clashes", 90, 0], [1.5, "clashes", 40, 0], [3.0, "clashes", 40, 30]],
    )
    return run


def test_who_watches_sees_the_aims_with_a_plot_and_how_sure_they_are(stage, desk):  # noqa: F811
    stage.accepted()
    page = desk.get(address(stage, "run", under_way(stage).pk))
    for words in (
        "scheduling sessions",
        "proved best",
        "within 10 points of the best possible",
        "Stop and keep the best",
    ):
        assert words in text(page)
    assert "From 90 to 40; lower bound 30" in squeezed(page)
    assert '<path class="bound"' in page.content.decode()


@pytest.mark.slow
def test_a_walled_chair_watches_without_figures_whatever_is_hidden(stage, desk):  # noqa: F811
    hidden = stage.placed("ada@x.example", hour=10)
    stage.placed(title="Mine", hour=12)
    stage.run(name="First")
    running = under_way(stage)
    failed = runs.start(by=stage.chair, edition=stage.edition, kind=RunKind.REPAIR)
    Run.objects.filter(pk=failed.pk).update(state=RunState.FAILED, error="Secret")
    ConflictFactory(user=stage.chair, sponsor=hidden.proposal.sponsor)
    noon = clock.now()
    pages = [("drafts",), ("run", running.pk), ("run", failed.pk)]

    def seen():
        with time_machine.travel(noon, tick=False):
            return [stripped(desk.get(address(stage, *page))) for page in pages]

    before = seen()
    assert b"clashes" not in b"".join(before)
    assert b"Secret" not in b"".join(before)
    type(hidden.proposal).objects.filter(pk=hidden.proposal_id).update(merit=1.5, expected_audience=900)
    Session.objects.filter(pk=hidden.pk).update(version=7)
    stage.accepted("zoe@x.example", sponsor=hidden.proposal.sponsor)
    Run.objects.filter(pk=running.pk).update(stage="Goal 3 of 9", progress=0.7, trace=[])
    Run.objects.filter(pk=failed.pk).update(error="Other", solver_status="other")
    assert seen() == before
