"""The discussion of a proposal: a page of its own, and the part of other pages that shows it."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from expo.accounts.requests import SignedIn
from expo.kit.errors import refusals_to
from expo.kit.policy import allowed, page
from expo.kit.posted import done, posted, refusals_as_messages
from expo.proposals.models import Proposal
from expo.proposals.queries.listing import by_code

from ..forms import CommentForm
from ..models import Comment
from ..queries import discussion as queries
from ..services import discussion as services


def read(request: SignedIn, proposal: Proposal) -> queries.Discussion | None:
    """What the viewer may read of it, which is old to them from now on; None for whom there is nothing."""
    if not allowed(request.user, "scoring.discuss", proposal):
        return None
    found = queries.discussion_of(proposal, request.user)
    if request.method != "HEAD":  # a page that comes back with a refusal shows it too
        services.look(by=request.user, proposal=proposal, saw_others=bool(found.others))
    return found


@page("scoring.discuss", load=by_code)
def discussion(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """The other reviews and the comments; a POST adds a comment and goes back to the page that it came from."""
    form = CommentForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            services.post_comment(by=request.user, proposal=proposal, **form.cleaned_data)
            done(request, "Comment posted.")
            return redirect(_back(request, proposal))
    context = {"discussion": read(request, proposal), "proposal": proposal, "comment_form": form}
    return render(request, "reviews/scoring/discussion.html", context, status=422 if form.errors else 200)


@page("scoring.remove_comment", load=queries.comment_by_id)
@require_POST
def remove_comment(request: SignedIn, comment: Comment) -> HttpResponse:
    """Take a comment out of sight."""
    with refusals_as_messages(request):
        services.remove_comment(by=request.user, comment=comment)
        done(request, "Comment removed.")
    return redirect(_back(request, comment.proposal))


def _back(request: SignedIn, proposal: Proposal) -> str:
    """The page on which the viewer was, as far as they may see it."""
    at, slug = request.POST.get("page"), proposal.edition.slug
    own = queries.own_review(request.user, proposal)
    if at == "review" and own is not None:
        address = reverse("scoring:review", args=[slug, own.assignment_id])
    elif at == "dossier" and allowed(request.user, "scoring.dossier", proposal):
        address = reverse("scoring:dossier", args=[slug, proposal.code])
    else:
        address = reverse("scoring:discussion", args=[slug, proposal.code])
    return f"{address}#discussion"
