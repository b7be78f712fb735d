"""Pages: a decision as it was recorded, all batches, and a second chair's sign-off."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from expo.accounts.requests import SignedIn
from expo.editions.models import Edition
from expo.editions.queries import load as edition_by_slug
from expo.kit.policy import page
from expo.kit.posted import done, refusals_as_messages
from expo.kit.text import counted
from expo.proposals.models import Proposal
from expo.proposals.queries.listing import by_code, for_chairs
from expo.proposals.states import DECIDABLE

from ..forms import BackForm, SeveralForm, VersionForm
from ..models import Batch
from ..queries.batches import batch_by_id
from ..queries.records import batch_rows, record_page
from ..services import sign_off as signing


@page("decisions.decide", load=by_code)
@require_safe
def record(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """What was decided, what it rested on, and everything that happened to it."""
    context = {
        "proposal": proposal,
        "record": record_page(proposal, request.user),
        "may_change": proposal.state in DECIDABLE,
    }
    return render(request, "reviews/decisions/record.html", context)


@page("decisions.release", load=edition_by_slug)
@require_safe
def batch_list(request: SignedIn, edition: Edition) -> HttpResponse:
    """All batches that the chair sees, released ones too."""
    return render(request, "reviews/decisions/batches.html", {"batches": batch_rows(edition, request.user)})


@page("decisions.decide", load=by_code)
@require_POST
def sign_off(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """Agree with a verdict as a second chair."""
    with refusals_as_messages(request):
        signing.sign_off(by=request.user, proposal=proposal, version=_version(request))
        back = reverse("decisions:take-back-sign-off", args=[proposal.edition.slug, proposal.code])
        kept = {"version": str(_version(request)), "batch": request.POST.get("batch", "")[:20]}
        done(request, f"{proposal.code} is signed off.", undo=back, **kept)
    return _back(request, proposal)


@page("decisions.decide", load=by_code)
@require_POST
def take_back_sign_off(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """Take one's own sign-off back."""
    with refusals_as_messages(request):
        signing.take_back_sign_off(by=request.user, proposal=proposal, version=_version(request))
        messages.success(request, f"{proposal.code} is not signed off any more.")
    return _back(request, proposal)


@page("decisions.release", load=batch_by_id)
@require_POST
def sign_off_batch(request: SignedIn, batch: Batch) -> HttpResponse:
    """Sign several verdicts of a batch off: all that are chosen, or none."""
    visible = {proposal.code: proposal for proposal in for_chairs(request.user, batch.edition)}
    form = SeveralForm(request.POST, codes=visible, batches=())
    if form.is_valid():
        chosen = [(visible[code], version) for code, version in form.chosen()]
        with refusals_as_messages(request):
            count = signing.sign_off_several(by=request.user, chosen=chosen)
            messages.success(request, f"{counted(count, 'verdict')} signed off.")
    else:
        messages.error(request, "Nothing has changed: choose at least one of the verdicts shown.")
    return redirect("decisions:batch", batch.edition.slug, batch.pk)


def _version(request: HttpRequest) -> int:
    form = VersionForm(request.POST)
    return int(form.cleaned_data["version"]) if form.is_valid() else 0


def _back(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    batch, _ = BackForm(request.POST).values()
    if batch is not None:
        return redirect("decisions:batch", proposal.edition.slug, batch)
    return redirect("decisions:decide", proposal.edition.slug, proposal.code)
