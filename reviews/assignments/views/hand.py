"""One proposal's reviewers by hand: assign, release, pin, forbid and swap, each checked at once."""

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

from .. import queries, services
from ..forms import ReleaseForm
from ..models import Assignment

PAIRED = {"pin": "Pinned", "forbid": "Forbidden", "clear": "Free again"}


@page("assignments.assign", load=by_code)
def proposal(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    return _proposal(request, proposal)


@page("assignments.assign", load=by_code)
@require_POST
def assign(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    try:
        chosen = _chosen(request)
        services.assign(by=request.user, proposal=proposal, reviewer=chosen)
        messages.success(request, f"Offered to {chosen}.")
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("assignments:proposal", proposal.edition.slug, proposal.code)


@page("assignments.pair", load=by_code)
@require_POST
def pair(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """Pin, forbid or clear one pair; comes back to the page named in `back`: a run, or the proposal's own."""
    try:
        chosen = _chosen(request)
        kind = request.POST.get("kind", "")
        services.set_pair(
            by=request.user, proposal=proposal, reviewer=chosen, kind=kind, note=request.POST.get("note", "")
        )
        messages.success(request, f"{PAIRED.get(kind, 'Saved')}: {chosen}. The next run keeps to it.")
    except Refused as refusal:
        messages.error(request, refusal.message)
    return _back(request, proposal)


@page("assignments.swap", load=queries.assignment_by_id)
@require_POST
def swap(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    """Two reviewers change places between two proposals."""
    try:
        other = _other(request, assignment)
        services.swap(by=request.user, one=assignment, other=other)
        messages.success(request, f"{assignment.reviewer} and {other.reviewer} have changed places.")
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("assignments:proposal", assignment.edition.slug, assignment.proposal.code)


@page("assignments.release", load=queries.assignment_by_id)
@require_POST
def release(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    form = ReleaseForm(request.POST, auto_id=f"release-{assignment.pk}-%s")
    if form.is_valid():
        with refusals_to(form):
            services.release(by=request.user, assignment=assignment, **form.cleaned_data)
            messages.success(request, f"{assignment.reviewer} no longer reviews it.")
            return redirect("assignments:proposal", assignment.edition.slug, assignment.proposal.code)
    found = by_code(request.user, edition=assignment.edition.slug, proposal=assignment.proposal.code)
    return _proposal(request, found, assignment.pk, form)


def _back(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    run = request.POST.get("run", "")
    if run.isascii() and run.isdigit() and len(run) < 19:
        return redirect(f"{reverse('assignments:run', args=[proposal.edition.slug, int(run)])}#p-{proposal.code}")
    return redirect("assignments:proposal", proposal.edition.slug, proposal.code)


def _other(request: HttpRequest, assignment: Assignment) -> Assignment:
    """The other place of a swap; one that is hidden from this viewer is as absent as one that is not there."""
    typed = request.POST.get("other", "")
    is_number = typed.isascii() and typed.isdigit() and len(typed) < 19
    seen = queries.visible_to(request.user, assignment.edition).select_related("reviewer", "proposal")
    found = seen.filter(pk=int(typed)).first() if is_number else None
    if found is None:
        raise Refused("no-such-assignment", "Choose whom to change places with from the list.", field="other")
    return found


def _chosen(request: HttpRequest) -> User:
    typed = request.POST.get("reviewer", "")
    found = (
        User.objects.filter(pk=int(typed)).first() if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
    )
    if found is None:
        raise Refused("no-such-reviewer", "Choose a reviewer from the list.", field="reviewer")
    return found


def _proposal(
    request: HttpRequest, proposal: Proposal, open_id: int | None = None, form: ReleaseForm | None = None
) -> HttpResponse:
    rows = Assignment.objects.filter(proposal=proposal).select_related("reviewer").order_by("-id")
    lines = [(row, form if form and row.pk == open_id else ReleaseForm(auto_id=f"release-{row.pk}-%s")) for row in rows]
    context = {
        "proposal": proposal,
        "topics": proposal.topics.all(),
        "lines": lines,
        "open_id": open_id,
        "page_obj": page_of(request, queries.candidates(proposal, request.user)),
    }
    return render(request, "reviews/assignments/proposal.html", context)
