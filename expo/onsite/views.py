"""Pages of the day itself: the run of show, who is there, what runs late, what hangs at the doors."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from expo.editions.models import Edition, Room
from expo.editions.queries import load
from expo.kit import clock
from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page
from expo.program.models import Session
from expo.program.queries.sessions import session_by_id, writable
from expo.program.views.base import REFUSED, SignedIn

from . import queries, services
from .forms import ApplyForm, LateForm
from .queries import Seat


@require_safe
@page("onsite.view", load=load)
def day(request: SignedIn, edition: Edition) -> HttpResponse:
    found = queries.show(edition, request.user, now=clock.now(), day=request.GET.get("day", ""))
    return _shown(request, edition, {"show": found}, "day")


@require_safe
@page("onsite.view", load=queries.room_by_id)
def room(request: SignedIn, room: Room) -> HttpResponse:
    return _shown(request, room.edition, _room_context(request, room, request.GET.get("day", "")), "room")


def _shown(request: SignedIn, edition: Edition, context: dict[str, Any], name: str) -> HttpResponse:
    """The page, or only the part that asks again by itself."""
    if getattr(request, "htmx", False):
        return render(request, f"expo/onsite/_{name}.html", context)
    context |= {"outdated": queries.outdated(edition, request.user)}
    return render(request, f"expo/onsite/{name}.html", context)


def _room_context(request: SignedIn, room: Room, day: str) -> dict[str, Any]:
    found = queries.show(room.edition, request.user, now=clock.now(), day=day, room=room)
    return {
        "room": room,
        "show": found,
        "held": next(iter(found.rooms), None),
        "editable": writable(room.edition),
    }


@page("onsite.check_in", load=queries.seat_by_ids)
@require_POST
def check_in(request: SignedIn, seat: Seat) -> HttpResponse:
    return _arrival(request, seat, services.check_in)


@page("onsite.check_in", load=queries.seat_by_ids)
@require_POST
def undo_check_in(request: SignedIn, seat: Seat) -> HttpResponse:
    return _arrival(request, seat, services.undo_check_in)


def _arrival(request: SignedIn, seat: Seat, verb: Callable[..., Any]) -> HttpResponse:
    """Back to where the session stands in its room; with script, only the part that changed is sent."""
    refusal = None
    try:
        verb(by=request.user, session=seat.session, presenter=seat.presenter)
    except Refused as caught:
        refusal = caught
    day = seat.session.starts_at.astimezone(seat.edition.zone).date().isoformat()
    if not getattr(request, "htmx", False) and refusal is None:
        return redirect(_room_url(seat.session))
    context = _room_context(request, Room.objects.select_related("edition").get(pk=seat.session.room_id), day)
    context |= {"refusal": refusal}
    if getattr(request, "htmx", False):
        return render(request, "expo/onsite/_room.html", context)
    return render(request, "expo/onsite/room.html", context, status=refusal.status if refusal else 200)


def _room_url(session: Session) -> str:
    day = session.starts_at.astimezone(session.edition.zone).date().isoformat()
    address = reverse("onsite:room", args=[session.edition.slug, session.room_id])
    return f"{address}?day={day}#session-{session.pk}"


@page("onsite.shift", load=session_by_id)
@require_http_methods(["GET", "HEAD", "POST"])
def late(request: SignedIn, session: Session) -> HttpResponse:
    if request.method == "POST":
        return _run_late(request, session)
    form = LateForm(request.GET) if "minutes" in request.GET else LateForm()
    return _late_page(request, session, form, 200 if not form.is_bound or form.is_valid() else REFUSED)


def _run_late(request: SignedIn, session: Session) -> HttpResponse:
    form = ApplyForm(request.POST)
    if form.is_valid():
        with refusals_to(form):
            services.run_late(by=request.user, session=session, **form.cleaned_data)
            messages.success(request, f"“{session.proposal.title}” and what follows have their new times.")
            return redirect(_room_url(session))
    return _late_page(request, session, form, REFUSED)


def _late_page(request: SignedIn, session: Session, form: LateForm, status: int) -> HttpResponse:
    """What was chosen, and its consequences as things stand now."""
    given = LateForm(form.data) if form.is_bound else form
    plan = None
    if given.is_bound and given.is_valid():
        plan = queries.late_plan(session, request.user, given.late(session.proposal_id))
    context = {
        "session": session,
        "form": form,
        "plan": plan,
        "day": session.starts_at.astimezone(session.edition.zone).date(),
        "editable": writable(session.edition),
        "has_release": queries.outdated(session.edition, request.user) is not None,
    }
    return render(request, "expo/onsite/late.html", context, status=status)


@require_safe
@page("onsite.view", load=load)
def doors(request: SignedIn, edition: Edition) -> HttpResponse:
    day, room = request.GET.get("day", ""), request.GET.get("room", "")
    context = {
        "doors": queries.doors(edition, request.user, day=day, room=room),
        "outdated": queries.outdated(edition, request.user),
        "rooms": list(edition.rooms.all()),
        "days": queries.days_of(edition),
        "asked": {"day": day, "room": room},
    }
    return render(request, "expo/onsite/doors.html", context)
