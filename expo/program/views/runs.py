"""Runs of the scheduler: started, watched, adopted or put aside."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from expo.editions.models import Edition
from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page
from expo.kit.runs import RunState

from ..forms import NameForm
from ..models import Run
from ..queries.runs import preview, progress
from ..queries.sessions import run_by_id, writable
from ..services import runs
from .base import REFUSED, SignedIn, edition_of
from .board import board_context


@page("program.run", load=edition_of)
@require_POST
def start(request: SignedIn, edition: Edition) -> HttpResponse:
    try:
        run = runs.start(by=request.user, edition=edition)
    except Refused as refusal:
        context = {**board_context(request, edition), "refusal": refusal}
        return render(request, "expo/program/timetable.html", context, status=refusal.status)
    return redirect("program:run", edition.slug, run.pk)


@page("program.view_timetable", load=run_by_id)
def run(request: SignedIn, run: Run) -> HttpResponse:
    if getattr(request, "htmx", False):
        return _poll(request, run)
    return render(request, "expo/program/run.html", _run_context(request, run))


def _poll(request: SignedIn, run: Run) -> HttpResponse:
    """The part that asks again; when the work has ended the whole page is read anew."""
    response = render(request, "expo/program/_progress.html", _progress(request, run))
    if not run.is_under_way:
        response["HX-Refresh"] = "true"
    return response


def _progress(request: SignedIn, run: Run) -> dict[str, Any]:
    address = reverse("program:run", args=[run.edition.slug, run.pk])
    return {
        "run": run,
        "progress": progress(run, request.user),
        "poll_url": address if run.is_under_way else "",
        "editable": writable(run.edition),
    }


def _run_context(request: SignedIn, run: Run) -> dict[str, Any]:
    shown = preview(run, request.user) if run.state == RunState.PREVIEW else None
    return {**_progress(request, run), "preview": shown, "form": NameForm(initial={"name": run.name})}


@page("program.run", load=run_by_id)
@require_POST
def stop(request: SignedIn, run: Run) -> HttpResponse:
    try:
        runs.stop(by=request.user, run=run)
    except Refused as refusal:
        return _run_refused(request, run, refusal)
    messages.success(request, "The search stops, and the best it has found is kept.")
    return redirect("program:run", run.edition.slug, run.pk)


@page("program.run", load=run_by_id)
@require_POST
def name(request: SignedIn, run: Run) -> HttpResponse:
    form = NameForm(request.POST)
    if form.is_valid():
        with refusals_to(form):
            runs.rename(by=request.user, run=run, name=form.cleaned_data["name"])
            return redirect("program:run", run.edition.slug, run.pk)
    context = {**_run_context(request, run), "form": form}
    return render(request, "expo/program/run.html", context, status=REFUSED)


@page("program.adopt", load=run_by_id)
@require_POST
def adopt(request: SignedIn, run: Run) -> HttpResponse:
    try:
        runs.adopt(by=request.user, run=run)
    except Refused as refusal:
        return _run_refused(request, run, refusal)
    messages.success(request, "The proposal is now the timetable. You can still move any session by hand.")
    return redirect("program:timetable", run.edition.slug)


@page("program.run", load=run_by_id)
@require_POST
def discard(request: SignedIn, run: Run) -> HttpResponse:
    try:
        runs.discard(by=request.user, run=run)
    except Refused as refusal:
        return _run_refused(request, run, refusal)
    messages.success(request, "The run is discarded. The timetable stays as it was.")
    return redirect("program:timetable", run.edition.slug)


def _run_refused(request: SignedIn, run: Run, refusal: Refused) -> HttpResponse:
    run.refresh_from_db()
    context = {**_run_context(request, run), "refusal": refusal}
    return render(request, "expo/program/run.html", context, status=refusal.status)
