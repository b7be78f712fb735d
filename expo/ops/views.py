"""What probes and scrapers read, and what the site staff does."""

import hmac

from django.conf import settings
from django.contrib import messages
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django_prometheus.exports import ExportToDjangoView

from expo.kit.errors import refusals_to
from expo.kit.policy import page
from expo.kit.posted import posted

from . import forms, queries, services

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
    try:
        is_migrated = not queries.waiting_migrations()
    except DatabaseError:
        is_migrated = False
    parts = {"database": is_migrated, "broker": queries.broker_problem() is None}
    ready = all(parts.values())
    return JsonResponse({"ready": ready, "parts": parts}, status=200 if ready else 503)


@page("ops.read_metrics", public=True)
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, for whoever knows the token, or for this very machine when there is none."""
    if not _may_scrape(request):
        raise Http404
    return ExportToDjangoView(request)  # type: ignore[no-any-return]


@page("ops.reset_second_factor")
def reset_second_factor(request: HttpRequest) -> HttpResponse:
    """Let somebody in again who lost their second factor."""
    form = forms.SecondFactorForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            person = services.reset_second_factor(by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
            messages.success(request, f"{person} can now sign in with the password alone and gets an e-mail about it.")
            return redirect("ops:reset-second-factor")
    return render(request, "expo/ops/second_factor.html", {"form": form})


def _may_scrape(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        sent = request.headers.get("Authorization", "")
        return hmac.compare_digest(sent.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    # Behind a proxy every visitor seems to come from this machine, so a forwarded request never counts.
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not forwarded
