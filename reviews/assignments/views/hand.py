"""One proposal's reviewers by hand: assign, release, pin, forbid and swap, each checked at once."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from expo.accounts.models import User
from expo.kit.errors import Refused, refusals_to
from expo.kit.pagination import page_of
from expo.kit.policy import page
from expo.proposals.models import Proposal
from expo.proposals.queries import by_code

from ..forms import ReleaseForm
from ..models import Assignment
from ..queries import candidates, lookups
from ..services import assignments, pair_rules

PAIRED = {"pin": "Pinned", "forbid": "Forbidden", "clear": "Open again"}


@dataclass(frozen=True)
class Stopped:
    """What was refused, to be told where it was asked: under the place it is about, or above the candidates."""

    message: str
    place: int | None = None


@page("assignments.assign", load=by_code)
def proposal(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    return _proposal(request, proposal)


@page("assignments.assign", load=by_code)
@require_POST
def assign(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    try:
        chosen = _chosen(request, proposal)
        assignments.assign(by=request.user, proposal=proposal, reviewer=chosen)
    except Refused as refusal:
        return _proposal(request, proposal, stopped=Stopped(refusal.message))
    messages.success(request, f"Offered to {chosen}.")
    return redirect("assignments:proposal", proposal.edition.slug, proposal.code)


@page("assignments.pair", load=by_code)
@require_POST
def pair(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """Pin, forbid or clear one pair; with `run` the way back leads to that run's preview."""
    kind, note = request.POST.get("kind", ""), request.POST.get("note", "")
    try:
        chosen = _chosen(request, proposal)
        pair_rules.set_pair(by=request.user, proposal=proposal, reviewer=chosen, kind=kind, note=note)
    except Refused as refusal:
        if _number(request, "run") is None:
            return _proposal(request, proposal, stopped=Stopped(refusal.message))
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"{PAIRED[kind]}: {chosen}. The next run keeps to it.")
    return _back(request, proposal)


@page("assignments.swap", load=lookups.assignment_by_id)
@require_POST
def swap(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    """Two reviewers change places between two proposals."""
    edition = assignment.edition
    try:
        other = _other(request, assignment)
        pair_rules.swap(by=request.user, one=assignment, other=other)
    except Refused as refusal:
        found = by_code(request.user, edition=edition.slug, proposal=assignment.proposal.code)
        return _proposal(request, found, stopped=Stopped(refusal.message, assignment.pk))
    messages.success(request, f"{assignment.reviewer} and {other.reviewer} have changed places.")
    return redirect("assignments:proposal", edition.slug, assignment.proposal.code)


@page("assignments.release", load=lookups.assignment_by_id)
@require_POST
def release(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    form = ReleaseForm(request.POST, auto_id=f"release-{assignment.pk}-%s")
    if form.is_valid():
        with refusals_to(form):
            assignments.release(by=request.user, assignment=assignment, **form.cleaned_data)
            messages.success(request, f"{assignment.reviewer} no longer reviews it.")
            return redirect("assignments:proposal", assignment.edition.slug, assignment.proposal.code)
    found = by_code(request.user, edition=assignment.edition.slug, proposal=assignment.proposal.code)
    return _proposal(request, found, assignment.pk, form)


def _number(request: HttpRequest, name: str) -> int | None:
    """A posted id, or nothing when what came is none."""
    typed = request.POST.get(name, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None


def _back(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    run = _number(request, "run")
    if run is None:
        return redirect("assignments:proposal", proposal.edition.slug, proposal.code)
    return redirect(f"{reverse('assignments:run', args=[proposal.edition.slug, run])}#p-{proposal.code}")


def _other(request: HttpRequest, assignment: Assignment) -> Assignment:
    """The other place of a swap; one that is hidden from this viewer is as absent as one that is not there."""
    seen = lookups.visible_to(request.user, assignment.edition).select_related("edition", "reviewer", "proposal")
    found = seen.filter(pk=_number(request, "other")).first()
    if found is None:
        raise Refused("no-such-assignment", "Choose whom to change places with from the list.", field="other")
    return found


def _chosen(request: HttpRequest, proposal: Proposal) -> User:
    found = lookups.reviewer_for(proposal, _number(request, "reviewer") or 0)
    if found is None:
        raise Refused("no-such-reviewer", "Choose a reviewer from the list.", field="reviewer")
    return found


def _proposal(
    request: HttpRequest,
    proposal: Proposal,
    open_id: int | None = None,
    form: ReleaseForm | None = None,
    stopped: Stopped | None = None,
) -> HttpResponse:
    places = candidates.assignment_rows(proposal, request.user)
    context = {
        "proposal": proposal,
        "topics": proposal.topics.all(),
        "lines": [(each, form if form and each.id == open_id else _form(each.id)) for each in places],
        "open_id": open_id,
        "stopped": stopped,
        "rules": candidates.pair_rules(proposal),
        "page_obj": page_of(request, candidates.candidates(proposal, request.user)),
    }
    return render(request, "reviews/assignments/proposal.html", context)


def _form(assignment: int) -> ReleaseForm:
    return ReleaseForm(auto_id=f"release-{assignment}-%s")
