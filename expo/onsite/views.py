"""Pages of the day itself: the run of show with check-in, running late, and door sheets."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from expo.accounts.requests import SignedIn
from expo.editions.models import Edition, Room
from expo.editions.queries import load
from expo.kit import clock
from expo.kit.errors import Invalid, Refused, refusals_to
from expo.kit.policy import page
from expo.program.models import Session
from expo.program.queries.sessions import session_by_id, writable

from . import services
from .forms import ApplyForm, DelayForm
from .queries.delays import plan_delay
from .queries.door_sheets import door_sheets, outdated
from .queries.run_of_show import Attendance, attendance_by_ids, room_by_id, run_of_show
from .queries.strips import day_strips


@require_safe
@page("onsite.view", load=load)
def day(request: SignedIn, edition: Edition) -> HttpResponse:
    show = run_of_show(edition, request.user, now=clock.now(), day=request.GET.get("day", ""))
    return _page_or_part(request, edition, {"show": show, "strips": day_strips(show, edition.zone)}, "day")


@require_safe
@page("onsite.view", load=room_by_id)
def room(request: SignedIn, room: Room) -> HttpResponse:
    return _page_or_part(request, room.edition, _room_context(request, room, request.GET.get("day", "")), "room")


def _page_or_part(request: SignedIn, edition: Edition, context: dict[str, Any], name: str) -> HttpResponse:
    """The page, or only the part that reloads itself."""
    if getattr(request, "htmx", False):
        return render(request, f"expo/onsite/_{name}.html", context)
    context |= {"outdated": outdated(edition, request.user)}
    return render(request, f"expo/onsite/{name}.html", context)


def _room_context(request: SignedIn, room: Room, day: str) -> dict[str, Any]:
    show = run_of_show(room.edition, request.user, now=clock.now(), day=day, room=room)
    return {
        "room": room,
        "show": show,
        "schedule": next(iter(show.rooms), None),
        "editable": writable(room.edition),
    }


@page("onsite.check_in", load=attendance_by_ids)
@require_POST
def check_in(request: SignedIn, attendance: Attendance) -> HttpResponse:
    return _toggle(request, attendance, services.check_in)


@page("onsite.check_in", load=attendance_by_ids)
@require_POST
def undo_check_in(request: SignedIn, attendance: Attendance) -> HttpResponse:
    return _toggle(request, attendance, services.undo_check_in)


def _toggle(request: SignedIn, attendance: Attendance, verb: Callable[..., Any]) -> HttpResponse:
    """Back to the session in its room's page; with script, only the part that changed is sent."""
    refusal = None
    try:
        verb(by=request.user, session=attendance.session, presenter=attendance.presenter)
    except Refused as caught:
        refusal = caught
    day = attendance.session.starts_at.astimezone(attendance.edition.zone).date().isoformat()
    if not getattr(request, "htmx", False) and refusal is None:
        return redirect(_room_url(attendance.session))
    context = _room_context(request, Room.objects.select_related("edition").get(pk=attendance.session.room_id), day)
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
    if request.method != "POST":
        asked = DelayForm(request.GET) if "minutes" in request.GET else DelayForm()
        return _late_page(request, session, asked, 200 if not asked.is_bound or asked.is_valid() else Invalid.status)
    form = ApplyForm(request.POST)
    if form.is_valid():
        with refusals_to(form):
            delay = form.delay(session.proposal_id)
            services.run_late(by=request.user, session=session, delay=delay, fingerprint=form.cleaned_data["seen"])
            messages.success(request, f"“{session.proposal.title}” and the sessions after it have their new times.")
            return redirect(_room_url(session))
    return _late_page(request, session, form, Invalid.status)


def _late_page(request: SignedIn, session: Session, form: DelayForm, status: int) -> HttpResponse:
    """What was chosen, and its consequences as of now."""
    asked, plan = DelayForm(form.data) if form.is_bound else form, None
    if asked.is_bound and asked.is_valid():
        plan = plan_delay(session, request.user, asked.delay(session.proposal_id))
    context = {
        "session": session,
        "form": form,
        "plan": plan,
        "day": session.starts_at.astimezone(session.edition.zone).date(),
        "editable": writable(session.edition),
        "has_release": outdated(session.edition, request.user) is not None,
    }
    return render(request, "expo/onsite/late.html", context, status=status)


@require_safe
@page("onsite.view", load=load)
def doors(request: SignedIn, edition: Edition) -> HttpResponse:
    day, room = request.GET.get("day", ""), request.GET.get("room", "")
    context = {
        "doors": door_sheets(edition, request.user, day=day, room=room),
        "outdated": outdated(edition, request.user),
        "rooms": list(edition.rooms.all()),
        "days": list(edition.days.all()),
        "asked": {"day": day, "room": room},
    }
    return render(request, "expo/onsite/doors.html", context)
