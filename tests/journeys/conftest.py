"""A real browser on a live site with a live worker."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from expo.ops import browser as chromium
from tests.live_workers import Worker, running

# Playwright's loop runs in this thread, which Django would mistake for an asynchronous caller.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A journey needs a browser and takes seconds, so it counts as slow."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("slow")
            item.add_marker("journey")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = chromium.find()
    assert program is not None, chromium.HOW
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=str(program), args=chromium.ARGUMENTS)


@pytest.fixture
def new_page(browser: Browser, live_server: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Opens a fresh browser profile, so that each person keeps a session of their own; JOURNEY_TRACE records it."""
    contexts, folder = [], os.environ.get("JOURNEY_TRACE")

    def open_page(**options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, **{"reduced_motion": "reduce", **options})
        context.set_default_timeout(15_000)
        if folder:
            context.tracing.start(screenshots=True, snapshots=True)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for number, context in enumerate(contexts):
        if folder:
            context.tracing.stop(path=Path(folder) / f"{request.node.name}-{number}.zip")
        context.close()


@pytest.fixture
def worker(transactional_db: None, live_server: Any, settings: Any, tmp_path: Path) -> Iterator[Worker]:
    """A worker with beat on this test's database; the site rings it and links lead back to the site."""
    settings.EXPO_DISPATCH_TASKS = True
    settings.SITE_URL = live_server.url
    with running(Worker(tmp_path, live_server.url)) as process:
        yield process
