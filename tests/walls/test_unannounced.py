"""An edition in setup answers like one that does not exist, to everybody without a part in it."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from expo.accounts.services import create_token
from expo.accounts.states import TokenScope
from expo.editions.states import Phase
from tests import factories as make
from tests.contract.addresses import Address, ours

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

OF_AN_EDITION = [each for each in ours() if "edition" in each.keywords]
# What pages make anew each time.
NONCE = re.compile(rb'nonce="[^"]+"|name="csrfmiddlewaretoken" value="[^"]+"')
SAMPLES: dict[str, Any] = {"artefact": "schedule.json", "proposal": "AAAAAA"}


def answer(caller: Client, method: str, address: Address, edition: str) -> tuple[int, str, bytes]:
    """Status, place one is sent to, and body; the edition's name in them made the same for all."""
    kwargs = {key: SAMPLES.get(key, 999_999_999) for key in address.keywords} | {"edition": edition}
    seen = caller.generic(method, reverse(address.name, kwargs=kwargs), "{}", content_type="application/json")
    body = NONCE.sub(b"", seen.content.replace(edition.encode(), b"*"))
    return seen.status_code, seen.headers.get("Location", "").replace(edition, "*"), body


def test_nobody_without_a_part_can_tell_an_edition_in_setup_from_none() -> None:
    make.EditionFactory(slug="secret-plans", phase=Phase.SETUP)
    stranger = make.UserFactory()
    browser, script = Client(), Client()
    browser.force_login(stranger, backend="django.contrib.auth.backends.ModelBackend")
    _, token = create_token(by=stranger, label="script", scope=TokenScope.WRITE)
    script.defaults["HTTP_AUTHORIZATION"] = f"Token {token}"
    betrayed = [
        (address.name, method, who)
        for address in OF_AN_EDITION
        for method in (("GET", "POST", "OPTIONS") if address.name.startswith("api:") else ("GET",))
        for who, caller in {"anonymous": Client(), "stranger": browser, "script": script}.items()
        if (who != "script" or address.name.startswith("api:"))
        and answer(caller, method, address, "secret-plans") != answer(caller, method, address, "nope-nope-no")
    ]
    assert betrayed == []
