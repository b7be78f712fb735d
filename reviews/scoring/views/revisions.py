"""A revision that a chair asks for, and a review that a chair enters on its reviewer's behalf."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from expo.accounts.requests import SignedIn
from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page
from expo.kit.posted import done, posted, refusals_as_messages
from reviews.assignments.models import Assignment
from reviews.rubrics.queries import rubrics_of

from ..forms import AskRevisionForm, EnterForm, KeepForm, ReviewForm, initial_of
from ..queries import reviews as review_queries
from ..services import entering, revisions
from .chairs import dossier_page, to_dossier
from .reviews import review_page


@page("scoring.ask_revision", load=review_queries.assignment_by_id)
@require_POST
def ask(request: SignedIn, assignment: Assignment) -> HttpResponse:
    """Ask the reviewer to reconsider."""
    form = AskRevisionForm(request.POST, auto_id=f"ask-{assignment.pk}-%s")
    if form.is_valid():
        with refusals_to(form):
            revisions.ask_revision(by=request.user, assignment=assignment, **form.cleaned_data)
            done(request, f"{assignment.reviewer} was asked for a revision.")
            return to_dossier(assignment)
    return dossier_page(request, assignment.proposal, form, assignment.pk)


@page("scoring.ask_revision", load=review_queries.assignment_by_id)
@require_POST
def withdraw(request: SignedIn, assignment: Assignment) -> HttpResponse:
    """Take the request back."""
    with refusals_as_messages(request):
        revisions.withdraw_revision_request(by=request.user, assignment=assignment)
        done(request, "The request for a revision is withdrawn.")
    return to_dossier(assignment)


@page("scoring.keep_review", load=review_queries.assignment_by_id)
@require_POST
def keep(request: SignedIn, assignment: Assignment) -> HttpResponse:
    """The reviewer keeps the review as it is."""
    form = KeepForm(request.POST)
    if form.is_valid():
        with refusals_to(form):
            revisions.keep_review(by=request.user, assignment=assignment, **form.cleaned_data)
            done(request, "Your review stays as it is. The chairs can read your answer.")
            return redirect("scoring:review", assignment.edition.slug, assignment.pk)
    saved = review_queries.review_of(assignment)
    asked = rubrics_of(assignment.edition).of_proposal(assignment.proposal)
    shown = ReviewForm(initial=initial_of(saved), criteria=asked.criteria)
    return review_page(request, assignment, saved, shown, asked.rubric, form)


@page("scoring.enter_review", load=review_queries.assignment_by_id)
def enter(request: SignedIn, assignment: Assignment) -> HttpResponse:
    """The review's form for a chair, with where the review came from."""
    edition, proposal = assignment.edition, assignment.proposal
    asked = rubrics_of(edition).of_proposal(proposal)
    form = EnterForm(posted(request), criteria=asked.criteria)
    if request.method != "POST":
        try:
            entering.require_enterable(assignment)
        except Refused as refusal:
            messages.error(request, refusal.message)
            return to_dossier(assignment)
    elif form.is_valid():
        with refusals_to(form):
            entering.enter_review(by=request.user, assignment=assignment, **form.verb_fields())
            done(request, f"The review of {assignment.reviewer} counts. They get an e-mail.")
            return to_dossier(assignment)
    context = {
        "assignment": assignment,
        "proposal": proposal,
        "topics": proposal.topics.all(),
        "presenters": proposal.presenters.all(),
        "shows_sponsor": True,
        "form": form,
        "rubric": asked.rubric,
    }
    return render(request, "reviews/scoring/enter.html", context, status=422 if form.errors else 200)
