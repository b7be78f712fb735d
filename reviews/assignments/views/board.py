"""The chair's board, and one proposal's reviewers by hand."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.errors import Refused, refusals_to
from expo.kit.pagination import page_of
from expo.kit.policy import page
from expo.proposals.models import Proposal
from expo.proposals.queries import by_code

from .. import queries, services
from ..forms import ReleaseForm
from ..models import Assignment
from ..queries import BoardFilter

SHOWS = {"": "All", "gaps": "With gaps", "late": "Late", "declined": "Declined", "complete": "All reviews in"}


@page("assignments.board", load=queries.edition_by_slug)
def board(request: HttpRequest, edition: Edition) -> HttpResponse:
    asked = BoardFilter.from_query(request.GET)
    runs = queries.runs_of(edition)
    context = {
        "totals": queries.totals(edition, request.user),
        "asked": asked,
        "runs": runs,
        "under_way": next((run for run in runs if run.is_under_way), None),
        "waiting": next((run for run in runs if run.state == "preview"), None),
        "by_reviewer": request.GET.get("view") == "reviewers",
    }
    shown = _reviewers(request, edition) if context["by_reviewer"] else _proposals(request, edition, asked)
    return render(request, "reviews/assignments/board.html", {**context, **shown})


def _proposals(request: HttpRequest, edition: Edition, asked: BoardFilter) -> dict[str, object]:
    page_obj = page_of(request, queries.board(edition, request.user, asked))
    rows = queries.rows(list(page_obj.object_list))
    return {"page_obj": page_obj, "rows": rows, "formats": edition.formats.all(), "shows": SHOWS}


def _reviewers(request: HttpRequest, edition: Edition) -> dict[str, object]:
    rows = queries.reviewer_rows(edition, request.user, request.GET.get("sort", "-load"))
    topics = {topic.pk: topic.name for topic in edition.topics.all()}
    page_obj = page_of(request, rows)
    named = [(row, sorted(topics[topic] for topic in row.person.topics)) for row in page_obj.object_list]
    return {"page_obj": page_obj, "reviewer_rows": named}


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
