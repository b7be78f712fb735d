"""Why not, could these two swap, and what if: answers first, then a timetable beside the present one."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from expo.editions.models import Edition
from expo.kit.errors import Refused
from expo.kit.policy import page
from expo.proposals.models import Proposal

from .. import queries, services
from ..forms import wished_places
from ..models import Session
from ..states import RunKind
from .base import REFUSED, SignedIn, edition_of
from .board import board_page


@page("program.place", load=queries.placeable_by_code)
@require_safe
def why_not(request: SignedIn, proposal: Proposal) -> HttpResponse:
    standing = getattr(proposal, "session", None)
    if standing is not None:
        return redirect("program:session", proposal.edition.slug, standing.pk)
    context = {
        "proposal": proposal,
        "answer": queries.why_not_here(proposal, request.user),
        "editable": queries.writable(proposal.edition),
    }
    return render(request, "expo/program/why_not.html", context)


@page("program.move", load=queries.session_by_id)
@require_safe
def could_swap(request: SignedIn, session: Session) -> HttpResponse:
    answer = queries.could_swap(session, request.GET.get("with", ""), request.user)
    context = {
        "session": session,
        "answer": answer,
        "chosen": bool(request.GET.get("with")),
        "partners": queries.others_for(request.user, session),
        "editable": queries.writable(session.edition),
    }
    status = REFUSED if context["chosen"] and answer is None else 200
    return render(request, "expo/program/could_swap.html", context, status=status)


@page("program.run", load=edition_of)
@require_POST
def what_if(request: SignedIn, edition: Edition) -> HttpResponse:
    try:
        run = services.start_run(
            by=request.user,
            edition=edition,
            kind=RunKind.WHAT_IF,
            parameters={"put": wished_places(request.POST.getlist("put"))},
        )
    except Refused as refusal:
        return board_page(request, edition, refusal)
    return redirect("program:run", edition.slug, run.pk)
