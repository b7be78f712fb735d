"""API errors as problem+json (RFC 9457): one shape for every refusal."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import page_not_found
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from .errors import Refused

NOTHING = "There is nothing here, or nothing you may see."


def handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: the house's refusals and DRF's own errors in the same words."""
    if isinstance(exception, Refused):
        return _problem(exception.status, exception.code, exception.message)
    response = exception_handler(exception, context)
    if response is None:
        return None
    code, detail = _words(exception)
    problem = _problem(response.status_code, code, detail)
    for name in ("WWW-Authenticate", "Retry-After"):
        if name in response.headers:
            problem[name] = response.headers[name]
    if isinstance(exception, ValidationError):
        problem.data["errors"] = response.data
    return problem


def refused(refusal: Refused, *, status: int | None = None) -> JsonResponse:
    """A refusal to the script of a page."""
    problem = _problem(status or refusal.status, refusal.code, refusal.message)
    return JsonResponse(problem.data, status=problem.status_code, content_type="application/problem+json")


def nothing_here(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What an address without a view answers: a page to people, a problem to programs."""
    if not request.path.startswith("/api/"):
        return page_not_found(request, exception)
    problem = _problem(404, "not-found", NOTHING)
    return JsonResponse(problem.data, status=404, content_type="application/problem+json")


def _words(exception: Exception) -> tuple[str, str]:
    if isinstance(exception, ValidationError):
        return "invalid", "Some fields are not right; see errors."
    if isinstance(exception, APIException):
        return str(exception.default_code).replace("_", "-"), str(exception.detail)
    return "not-found", NOTHING


def _problem(status: int, code: str, detail: str) -> Response:
    data = {"type": f"about:blank#{code}", "title": code.replace("-", " "), "status": status, "detail": detail}
    return Response({**data, "code": code}, status=status, content_type="application/problem+json")
