"""What several contract tests read: one edition with everything in it, built once per file."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from tests.contract.fixtures import ContractFixture, build


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker) -> Iterator[ContractFixture]:
    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        try:
            world = build(2)
            world.let_all_in()
            yield world
        finally:
            connection.set_rollback(True)
            atomic.__exit__(None, None, None)
