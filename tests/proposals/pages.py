"""A browser for tests, the words it types, and what it reads."""

import re
from typing import Any

from django.test import Client

from expo.accounts.models import User

from .conftest import CallFixture

WORDS = {
    "title": "A title of ours",
    "abstract": "What we did & <why>",
    "takeaways": "Take this",
    "expected_audience": "80",
    "needs": "Two plugs",
    "public_title": "Public title of ours",
    "public_text": "Public *text*",
    "presenter-TOTAL_FORMS": "1",
    "presenter-INITIAL_FORMS": "0",
    "presenter-0-name": "Ada",
    "presenter-0-email": "ada@example.org",
    "presenter-0-affiliation": "Acme",
}
KEY = "7b0f6a40-90a5-4b0e-bb0a-0d8f6c2b5a11"


def browser(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


def words(call: CallFixture, **changes: Any) -> dict[str, Any]:
    return {**WORDS, "format": str(call.talk.pk), "track": "", "form_key": KEY, **changes}


def kept(page: str, *typed: str) -> list[str]:
    """Which of these words are not on the page any more."""
    return [each for each in typed if each not in page]


def body(answer: Any) -> str:
    return answer.content.decode()


def plain(answer: Any) -> str:
    """The page without what differs each time it is asked for."""
    return re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]+"', "", body(answer))
