"""Runs: start one, watch it, look at its preview, publish or discard it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from expo.editions.models import Edition
from expo.kit.errors import Refused, refusals_to
from expo.kit.pagination import page_of
from expo.kit.policy import page
from expo.kit.posted import posted, refusals_as_messages
from expo.kit.runs import RunState

from ..forms import StartForm
from ..models import Run
from ..queries import coverage, lookups, run_pages
from ..services import runs
from ..states import RunKind

VIEWS = {"": "By proposal", "reviewers": "Loads", "proof": "Fairness and proof", "shortage": "Shortage"}


@page("assignments.run", load=lookups.edition_by_slug)
def start(request: HttpRequest, edition: Edition) -> HttpResponse:
    is_draw = lookups.settings_of(edition).chance_cap < 1
    form = StartForm(posted(request), is_draw=is_draw)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            made = runs.start(by=request.user, edition=edition, **form.cleaned_data)
            return _started(request, made)
    context = {"form": form, "ground": run_pages.start_page(edition, request.user)}
    return render(request, "reviews/assignments/start.html", context)


@page("assignments.repair", load=lookups.edition_by_slug)
@require_POST
def repair(request: HttpRequest, edition: Edition) -> HttpResponse:
    """Prepare new offers for the places that came free; the preview waits for a chair."""
    try:
        made = runs.start_repair(by=request.user, edition=edition)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("assignments:board", edition.slug)
    return _started(request, made)


def _started(request: HttpRequest, made: Run) -> HttpResponse:
    """On to the new run; the preview that it was started instead of goes."""
    typed = request.POST.get("instead", "")
    if typed.isascii() and typed.isdigit() and len(typed) < 19:
        old = Run.objects.filter(pk=int(typed), edition=made.edition, state=RunState.PREVIEW).first()
        if old is not None and lookups.is_known(request.user, old):
            runs.discard(by=request.user, run=old)
    return redirect("assignments:run", made.edition.slug, made.pk)


@page("assignments.run", load=lookups.run_by_id)
def run(request: HttpRequest, run: Run) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return _progress(request, run)
    context = _of(run)
    if run.result:
        context |= _preview(request, run)
    return render(request, "reviews/assignments/run.html", context)


def _preview(request: HttpRequest, run: Run) -> dict[str, object]:
    shown = run_pages.preview_of(run, request.user)
    tabs = {key: label for key, label in VIEWS.items() if key != "shortage" or shown.proof.is_short}
    if run.kind == RunKind.REPAIR:
        tabs[""] = "What changes"
    view = asked if (asked := request.GET.get("view", "")) in tabs else ""
    rows = [row for row in shown.rows if row.is_changed] if run.kind == RunKind.REPAIR else shown.rows
    return {
        "preview": shown,
        "tabs": tabs.items(),
        "view": view,
        "page_obj": page_of(request, shown.loads if view == "reviewers" else rows),
        "affinities": coverage.affinity_histogram("Affinity of the new pairs", shown.affinities),
        "loads_before": coverage.load_histogram("Loads before", [row.before for row in shown.loads]),
        "loads_after": coverage.load_histogram("Loads after", [row.after for row in shown.loads]),
    }


@page("assignments.publish", load=lookups.run_by_id)
@require_POST
def publish(request: HttpRequest, run: Run) -> HttpResponse:
    with refusals_as_messages(request):
        told = runs.publish(by=request.user, run=run)
        noun = "review" if told.offered == 1 else "reviews"
        left_out = f" {told.dropped} no longer fitted and were left out." if told.dropped else ""
        messages.success(request, f"Published: {told.offered} {noun} offered, one mail to each reviewer.{left_out}")
    return redirect("assignments:run", run.edition.slug, run.pk)


@page("assignments.run", load=lookups.run_by_id)
@require_POST
def discard(request: HttpRequest, run: Run) -> HttpResponse:
    try:
        runs.discard(by=request.user, run=run)
        messages.success(request, "Discarded. Nothing was assigned.")
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("assignments:run", run.edition.slug, run.pk)
    return redirect("assignments:board", run.edition.slug)


def _progress(request: HttpRequest, run: Run) -> HttpResponse:
    """The part that polls; when the run has ended, the whole page is asked for."""
    answer = render(request, "includes/run.html", _of(run))
    if not run.is_under_way:
        answer["HX-Refresh"] = "true"
    return answer


def _of(run: Run) -> dict[str, object]:
    address = reverse("assignments:run", args=[run.edition.slug, run.pk])
    return {
        "run": run,
        "title": f"Assigning reviewers, run {run.pk}",
        "state": run.state,
        "state_label": RunState(run.state).label,
        "done": run.percent,
        "total": 100,
        "note": run.error or run.stage or "Waits for a worker.",
        "poll_url": address if run.is_under_way else "",
    }
