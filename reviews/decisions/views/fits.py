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
from expo.kit.posted import ask, done
from expo.kit.runs import RunState
from expo.kit.text import counted

from ..models import Fit
from ..queries.asks import NeedsConfirmation
from ..queries.fits import answer_of, fit_by_id, fit_page
from ..queries.scenarios import scenarios_of
from ..queries.suggestion import suggestion_of
from ..services import fits, suggestion
from ..states import DECIDING, FitKind, Verdict


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
    if fit.state == RunState.PREVIEW and fit.kind == FitKind.JOINT:
        context |= {
            "suggested": suggestion_of(fit, request.user),
            "is_deciding": fit.edition.phase in DECIDING,
            "scenarios": scenarios_of(fit.edition, request.user),
        }
        return render(request, "reviews/decisions/suggestion.html", context)
    context["answer"] = answer_of(fit, request.user) if fit.state == RunState.PREVIEW else None
    return render(request, "reviews/decisions/fit.html", context)


@page("decisions.desk", load=fit_by_id)
@require_POST
def decide_as_suggested(request: SignedIn, fit: Fit) -> HttpResponse:
    """Verdicts as suggested, for all (`all`) or for those chosen; what is unusual is asked once."""
    fields = {name: request.POST.getlist(name) for name in ("code", "all", "out_as", "confirmed")}
    try:
        changed = suggestion.decide_as_suggested(
            by=request.user,
            fit=fit,
            codes=None if fields["all"] else fields["code"],
            out_as=(fields["out_as"] or [str(Verdict.REJECT)])[-1],
            confirmed=fields["confirmed"],
        )
    except NeedsConfirmation as needed:
        fields["confirmed"] += needed.tokens
        words = f"Nothing has changed yet. {needed.message}"
        ask(request, words, label="Decide all the same", to=request.path, fields=fields)
    except Refused as refusal:
        messages.error(request, f"Nothing has changed. {refusal.message}")
    else:
        undo = reverse("decisions:undo", args=[fit.edition.slug])
        codes = [f"{each.proposal.code}:{each.version}" for each in changed]
        words = f"{counted(len(changed), 'proposal')} decided as suggested. Read the feedback before you release it."
        done(request, words, undo=undo, code=codes)
        return redirect("decisions:desk", fit.edition.slug)
    return redirect("decisions:fit", fit.edition.slug, fit.pk)
