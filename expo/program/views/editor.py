"""What the timetable's script asks, and the steps that concern the timetable as a whole."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from expo.editions.models import Break, Edition
from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page
from expo.proposals.models import Proposal

from ..forms import CheckForm, CloseForm
from ..models import Session
from ..queries.conflicts import check_placements
from ..queries.history import news
from ..queries.problem import minute
from ..queries.sessions import break_by_id, other_for, placeable_by_code, writable
from ..queries.surroundings import WantedPlacement
from ..services import breaks, history
from ..solver import Place
from .base import REFUSED, SignedIn, answered, by_script, cleaned, edition_of, posted
from .board import board_page


@page("program.place", load=placeable_by_code)
@require_GET
def check(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """What speaks against a place, before anybody lets go: asked for every cell a session is held over."""
    try:
        wants = _wants(request, proposal, cleaned(CheckForm(request.GET)))
    except Refused as refusal:
        return answered(request, _raising(refusal))
    found = check_placements(proposal.edition, request.user, *wants)
    return JsonResponse(
        {
            "fits": found.fits,
            "reasons": [{"code": each.code, "text": each.text} for each in found.broken_rules],
            "effects": [{"code": each.code, "text": each.text} for each in found.effects],
        }
    )


def _raising(refusal: Refused) -> Callable[[], str]:
    def verb() -> str:
        raise refusal

    return verb


def _wants(request: SignedIn, proposal: Proposal, data: dict[str, Any]) -> list[WantedPlacement]:
    """The place asked about; or with another session, both as they would stand after a swap."""
    mine, minutes = getattr(proposal, "session", None), data["minutes"] or proposal.length
    if data["other"] and mine is not None:
        other = other_for(request.user, mine, data["other"])
        if other is not None:
            here, there = _stands(mine), _stands(other)
            return [
                WantedPlacement(proposal.pk, there, minutes),
                WantedPlacement(other.proposal_id, here, other.proposal.length),
            ]
    at = data["starts_at"]
    return [WantedPlacement(proposal.pk, Place(data["room"] or 0, minute(at) if at else 0), minutes)]


def _stands(session: Session) -> Place:
    return Place(session.room_id, minute(session.starts_at))


@page("program.view_timetable", load=edition_of)
@require_GET
def changes(request: SignedIn, edition: Edition) -> HttpResponse:
    """Whether the timetable is still what the page shows: 304 while it is, else who changed it."""
    since = request.GET.get("since", "")
    found = news(edition, request.user, int(since) if since.isdecimal() and len(since) < 18 else 0)
    tag = f'"{found.digest}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    return JsonResponse({"entry": found.entry, "said": found.said}, headers={"ETag": tag, "Cache-Control": "no-cache"})


@page("program.step", load=edition_of)
@require_POST
def undo(request: SignedIn, edition: Edition) -> HttpResponse:
    return _turn(request, edition, "undo", "Undone")


@page("program.step", load=edition_of)
@require_POST
def redo(request: SignedIn, edition: Edition) -> HttpResponse:
    return _turn(request, edition, "redo", "Done again")


def _turn(request: SignedIn, edition: Edition, way: str, said: str) -> HttpResponse:
    sent = request.POST.get("step", "")
    step = int(sent) if sent.isdecimal() and len(sent) < 18 else None

    def verb() -> str:
        service = history.undo if way == "undo" else history.redo
        return f"{said}: {service(by=request.user, edition=edition, step=step).words}."

    return _done(request, edition, verb)


def _done(request: SignedIn, edition: Edition, verb: Callable[[], str]) -> HttpResponse:
    """Do it; then the timetable, with what was done or what stood against it."""
    if by_script(request):
        return answered(request, verb)
    try:
        messages.success(request, verb())
    except Refused as refusal:
        return board_page(request, edition, refusal)
    return redirect("program:timetable", edition.slug)


@page("program.block", load=edition_of)
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: SignedIn, edition: Edition) -> HttpResponse:
    """Close a room for a while; the closed ones are listed, each with a button that opens it again."""
    form = CloseForm(posted(request), edition=edition, initial=_prefilled(request, edition))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            pause = breaks.add(by=request.user, edition=edition, **form.cleaned_data)
            messages.success(request, f"{pause.room or 'Every room'} is closed then, for “{pause.name}”.")
            return redirect("program:timetable", edition.slug)
    context = {
        "form": form,
        "closed": edition.breaks.select_related("room"),
        "editable": writable(edition),
    }
    return render(request, "expo/program/close.html", context, status=REFUSED if form.is_bound else 200)


def _prefilled(request: SignedIn, edition: Edition) -> dict[str, Any]:
    """From a cell of the grid: its room and its start."""
    form = CheckForm(request.GET)
    if not form.is_valid() or form.cleaned_data["starts_at"] is None:
        return {}
    at = form.cleaned_data["starts_at"].astimezone(edition.zone).replace(tzinfo=None)
    return {"room": form.cleaned_data["room"], "starts_at": at}


@page("program.block", load=break_by_id)
@require_POST
def reopen(request: SignedIn, pause: Break) -> HttpResponse:
    def verb() -> str:
        breaks.remove(by=request.user, edition=pause.edition, pause=pause)
        return f"{pause.room or 'Every room'} is open again, without “{pause.name}”."

    return _done(request, pause.edition, verb)
