"""The reviewer's page of one review, and what a team sees of it beforehand."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from expo.accounts.models import User
from expo.accounts.requests import SignedIn
from expo.kit import clock
from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import allowed, page
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import wall
from expo.proposals.queries.content import people_of
from expo.proposals.queries.listing import by_code
from expo.proposals.queries.status import status_of
from reviews.assignments.models import Assignment
from reviews.assignments.services.assignments import note_opened
from reviews.assignments.states import LIVE
from reviews.rubrics.models import PracticeProposal, Rubric
from reviews.rubrics.queries import practice_to_do, rubrics_of

from ..forms import CommentForm, KeepForm, ReviewForm, initial_of
from ..models import Review
from ..queries import reviews as review_queries
from ..queries.amendments import amendments_of
from ..queries.incomplete import without_level
from ..services import reviews
from ..states import CHANGING, ReviewState
from .discussion import read as read_discussion

#: Buttons that hand the review in.
SUBMITS = ("submit", "submit-next")


@page("scoring.open_review", load=review_queries.assignment_by_id)
def review(request: SignedIn, assignment: Assignment) -> HttpResponse:
    """Read the proposal, choose levels, save or submit; nothing but the question while the reviewer is asked one."""
    if wall(request.user, assignment.edition).asks(assignment.proposal):
        typed = [text for name, text in request.POST.items() if name.startswith("for_") and str(text).strip()]
        status = 409 if request.method == "POST" else 200
        return render(request, "reviews/scoring/question.html", {"typed": typed}, status=status)
    saved = review_queries.review_of(assignment)
    asked = rubrics_of(assignment.edition).of_proposal(assignment.proposal)
    if request.method == "GET" and (first := _practice_first(request.user, assignment, saved, asked.rubric)):
        messages.info(request, "Practice comes first: it shows how the panel reads the levels, and counts for nothing.")
        return redirect("scoring:practice", assignment.edition.slug, first.pk)
    if request.method == "GET":
        note_opened(by=request.user, assignment=assignment)
    if request.method != "POST":
        form = ReviewForm(initial=initial_of(saved), criteria=asked.criteria)
        return review_page(request, assignment, saved, form, asked.rubric)
    if request.POST.get("do") == "autosave":
        return _autosave(request, assignment, ReviewForm(request.POST, criteria=asked.criteria, demanding=False))
    is_draft = request.POST.get("do") not in SUBMITS and not _is_submitted(saved)
    form = ReviewForm(request.POST, criteria=asked.criteria, demanding=not is_draft)
    if form.is_valid():
        with refusals_to(form):
            verb = reviews.save_review if is_draft else reviews.submit_review
            return _onwards(request, assignment, verb(by=request.user, assignment=assignment, **form.verb_fields()))
    form = _with_version(form, review_queries.review_of(assignment))
    return review_page(request, assignment, saved, form, asked.rubric)


def _practice_first(
    user: User, assignment: Assignment, saved: Review | None, rubric: Rubric | None
) -> PracticeProposal | None:
    """What to practise on before the first review of an edition; a draft that exists already may be finished."""
    if saved is not None or rubric is None or not reviews.is_open(assignment):
        return None
    first = practice_to_do(user, [rubric.pk])
    return None if first is None or review_queries.has_submitted(user, assignment.edition) else first


def _autosave(request: SignedIn, assignment: Assignment, form: ReviewForm) -> JsonResponse:
    """What the page sends by itself: the new version, or a sentence why nothing was saved."""
    if not form.is_valid():
        return JsonResponse({"message": next(iter(form.errors.values()))[0]}, status=422)
    try:
        saved = reviews.save_review(by=request.user, assignment=assignment, by_itself=True, **form.verb_fields())
    except Refused as refusal:
        return JsonResponse({"code": refusal.code, "message": refusal.message}, status=refusal.status)
    return JsonResponse({"version": saved.version})


def _draft_key(request: HttpRequest, assignment: Assignment) -> str:
    """Under which a browser keeps what was typed and not saved yet."""
    return f"expo-draft:{request.user.pk}:{assignment.pk}"


def _is_submitted(review: Review | None) -> bool:
    return review is not None and review.state == ReviewState.SUBMITTED


def _with_version(form: ReviewForm, saved: Review | None) -> ReviewForm:
    """A refused form comes back on top of what is saved now: sending it again means to replace that.

    If that is newer than what the form started from, only a person may send it again.
    """
    data = QueryDict(mutable=True)
    data.update(form.data)
    now = str(saved.version if saved else 0)
    form.is_behind = data.get("version") != now
    data["version"] = now
    form.data = data
    return form


def _onwards(request: SignedIn, assignment: Assignment, saved: Review) -> HttpResponse:
    messages.success(request, _words(assignment, saved), extra_tags=_draft_key(request, assignment))
    if request.POST.get("do") not in ("next", "submit-next"):
        return redirect("scoring:review", assignment.edition.slug, assignment.pk)
    following = review_queries.place_in_queue(request.user, assignment.edition, assignment).following
    if following is None:
        return redirect("assignments:queue", assignment.edition.slug)
    return redirect("scoring:review", assignment.edition.slug, following.pk)


def _words(assignment: Assignment, saved: Review) -> str:
    if not _is_submitted(saved):
        return "Draft saved, not submitted. Nobody else can read it."
    if saved.amended_at is not None:
        return "Changes saved. What you submitted at first stays on record beside them."
    if assignment.edition.phase not in CHANGING:
        return "Review submitted. The chairs are deciding, so it no longer changes."
    return "Review submitted. You can change it until decisions begin."


def review_page(
    request: SignedIn,
    assignment: Assignment,
    saved: Review | None,
    form: ReviewForm,
    rubric: Rubric | None,
    keep_form: KeepForm | None = None,
) -> HttpResponse:
    """`keep_form`: the refused answer to a chair who asked for a revision."""
    edition, is_submitted = assignment.edition, _is_submitted(saved)
    if not review_queries.has_submitted(request.user):
        form.unfold()
    unscored = without_level(saved, form.criteria) if saved else ()
    context = {
        "assignment": assignment,
        "proposal": assignment.proposal,
        "topics": assignment.proposal.topics.all(),
        "presenters": assignment.proposal.presenters.all(),
        "review": saved,
        "form": form,
        "rubric": rubric,
        "is_submitted": is_submitted,
        "amendments": amendments_of(saved, edition) if saved else None,
        "is_complete": saved is not None and bool(form.criteria) and not unscored,
        "lacking": unscored if is_submitted else (),
        "draft_key": _draft_key(request, assignment),
        "autosaves": not is_submitted and not form.is_behind,
        "is_open": reviews.is_open(assignment),
        "is_late": edition.phase not in CHANGING,
        "may_declare": assignment.state in LIVE,
        "shows_sponsor": is_submitted or not edition.hide_sponsor_until_scored,
        "discussion": read_discussion(request, assignment.proposal) if is_submitted else None,
        "comment_form": CommentForm(),
        "keep_form": keep_form or KeepForm(),
        "place": review_queries.place_in_queue(request.user, edition, assignment),
    }
    return render(request, "reviews/scoring/review.html", context, status=422 if form.errors or keep_form else 200)


@page("scoring.preview", load=by_code)
@require_safe
def preview(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """A reviewer's page for its team, by the very parts of that page, without any reviewer or review."""
    edition, source = proposal.edition, status_of(proposal, clock.now()).latest
    hides_sponsor = edition.hide_sponsor_until_scored
    shows_form = allowed(request.user, "rubrics.read", edition)
    asked = rubrics_of(edition).of(source.format_id) if shows_form else None
    context = {
        "proposal": proposal,
        "source": source,
        "is_changed": source is not proposal,
        "topics": source.topics.all(),
        "presenters": [] if hides_sponsor else people_of(source),
        "shows_sponsor": not hides_sponsor,
        "rubric": asked.rubric if asked else None,
        "form": ReviewForm(criteria=asked.criteria) if asked else None,
    }
    response = render(request, "reviews/scoring/preview.html", context)
    response["Cache-Control"], response["X-Robots-Tag"] = "no-store, private", "noindex, nofollow"
    return response
