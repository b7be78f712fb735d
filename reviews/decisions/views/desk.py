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
from expo.kit.posted import ask, done, refusals_as_messages
from expo.kit.text import counted, listed
from expo.proposals.models import Proposal
from expo.proposals.queries.listing import by_code, for_chairs
from expo.proposals.services.submission import lapse

from ..forms import (
    BackForm,
    BatchForm,
    DeskList,
    MoveForm,
    NotesForm,
    SeveralForm,
    WaitingListForm,
)
from ..queries.asks import NeedsConfirmation, confirmed_by
from ..queries.batches import open_batches_of
from ..queries.desk import desk_of
from ..queries.places import places_of
from ..services import batches, decisions, notes, places, waitlist
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
        "columns": 9 + is_deciding + bool(listed.chosen["tag"].options),
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
    """A verdict for the proposals chosen on the desk, a batch or tags for them: for all, or for none."""
    visible = {proposal.code: proposal for proposal in for_chairs(request.user, edition)}
    open_batches = {batch.pk: batch for batch in open_batches_of(edition, request.user)}
    form = SeveralForm(request.POST, codes=visible, batches=open_batches)
    asked = ("verdict", "batch", "tag")
    if not form.is_valid() or not any(form.cleaned_data[name] for name in asked):
        messages.error(request, "Nothing has changed: choose at least one of the proposals shown.")
        return redirect(desk_address(request, edition))
    chosen = [(visible[code], version) for code, version in form.chosen()]
    verdict, count = form.cleaned_data["verdict"], counted(len(chosen), "proposal")
    try:
        if verdict:
            _decide_several(request, edition, chosen, verdict)
        elif "add-tag" in request.POST:
            tags = form.cleaned_data["tag"].split(",")
            notes.add_tags(by=request.user, proposals=[proposal for proposal, _ in chosen], tags=tags)
            messages.success(request, f"{count} tagged. Only you see your tags.")
        else:
            batch = open_batches[int(form.cleaned_data["batch"])]
            batches.put_in_batch(by=request.user, batch=batch, proposals=[proposal for proposal, _ in chosen])
            messages.success(request, f"{count} put in “{batch}”.")
    except Refused as refusal:
        messages.error(request, f"Nothing has changed. {refusal.message}")
    return redirect(desk_address(request, edition))


def _decide_several(request: SignedIn, edition: Edition, chosen: list[tuple[Proposal, int]], verdict: str) -> None:
    """What is unusual is asked once, for all of them."""
    confirmed, here = request.POST.getlist("confirmed"), request.POST.get("back", "")[:500]
    try:
        changed = decisions.decide_several(by=request.user, chosen=chosen, verdict=verdict, confirmed=confirmed)
    except NeedsConfirmation as needed:
        codes = [f"{proposal.code}:{version}" for proposal, version in chosen]
        fields = {"code": codes, "verdict": verdict, "confirmed": [*confirmed, *needed.tokens], "back": here}
        ask(request, f"Nothing has changed yet. {needed.message}", label="Accept all", to=request.path, fields=fields)
        return
    words = f"{Verdict(verdict).label}: {counted(len(changed), 'proposal')}."
    codes = [f"{each.proposal.code}:{each.version}" for each in changed]
    done(request, words, undo=reverse("decisions:undo", args=[edition.slug]) if codes else "", code=codes, back=here)


@page("decisions.desk", load=edition_by_slug)
@require_POST
def undo(request: SignedIn, edition: Edition) -> HttpResponse:
    """Undo the last verdict on one or several, each with the version it led to: on all, or on none."""
    visible = {proposal.code: proposal for proposal in for_chairs(request.user, edition)}
    form = SeveralForm(request.POST, codes=visible, batches=())
    chosen = [(visible[code], version) for code, version in form.chosen()] if form.is_valid() else []
    if not chosen:
        messages.error(request, "Nothing has changed: choose at least one of the proposals shown.")
        return redirect(desk_address(request, edition))
    with refusals_as_messages(request):
        decisions.undo_verdicts(by=request.user, chosen=chosen)
        messages.success(request, f"Undone: {listed([proposal.code for proposal, _ in chosen])}.")
    address = desk_address(request, edition)
    return redirect(f"{address}#p-{chosen[0][0].code}" if len(chosen) == 1 else address)


@page("decisions.decide", load=by_code)
@require_POST
def keep_notes(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """A chair's own tags and note on one proposal."""
    form = NotesForm(request.POST)
    if form.is_valid():
        with refusals_as_messages(request):
            tags = form.cleaned_data["tags"].split(",")
            notes.save_notes(by=request.user, proposal=proposal, tags=tags, note=form.cleaned_data["note"])
            messages.success(request, f"Your tags and note on {proposal.code} are kept.")
    else:
        messages.error(request, "Nothing was kept: the tags or the note are too long.")
    if "here" in request.POST:
        return redirect("decisions:decide", proposal.edition.slug, proposal.code)
    return redirect(back(request, proposal))


@page("decisions.decide", load=by_code)
@require_POST
def move_waiting(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """One place up or down on the waiting list."""
    form = MoveForm(request.POST)
    if form.is_valid():
        with refusals_as_messages(request):
            waitlist.move_on_waiting_list(by=request.user, proposal=proposal, **form.cleaned_data)
    else:
        messages.error(request, "Nothing has changed: use one of the buttons shown.")
    return redirect(f"{desk_address(request, proposal.edition)}#w-{proposal.code}")


@page("decisions.decide", load=by_code)
@require_POST
def accept_next(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """A free place goes to the next on the waiting list, or to another on it."""
    form = WaitingListForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing has changed: use one of the buttons shown.")
        return _to_places(proposal)
    confirmed = request.POST.getlist("confirmed")
    codes = confirmed_by(confirmed, proposal)
    try:
        places.accept_from_waiting_list(by=request.user, proposal=proposal, **form.cleaned_data, confirmed=codes)
        messages.success(request, f"{proposal.code} is accepted, and its sponsor is being notified.")
    except NeedsConfirmation as needed:
        kept = {name: request.POST.get(name, "") for name in ("version", "is_next")}
        fields = {**kept, "confirmed": [*confirmed, *needed.tokens]}
        label = f"Accept {proposal.code} and notify its sponsor"
        ask(request, f"Nothing has changed yet. {needed.message}", label=label, to=request.path, fields=fields)
    except Refused as refusal:
        messages.error(request, refusal.message)
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
