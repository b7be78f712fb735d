"""What probes and scrapers read."""

import hmac

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django_prometheus.exports import ExportToDjangoView

from expo.kit.policy import page

from . import queries

LOOPBACK = {"127.0.0.1", "::1"}


@page("ops.probe", public=True)
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers; restart it when it does not."""
    return HttpResponse("ok\n", content_type="text/plain")


@page("ops.probe", public=True)
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Everything this process needs answers; send no visitors while it does not."""
    parts = {"database": _database_ready(), "broker": queries.broker_problem() is None}
    ready = all(parts.values())
    return JsonResponse({"ready": ready, "parts": parts}, status=200 if ready else 503)


@page("ops.read_metrics", public=True)
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, for whoever knows the token, or for this very machine when there is none."""
    if not _may_scrape(request):
        raise Http404
    return ExportToDjangoView(request)  # type: ignore[no-any-return]


def _database_ready() -> bool:
    try:
        return not queries.waiting_migrations()
    except DatabaseError:
        return False


def _may_scrape(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    # Behind a proxy every visitor seems to come from this machine, so a forwarded request never counts.
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not forwarded
