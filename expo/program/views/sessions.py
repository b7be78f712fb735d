"""One session: where it is and why, what a chair may do with it, why it is unscheduled, and with whom it could swap."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from expo.accounts.requests import SignedIn
from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page
from expo.kit.posted import posted
from expo.proposals.models import Proposal

from ..forms import LengthForm, MoveForm, PlaceForm, SwapForm, VersionForm
from ..models import Session
from ..queries.conflicts import check_placements
from ..queries.explanations import possible_swap, reasons
from ..queries.problem import minute
from ..queries.sessions import others_for, placeable_by_code, session_by_id, writable
from ..queries.surroundings import WantedPlacement
from ..queries.timetable import value_of
from ..queries.why_not import why_not_here
from ..services import questions, sessions
from ..solver.problem import Place
from .base import REFUSED, by_script, cleaned, either_way, in_json, with_version


@page("program.move", load=session_by_id)
@either_way
def session(request: SignedIn, session: Session) -> HttpResponse:
    form = _move_form(session, with_version(request) if request.method == "POST" else None)

    def perform() -> str:
        sessions.move(by=request.user, session=session, **cleaned(form))
        return f"“{session.proposal.title}” has moved."

    if request.method == "POST" and by_script(request):
        return in_json(request, perform)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            messages.success(request, perform())
            return redirect("program:timetable", session.edition.slug)
    return _session_page(request, session, form)


def _move_form(session: Session, data: Any = None) -> MoveForm:
    here = {"room": session.room_id, "starts_at": value_of(session.starts_at), "version": session.version}
    return MoveForm(data, initial=here, edition=session.edition, minutes=session.proposal.length)


def _session_page(request: SignedIn, session: Session, form: MoveForm, refusal: Refused | None = None) -> HttpResponse:
    """The session as it is now; a refused form keeps what was chosen, with the version as it is now."""
    is_refused = form.is_bound or refusal is not None
    if is_refused and not Session.objects.filter(pk=session.pk).exists():
        return redirect("program:timetable", session.edition.slug)
    if is_refused:
        session = session_by_id(request.user, edition=session.edition.slug, session=session.pk)
        form.data = {**dict(form.data.items()), "version": session.version} if form.is_bound else form.data
    kept = request.POST if refusal is not None else {}
    version, minutes = {"version": session.version}, kept.get("minutes", session.proposal.length)
    here = Place(session.room_id, minute(session.starts_at))
    target = WantedPlacement(session.proposal_id, here, session.proposal.length)
    effects = check_placements(session.edition, request.user, target).effects
    context = {
        "session": session,
        "form": form,
        "swap_form": SwapForm(
            initial={**version, "other": kept.get("other", "")}, others=others_for(request.user, session)
        ),
        "length_form": LengthForm(initial={**version, "minutes": minutes}, format=session.proposal.format),
        # What the session's card on the timetable says in a word, in sentences.
        "warnings": [effect.text for effect in effects if effect.code != "off-prime"],
        "reasons": reasons(session, request.user),
        "editable": writable(session.edition),
        "refusal": refusal,
    }
    return render(request, "expo/program/session.html", context, status=REFUSED if is_refused else 200)


def _done(request: SignedIn, session: Session, perform: Callable[[], str], *, stays: bool = False) -> HttpResponse:
    """Do it; then the timetable (`stays`: the session again), or the session's page with the refusal."""
    if by_script(request):
        return in_json(request, perform)
    try:
        messages.success(request, perform())
    except Refused as refusal:
        return _session_page(request, session, _move_form(session), refusal)
    if stays:
        return redirect("program:session", session.edition.slug, session.pk)
    return redirect("program:timetable", session.edition.slug)


@page("program.move", load=session_by_id)
@require_POST
def pin(request: SignedIn, session: Session) -> HttpResponse:
    def perform() -> str:
        pinned = sessions.pin(by=request.user, session=session, **cleaned(VersionForm(with_version(request))))
        return f"“{session.proposal.title}” is {'pinned' if pinned.is_pinned else 'unpinned'}."

    return _done(request, session, perform, stays=True)


@page("program.move", load=session_by_id)
@require_POST
def unplace(request: SignedIn, session: Session) -> HttpResponse:
    def perform() -> str:
        version = cleaned(VersionForm(with_version(request)))["version"]
        sessions.unplace(by=request.user, session=session, version=version)
        return f"“{session.proposal.title}” is unscheduled again."

    return _done(request, session, perform)


@page("program.move", load=session_by_id)
@require_POST
def swap(request: SignedIn, session: Session) -> HttpResponse:
    def perform() -> str:
        data = cleaned(SwapForm(with_version(request), others=others_for(request.user, session)))
        (other, other_version), version = data["other"], data["version"]
        sessions.swap(by=request.user, session=session, other=other, version=version, other_version=other_version)
        return f"“{session.proposal.title}” and “{other.proposal.title}” have swapped places."

    return _done(request, session, perform)


@page("program.move", load=session_by_id)
@require_POST
def resize(request: SignedIn, session: Session) -> HttpResponse:
    def perform() -> str:
        data = cleaned(LengthForm(with_version(request), format=session.proposal.format))
        sessions.resize(by=request.user, session=session, **data)
        return f"“{session.proposal.title}” takes {data['minutes']} minutes."

    return _done(request, session, perform)


@page("program.place", load=placeable_by_code)
@either_way
def place(request: SignedIn, proposal: Proposal) -> HttpResponse:
    scheduled = getattr(proposal, "session", None)
    if request.method != "POST" and scheduled is not None:
        return redirect("program:session", proposal.edition.slug, scheduled.pk)
    form = PlaceForm(posted(request), edition=proposal.edition, minutes=proposal.length)

    def perform() -> str:
        sessions.place(by=request.user, proposal=proposal, **cleaned(form))
        return f"“{proposal.title}” is scheduled."

    if request.method == "POST" and by_script(request):
        return in_json(request, perform)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            messages.success(request, perform())
            return redirect("program:timetable", proposal.edition.slug)
    context = {"proposal": proposal, "form": form, "editable": writable(proposal.edition)}
    return render(request, "expo/program/place.html", context, status=REFUSED if form.is_bound else 200)


@page("program.place", load=placeable_by_code)
@either_way
def why_not(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """What can be told at once; a POST asks for the rest, which a worker answers into the same page."""
    if getattr(request, "htmx", False):
        context = _why_not_context(request, proposal)
        response = render(request, "expo/program/_looking.html", context)
        if not context["poll_url"]:  # the work has ended, or asks for something else by now
            response["HX-Refresh"] = "true"
        return response
    scheduled, refusal = getattr(proposal, "session", None), None
    if scheduled is not None:
        return redirect("program:session", proposal.edition.slug, scheduled.pk)
    if request.method == "POST":
        try:
            questions.ask(by=request.user, proposal=proposal)
            return redirect("program:why-not", proposal.edition.slug, proposal.code)
        except Refused as refused:
            refusal = refused
    context = {**_why_not_context(request, proposal), "refusal": refusal}
    return render(request, "expo/program/why_not.html", context, status=refusal.status if refusal else 200)


def _why_not_context(request: SignedIn, proposal: Proposal) -> dict[str, Any]:
    found = why_not_here(proposal, request.user)
    is_under_way = found is not None and found.question is not None and found.question.is_under_way
    return {
        "proposal": proposal,
        "found": found,
        "poll_url": reverse("program:why-not", args=[proposal.edition.slug, proposal.code]) if is_under_way else "",
        "editable": writable(proposal.edition),
    }


@page("program.move", load=session_by_id)
@require_safe
def could_swap(request: SignedIn, session: Session) -> HttpResponse:
    chosen = request.GET.get("with", "")
    answer = possible_swap(session, chosen, request.user)
    context = {
        "session": session,
        "answer": answer,
        "chosen": bool(chosen),
        "partners": others_for(request.user, session),
        "editable": writable(session.edition),
    }
    status = REFUSED if chosen and answer is None else 200
    return render(request, "expo/program/could_swap.html", context, status=status)
