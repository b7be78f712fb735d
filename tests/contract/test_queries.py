"""Pages and endpoints cost a constant number of queries, whatever the data's size."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.contract.addresses import ours
from tests.contract.test_policies import TABLE
from tests.contract.world import World, build

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

#: No page may cost more than this, signed in, whatever it shows.
#: The page where a chair assigns by hand weighs everybody against one proposal and needs most.
MOST = 45


def costs(world: World) -> dict[str, int]:
    """Queries per address, each asked by somebody whom it lets in; POST-only addresses answer 405 and cost little."""
    found = {}
    for address in ours():
        role = next(
            (
                role
                for role in ("cochair", "organiser", "reviewer", "contact", "superuser")
                if role in TABLE[address.name]
            ),
            None,
        )
        if role is None:
            continue
        client = Client()
        client.force_login(world.people[role], backend="django.contrib.auth.backends.ModelBackend")
        url = reverse(address.name, kwargs=world.kwargs_for(address.name, address.keywords))
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        found[address.name] = len(captured)
    return found


def test_twenty_rows_cost_as_many_queries_as_two() -> None:
    two, twenty = costs(build(2)), costs(build(20))
    assert {name: (two[name], twenty[name]) for name in two if two[name] != twenty[name]} == {}
    assert {name: n for name, n in twenty.items() if n > MOST} == {}
