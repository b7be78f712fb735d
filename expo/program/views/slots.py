"""The chairs' side: what presenters were told of their places, who is to be told, and what they ask."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page
from expo.proposals.queries.conflict_wall import wall

from ..forms import TurnDownForm, ticked
from ..models import Session, Slot
from ..queries.sessions import writable
from ..queries.slots import freezes_at, slot_by_id, slot_counts, slot_rows
from ..services import slots
from .base import REFUSED, SignedIn, edition_of, posted

NOBODY = Refused("nobody-ticked", "Nobody is ticked, so nobody was told. Tick at least one session.")


@page("program.view_timetable", load=edition_of)
@require_safe
def slot_list(request: SignedIn, edition: Edition) -> HttpResponse:
    return _slots_page(request, edition)


@page("program.tell_slots", load=edition_of)
@require_POST
def tell(request: SignedIn, edition: Edition) -> HttpResponse:
    try:
        sessions = ticked(request.POST.getlist("row"))
        if not sessions:
            raise NOBODY
        told = slots.notify_presenters(by=request.user, edition=edition, sessions=sessions)
    except Refused as refusal:
        return _slots_page(request, edition, refusal)
    messages.success(request, f"Told {len(told)} team{'' if len(told) == 1 else 's'}. They have mail.")
    return redirect("program:slots", edition.slug)


def _slots_page(request: SignedIn, edition: Edition, refusal: Refused | None = None) -> HttpResponse:
    rows, state = slot_rows(request.user, edition), request.GET.get("state", "")
    hidden = wall(request.user, edition)
    context = {
        "rows": [row for row in rows if not state or state in row.kinds],
        "news": [row for row in rows if row.is_news],
        "counts": slot_counts(rows),
        "state": state,
        "all": len(rows),
        "is_walled": hidden.hides_some,
        "editable": writable(edition),
        "is_frozen": edition.slots_are_final(clock.now()),
        "freezes_at": freezes_at(edition),
        "refusal": refusal,
    }
    return render(request, "expo/program/slots.html", context, status=REFUSED if refusal else 200)


@page("program.turn_down", load=slot_by_id)
@require_http_methods(["GET", "HEAD", "POST"])
def turn_down(request: SignedIn, slot: Slot) -> HttpResponse:
    """What the presenters ask; the chair moves the session and tells it anew, or says no with a reason."""
    form = TurnDownForm(posted(request), initial={"number": slot.number})
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            slots.decline_change(by=request.user, slot=slot, **form.cleaned_data)
            messages.success(request, "Turned down. The team has your reply by mail.")
            return redirect("program:slots", slot.edition.slug)
    context = {
        "slot": slot,
        "form": form,
        "session": Session.objects.select_related("room").filter(proposal=slot.proposal_id).first(),
    }
    return render(request, "expo/program/turn_down.html", context, status=REFUSED if form.is_bound else 200)
