"""Does it fit? The scheduler's answers before verdicts leave."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from expo.editions.models import Edition
from expo.kit.errors import Refused
from expo.kit.policy import page
from expo.kit.runs import RunState

from .. import queries, services
from ..filters import what_if
from ..models import Fit


@page("decisions.desk", load=queries.edition_by_slug)
def fits(request: HttpRequest, edition: Edition) -> HttpResponse:
    """The question as it stands; the desk fetches its short form."""
    part = "_fits.html" if getattr(request, "htmx", False) else "fits.html"
    context = {
        "found": queries.fit_page(edition, request.user),
        "query": request.GET.urlencode(),
        "what_if": what_if(request.GET),
    }
    return render(request, f"reviews/decisions/{part}", context)


@page("decisions.desk", load=queries.edition_by_slug)
@require_POST
def ask(request: HttpRequest, edition: Edition) -> HttpResponse:
    """`kind`: check or joint; a what-if of the desk may come along."""
    kind = request.POST.get("kind", "")
    try:
        fit = services.start_fit(by=request.user, edition=edition, kind=kind, what_if=what_if(request.POST))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("decisions:fits", edition.slug)
    return redirect("decisions:fit", edition.slug, fit.pk)


@page("decisions.desk", load=queries.fit_by_id)
def fit(request: HttpRequest, fit: Fit) -> HttpResponse:
    if getattr(request, "htmx", False):
        response = render(request, "reviews/decisions/_asking.html", _asking(fit))
        if not fit.is_under_way:
            response["HX-Refresh"] = "true"
        return response
    answer = queries.answer_of(fit, request.user) if fit.state == RunState.PREVIEW else None
    return render(request, "reviews/decisions/fit.html", {**_asking(fit), "answer": answer})


def _asking(fit: Fit) -> dict[str, Any]:
    address = reverse("decisions:fit", args=[fit.edition.slug, fit.pk])
    return {"fit": fit, "poll_url": address if fit.is_under_way else ""}
