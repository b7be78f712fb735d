"""What surrounds every request: remembered answers, refusals as sentences, and requests that no view can take."""

import json
import traceback
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

from .errors import Refused
from .memo import remembering
from .problems import bad_request, post_only

JSON_FILES = str(Path(json.__file__).parent)


class RefusalMiddleware:
    """Give a refusal that no form caught a page of its own, with its status and sentence."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # PostgreSQL keeps no zero bytes, so nothing can be found by one.
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return bad_request(request)
        if _is_too_large(request):
            return bad_request(request, RequestDataTooBig())
        with remembering():
            response = self.get_response(request)
        return post_only(response) if isinstance(response, HttpResponseNotAllowed) else response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            return render(request, "refused.html", {"refusal": exception}, status=exception.status)
        return bad_request(request, exception) if _is_odd_input(exception) else None


def _is_too_large(request: HttpRequest) -> bool:
    """Whether Django would refuse the body while a view reads it; files in a form are counted by another rule."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    is_form_with_files = request.content_type == "multipart/form-data"
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return not is_form_with_files and length.isdecimal() and int(length) > most


def _is_odd_input(exception: Exception) -> bool:
    """Whether a view failed only because of what was sent: zero bytes in a form, or JSON nested without end."""
    if isinstance(exception, DataError):
        return "NUL (0x00)" in str(exception) or "\\u0000" in str(exception)
    if isinstance(exception, RecursionError):
        return any(frame.filename.startswith(JSON_FILES) for frame in traceback.extract_tb(exception.__traceback__))
    return False
