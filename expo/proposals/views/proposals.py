"""The page of one proposal with its buttons and short forms; restoring, for the organisers."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from expo.accounts.requests import SignedIn, opens_saved_view
from expo.editions.models import Edition
from expo.editions.queries import load as load_edition
from expo.kit import clock
from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page
from expo.kit.posted import done, posted, refusals_as_messages

from ..comparison import compare, written
from ..forms.drafts import PageForm
from ..forms.published import PublishedForm
from ..forms.rows import move_of
from ..forms.verbs import AnswerNoForm, DecidedList, RestoreForm, WithdrawForm
from ..models import Proposal
from ..queries.allowance import allowances
from ..queries.call import call_of
from ..queries.change_requests import answer_of
from ..queries.checks import as_typed, findings, public_findings
from ..queries.content import content_of, missing_parts, people_of
from ..queries.listing import by_code, decided
from ..queries.presenters import answers_of_presenters, asked_of
from ..queries.revisions import revisions
from ..queries.status import history_for_sponsor, next_step, restoring_asked, status_of
from ..queries.timeline import TimelineFacts, timeline
from ..services import drafts, public_text, submission
from ..states import ProposalState

either_way = require_http_methods(["GET", "HEAD", "POST"])


@page("proposals.view", load=by_code)
@require_safe
def detail(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    status = status_of(proposal, clock.now())
    submitted, latest = (content_of(proposal), content_of(status.copy)) if status.copy else ({}, {})
    history, submissions, asked = history_for_sponsor(proposal), revisions(proposal), restoring_asked(proposal)
    facts = TimelineFacts(
        history,
        submissions[0].revision.number if submissions else 0,
        is_restoring_asked=asked is not None,
        first_day=min((day.date for day in proposal.edition.days.all()), default=None),
    )
    context = {
        "proposal": proposal,
        "status": status,
        "call": status.call,
        "timeline": timeline(status, facts),
        "answered_request": answer_of(proposal),
        "next": next_step(status),
        "missing": missing_parts(status.latest) if status.may_submit else [],
        "topics": list(proposal.topics.all()),
        "answers_of_presenters": answers_of_presenters(proposal),
        "asked_of_presenters": asked_of(status.latest.format),
        "advice": [each for each in public_findings(proposal) if not each.is_settled],
        "changes": compare(submitted, latest),
        "written": written(latest),
        "revisions": submissions,
        "history": history,
        "restoring_asked": asked,
    }
    return render(request, "expo/proposals/detail.html", context)


def _back(proposal: Proposal) -> HttpResponse:
    return redirect("proposals:detail", proposal.edition.slug, proposal.code)


@page("proposals.submit", load=by_code)
@either_way
def submit(request: SignedIn, proposal: Proposal) -> HttpResponse:
    refusal = None
    if request.method == "POST":
        try:
            submission.submit(by=request.user, proposal=proposal)
        except Refused as refused:
            refusal = refused
        else:
            on_changes = call_of(proposal.sponsor_id, proposal.edition, clock.now()).on_changes
            messages.success(request, f"Submitted. You will get an e-mail. {on_changes}")
            return _back(proposal)
    proposal = by_code(request.user, edition=proposal.edition.slug, proposal=proposal.code)
    if proposal.state != ProposalState.DRAFT and status_of(proposal, clock.now()).copy is None:
        messages.info(request, f"This proposal is {proposal.state_for_sponsor.lower()}, and nothing was changed since.")
        return _back(proposal)
    context = _submit_context(proposal, refusal)
    return render(request, "expo/proposals/submit.html", context, status=refusal.status if refusal else 200)


def _submit_context(proposal: Proposal, refusal: Refused | None) -> dict[str, Any]:
    status = status_of(proposal, clock.now())
    latest = status.latest
    allowance = next(each for each in allowances(proposal.sponsor) if each.format.pk == latest.format_id)
    found = findings(latest)
    counts_already = status.copy is not None and latest.format_id == proposal.format_id
    return {
        "proposal": proposal,
        "status": status,
        "latest": latest,
        "missing": missing_parts(latest),
        "refusal": refusal if refusal and refusal.code not in ("incomplete", "findings") else None,
        "allowance": allowance,
        "has_place": counts_already or allowance.left > 0,
        "changes": compare(content_of(proposal), content_of(latest)) if status.copy else [],
        "presenters": people_of(latest),
        "topics": list(latest.topics.all()),
        "findings": found,
        "is_settled": all(each.is_settled for each in found),
        "next": "submit",
    }


@page("proposals.withdraw", load=by_code)
@either_way
def withdraw(request: SignedIn, proposal: Proposal) -> HttpResponse:
    form = WithdrawForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            was = proposal.state
            gone = submission.withdraw(by=request.user, proposal=proposal, reason=form.cleaned_data["reason"])
            freed = " It no longer counts towards your tier's limit." if gone.withdrawn_from else ""
            comes_back_same = was == ProposalState.DRAFT and status_of(gone, clock.now()).may_revive
            address = reverse("proposals:revive", args=[gone.edition.slug, gone.code])
            done(request, f"Withdrawn.{freed}", undo=address if comes_back_same else "")
            return _back(proposal)
    context = {"proposal": proposal, "form": form, "status": status_of(proposal, clock.now())}
    return render(request, "expo/proposals/withdraw.html", context, status=422 if form.errors else 200)


@page("proposals.decline", load=by_code)
@either_way
def decline(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """Say no to an acceptance, with a reason if one likes."""
    form = AnswerNoForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            submission.decline(by=request.user, proposal=proposal, reason=form.cleaned_data["reason"])
            messages.success(request, "Declined. Thank you for saying so: the chairs can give its place to another.")
            return _back(proposal)
    context = {"proposal": proposal, "form": form, "status": status_of(proposal, clock.now())}
    return render(request, "expo/proposals/decline.html", context, status=422 if form.errors else 200)


def _button(verb: Callable[..., Proposal], done: str) -> Callable[[HttpRequest, Proposal], HttpResponse]:
    """A view for a verb without words of its own: done, or a sentence why not."""

    def view(request: HttpRequest, proposal: Proposal) -> HttpResponse:
        with refusals_as_messages(request):
            verb(by=request.user, proposal=proposal)
            messages.success(request, done)
        return _back(proposal)

    return require_POST(view)


def _versioned_button(
    verb: Callable[..., Proposal], done: str, stale: str
) -> Callable[[HttpRequest, Proposal], HttpResponse]:
    """The same for a verb about the text that was on the page, not one that somebody changed since."""

    def view(request: HttpRequest, proposal: Proposal) -> HttpResponse:
        try:
            verb(by=request.user, proposal=proposal, version=PageForm.sent(request.POST)["version"])
            messages.success(request, done)
        except Refused as refusal:
            messages.error(request, stale if refusal.code == "stale-version" else refusal.message)
        return _back(proposal)

    return require_POST(view)


revive = page("proposals.edit", load=by_code)(
    _button(submission.revive, "Reopened as a draft. Submit it to ask for a place.")
)
confirm = page("proposals.confirm", load=by_code)(
    _button(submission.confirm, "Confirmed. Thank you. The organisers count on you.")
)
discard_changes = page("proposals.edit", load=by_code)(
    _versioned_button(
        drafts.discard_changes,
        "Changes discarded. The version you submitted counts.",
        "Somebody saved more changes while you read these. Read them again, then discard them.",
    )
)
approve = page("proposals.approve_public_text", load=by_code)(
    _versioned_button(
        public_text.approve_public_text,
        "Approved. This text may be published.",
        "The text was changed while you read it. Read it again, then approve it.",
    )
)


@page("proposals.edit", load=by_code)
@either_way
def change_public_text(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """Change and approve what will be published, after the verdict."""
    sent, theirs = PageForm.sent(request.POST), None
    form = PublishedForm(proposal, data=request.POST) if request.method == "POST" else PublishedForm.of(proposal)
    version = sent["version"] or proposal.version
    if is_drawn_anew := bool({"move", "check"} & set(request.POST)):  # these buttons save nothing
        form = form.rearranged(move_of(sent["move"] or ""))
    elif request.method == "POST" and form.is_valid():
        try:
            public_text.change_public_text(by=request.user, proposal=proposal, version=version, **form.content())
            approved = " and approved" if form.main.cleaned_data["approve"] else ""
            messages.success(request, f"Public text saved{approved}.")
            return _back(proposal)
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
            if refusal.code == "stale-version":
                theirs = by_code(request.user, edition=proposal.edition.slug, proposal=proposal.code)
                version = theirs.version
    shown = as_typed(proposal, request.POST, *form.as_typed())
    context = {"proposal": proposal, "form": form, "version": version, "theirs": theirs, "next": "public-text"}
    context |= {"status": status_of(proposal, clock.now()), "findings": public_findings(shown)}
    is_wrong = request.method == "POST" and not is_drawn_anew
    return render(request, "expo/proposals/public_text.html", context, status=422 if is_wrong else 200)


@page("proposals.ask_to_restore", load=by_code)
@either_way
def ask_to_restore(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """The team's way back from a withdrawal made by mistake."""
    done = "Asked. The organisers and chairs have been notified, and you will get an e-mail when it is done."
    back = _back(proposal)
    return _restore_page(request, proposal, submission.ask_to_restore, "ask_to_restore", done, back)


@page("proposals.restore", load=by_code)
@either_way
def restore(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """Who runs the edition undoes it, after reading what that means."""
    done = f"{proposal.code} is {{state}} again."
    back = redirect("proposals:after", proposal.edition.slug)
    return _restore_page(request, proposal, submission.restore, "restore", done, back)


def _restore_page(
    request: HttpRequest, proposal: Proposal, verb: Callable[..., Proposal], name: str, done: str, back: HttpResponse
) -> HttpResponse:
    form = RestoreForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            changed = verb(by=request.user, proposal=proposal, reason=form.cleaned_data["reason"])
            messages.success(request, done.format(state=changed.get_state_display().lower()))
            return back
    context = {"proposal": proposal, "form": form, "status": status_of(proposal, clock.now())}
    context["asked"] = restoring_asked(proposal)
    return render(request, f"expo/proposals/{name}.html", context, status=422 if form.errors else 200)


@page("proposals.see_after", load=load_edition)
@require_safe
@opens_saved_view
def after(request: SignedIn, edition: Edition) -> HttpResponse:
    """What was decided or withdrawn, with what can still be done about it."""
    listed = DecidedList(request.GET, list(decided(request.user, edition)))
    if listed.wants_csv:
        return listed.csv(f"decided {edition.slug}")
    return render(request, "expo/proposals/after.html", {"list": listed})
