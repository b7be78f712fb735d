"""Runs side by side, and starting another one."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from expo.editions.models import Edition
from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page

from ..forms import DraftForm
from ..models import Run
from ..queries.runs import run_list
from ..queries.sessions import writable
from ..services import runs
from ..states import RunKind
from .base import REFUSED, SignedIn, edition_of, posted


@page("program.run", load=edition_of)
@require_http_methods(["GET", "HEAD", "POST"])
def drafts(request: SignedIn, edition: Edition) -> HttpResponse:
    form = DraftForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            run = _started(request, edition, form.cleaned_data)
            return redirect("program:run", edition.slug, run.pk)
    return _page(request, edition, form)


def _started(request: SignedIn, edition: Edition, given: dict[str, Any]) -> Run:
    parameters = {"effort": given["effort"] or "usual", "fresh": given["fresh"]}
    return runs.start(by=request.user, edition=edition, seed=given["seed"], parameters=parameters, name=given["name"])


def _page(
    request: SignedIn, edition: Edition, form: DraftForm, refusal: Refused | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "drafts": run_list(edition, request.user),
        "editable": writable(edition),
        "refusal": refusal,
    }
    return render(request, "expo/program/drafts.html", context, status=REFUSED if form.errors else status)


@page("program.run", load=edition_of)
@require_POST
def repair(request: SignedIn, edition: Edition) -> HttpResponse:
    """Ask for the timetable that moves fewest sessions under the rules as they are now."""
    try:
        run = runs.start(by=request.user, edition=edition, kind=RunKind.REPAIR)
    except Refused as refusal:
        return _page(request, edition, DraftForm(), refusal, refusal.status)
    return redirect("program:run", edition.slug, run.pk)
