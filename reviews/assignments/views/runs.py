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
from expo.kit.runs import RunState

from .. import queries, services
from ..forms import StartForm
from ..models import Run


@page("assignments.run", load=queries.edition_by_slug)
def start(request: HttpRequest, edition: Edition) -> HttpResponse:
    form = StartForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            made = services.start_run(by=request.user, edition=edition, **form.cleaned_data)
            return redirect("assignments:run", edition.slug, made.pk)
    rows = queries.reviewer_rows(edition, request.user)
    context = {
        "form": form,
        "totals": queries.totals(edition, request.user),
        "reviewers": len(rows),
        "paused": sum(1 for row in rows if row.person.is_paused),
        "without_topics": sum(1 for row in rows if not row.person.topics),
        "room": sum(max(0, row.person.most - row.load) for row in rows if not row.person.is_paused),
    }
    return render(request, "reviews/assignments/start.html", context)


@page("assignments.repair", load=queries.edition_by_slug)
@require_POST
def repair(request: HttpRequest, edition: Edition) -> HttpResponse:
    """Prepare new offers for the places that came free; the preview waits for a chair."""
    try:
        made = services.start_repair(by=request.user, edition=edition)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("assignments:board", edition.slug)
    return redirect("assignments:run", edition.slug, made.pk)


@page("assignments.run", load=queries.run_by_id)
def run(request: HttpRequest, run: Run) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return _progress(request, run)
    shown = queries.preview(run, request.user) if run.result else None
    context = {**_of(run), "preview": shown, "by_reviewer": request.GET.get("view") == "reviewers"}
    if shown is not None:
        context["page_obj"] = page_of(request, shown.loads if context["by_reviewer"] else shown.rows)
    return render(request, "reviews/assignments/run.html", context)


@page("assignments.publish", load=queries.run_by_id)
@require_POST
def publish(request: HttpRequest, run: Run) -> HttpResponse:
    try:
        told = services.publish_run(by=request.user, run=run)
        left_out = f" {told.dropped} no longer fitted and were left out." if told.dropped else ""
        messages.success(request, f"Published: {told.offered} reviews offered, one mail to each reviewer.{left_out}")
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("assignments:run", run.edition.slug, run.pk)


@page("assignments.run", load=queries.run_by_id)
@require_POST
def discard(request: HttpRequest, run: Run) -> HttpResponse:
    try:
        services.discard_run(by=request.user, run=run)
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
