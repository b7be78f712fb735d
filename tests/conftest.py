"""What every test may use. The environment is prepared earlier, in tests/environment.py."""

from collections.abc import Iterator
from itertools import chain, groupby
from typing import Any

import pytest
from django.test import TransactionTestCase
from hypothesis import settings

from tests import database

# A busy machine is no reason for a property to fail.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests first, for two workers: each begins with one half of the list, and the idle take from the end.

    A file's slow tests stay together, so that what they share is made once.
    """
    slow = [item for item in items if item.get_closest_marker("slow")]
    fast = [item for item in items if not item.get_closest_marker("slow")]
    files = [list(group) for _, group in groupby(slow, key=lambda item: item.path)]
    first, second = (list(chain(*files[at::2])) for at in (0, 1))
    room = max(0, len(items) // 2 - len(first))
    items[:] = [*first, *fast[:room], *second, *fast[room:]]


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
