"""Public answers as other software wants them: validators, honest 304s, open to scripts of other sites."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import register_converter
from django.urls.converters import StringConverter
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from .models import Artefact

MAX_AGE = 60
SAFE = ("GET", "HEAD", "OPTIONS")
View = Callable[..., HttpResponse]


class FileName(StringConverter):
    """`schedule.json`: so that a session's code without its slash is not taken for an export."""

    regex = r"[a-z]+\.[a-z]+"


register_converter(FileName, "file")


def conditional(
    request: HttpRequest, make: Callable[[], HttpResponse], *, etag: str, changed_at: datetime
) -> HttpResponse:
    """The response with its validators, or the 304 that the request's conditions ask for, without making it."""
    changed = int(changed_at.timestamp())
    headers = {"ETag": etag, "Last-Modified": http_date(changed), "Cache-Control": f"public, max-age={MAX_AGE}"}
    bare = HttpResponse(headers=headers)
    answer = get_conditional_response(request, etag, changed, bare)
    if answer is None or answer is bare:
        answer = make()
        for name, value in headers.items():
            answer.headers[name] = value
    return opened(answer)


def opened(response: HttpResponse) -> HttpResponse:
    """Let scripts of any site read what anybody may read anyway."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag, Last-Modified"
    return response


def stored_artefact(request: HttpRequest, file: Artefact) -> HttpResponse:
    """An export of a release as it was rendered when that was published; a 304 does not read it."""
    return conditional(
        request,
        lambda: HttpResponse(bytes(file.body), content_type=file.content_type),
        etag=file.etag,
        changed_at=file.release.published_at,
    )


def preflight() -> HttpResponse:
    """The answer to a browser that asks before a conditional request from another site."""
    allow = {"Access-Control-Allow-Methods": "GET, HEAD", "Access-Control-Max-Age": "86400"}
    headers = {**allow, "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since"}
    response = HttpResponse(status=204, headers=headers)
    opened(response)
    return response


def public_read(view: View) -> View:
    """For plain views: GET and HEAD, and OPTIONS for scripts of other sites."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in SAFE:
            return HttpResponseNotAllowed(SAFE)
        return preflight() if request.method == "OPTIONS" else view(request, *args, **kwargs)

    return guarded
