"""What a request brings to a form, and how a refusal gets back to a page without one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse

from .errors import Refused
from .lists import WHOLE

View = Callable[..., HttpResponse]


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


def back_to_list(list_name: str) -> Callable[[View], View]:
    """For a POST-only address whose refused form shows a list: what the list's links ask for is asked of the list."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, edition: Any) -> HttpResponse:
            if request.method == "POST":
                return view(request, edition)
            if request.method in ("GET", "HEAD"):
                return redirect(f"{reverse(list_name, args=[edition.slug])}?{request.GET.urlencode() or WHOLE}")
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])

        return answered

    return decorate


UNDO = "undo:"


@dataclass(frozen=True)
class Undo:
    """The button that takes a verb back, or confirms one: where it posts, and what."""

    url: str
    fields: tuple[tuple[str, str], ...]
    label: str = "Undo"


def done(request: HttpRequest, text: str, /, *, undo: str = "", **fields: Sequence[str]) -> None:
    """Say on the next page that something was done; with Undo, a button that posts these fields to that address."""
    messages.success(request, text, extra_tags=f"{UNDO}{undo}?{urlencode(fields, doseq=True)}" if undo else "")


def ask(request: HttpRequest, text: str, /, *, label: str, to: str, fields: Mapping[str, Sequence[str]]) -> None:
    """Ask on the next page before something unusual is done: a button with this label posts the fields there."""
    messages.warning(request, text, extra_tags=f"{UNDO}{to}?{urlencode(fields, doseq=True)}#{label}")


def undo_of(extra_tags: str) -> Undo | None:
    """The Undo that a message carries in its tags."""
    if not extra_tags.startswith(UNDO):
        return None
    parts = urlsplit(extra_tags.removeprefix(UNDO))
    return Undo(parts.path, tuple(parse_qsl(parts.query, keep_blank_values=True)), parts.fragment or "Undo")
