"""Whatever an address asks for: a page, a file or a refusal, and never an error of ours."""

from urllib.parse import urlencode

import pytest
from django.urls import reverse

from expo.kit.lists import LISTS
from tests.contract.addresses import ours
from tests.contract.fixtures import build
from tests.contract.test_queries import asked_by

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NAMES = sorted(
    {
        *("all", "back", "batch", "day", "format", "kind", "message", "minutes", "other", "page", "q", "reason"),
        *("room", "run", "runs", "sector", "sessions", "show", "since", "size", "sort", "sponsor", "starts_at"),
        *("state", "subject", "template", "track", "upload", "verdict", "view", "cap", "bar", "places-", "places-x"),
        *(pick.name for each in LISTS.values() for pick in each.picks),
    }
)
NONSENSE = ("\x00", "9" * 5000, "-sort")


@pytest.mark.parametrize("value", NONSENSE, ids=["nul", "huge", "words"])
def test_nonsense_in_an_address_is_no_error(value: str) -> None:
    world = build(2)
    world.let_all_in()
    query, failed = urlencode(dict.fromkeys(NAMES, value)), []
    for address in ours():
        role = asked_by(address)
        if role is None:
            continue
        browser = world.browsers[role]
        browser.raise_request_exception = False
        url = reverse(address.name, kwargs=world.kwargs_for(address.name, address.keywords))
        if browser.get(f"{url}?{query}").status_code >= 500:
            failed.append(address.name)
    assert failed == []
