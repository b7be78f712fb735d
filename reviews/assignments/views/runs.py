"""Runs: start one, watch it, look at its preview, publish or discard it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from expo.accounts.requests import SignedIn
from expo.editions.models import Edition
from expo.editions.queries import load as edition_by_slug
from expo.kit.errors import Refused, refusals_to
from expo.kit.pagination import page_of
from expo.kit.policy import page
from expo.kit.posted import posted, refusals_as_messages
from expo.kit.runs import RunState
from expo.kit.text import counted

from ..forms import StartForm, posted_ids
from ..models import Run
from ..queries import lookups, results, run_pages
from ..services import runs
from ..states import RunKind

VIEWS = {"": "By proposal", "reviewers": "Loads", "proof": "Fairness and proof", "shortage": "Shortage"}


@page("assignments.run", load=edition_by_slug)
def start(request: SignedIn, edition: Edition) -> HttpResponse:
    is_draw = lookups.settings_of(edition).chance_cap < 1
    form = StartForm(posted(request), is_draw=is_draw)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            started = runs.start(by=request.user, edition=edition, **form.cleaned_data)
            return _started(request, started)
    context = {"form": form, "start": run_pages.start_page(edition, request.user)}
    return render(request, "reviews/assignments/start.html", context)


@page("assignments.repair", load=edition_by_slug)
@require_POST
def repair(request: SignedIn, edition: Edition) -> HttpResponse:
    """Prepare new offers for reviews that lost their reviewer; the preview waits for a chair."""
    try:
        started = runs.start_repair(by=request.user, edition=edition)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("assignments:board", edition.slug)
    return _started(request, started)


def _started(request: SignedIn, started: Run) -> HttpResponse:
    """On to the new run; the preview that it replaces is discarded."""
    replaced = posted_ids(request).get("instead") or 0
    old = Run.objects.filter(pk=replaced, edition=started.edition, state=RunState.PREVIEW).first()
    if old is not None and lookups.is_known(request.user, old):
        runs.discard(by=request.user, run=old)
    return redirect("assignments:run", started.edition.slug, started.pk)


@page("assignments.run", load=lookups.run_by_id)
def run(request: SignedIn, run: Run) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        answer = render(request, "includes/run.html", _run_context(run))
        if not run.is_under_way:
            answer["HX-Refresh"] = "true"  # the part that polls has nothing more to show: the browser reloads the page
        return answer
    context = _run_context(run)
    if run.result:
        context |= _preview(request, run)
    return render(request, "reviews/assignments/run.html", context)


def _preview(request: SignedIn, run: Run) -> dict[str, object]:
    preview = run_pages.preview_of(run, request.user, request.GET.get("cost", ""))
    tabs = {key: label for key, label in VIEWS.items() if key != "shortage" or preview.proof.is_short}
    if run.kind == RunKind.REPAIR:
        tabs[""] = "What changes"
    view = request.GET.get("view", "")
    view = view if view in tabs else ""
    rows = [row for row in preview.rows if row.is_changed] if run.kind == RunKind.REPAIR else preview.rows
    return {
        "preview": preview,
        "tabs": tabs.items(),
        "view": view,
        "page_obj": page_of(request, preview.loads if view == "reviewers" else rows),
        "affinities": results.affinity_histogram("Match of the new pairs", preview.affinities),
        "loads_before": results.load_histogram("Loads before", [row.before for row in preview.loads]),
        "loads_after": results.load_histogram("Loads after", [row.after for row in preview.loads]),
    }


@page("assignments.publish", load=lookups.run_by_id)
@require_POST
def publish(request: SignedIn, run: Run) -> HttpResponse:
    with refusals_as_messages(request):
        published = runs.publish(by=request.user, run=run)
        sentence = f"Published: {counted(published.offered, 'review')} offered, one mail to each reviewer."
        if published.dropped:
            verb = "was" if published.dropped == 1 else "were"
            sentence += f" {counted(published.dropped, 'pair')} no longer fitted and {verb} left out."
        messages.success(request, sentence)
    return redirect("assignments:run", run.edition.slug, run.pk)


@page("assignments.run", load=lookups.run_by_id)
@require_POST
def discard(request: SignedIn, run: Run) -> HttpResponse:
    try:
        runs.discard(by=request.user, run=run)
        messages.success(request, "Discarded. Nothing was assigned.")
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("assignments:run", run.edition.slug, run.pk)
    return redirect("assignments:board", run.edition.slug)


def _run_context(run: Run) -> dict[str, object]:
    address = reverse("assignments:run", args=[run.edition.slug, run.pk])
    return {
        "run": run,
        "title": f"Assigning reviewers, run {run.pk}",
        "state": run.state,
        "state_label": RunState(run.state).label,
        "done": run.percent,
        "total": 100,
        "note": run.error or run.stage or "Waiting for a worker.",
        "poll_url": address if run.is_under_way else "",
    }
