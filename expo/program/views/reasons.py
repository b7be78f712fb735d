"""Why not, could these two swap, and what if: answers first, then a timetable beside the present one."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from expo.editions.models import Edition
from expo.kit.errors import Refused
from expo.kit.policy import page
from expo.proposals.models import Proposal

from ..forms import wished_places
from ..models import Session
from ..queries.explanations import possible_swap
from ..queries.sessions import others_for, placeable_by_code, session_by_id, writable
from ..queries.why_not import why_not_here
from ..services import questions, runs
from ..states import RunKind
from .base import REFUSED, SignedIn, edition_of
from .board import board_page


@page("program.place", load=placeable_by_code)
@require_http_methods(["GET", "HEAD", "POST"])
def why_not(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """What can be told at once; a POST asks for the rest, which a worker answers into the same page."""
    if getattr(request, "htmx", False):
        return _poll(request, proposal)
    standing = getattr(proposal, "session", None)
    if standing is not None:
        return redirect("program:session", proposal.edition.slug, standing.pk)
    if request.method == "POST":
        return _ask(request, proposal)
    return render(request, "expo/program/why_not.html", _why_not(request, proposal))


def _why_not(request: SignedIn, proposal: Proposal) -> dict[str, Any]:
    found = why_not_here(proposal, request.user)
    is_under_way = found is not None and found.question is not None and found.question.is_under_way
    return {
        "proposal": proposal,
        "found": found,
        "poll_url": reverse("program:why-not", args=[proposal.edition.slug, proposal.code]) if is_under_way else "",
        "editable": writable(proposal.edition),
    }


def _poll(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """The part that asks again; when the work has ended, or asks for something else by now, the page is read anew."""
    context = _why_not(request, proposal)
    response = render(request, "expo/program/_looking.html", context)
    if not context["poll_url"]:
        response["HX-Refresh"] = "true"
    return response


def _ask(request: SignedIn, proposal: Proposal) -> HttpResponse:
    try:
        questions.ask(by=request.user, proposal=proposal)
    except Refused as refusal:
        context = {**_why_not(request, proposal), "refusal": refusal}
        return render(request, "expo/program/why_not.html", context, status=refusal.status)
    return redirect("program:why-not", proposal.edition.slug, proposal.code)


@page("program.move", load=session_by_id)
@require_safe
def could_swap(request: SignedIn, session: Session) -> HttpResponse:
    answer = possible_swap(session, request.GET.get("with", ""), request.user)
    context = {
        "session": session,
        "answer": answer,
        "chosen": bool(request.GET.get("with")),
        "partners": others_for(request.user, session),
        "editable": writable(session.edition),
    }
    status = REFUSED if context["chosen"] and answer is None else 200
    return render(request, "expo/program/could_swap.html", context, status=status)


@page("program.run", load=edition_of)
@require_POST
def what_if(request: SignedIn, edition: Edition) -> HttpResponse:
    try:
        run = runs.start(
            by=request.user,
            edition=edition,
            kind=RunKind.WHAT_IF,
            parameters={"put": wished_places(request.POST.getlist("put"))},
        )
    except Refused as refusal:
        return board_page(request, edition, refusal)
    return redirect("program:run", edition.slug, run.pk)
