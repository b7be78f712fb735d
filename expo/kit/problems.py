"""API errors as problem+json (RFC 9457): one shape for every refusal."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.defaults import page_not_found, server_error
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from .errors import Refused

NOTHING = "There is nothing here, or nothing you may see."
ODD = "Something in the address or in what was sent is not as expected. Go back, reload the page and try again."
TOO_LARGE = "This is more than can be sent at once. Send less, or in several parts."
BUTTON = "It works only when its button is pressed and is not a page of its own. Go back to the page with the button."
BROKE = "Something went wrong on our side. It has been recorded; try again in a minute."


def handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: refusals and DRF's own errors in one shape."""
    if isinstance(exception, Refused):
        return _problem(exception.status, exception.code, exception.message)
    response = exception_handler(exception, context)
    if response is None:
        return None
    code, detail = _code_and_detail(exception)
    problem = _problem(response.status_code, code, detail)
    for name in ("WWW-Authenticate", "Retry-After"):
        if name in response.headers:
            problem[name] = response.headers[name]
    if isinstance(exception, ValidationError):
        problem.data["errors"] = response.data
    return problem


def refused(refusal: Refused, *, status: int | None = None) -> JsonResponse:
    """A refusal to the script of a page."""
    return _to_program(status or refusal.status, refusal.code, refusal.message)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What an address without a view answers: a page to people, a problem to programs."""
    if not _is_program(request):
        return page_not_found(request, exception)
    return _to_program(404, "not-found", NOTHING)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What a request answers that no view can take: a page to people, a problem to programs."""
    status, code, title, detail = 400, "bad-request", "This request could not be understood", ODD
    if isinstance(exception, RequestDataTooBig):
        status, code, title, detail = 413, "too-large", "This request is too large", TOO_LARGE
    if _is_program(request):
        return _to_program(status, code, detail)
    context = {"status": status, "title": title, "detail": detail}
    return HttpResponse(render_to_string("400.html", context), status=status)


def post_only(response: HttpResponse) -> HttpResponse:
    """The same answer with a page: Django sends an empty one to a GET of an address that only takes a POST."""
    context = {"status": 405, "title": "This address belongs to a button", "detail": BUTTON}
    response.content = render_to_string("400.html", context)
    return response


def server_error_page(request: HttpRequest) -> HttpResponse:
    """What a defect of ours answers: a page to people, a problem to programs."""
    return _to_program(500, "broken", BROKE) if _is_program(request) else server_error(request)


def _is_program(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _to_program(status: int, code: str, detail: str) -> JsonResponse:
    return JsonResponse(_problem(status, code, detail).data, status=status, content_type="application/problem+json")


def _code_and_detail(exception: Exception) -> tuple[str, str]:
    if isinstance(exception, ValidationError):
        return "invalid", "Some fields are not right; see errors."
    if isinstance(exception, APIException):
        return str(exception.default_code).replace("_", "-"), str(exception.detail)
    return "not-found", NOTHING


def _problem(status: int, code: str, detail: str) -> Response:
    data = {"type": f"about:blank#{code}", "title": code.replace("-", " "), "status": status, "detail": detail}
    return Response({**data, "code": code}, status=status, content_type="application/problem+json")
