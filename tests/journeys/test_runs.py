"""A chair and the scheduler in a real browser: watch, stop, compare, adopt, and repair after a late flight."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.runs import LEASE, RunState, claim
from expo.program.models import Run, Session
from expo.program.services import execution, runs
from expo.program.states import RunKind
from tests.live_workers import Worker, wait_until
from tests.program.conftest import ProgramFixture, build

from .test_timetable import SCREENS, keep_picture, open_page  # noqa: F401 - open_page is a fixture

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stage(transactional_db: None) -> ProgramFixture:
    made = build()
    for number, title in enumerate(["What scaling laws leave out", "A debugger for agents", "Serving at the edge"]):
        made.accepted(f"p{number}@x.example", title=title, merit=4.0 - number / 10)
    return made


def under_way(stage: ProgramFixture) -> Run:
    """A draft as it looks a while after a worker has begun."""
    run = runs.start(by=stage.chair, edition=stage.edition)
    claim(Run, run.pk)
    steps = [["left-out-0", 0, 0], ["clashes", 90, 0], ["clashes", 60, 20], ["clashes", 40, 30]]
    Run.objects.filter(pk=run.pk).update(
        stage="Goal 2 of 8: keeping apart sessions that the same people want to attend",
        progress=0.3,
        trace=[[1.5 * at, *step] for at, step in enumerate(steps)],
        heartbeat_at=clock.now() + 100 * LEASE,
    )
    return run


@pytest.mark.parametrize("screen", SCREENS)
def test_the_pages_of_runs_are_clean(open_page: Any, stage: ProgramFixture, screen: dict[str, Any]) -> None:  # noqa: F811
    runs.adopt(by=stage.chair, run=stage.run())
    late = Session.objects.select_related("proposal").earliest("starts_at")
    stage.away(late.proposal, 9, 11)
    stage.run(name="Keeps what stands")
    stage.run(parameters={"fresh": True}, name="From nothing")
    mended, running = stage.run(kind=RunKind.REPAIR), under_way(stage)
    home, page = f"/e/{stage.edition.slug}/timetable/", open_page(**screen)
    for name, address in {
        "run-under-way": f"{home}runs/{running.pk}/",
        "run-repair": f"{home}runs/{mended.pk}/",
        "drafts": f"{home}drafts/",
        "troubles": home,
        "cannot-come": f"/e/{stage.edition.slug}/proposals/{late.proposal.code}/cannot-come/",
    }.items():
        answer = page.goto(address)
        assert (answer and answer.status) == 200, name
        keep_picture(page, f"{name}-{screen['viewport']['width']}")
        assert [violation["id"] for violation in Axe().run(page).response["violations"]] == [], name
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name


def test_a_draft_is_watched_stopped_compared_adopted_and_repaired(open_page: Any, stage: ProgramFixture) -> None:  # noqa: F811
    page: Page = open_page(viewport={"width": 1440, "height": 1200})
    running = under_way(stage)
    home = f"/e/{stage.edition.slug}/timetable/"
    page.goto(home)
    page.get_by_role("link", name="See the run under way").click()
    expect(page.get_by_text("from 90 to 40; lower bound 30").first).to_be_visible()
    page.get_by_role("button", name="Stop and keep the best").click()
    expect(page.get_by_text("Stopping: the best found so far is kept.")).to_be_visible()
    Run.objects.filter(pk=running.pk).update(heartbeat_at=clock.now() - 2 * LEASE)  # its worker was killed
    assert execution.execute(running.pk) is True
    expect(page.get_by_text("It was stopped, by the clock or by somebody")).to_be_visible(timeout=10_000)

    page.goto(f"{home}drafts/")
    page.get_by_label("Name").fill("Second")
    page.get_by_role("button", name="Start a draft").click()
    execution.execute(Run.objects.latest("id").pk)
    page.goto(f"{home}drafts/")
    expect(page.get_by_role("region", name="Timetables side by side")).to_contain_text("Second")
    page.get_by_role("button", name="Adopt", exact=True).last.click()
    expect(page.locator("[data-toasts]")).to_contain_text("Adopted: this is now the timetable")

    first = page.locator("td .slot a").first
    title = first.inner_text()
    first.click()
    page.get_by_role("link", name="Say when a presenter cannot come").click()
    page.get_by_label("away from").first.fill("08:00")
    page.get_by_label("until").first.fill("10:30")
    page.get_by_role("button", name="Save availability").click()
    expect(page.get_by_role("heading", name="1 session cannot stay as scheduled")).to_be_visible()
    page.get_by_role("button", name="Prepare a repair").first.click()
    execution.execute(Run.objects.latest("id").pk)
    expect(page.get_by_role("heading", name="What would change")).to_be_visible(timeout=10_000)
    expect(page.get_by_text("moves fewer sessions: proved")).to_be_visible()
    page.get_by_role("button", name="Adopt this timetable").click()
    expect(page.get_by_role("heading", name="cannot stay")).to_have_count(0)
    moved = Session.objects.get(proposal__title=title)
    assert (moved.version, moved.run.kind) == (2, RunKind.REPAIR)
    assert sorted(Session.objects.values_list("version", flat=True)) == [1, 1, 2]


def test_a_worker_killed_while_it_solves_leaves_the_run_to_the_next(worker: Worker, stage: ProgramFixture) -> None:
    for number in range(40):
        stage.accepted(f"q{number % 9}@x.example", title=f"Talk {number}", merit=3.0)
    run = runs.start(by=stage.chair, edition=stage.edition, parameters={"effort": "quick"})
    wait_until(lambda: Run.objects.filter(pk=run.pk, progress__gt=0.05).exists(), "a worker at work")
    worker.kill()
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.RUNNING, 1)
    runs.stop(by=stage.chair, run=run)
    Run.objects.filter(pk=run.pk).update(heartbeat_at=clock.now() - 2 * LEASE)  # as it will be in 20 seconds
    worker.start()
    runs.sweep()
    wait_until(lambda: Run.objects.filter(pk=run.pk, state=RunState.PREVIEW).exists(), "the second worker's answer")
    run.refresh_from_db()
    assert (run.attempts, len(run.result["placed"]) > 5) == (2, True)
    facts = Entry.objects.filter(target_type="program.run", target_id=run.pk).order_by("id")
    assert list(facts.values_list("fact", flat=True)) == [
        "program.run_started",
        "program.run_stopped",
        "program.run_ready",
    ]
