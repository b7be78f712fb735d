"""Whatever is sent to an address: a page or a refusal, and never an error of ours."""

from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from tests.contract.addresses import Address, ours
from tests.contract.fixtures import ContractFixture, build
from tests.contract.test_queries import asked_by

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

#: Read by views themselves, or names of rows.
MORE = (
    *("sponsor", "dirty", "page", "keep-title", "then", "answer", "reason", "to", "role", "version", "order", "ids"),
    *("presenter-TOTAL_FORMS", "presenter-0-name", "presenter-0-email", "presenter-0-picture", "presenter-0-link"),
    *("outline-TOTAL_FORMS", "outline-0-minutes", "outline-0-title", "outline-0-presenters"),
    *("links-TOTAL_FORMS", "links-0-url", "links-0-label", "places-1", "field-1"),
)
NONSENSE = {"nothing": None, "nul": "\x00"}


def names() -> list[str]:
    """What any form of ours reads."""
    found, todo = set(MORE), [forms.Form]
    while todo:
        todo += (form := todo.pop()).__subclasses__()
        found |= set(getattr(form, "base_fields", ()))
    return sorted(found)


def bodies(value: str | None) -> Iterator[dict[str, Any]]:
    sent = QueryDict(mutable=True)
    for name in names() if value is not None else ():
        sent.setlist(name, [value or ""])
    yield {"data": sent.urlencode(), "content_type": "application/x-www-form-urlencoded"}
    if value is None:
        yield {"data": b"--x\r\nbroken", "content_type": "multipart/form-data; boundary=x"}
        yield {"data": b'{"a":', "content_type": "application/json"}
        yield {"data": b'[{"title": {"a": []}, "presenters": 3}]', "content_type": "application/json"}


def status_of(world: ContractFixture, browser: Client, address: Address, body: dict[str, Any]) -> int:
    """What came back; whatever it changed is taken back."""
    url = reverse(address.name, kwargs=world.kwargs_for(address.name, address.keywords))
    with transaction.atomic():
        answer = browser.post(url, **body)
        transaction.set_rollback(True)
    return answer.status_code


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_in_a_body_is_no_error(kind: str) -> None:
    world = build(2)
    world.let_all_in()
    failed = []
    for address in ours():
        role = asked_by(address)
        if role is None:
            continue
        browser = world.browsers[role]
        browser.raise_request_exception = False
        codes = [status_of(world, browser, address, body) for body in bodies(NONSENSE[kind])]
        if max(codes) >= 500:
            failed.append((address.name, codes))
    assert failed == []
