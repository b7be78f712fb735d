"""Buttons and short pages of single verbs."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from expo.kit import clock
from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page
from expo.kit.posted import posted, refusals_as_messages

from .. import texts
from ..forms import PublicTextForm, WithdrawForm
from ..forms.page import number_from
from ..models import Proposal
from ..queries import allowance as allowance_reads
from ..queries.content import compare, content_of, missing_parts, people_of
from ..queries.listing import by_code
from ..queries.status import status_of
from ..services import drafts, submission
from ..services.public_text import approve_public_text, change_public_text
from ..states import ProposalState

either_way = require_http_methods(["GET", "HEAD", "POST"])


def _back(proposal: Proposal) -> HttpResponse:
    return redirect("proposals:detail", proposal.edition.slug, proposal.code)


@page("proposals.submit", load=by_code)
@either_way
def submit(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    refusal = None
    if request.method == "POST":
        try:
            submission.submit(by=request.user, proposal=proposal)
        except Refused as refused:
            refusal = refused
        else:
            messages.success(
                request, "Submitted. You have mail. Until the call closes you can change it and submit it again."
            )
            return _back(proposal)
    proposal = by_code(request.user, edition=proposal.edition.slug, proposal=proposal.code)
    if proposal.state != ProposalState.DRAFT and status_of(proposal, clock.now()).copy is None:
        messages.info(request, f"This proposal is {proposal.state}, and nothing was changed since.")
        return _back(proposal)
    return render(
        request, "expo/proposals/submit.html", _checks(proposal, refusal), status=refusal.status if refusal else 200
    )


def _checks(proposal: Proposal, refusal: Refused | None) -> dict[str, Any]:
    stand = status_of(proposal, clock.now())
    latest = stand.latest
    allowances = allowance_reads.allowances(proposal.sponsor)
    allowance = next(each for each in allowances if each.format.pk == latest.format_id)
    counts_already = stand.copy is not None and latest.format_id == proposal.format_id
    return {
        "proposal": proposal,
        "stand": stand,
        "latest": latest,
        "gaps": missing_parts(latest),
        "refusal": refusal if refusal and refusal.code != "incomplete" else None,
        "allowance": allowance,
        "has_place": counts_already or allowance.left > 0,
        "changes": compare(content_of(proposal), content_of(latest)) if stand.copy else [],
        "presenters": people_of(latest),
        "topics": list(latest.topics.all()),
        "advice": [each for each in texts.objections(latest.public_title, latest.public_text) if not each.stops],
    }


@page("proposals.withdraw", load=by_code)
@either_way
def withdraw(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    form = WithdrawForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            submission.withdraw(by=request.user, proposal=proposal, reason=form.cleaned_data["reason"])
            messages.success(request, "Withdrawn. Its place in what your tier allows is free again.")
            return _back(proposal)
    context = {"proposal": proposal, "form": form, "stand": status_of(proposal, clock.now())}
    return render(request, "expo/proposals/withdraw.html", context, status=422 if form.errors else 200)


def _button(verb: Callable[..., Proposal], done: str) -> Callable[[HttpRequest, Proposal], HttpResponse]:
    """A view for a verb without words of its own: done, or a sentence why not."""

    def view(request: HttpRequest, proposal: Proposal) -> HttpResponse:
        with refusals_as_messages(request):
            verb(by=request.user, proposal=proposal)
            messages.success(request, done)
        return _back(proposal)

    return require_POST(view)


revive = page("proposals.edit", load=by_code)(
    _button(submission.revive, "Taken up again as a draft. Submit it to ask for a place.")
)
confirm = page("proposals.confirm", load=by_code)(
    _button(submission.confirm, "Confirmed. Thank you. The organisers count on you.")
)


@page("proposals.edit", load=by_code)
@require_POST
def discard_changes(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """Discard the changes that were on the page, not those that somebody saved since."""
    try:
        drafts.discard_changes(by=request.user, proposal=proposal, version=number_from(request.POST.get("version")))
        messages.success(request, "Changes discarded. What you submitted stands.")
    except Refused as refusal:
        stale = "Somebody saved more changes while you read these. Read them again, then discard them."
        messages.error(request, stale if refusal.code == "stale-version" else refusal.message)
    return _back(proposal)


@page("proposals.approve_public_text", load=by_code)
@require_POST
def approve(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """Approve the text that was on the page, not one that somebody changed since."""
    try:
        approve_public_text(by=request.user, proposal=proposal, version=number_from(request.POST.get("version")))
        messages.success(request, "Approved. This text may be published.")
    except Refused as refusal:
        stale = "The text was changed while you read it. Read it again, then approve it."
        messages.error(request, stale if refusal.code == "stale-version" else refusal.message)
    return _back(proposal)


@page("proposals.edit", load=by_code)
@either_way
def public_text(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """Change and approve what will be published, after the verdict."""
    form = PublicTextForm(posted(request), initial=_public_initial(proposal))
    version, theirs = number_from(request.POST.get("version")) or proposal.version, None
    if request.method == "POST" and form.is_valid():
        try:
            change_public_text(by=request.user, proposal=proposal, version=version, **form.cleaned_data)
            messages.success(
                request, "Public text saved and approved." if form.cleaned_data["approve"] else "Public text saved."
            )
            return _back(proposal)
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
            if refusal.code == "stale-version":
                theirs = by_code(request.user, edition=proposal.edition.slug, proposal=proposal.code)
                version = theirs.version
    context = {"proposal": proposal, "form": form, "version": version, "theirs": theirs}
    context["stand"] = status_of(proposal, clock.now())
    return render(request, "expo/proposals/public_text.html", context, status=422 if form.errors else 200)


def _public_initial(proposal: Proposal) -> dict[str, Any]:
    return {
        "public_title": proposal.public_title,
        "public_text": proposal.public_text,
        "approve": proposal.public_text_approved_at is not None,
    }
