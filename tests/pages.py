"""Reading pages, however their templates are wrapped."""

import re

from django.contrib.messages import get_messages
from django.http import HttpResponseBase
from django.test import Client

from expo.kit.posted import undo_of


def squeezed(page: HttpResponseBase | str) -> str:
    """The page's HTML with single spaces, and none beside a tag."""
    html = page if isinstance(page, str) else page.content.decode()
    return re.sub(r"\s*(<[^>]*?)\s*(>)\s*", r"\1\2", re.sub(r"\s+", " ", html))


def press_undo(client: Client, address: str) -> None:
    """Press the button of the only toast on that page."""
    (message,) = get_messages(client.get(address).wsgi_request)
    undo = undo_of(message.extra_tags or "")
    assert undo is not None
    names = {name for name, _ in undo.fields}
    client.post(undo.url, {name: [value for each, value in undo.fields if each == name] for name in names})
