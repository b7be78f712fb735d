"""The chair's board: by proposal, by reviewer, and in figures."""

from collections.abc import Sequence
from itertools import takewhile

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from expo.editions.models import Edition
from expo.kit.pagination import page_of
from expo.kit.policy import page
from expo.kit.posted import refusals_as_messages
from expo.kit.runs import RunState

from ..models import Run
from ..queries import coverage, lookups
from ..queries.coverage import BoardFilter
from ..services import automation

SHOWS = {
    "": "All",
    "gaps": "With gaps",
    "late": "Late",
    "unanswered": "Offers unanswered",
    "expiring": "Offers that expire soon",
    "pinned": "Pinned or forbidden",
    "declined": "Declined",
    "complete": "All reviews in",
}


@page("assignments.board", load=lookups.edition_by_slug)
def board(request: HttpRequest, edition: Edition) -> HttpResponse:
    asked = BoardFilter.from_query(request.GET)
    by_reviewer = request.GET.get("view") == "reviewers"
    runs = lookups.runs_of(edition, request.user)
    context = {
        "totals": coverage.totals(edition, request.user),
        "asked": asked,
        "runs": runs,
        "under_way": next((run for run in runs if run.is_under_way), None),
        "waiting": _waiting(runs),
        "by_reviewer": by_reviewer,
        "tab": "reviewers" if by_reviewer else "proposals",
        "settings": lookups.settings_of(edition),
    }
    shown = _reviewers(request, edition) if by_reviewer else _proposals(request, edition, asked)
    return render(request, "reviews/assignments/board.html", {**context, **shown})


def _waiting(runs: Sequence[Run]) -> Run | None:
    """The preview to look at next: the latest, unless what was published since has overtaken it."""
    newer = takewhile(lambda run: run.state != RunState.PUBLISHED, runs)
    return next((run for run in newer if run.state == RunState.PREVIEW), None)


def _proposals(request: HttpRequest, edition: Edition, asked: BoardFilter) -> dict[str, object]:
    page_obj = page_of(request, coverage.board(edition, request.user, asked))
    rows = coverage.rows(list(page_obj.object_list))
    return {"page_obj": page_obj, "rows": rows, "formats": edition.formats.all(), "shows": SHOWS}


def _reviewers(request: HttpRequest, edition: Edition) -> dict[str, object]:
    rows = coverage.reviewer_rows(edition, request.user, request.GET.get("sort", "-load"), waiting=True)
    topics = {topic.pk: topic.name for topic in edition.topics.all()}
    page_obj = page_of(request, rows)
    named = [(row, sorted(topics[topic] for topic in row.person.topics)) for row in page_obj.object_list]
    return {"page_obj": page_obj, "reviewer_rows": named}


@page("assignments.board", load=lookups.edition_by_slug)
def figures(request: HttpRequest, edition: Edition) -> HttpResponse:
    """Affinity, load, lateness and waiting offers as histograms."""
    context = {"charts": coverage.figures(edition, request.user).all, "tab": "figures"}
    return render(request, "reviews/assignments/figures.html", context)


@page("assignments.remind", load=lookups.edition_by_slug)
@require_POST
def remind(request: HttpRequest, edition: Edition) -> HttpResponse:
    with refusals_as_messages(request):
        count = automation.remind(by=request.user, edition=edition)
        messages.success(request, _reminded(count))
    return redirect("assignments:board", edition.slug)


def _reminded(count: int) -> str:
    if not count:
        return "Nobody to remind: no review is open, or everybody was reminded within a day."
    return f"{count} {'person' if count == 1 else 'people'} reminded, one mail each."
