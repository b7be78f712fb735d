"""What every test may use. The environment is prepared earlier, in tests/environment.py."""

import os
from collections.abc import Iterator
from itertools import chain, groupby
from typing import Any

import pytest
from django.test import TransactionTestCase
from hypothesis import settings

from tests import database

# A busy machine is no reason for a property to fail.
settings.register_profile("expo", deadline=None)
settings.load_profile("expo")

#: Files that take a minute or more; one of them at the end would keep the others waiting.
LONGEST = (
    "test_clean_pages",
    "test_whole_path",
    "test_non_interference",
    "test_policies",
    "test_demo",
    "test_up",
    "test_navigation",
)


def _kept_together(item: pytest.Item) -> str:
    return item.nodeid if item.path.stem == LONGEST[0] else str(item.path)


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are processors, because journeys and live workers often wait."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests first, in as many parts as there are workers: each begins with its own, the idle take from the end.

    A file's slow tests stay together, so that what they share is made once; the longest files come first, and the
    longest of all, whose tests share nothing, in pieces.
    """
    parts = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    slow = [item for item in items if item.get_closest_marker("slow")]
    fast = [item for item in items if not item.get_closest_marker("slow")]
    files = [list(group) for _, group in groupby(slow, key=_kept_together)]
    files.sort(key=lambda group: LONGEST.index(group[0].path.stem) if group[0].path.stem in LONGEST else len(LONGEST))
    shares = [list(chain(*files[at::parts])) for at in range(parts)]
    size = -(-len(items) // parts)
    for share in shares:
        room = max(0, size - len(share))
        share += fast[:room]
        del fast[:room]
    items[:] = [*chain(*shares), *fast]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any) -> None:
    """Each worker's database is a copy of one template, instead of running every migration again."""
    with django_db_blocker.unblock():
        database.use_template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """As ever, but emptied quickly between tests and free to be dropped in the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", database.empty)
        yield
    with django_db_blocker.unblock():
        database.leave_nobody_inside()
