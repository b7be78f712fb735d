"""The chairs' pages of scores: the ranking, and everything on one proposal."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from expo.accounts.requests import SignedIn, opens_saved_view
from expo.editions.models import Edition
from expo.editions.queries import load as edition_by_slug
from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page
from expo.kit.posted import done, refusals_as_messages
from expo.proposals.models import Proposal
from expo.proposals.queries.listing import by_code
from expo.proposals.states import DECIDABLE
from reviews.assignments.forms import posted_ids
from reviews.assignments.models import Assignment
from reviews.assignments.queries import lookups
from reviews.assignments.services import assignments

from ..forms import AskRevisionForm, CommentForm, ExcludeForm, RankingList
from ..queries import reviews as review_queries
from ..queries.discussion import is_under_discussion, revision_answers
from ..queries.one_more import REVIEWS_ARRIVE, worth_a_review
from ..queries.pictures import FEW, score_charts
from ..queries.ranking import ranking_of
from ..services import exclusion
from ..services.entering import is_enterable
from .discussion import read as read_discussion


@page("scoring.standings", load=edition_by_slug)
@opens_saved_view
def ranking(request: SignedIn, edition: Edition) -> HttpResponse:
    """All proposals the chair may see, best first."""
    ranking = ranking_of(edition, request.user)
    listed = RankingList(request.GET, ranking.scores)
    if listed.wants_csv:
        return listed.csv(f"ranking {edition.slug}")
    draws = ranking.most_in_a_pool <= FEW or "picture" in request.GET
    context = {
        "ranking": ranking,
        "list": listed,
        "rows": listed.with_lines(),
        "charts": score_charts(ranking) if draws else (),
        "picture_url": "" if draws else f"{listed.address(picture='1')}#picture",
    }
    return render(request, "reviews/scoring/ranking.html", context)


@page("scoring.one_more", load=edition_by_slug)
def one_more_review(request: SignedIn, edition: Edition) -> HttpResponse:
    """The proposals whose place one more review would most likely change."""
    context = {
        "rows": worth_a_review(edition, request.user),
        "is_open": edition.phase in REVIEWS_ARRIVE,
    }
    return render(request, "reviews/scoring/one_more.html", context)


@page("assignments.assign", load=by_code)
@require_POST
def offer_one_more(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """Offer the proposal to the reviewer named by the button."""
    with refusals_as_messages(request):
        reviewer = lookups.reviewer_for(proposal, posted_ids(request).get("reviewer", 0))
        if reviewer is None:
            raise Refused("no-such-reviewer", "Choose a reviewer from the list.", field="reviewer")
        assignments.assign(by=request.user, proposal=proposal, reviewer=reviewer)
        messages.success(request, f"Offered to {reviewer}: “{proposal.title}”.")
    return redirect("scoring:one-more", proposal.edition.slug)


@page("scoring.dossier", load=by_code)
def dossier(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """Everything on one proposal."""
    return dossier_page(request, proposal)


@page("scoring.exclude_review", load=review_queries.assignment_by_id)
@require_POST
def exclude(request: SignedIn, assignment: Assignment) -> HttpResponse:
    """Take a review out of the count, with a reason."""
    form = ExcludeForm(request.POST)
    if form.is_valid():
        with refusals_to(form):
            exclusion.exclude_review(by=request.user, assignment=assignment, **form.cleaned_data)
            back = reverse("scoring:include", args=[assignment.edition.slug, assignment.pk])
            done(request, f"Excluded: the review of {assignment.reviewer} no longer counts.", undo=back)
            return to_dossier(assignment)
    return dossier_page(request, assignment.proposal, form, assignment.pk)


@page("scoring.exclude_review", load=review_queries.assignment_by_id)
@require_POST
def include(request: SignedIn, assignment: Assignment) -> HttpResponse:
    """Let an excluded review count again."""
    with refusals_as_messages(request):
        exclusion.include_review(by=request.user, assignment=assignment)
        messages.success(request, f"Included: the review of {assignment.reviewer} counts again.")
    return to_dossier(assignment)


def to_dossier(assignment: Assignment) -> HttpResponse:
    return redirect("scoring:dossier", assignment.edition.slug, assignment.proposal.code)


def dossier_page(
    request: SignedIn,
    proposal: Proposal,
    refused: ExcludeForm | AskRevisionForm | None = None,
    about: int | None = None,
) -> HttpResponse:
    """`about`: the assignment whose review the refused form is about."""
    dossier = review_queries.dossier(proposal, request.user)
    handled = [part for part in dossier.parts if part.assignment.reviewer_id != request.user.pk]
    forms: dict[int, ExcludeForm] = {}
    asks: dict[int, AskRevisionForm] = {}
    for part in handled if proposal.state in DECIDABLE else ():
        pk = part.assignment.pk
        if part.review:
            forms[pk] = ExcludeForm(auto_id=f"exclude-{pk}-%s")
        if part.counts and is_under_discussion(proposal):
            asks[pk] = AskRevisionForm(auto_id=f"ask-{pk}-%s")
    if isinstance(refused, ExcludeForm) and about in forms:
        forms[about] = refused
    elif isinstance(refused, AskRevisionForm) and about is not None:
        asks[about] = refused
    context = {
        "dossier": dossier,
        "proposal": proposal,
        "forms": forms,
        "asks": asks,
        "answers": revision_answers(dossier.history),
        "enterable": {part.assignment.pk for part in handled if is_enterable(part.assignment, proposal)},
        "discussion": read_discussion(request, proposal),
        "comment_form": CommentForm(),
    }
    return render(request, "reviews/scoring/dossier.html", context, status=422 if refused else 200)
