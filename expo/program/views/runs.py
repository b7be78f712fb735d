"""Runs of the scheduler: started, watched, compared, adopted or discarded."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from expo.accounts.requests import SignedIn
from expo.editions.models import Edition
from expo.editions.queries import load as edition_of
from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page
from expo.kit.posted import posted
from expo.kit.runs import RunState

from ..forms import DraftForm, NameForm, wished_places
from ..models import Run
from ..queries.runs import preview, progress, run_list
from ..queries.sessions import run_by_id, writable
from ..services import runs
from ..states import RunKind
from .base import REFUSED, either_way
from .timetable import timetable_page


@page("program.run", load=edition_of)
@require_POST
def start(request: SignedIn, edition: Edition) -> HttpResponse:
    try:
        run = runs.start(by=request.user, edition=edition)
    except Refused as refusal:
        return timetable_page(request, edition, refusal)
    return redirect("program:run", edition.slug, run.pk)


@page("program.run", load=edition_of)
@require_POST
def what_if(request: SignedIn, edition: Edition) -> HttpResponse:
    parameters = {"put": wished_places(request.POST.getlist("put"))}
    try:
        run = runs.start(by=request.user, edition=edition, kind=RunKind.WHAT_IF, parameters=parameters)
    except Refused as refusal:
        return timetable_page(request, edition, refusal)
    return redirect("program:run", edition.slug, run.pk)


@page("program.run", load=edition_of)
@either_way
def drafts(request: SignedIn, edition: Edition) -> HttpResponse:
    form = DraftForm(posted(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        parameters = {"effort": data["effort"] or "usual", "fresh": data["fresh"]}
        with refusals_to(form):
            run = runs.start(
                by=request.user, edition=edition, seed=data["seed"], parameters=parameters, name=data["name"]
            )
            return redirect("program:run", edition.slug, run.pk)
    return _drafts_page(request, edition, form)


def _drafts_page(request: SignedIn, edition: Edition, form: DraftForm, refusal: Refused | None = None) -> HttpResponse:
    context = {
        "form": form,
        "drafts": run_list(edition, request.user),
        "editable": writable(edition),
        "refusal": refusal,
    }
    status = refusal.status if refusal else REFUSED if form.errors else 200
    return render(request, "expo/program/drafts.html", context, status=status)


@page("program.run", load=edition_of)
@require_POST
def repair(request: SignedIn, edition: Edition) -> HttpResponse:
    """Ask for the timetable that moves fewest sessions under the rules as they are now."""
    try:
        run = runs.start(by=request.user, edition=edition, kind=RunKind.REPAIR)
    except Refused as refusal:
        return _drafts_page(request, edition, DraftForm(), refusal)
    return redirect("program:run", edition.slug, run.pk)


@page("program.view_timetable", load=run_by_id)
def run(request: SignedIn, run: Run) -> HttpResponse:
    """The run; or the part that polls, and when the work has ended the whole page is read anew."""
    if not getattr(request, "htmx", False):
        return _run_page(request, run)
    response = render(request, "expo/program/_progress.html", _progress(request, run))
    if not run.is_under_way:
        response["HX-Refresh"] = "true"
    return response


def _progress(request: SignedIn, run: Run) -> dict[str, Any]:
    return {
        "run": run,
        "progress": progress(run, request.user),
        "poll_url": reverse("program:run", args=[run.edition.slug, run.pk]) if run.is_under_way else "",
        "editable": writable(run.edition),
    }


def _run_page(
    request: SignedIn, run: Run, *, form: NameForm | None = None, refusal: Refused | None = None
) -> HttpResponse:
    if refusal is not None:
        run.refresh_from_db()
    context = {
        **_progress(request, run),
        "preview": preview(run, request.user) if run.state == RunState.PREVIEW else None,
        "form": form or NameForm(initial={"name": run.name}),
        "refusal": refusal,
    }
    status = refusal.status if refusal else REFUSED if form else 200
    return render(request, "expo/program/run.html", context, status=status)


@page("program.run", load=run_by_id)
@require_POST
def stop(request: SignedIn, run: Run) -> HttpResponse:
    try:
        runs.stop(by=request.user, run=run)
    except Refused as refusal:
        return _run_page(request, run, refusal=refusal)
    messages.success(request, "The search is stopping. The best timetable it has found is kept.")
    return redirect("program:run", run.edition.slug, run.pk)


@page("program.run", load=run_by_id)
@require_POST
def name(request: SignedIn, run: Run) -> HttpResponse:
    form = NameForm(request.POST)
    if form.is_valid():
        with refusals_to(form):
            runs.rename(by=request.user, run=run, name=form.cleaned_data["name"])
            return redirect("program:run", run.edition.slug, run.pk)
    return _run_page(request, run, form=form)


@page("program.adopt", load=run_by_id)
@require_POST
def adopt(request: SignedIn, run: Run) -> HttpResponse:
    try:
        runs.adopt(by=request.user, run=run)
    except Refused as refusal:
        return _run_page(request, run, refusal=refusal)
    messages.success(request, "Adopted: this is now the timetable. You can still move any session by hand.")
    return redirect("program:timetable", run.edition.slug)


@page("program.run", load=run_by_id)
@require_POST
def discard(request: SignedIn, run: Run) -> HttpResponse:
    try:
        runs.discard(by=request.user, run=run)
    except Refused as refusal:
        return _run_page(request, run, refusal=refusal)
    messages.success(request, "The run is discarded. The timetable stays as it was.")
    return redirect("program:timetable", run.edition.slug)
