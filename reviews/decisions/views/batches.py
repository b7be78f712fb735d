"""Pages: batches and their release."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from expo.accounts.requests import SignedIn
from expo.editions.models import Edition
from expo.editions.queries import load as edition_by_slug
from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page
from expo.kit.posted import back_to_list
from expo.proposals.queries.listing import for_chairs

from ..forms import BatchForm, CodesForm, SeveralForm
from ..models import Batch
from ..queries.batches import batch_by_id, batch_page
from ..services import batches
from .desk import desk_page


@page("decisions.release", load=edition_by_slug)
@back_to_list("decisions:desk")
def create_batch(request: SignedIn, edition: Edition) -> HttpResponse:
    form = BatchForm(request.POST)
    if form.is_valid():
        with refusals_to(form):
            batch = batches.create_batch(by=request.user, edition=edition, name=form.cleaned_data["name"])
            return redirect("decisions:batch", edition.slug, batch.pk)
    return desk_page(request, edition, form)


@page("decisions.release", load=batch_by_id)
def batch(request: SignedIn, batch: Batch) -> HttpResponse:
    """What the batch holds, and every mail its release would send."""
    return _batch_page(request, batch)


def _batch_page(request: SignedIn, batch: Batch, refusal: str = "") -> HttpResponse:
    asked = request.GET.get("open", request.POST.get("open", ""))
    contents = batch_page(batch, request.user)
    unsigned = [each.decision for each in contents.previews if each.decision.signed_by_id is None]
    context = {
        "contents": contents,
        "batch": batch,
        "refusal": refusal,
        "opened": asked if asked in ("all", "unread") else "",
        "unsigned": unsigned,
        "signable": [each for each in unsigned if each.decided_by_id != request.user.pk],
    }
    return render(request, "reviews/decisions/batch.html", context, status=422 if refusal else 200)


@page("decisions.release", load=batch_by_id)
@require_POST
def put(request: SignedIn, batch: Batch) -> HttpResponse:
    return _change(request, batch, batches.put_in_batch)


@page("decisions.release", load=batch_by_id)
@require_POST
def take_out(request: SignedIn, batch: Batch) -> HttpResponse:
    return _change(request, batch, batches.take_out_of_batch)


@page("decisions.release", load=batch_by_id)
@require_POST
def read(request: SignedIn, batch: Batch) -> HttpResponse:
    """Mark the feedback of some as read; then the next unread text."""
    visible = {proposal.code: proposal for proposal in for_chairs(request.user, batch.edition)}
    form = SeveralForm(request.POST, codes=visible, batches=())
    if not form.is_valid():
        return _batch_page(request, batch, "Choose at least one of the proposals shown.")
    try:
        seen = [(visible[code], version) for code, version in form.chosen()]
        batches.mark_feedback_read(by=request.user, batch=batch, seen=seen)
    except Refused as refusal:
        return _batch_page(request, batch, refusal.message)
    next_one = batch_page(batch, request.user).next_unread
    opened = "?open=all" if request.POST.get("open") == "all" else "?open=unread" if next_one else ""
    address = reverse("decisions:batch", args=[batch.edition.slug, batch.pk])
    return redirect(f"{address}{opened}#{next_one or 'reading'}")


def _change(request: SignedIn, batch: Batch, verb: Callable[..., Any]) -> HttpResponse:
    visible = {proposal.code: proposal for proposal in for_chairs(request.user, batch.edition)}
    form = CodesForm(request.POST, codes=list(visible))
    if not form.is_valid():
        return _batch_page(request, batch, "Choose at least one of the proposals shown.")
    try:
        verb(by=request.user, batch=batch, proposals=[visible[code] for code in form.codes()])
    except Refused as refusal:
        return _batch_page(request, batch, refusal.message)
    return redirect("decisions:batch", batch.edition.slug, batch.pk)


@page("decisions.release", load=batch_by_id)
@require_POST
def release(request: SignedIn, batch: Batch) -> HttpResponse:
    unread = batch_page(batch, request.user).unread
    if unread and str(unread) != request.POST.get("unread"):
        return _batch_page(request, batch, "The number of unread texts has changed: look at them, then release again.")
    try:
        report = batches.release_batch(by=request.user, batch=batch)
    except Refused as refusal:
        return _batch_page(request, batch, refusal.message)
    count = "One verdict is" if report.released == 1 else f"{report.released} verdicts are"
    messages.success(request, f"{count} released; the mails are being sent.")
    for skipped in report.skipped:
        messages.warning(request, f"{skipped.code} “{skipped.title}” was left out: it {skipped.why}.")
    return redirect("decisions:batch", batch.edition.slug, batch.pk)
