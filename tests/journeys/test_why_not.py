"""A chair asks in a real browser why a session has no place; a live worker looks, and answers in place."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from expo.kit import clock, runs
from expo.program.models import Question, Run
from expo.program.services import questions, sessions
from tests.live_workers import Worker
from tests.program.conftest import ProgramFixture, build

from .test_timetable import SCREENS, keep_picture, open_page  # noqa: F401 - open_page is a fixture

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
BUTTON = "Find the minimum changes to fit this session"


@pytest.fixture
def stage(transactional_db: None) -> ProgramFixture:
    """One can come from ten to eleven only, when another is on; one has hours in which the hall is closed."""
    made = build()
    made.placed("ada@x.example", title="Serving mixtures of experts at the edge", hour=10)
    made.late = made.accepted("eve@x.example", title="What scaling laws leave out")
    made.away(made.late, 9, 10)
    made.away(made.late, 11, 18)
    made.add_break(12, 13)
    made.stuck = made.accepted("bob@x.example", title="A debugger for agents that use tools")
    made.away(made.stuck, 9, 12)
    made.away(made.stuck, 13, 18)
    return made


def page_of(stage: ProgramFixture, code: str) -> str:
    return f"/e/{stage.edition.slug}/timetable/place/{code}/why-not/"


def test_it_is_asked_with_one_click_watched_and_answered_in_place(
    worker: Worker,
    open_page: Any,  # noqa: F811
    stage: ProgramFixture,
) -> None:
    page: Page = open_page(viewport={"width": 1440, "height": 1000})
    page.goto(f"/e/{stage.edition.slug}/timetable/place/{stage.late.code}/")
    page.get_by_role("button", name="Why is it unscheduled, and what would make it fit?").click()
    expect(page.get_by_role("heading", name="Why it is unscheduled")).to_be_visible()
    expect(page.get_by_role("heading", name="If 1 other session moved")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("The first fix is proved to be the smallest.")).to_be_visible()
    page.get_by_role("button", name="Show this timetable").click()
    expect(page.get_by_role("heading", name="What would change")).to_be_visible(timeout=60_000)
    assert (Question.objects.count(), Run.objects.get().kind) == (1, "what-if")


def test_a_worker_killed_while_it_looks_leaves_the_question_to_the_next(
    open_page: Any,  # noqa: F811
    stage: ProgramFixture,
) -> None:
    page: Page = open_page(viewport={"width": 1440, "height": 1000})
    page.goto(page_of(stage, stage.late.code))
    page.get_by_role("button", name=BUTTON).click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    killed = runs.claim(Question, Question.objects.get().pk)
    runs.report(killed, 0.4, "Looking for other solutions")
    expect(page.get_by_text("Looking for other solutions")).to_be_visible(timeout=10_000)
    Question.objects.update(heartbeat_at=clock.now() - 2 * runs.LEASE)
    assert questions.answer(killed.pk)
    expect(page.get_by_role("heading", name="Possible fixes")).to_be_visible(timeout=10_000)
    assert Question.objects.get().attempts == 2


@pytest.mark.parametrize("screen", SCREENS)
def test_the_page_is_clean_before_while_and_after(
    open_page: Any,  # noqa: F811
    stage: ProgramFixture,
    screen: dict[str, Any],
) -> None:
    page: Page = open_page(**screen)

    def look(name: str) -> None:
        keep_picture(page, f"why-not-{name}-{screen['viewport']['width']}")
        assert [violation["id"] for violation in Axe().run(page).response["violations"]] == [], name
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name

    page.goto(page_of(stage, stage.stuck.code))
    look("before")
    page.get_by_role("button", name=BUTTON).click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    look("while")
    questions.answer(Question.objects.get().pk)
    expect(page.get_by_role("heading", name="Possible fixes")).to_be_visible(timeout=10_000)
    look("after")
    sessions.pin(by=stage.chair, session=stage.edition.sessions.get(), pinned=True, version=1)
    page.reload()
    expect(page.get_by_text("has changed since you asked")).to_be_visible()
    look("outdated")
