"""Pages: whether the accepted fit, as the scheduler answers it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from expo.accounts.requests import SignedIn
from expo.editions.models import Edition
from expo.editions.queries import load as edition_by_slug
from expo.kit.errors import Refused
from expo.kit.policy import page
from expo.kit.runs import RunState

from ..models import Fit
from ..queries.fits import answer_of, fit_by_id, fit_page
from ..queries.scenarios import scenarios_of
from ..services import fits


@page("decisions.desk", load=edition_by_slug)
def does_it_fit(request: SignedIn, edition: Edition) -> HttpResponse:
    """Whether the accepted fit, as far as it is known now; the desk fetches its short form."""
    part = "_fits.html" if getattr(request, "htmx", False) else "fits.html"
    context = {
        "known": fit_page(edition, request.user),
        "scenarios": scenarios_of(edition, request.user),
    }
    return render(request, f"reviews/decisions/{part}", context)


@page("decisions.desk", load=edition_by_slug)
@require_POST
def ask_fit(request: SignedIn, edition: Edition) -> HttpResponse:
    """`kind`: check or joint; for a joint one a what-if of the chair's own may be named."""
    kind, named = request.POST.get("kind", ""), request.POST.get("scenario", "")
    mine = {str(each.pk): each.asked for each in scenarios_of(edition, request.user)}
    asked = mine.get(named, {})
    try:
        fit = fits.start_fit(by=request.user, edition=edition, kind=kind, asked=asked)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("decisions:fits", edition.slug)
    return redirect("decisions:fit", edition.slug, fit.pk)


@page("decisions.desk", load=fit_by_id)
def fit_answer(request: SignedIn, fit: Fit) -> HttpResponse:
    address = reverse("decisions:fit", args=[fit.edition.slug, fit.pk])
    context: dict[str, Any] = {"fit": fit, "poll_url": address if fit.is_under_way else ""}
    if getattr(request, "htmx", False):
        response = render(request, "reviews/decisions/_asking.html", context)
        if not fit.is_under_way:
            response["HX-Refresh"] = "true"
        return response
    context["answer"] = answer_of(fit, request.user) if fit.state == RunState.PREVIEW else None
    return render(request, "reviews/decisions/fit.html", context)
