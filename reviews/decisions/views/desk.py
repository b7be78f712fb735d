"""Pages: the desk, verdicts for several, and free places."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from expo.accounts.requests import SignedIn, opens_saved_view
from expo.editions.models import Edition
from expo.editions.queries import load as edition_by_slug
from expo.kit.errors import Refused
from expo.kit.lists import WHOLE
from expo.kit.policy import page
from expo.kit.posted import refusals_as_messages
from expo.kit.text import counted
from expo.proposals.models import Proposal
from expo.proposals.queries.listing import by_code, for_chairs
from expo.proposals.services.submission import lapse

from ..forms import (
    BackForm,
    BatchForm,
    DeskList,
    SeveralForm,
    VersionForm,
    WaitingListForm,
)
from ..queries.batches import open_batches_of
from ..queries.desk import (
    desk_of,
)
from ..queries.places import places_of
from ..services import batches, decisions, places
from ..states import DECIDING, Verdict


@page("decisions.desk", load=edition_by_slug)
@opens_saved_view
def desk(request: SignedIn, edition: Edition) -> HttpResponse:
    """All proposals, with suggestion and decision."""
    return desk_page(request, edition, BatchForm())


def desk_page(request: SignedIn, edition: Edition, batch_form: BatchForm) -> HttpResponse:
    desk = desk_of(edition, request.user)
    listed = DeskList(request.GET, desk.rows)
    if listed.wants_csv:
        return listed.csv(f"decisions {edition.slug}")
    is_deciding = edition.phase in DECIDING
    context = {
        "desk": desk,
        "ranking": desk.ranking,
        "is_deciding": is_deciding,
        "columns": 9 if is_deciding else 8,
        "list": listed,
        "rows": listed.with_lines(),
        "verdicts": list(Verdict),
        "batch_form": batch_form,
        "places": places_of(edition, request.user),
    }
    return render(request, "reviews/decisions/desk.html", context, status=422 if batch_form.errors else 200)


@page("decisions.desk", load=edition_by_slug)
@require_POST
def decide_several(request: SignedIn, edition: Edition) -> HttpResponse:
    """A verdict for the proposals chosen on the desk, or a batch for them: for all, or for none."""
    visible = {proposal.code: proposal for proposal in for_chairs(request.user, edition)}
    open_batches = {batch.pk: batch for batch in open_batches_of(edition, request.user)}
    form = SeveralForm(request.POST, codes=visible, batches=open_batches)
    if not form.is_valid() or not (form.cleaned_data["verdict"] or form.cleaned_data["batch"]):
        messages.error(request, "Nothing has changed: choose at least one of the proposals shown.")
        return redirect(desk_address(request, edition))
    chosen = [(visible[code], version) for code, version in form.chosen()]
    verdict, count = form.cleaned_data["verdict"], counted(len(chosen), "proposal")
    try:
        if verdict:
            decisions.decide_several(by=request.user, chosen=chosen, verdict=verdict)
            messages.success(request, f"{Verdict(verdict).label}: {count}.")
        else:
            batch = open_batches[int(form.cleaned_data["batch"])]
            batches.put_in_batch(by=request.user, batch=batch, proposals=[proposal for proposal, _ in chosen])
            messages.success(request, f"{count} put in “{batch}”.")
    except Refused as refusal:
        messages.error(request, f"Nothing has changed. {refusal.message}")
    return redirect(desk_address(request, edition))


@page("decisions.decide", load=by_code)
@require_POST
def take_back(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """Undo a first verdict: the proposal is undecided again."""
    form = VersionForm(request.POST)
    with refusals_as_messages(request):
        decisions.take_back_verdict(
            by=request.user, proposal=proposal, version=form.cleaned_data["version"] if form.is_valid() else 0
        )
        messages.success(request, f"{proposal.code} is undecided again.")
    return redirect(back(request, proposal))


@page("decisions.decide", load=by_code)
@require_POST
def accept_next(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """A free place goes to the next on the waiting list, or to another on it."""
    form = WaitingListForm(request.POST)
    if form.is_valid():
        with refusals_as_messages(request):
            places.accept_from_waiting_list(by=request.user, proposal=proposal, **form.cleaned_data)
            messages.success(request, f"{proposal.code} is accepted, and its sponsor is being notified.")
    else:
        messages.error(request, "Nothing has changed: use one of the buttons shown.")
    return _to_places(proposal)


@page("proposals.lapse", load=by_code)
@require_POST
def release_place(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """What nobody confirmed in time gives up its place."""
    with refusals_as_messages(request):
        lapse(by=request.user, proposal=proposal)
        messages.success(request, f"The place of {proposal.code} is released, and its team is being notified.")
    return _to_places(proposal)


def _to_places(proposal: Proposal) -> HttpResponse:
    return redirect(f"{reverse('decisions:desk', args=[proposal.edition.slug])}#free-places")


def back(request: HttpRequest, proposal: Proposal) -> str:
    """The batch one came from; or the desk as it was left, at this row."""
    batch, _ = BackForm(request.POST).values()
    if batch is not None:
        return reverse("decisions:batch", args=[proposal.edition.slug, batch])
    return f"{desk_address(request, proposal.edition)}#p-{proposal.code}"


def desk_address(request: HttpRequest, edition: Edition) -> str:
    """The desk as it was left."""
    _, query = BackForm(request.POST).values()
    return f"{reverse('decisions:desk', args=[edition.slug])}?{query or WHOLE}"
