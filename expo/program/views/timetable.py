"""The timetable where chairs work: the page, what its script asks, undo and redo, and breaks."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from expo.accounts.requests import SignedIn
from expo.editions.models import Break, Edition
from expo.editions.queries import load as edition_of
from expo.kit import problems
from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page
from expo.kit.posted import posted
from expo.proposals.models import Proposal

from ..forms import AddBreakForm, CheckForm, EntryForm
from ..models import Session
from ..queries.conflicts import check_placements
from ..queries.history import news, undo_redo
from ..queries.problem import minute
from ..queries.sessions import break_by_id, other_for, placeable_by_code, writable
from ..queries.surroundings import WantedPlacement
from ..queries.timetable import editor_timetable
from ..services import breaks, history
from ..solver.problem import Place
from .base import REFUSED, by_script, cleaned, either_way, in_json


@page("program.view_timetable", load=edition_of)
def timetable(request: SignedIn, edition: Edition) -> HttpResponse:
    """The page; or the part with the sessions alone, when the page's script refreshes it."""
    if getattr(request, "htmx", False):
        return render(request, "expo/program/_editor.html", timetable_context(request, edition))
    return timetable_page(request, edition)


def timetable_page(request: SignedIn, edition: Edition, refusal: Refused | None = None) -> HttpResponse:
    """The timetable, with what was not done."""
    context = {**timetable_context(request, edition), "refusal": refusal}
    return render(request, "expo/program/timetable.html", context, status=refusal.status if refusal else 200)


def timetable_context(request: SignedIn, edition: Edition) -> dict[str, Any]:
    """What the timetable's page shows: one of its days, or all with `?day=all`."""
    asked, day = request.GET.get("day", ""), None
    with suppress(ValueError):
        day = date.fromisoformat(asked)
    format = request.GET.get("format", "")
    view = editor_timetable(edition, request.user, day, whole=asked == "all", format=format)
    return {
        "timetable": view,
        "editable": writable(edition),
        "run": view.run,
        "steps": undo_redo(edition, request.user),
        "news": news(edition, request.user),
        "whole": asked == "all",
    }


@page("program.place", load=placeable_by_code)
@require_GET
def check(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """What speaks against a place, before a session is dropped: asked for every cell it is dragged over."""
    try:
        targets = _targets(request, proposal, cleaned(CheckForm(request.GET)))
    except Refused as refusal:
        return problems.refused(refusal)
    checked = check_placements(proposal.edition, request.user, *targets)
    return JsonResponse(
        {
            "fits": checked.fits,
            "reasons": [{"code": rule.code, "text": rule.text} for rule in checked.broken_rules],
            "effects": [{"code": effect.code, "text": effect.text} for effect in checked.effects],
        }
    )


def _targets(request: SignedIn, proposal: Proposal, data: dict[str, Any]) -> list[WantedPlacement]:
    """The place asked about; or with another session, both as they would be after a swap."""
    mine, minutes = getattr(proposal, "session", None), data["minutes"] or proposal.length
    if data["other"] and mine is not None:
        other = other_for(request.user, mine, data["other"])
        if other is not None:
            return [
                WantedPlacement(proposal.pk, _place_of(other), minutes),
                WantedPlacement(other.proposal_id, _place_of(mine), other.proposal.length),
            ]
    at = data["starts_at"]
    return [WantedPlacement(proposal.pk, Place(data["room"] or 0, minute(at) if at else 0), minutes)]


def _place_of(session: Session) -> Place:
    return Place(session.room_id, minute(session.starts_at))


@page("program.view_timetable", load=edition_of)
@require_GET
def changes(request: SignedIn, edition: Edition) -> HttpResponse:
    """Whether the timetable is still what the page shows: 304 while it is, else who changed it."""
    since = EntryForm({"entry": request.GET.get("since")}).number or 0
    latest = news(edition, request.user, since)
    tag = f'"{latest.digest}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    return JsonResponse(
        {"entry": latest.entry, "said": latest.change}, headers={"ETag": tag, "Cache-Control": "no-cache"}
    )


@page("program.step", load=edition_of)
@require_POST
def undo(request: SignedIn, edition: Edition) -> HttpResponse:
    step = EntryForm({"entry": request.POST.get("step")}).number
    return _done(
        request, edition, lambda: f"Undone: {history.undo(by=request.user, edition=edition, step=step).label}."
    )


@page("program.step", load=edition_of)
@require_POST
def redo(request: SignedIn, edition: Edition) -> HttpResponse:
    step = EntryForm({"entry": request.POST.get("step")}).number
    return _done(
        request, edition, lambda: f"Redone: {history.redo(by=request.user, edition=edition, step=step).label}."
    )


def _done(request: SignedIn, edition: Edition, perform: Callable[[], str]) -> HttpResponse:
    """Do it; then the timetable, with what was done or why it was not."""
    if by_script(request):
        return in_json(request, perform)
    try:
        messages.success(request, perform())
    except Refused as refusal:
        return timetable_page(request, edition, refusal)
    return redirect("program:timetable", edition.slug)


@page("program.block", load=edition_of)
@either_way
def break_list(request: SignedIn, edition: Edition) -> HttpResponse:
    """Add a break; those there are listed, each with a button that removes it."""
    cell, initial = CheckForm(request.GET), {}
    if cell.is_valid() and cell.cleaned_data["starts_at"] is not None:  # from a cell of the grid: its room and start
        starts_at = cell.cleaned_data["starts_at"].astimezone(edition.zone).replace(tzinfo=None)
        initial = {"room": cell.cleaned_data["room"], "starts_at": starts_at}
    form = AddBreakForm(posted(request), edition=edition, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            break_ = breaks.add(by=request.user, edition=edition, **form.cleaned_data)
            messages.success(request, f"“{break_.name}” is now a break in {break_.room or 'all rooms'}.")
            return redirect("program:timetable", edition.slug)
    context = {"form": form, "breaks": edition.breaks.select_related("room"), "editable": writable(edition)}
    return render(request, "expo/program/breaks.html", context, status=REFUSED if form.is_bound else 200)


@page("program.block", load=break_by_id)
@require_POST
def remove_break(request: SignedIn, break_: Break) -> HttpResponse:
    def perform() -> str:
        breaks.remove(by=request.user, edition=break_.edition, break_=break_)
        return f"The break “{break_.name}” in {break_.room or 'all rooms'} is removed."

    return _done(request, break_.edition, perform)
