"""Pages and endpoints cost a constant number of queries, whatever the data's size."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reviews.scoring.services.rankings import keep_up
from tests.contract.addresses import Address, ours
from tests.contract.fixtures import ContractFixture, build
from tests.contract.test_policies import TABLE

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

#: No page may cost more than this, signed in, whatever it shows.
#: The page where a chair assigns by hand weighs everybody against one proposal; the one where a chair decides reads the
#: ranking, the reviews and what was sent before. They need most.
MOST = 48


ASKED_FIRST = ("cochair", "organiser", "reviewer", "contact", "superuser")


def costs(world: ContractFixture) -> dict[str, int]:
    """Queries per address, each asked by somebody whom it lets in; POST-only addresses answer 405 and cost little."""
    world.let_all_in()
    keep_up(world.edition)  # as a task does: pages read the ranking that is stored
    for browser in world.browsers.values():
        browser.get("/")  # the first page of a session also notes where somebody signed in
    return {address.name: cost(world, address) for address in ours() if asked_by(address)}


def asked_by(address: Address) -> str | None:
    return next((role for role in ASKED_FIRST if role in TABLE[address.name]), None)


def cost(world: ContractFixture, address: Address) -> int:
    url = reverse(address.name, kwargs=world.kwargs_for(address.name, address.keywords))
    with CaptureQueriesContext(connection) as captured:
        world.browsers[asked_by(address) or ""].get(url)
    return len(captured)


def test_twenty_rows_cost_as_many_queries_as_two() -> None:
    small = build(2)
    costs(small)  # fills what a process asks only once, such as content types
    two, twenty = costs(small), costs(build(20))
    assert {name: (two[name], twenty[name]) for name in two if two[name] != twenty[name]} == {}
    assert {name: n for name, n in twenty.items() if n > MOST} == {}
