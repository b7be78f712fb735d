"""A team's side: what its session asks of a place, the slot it was told, and its answer."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from expo.kit import clock
from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page
from expo.proposals.forms import ConstraintsForm
from expo.proposals.models import Proposal
from expo.proposals.queries.content import presenters_of
from expo.proposals.queries.listing import by_code
from expo.proposals.queries.status import status_of
from expo.proposals.services.constraints import set_constraints

from ..forms import AskForm
from ..queries.explanations import no_place
from ..queries.slots import freezes_at, slot_of
from ..services import slots
from .base import REFUSED, SignedIn, posted

either_way = require_http_methods(["GET", "HEAD", "POST"])
SAVED = "Saved. The program takes it into account."


@page("proposals.edit", load=by_code)
@either_way
def constraints(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """Confirm, and say what the session asks of its place: either, or both at once."""
    form, theirs = ConstraintsForm(posted(request), proposal=proposal), None
    confirms = "confirm" in request.POST
    if request.method == "POST" and form.is_valid():
        try:
            saved = set_constraints(by=request.user, proposal=proposal, confirm=confirms, **form.constraints())
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            if refusal.code == "stale-version":
                proposal = theirs = by_code(request.user, edition=proposal.edition.slug, proposal=proposal.code)
                form.data = _again(request, theirs.version)
        else:
            return _saved(request, saved, confirms)
    return _constraints_page(request, proposal, form, theirs)


def _again(request: SignedIn, version: int) -> Any:
    """What was chosen, with the version as it is now."""
    data = request.POST.copy()
    data["version"] = str(version)
    return data


def _saved(request: SignedIn, proposal: Proposal, confirms: bool) -> HttpResponse:
    messages.success(request, f"Confirmed, thank you. {SAVED}" if confirms else SAVED)
    warning = no_place(proposal)
    if warning:
        messages.warning(request, warning)
        return redirect("program:constraints", proposal.edition.slug, proposal.code)
    return redirect("proposals:detail", proposal.edition.slug, proposal.code)


def _constraints_page(
    request: SignedIn, proposal: Proposal, form: ConstraintsForm, theirs: Proposal | None
) -> HttpResponse:
    context = {
        "proposal": proposal,
        "form": form,
        "theirs": theirs,
        "stand": status_of(proposal, clock.now()),
        "presenters": presenters_of(proposal),
    }
    return render(request, "expo/program/constraints.html", context, status=REFUSED if form.errors else 200)


@page("program.see_slot", load=by_code)
@either_way
def slot(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """The slot as it was told, and the form that asks for another one."""
    form = AskForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            slots.ask_for_change(by=request.user, proposal=proposal, **form.cleaned_data)
            messages.success(request, "Asked. The chairs have mail, and you get their answer by mail.")
            return redirect("program:slot", proposal.edition.slug, proposal.code)
    return _slot_page(request, proposal, form)


@page("program.answer_slot", load=by_code)
@require_POST
def accept(request: SignedIn, proposal: Proposal) -> HttpResponse:
    form = AskForm(request.POST)
    number = form.cleaned_data["number"] if form.is_valid() else 0
    try:
        slots.accept(by=request.user, proposal=proposal, number=number)
    except Refused as refusal:
        return _slot_page(request, proposal, AskForm(), refusal)
    messages.success(request, "Accepted. Thank you; see you on stage.")
    return redirect("program:slot", proposal.edition.slug, proposal.code)


def _slot_page(request: SignedIn, proposal: Proposal, form: AskForm, refusal: Refused | None = None) -> HttpResponse:
    """What is told now; a refused form keeps its words and takes the number of the slot now on the page."""
    told = slot_of(proposal)
    if form.is_bound and told is not None:
        form.data = {**dict(form.data.items()), "number": str(told.number)}
    elif told is not None:
        form.initial = {"number": told.number}
    context = {
        "proposal": proposal,
        "slot": told,
        "form": form,
        "refusal": refusal,
        "stand": status_of(proposal, clock.now()),
        "is_frozen": proposal.edition.slots_are_final(clock.now()),
        "freezes_at": freezes_at(proposal.edition),
    }
    refused = refusal is not None or form.is_bound
    return render(request, "expo/program/slot.html", context, status=REFUSED if refused else 200)
