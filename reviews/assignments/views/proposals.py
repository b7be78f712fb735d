"""One proposal's reviewers by hand: assign, release, pin, forbid and swap, each checked at once."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from expo.accounts.models import User
from expo.accounts.requests import SignedIn
from expo.kit.errors import Refused, refusals_to
from expo.kit.pagination import page_of
from expo.kit.policy import page
from expo.proposals.models import Proposal
from expo.proposals.queries.listing import by_code

from ..forms import ReleaseForm, posted_ids
from ..models import Assignment
from ..queries import candidates, lookups
from ..services import assignments, pair_rules

PAIRED = {"pin": "Pinned", "forbid": "Forbidden", "clear": "Cleared"}


@dataclass(frozen=True)
class RefusedAction:
    """A refusal, shown where the button was: at the assignment it is about, or above the candidates."""

    message: str
    assignment: int | None = None


@page("assignments.assign", load=by_code)
def proposal(request: SignedIn, proposal: Proposal) -> HttpResponse:
    return _proposal(request, proposal)


@page("assignments.assign", load=by_code)
@require_POST
def assign(request: SignedIn, proposal: Proposal) -> HttpResponse:
    try:
        chosen = _chosen(request, proposal)
        assignments.assign(by=request.user, proposal=proposal, reviewer=chosen)
    except Refused as refusal:
        return _proposal(request, proposal, refused=RefusedAction(refusal.message))
    messages.success(request, f"Offered to {chosen}.")
    return redirect("assignments:proposal", proposal.edition.slug, proposal.code)


@page("assignments.pair", load=by_code)
@require_POST
def pair(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """Pin, forbid or clear one pair; with `run` the way back leads to that run's preview."""
    kind, note = request.POST.get("kind", ""), request.POST.get("note", "")
    try:
        chosen = _chosen(request, proposal)
        pair_rules.set_pair(by=request.user, proposal=proposal, reviewer=chosen, kind=kind, note=note)
    except Refused as refusal:
        if "run" not in posted_ids(request):
            return _proposal(request, proposal, refused=RefusedAction(refusal.message))
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"{PAIRED[kind]}: {chosen}. The next run uses it.")
    run = posted_ids(request).get("run")
    if run is None:
        return redirect("assignments:proposal", proposal.edition.slug, proposal.code)
    return redirect(f"{reverse('assignments:run', args=[proposal.edition.slug, run])}#p-{proposal.code}")


@page("assignments.swap", load=lookups.assignment_by_id)
@require_POST
def swap(request: SignedIn, assignment: Assignment) -> HttpResponse:
    """Two reviewers exchange their proposals."""
    edition = assignment.edition
    try:
        other = _other(request, assignment)
        pair_rules.swap(by=request.user, one=assignment, other=other)
    except Refused as refusal:
        proposal = by_code(request.user, edition=edition.slug, proposal=assignment.proposal.code)
        return _proposal(request, proposal, refused=RefusedAction(refusal.message, assignment.pk))
    messages.success(request, f"{assignment.reviewer} and {other.reviewer} have exchanged their proposals.")
    return redirect("assignments:proposal", edition.slug, assignment.proposal.code)


@page("assignments.release", load=lookups.assignment_by_id)
@require_POST
def release(request: SignedIn, assignment: Assignment) -> HttpResponse:
    form = ReleaseForm(request.POST, auto_id=f"release-{assignment.pk}-%s")
    if form.is_valid():
        with refusals_to(form):
            assignments.release(by=request.user, assignment=assignment, **form.cleaned_data)
            messages.success(request, f"{assignment.reviewer} no longer reviews it.")
            return redirect("assignments:proposal", assignment.edition.slug, assignment.proposal.code)
    proposal = by_code(request.user, edition=assignment.edition.slug, proposal=assignment.proposal.code)
    return _proposal(request, proposal, assignment.pk, form)


def _other(request: SignedIn, assignment: Assignment) -> Assignment:
    """The other assignment of a swap; one that is hidden from this viewer is as absent as one that does not exist."""
    visible = lookups.visible_to(request.user, assignment.edition).select_related("edition", "reviewer", "proposal")
    other = visible.filter(pk=posted_ids(request).get("other") or 0).first()
    if other is None:
        raise Refused("no-such-assignment", "Choose from the list whom to swap with.", field="other")
    return other


def _chosen(request: HttpRequest, proposal: Proposal) -> User:
    reviewer = lookups.reviewer_for(proposal, posted_ids(request).get("reviewer", 0))
    if reviewer is None:
        raise Refused("no-such-reviewer", "Choose a reviewer from the list.", field="reviewer")
    return reviewer


def _proposal(
    request: SignedIn,
    proposal: Proposal,
    open_id: int | None = None,
    form: ReleaseForm | None = None,
    refused: RefusedAction | None = None,
) -> HttpResponse:
    rows = candidates.assignment_rows(proposal, request.user)
    blank = {row.id: ReleaseForm(auto_id=f"release-{row.id}-%s") for row in rows}
    context = {
        "proposal": proposal,
        "topics": proposal.topics.all(),
        "lines": [(row, form if form and row.id == open_id else blank[row.id]) for row in rows],
        "open_id": open_id,
        "refused": refused,
        "rules": candidates.pair_rules(proposal),
        "page_obj": page_of(request, candidates.candidates(proposal, request.user)),
    }
    return render(request, "reviews/assignments/proposal.html", context)
