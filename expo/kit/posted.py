"""What a request brings to a form, and how a refusal gets back to a page without one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.http import HttpRequest

from .errors import Refused


def posted(request: HttpRequest) -> Any:
    """The typed values of a POST, even when there are none; None when the page is only looked at."""
    return request.POST if request.method == "POST" else None


def files(request: HttpRequest) -> Any:
    """The files of a POST; None when the page is only looked at."""
    return request.FILES if request.method == "POST" else None


@contextmanager
def refusals_as_messages(request: HttpRequest) -> Iterator[None]:
    """Show a refusal inside the block on the next page, for a button that has no form to take it."""
    try:
        yield
    except Refused as refusal:
        messages.error(request, refusal.message)
