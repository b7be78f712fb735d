"""The reviewer's own pages: what waits, accept or decline, and what they bring."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from expo.editions.models import Edition
from expo.kit.errors import refusals_to
from expo.kit.policy import page
from expo.kit.posted import posted, refusals_as_messages

from ..forms import ConflictForm, DeclineForm, ProfileForm, initial_of
from ..models import Assignment
from ..queries import lookups, reviewer_queue, roster
from ..queries.reviewer_queue import QueueItem
from ..services import assignments, profiles
from ..states import AssignmentState

LEAVES = "Noted. The proposal has left your queue, and you are not asked about it again."
STAYS = "Noted. Your review stays on record, marked with the conflict; a chair decides whether it counts."


@dataclass(frozen=True)
class Line:
    """An item of the queue with its own form to decline."""

    item: QueueItem
    form: DeclineForm


@page("assignments.queue", load=lookups.edition_by_slug)
def queue(request: HttpRequest, edition: Edition) -> HttpResponse:
    return _queue(request, edition)


@page("assignments.answer", load=lookups.assignment_by_id)
@require_POST
def accept(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    edition = assignment.edition
    with refusals_as_messages(request):
        assignments.accept(by=request.user, assignment=assignment)
        messages.success(request, f"“{assignment.proposal.title}” is yours to review.")
    return redirect("assignments:queue", edition.slug)


@page("assignments.answer", load=lookups.assignment_by_id)
@require_POST
def decline(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    edition = assignment.edition
    form = DeclineForm(request.POST, auto_id=f"decline-{assignment.pk}-%s")
    if form.is_valid():
        with refusals_to(form):
            assignments.decline(by=request.user, assignment=assignment, **form.cleaned_data)
            messages.success(request, "Declined. The cochairs will find somebody else.")
            return redirect("assignments:queue", edition.slug)
    return _queue(request, edition, assignment.pk, form)


@page("assignments.declare_conflict", load=lookups.assignment_by_id)
@require_http_methods(["GET", "HEAD", "POST"])
def conflict(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    """I must not judge this proposal: sent from the review or the queue. The page itself tells nothing about it."""
    form = ConflictForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            found = assignments.declare_conflict(by=request.user, assignment=assignment, **form.cleaned_data)
            messages.success(request, STAYS if found.state == AssignmentState.SUBMITTED else LEAVES)
            return redirect("assignments:queue", assignment.edition.slug)
    context = {"form": form, "assignment": assignment}
    return render(request, "reviews/assignments/conflict.html", context, status=422 if form.errors else 200)


@page("assignments.edit_profile", load=lookups.edition_by_slug)
def profile(request: HttpRequest, edition: Edition) -> HttpResponse:
    initial = initial_of(lookups.profile_of(request.user, edition))
    form = ProfileForm(request.POST or None, edition=edition, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            profiles.save_profile(by=request.user, edition=edition, **form.cleaned_data)
            messages.success(request, "Saved. The next assignments use it.")
            return redirect("assignments:queue", edition.slug)
    context = {"form": form, "takes_bids": lookups.settings_of(edition).takes_bids}
    return render(request, "reviews/assignments/profile.html", context)


def _queue(
    request: HttpRequest, edition: Edition, open_id: int | None = None, form: DeclineForm | None = None
) -> HttpResponse:
    items = reviewer_queue.queue_of(request.user, edition)
    lines = [Line(item, form if form and item.id == open_id else _form(item)) for item in items]
    by_state = {state: [line for line in lines if line.item.state == state] for state in AssignmentState}
    todo = by_state[AssignmentState.ACCEPTED]
    profile = lookups.profile_of(request.user, edition)
    context = {
        "offered": by_state[AssignmentState.OFFERED],
        "todo": todo,
        "done": by_state[AssignmentState.SUBMITTED],
        "total": len(lines),
        "first": todo[0].item if todo else None,
        "open_id": open_id,
        "stray": form if form and open_id not in {item.id for item in items} else None,
        "profile": profile,
        "knows_employer": profile.has_no_employer or roster.works_somewhere(request.user, edition),
        "has_topics": bool(profile.pk) and profile.topics.exists(),
    }
    return render(request, "reviews/assignments/queue.html", context)


def _form(item: QueueItem) -> DeclineForm:
    return DeclineForm(auto_id=f"decline-{item.id}-%s")
