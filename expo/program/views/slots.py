"""Slots: for chairs, who was notified and what they answered; for teams, their slot, answer and constraints."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from expo.accounts.requests import SignedIn, opens_saved_view
from expo.editions.models import Edition
from expo.editions.queries import load as edition_of
from expo.kit import clock
from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page
from expo.kit.posted import back_to_list, posted
from expo.kit.text import counted
from expo.proposals.forms.verbs import ConstraintsForm
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import wall
from expo.proposals.queries.content import presenters_of
from expo.proposals.queries.listing import by_code
from expo.proposals.queries.status import status_of
from expo.proposals.services.constraints import set_constraints

from ..forms import AcceptSlotForm, AskForm, DeclineForm, SlotList, ticked
from ..models import Session, Slot
from ..queries.explanations import no_place
from ..queries.sessions import writable
from ..queries.slots import slot_by_id, slot_of, slot_rows
from ..services import slots
from .base import REFUSED, either_way

NOBODY = Refused("nobody-ticked", "No session is ticked, so nobody was notified. Tick at least one session.")
SAVED = "Saved. The scheduler takes it into account."


@page("program.view_timetable", load=edition_of)
@require_safe
@opens_saved_view
def slot_list(request: SignedIn, edition: Edition) -> HttpResponse:
    listed = SlotList(request.GET, slot_rows(request.user, edition))
    return listed.csv(f"slots {edition.slug}") if listed.wants_csv else _slots_page(request, edition, listed)


@page("program.tell_slots", load=edition_of)
@back_to_list("program:slots")
def notify(request: SignedIn, edition: Edition) -> HttpResponse:
    try:
        sessions = ticked(request.POST.getlist("row"))
        if not sessions:
            raise NOBODY
        notified = slots.notify_presenters(by=request.user, edition=edition, sessions=sessions)
    except Refused as refusal:
        return _slots_page(request, edition, SlotList(request.GET, slot_rows(request.user, edition)), refusal)
    messages.success(request, f"Presenters of {counted(len(notified), 'session')} notified by mail.")
    return redirect("program:slots", edition.slug)


def _slots_page(request: SignedIn, edition: Edition, listed: SlotList, refusal: Refused | None = None) -> HttpResponse:
    context = {
        "list": listed,
        "news": [row for row in listed.all if row.is_news],
        "is_walled": wall(request.user, edition).hides_some,
        "editable": writable(edition),
        "is_frozen": edition.slots_are_final(clock.now()),
        "freezes_at": edition.slots_freeze_at,
        "refusal": refusal,
    }
    return render(request, "expo/program/slots.html", context, status=REFUSED if refusal else 200)


@page("program.turn_down", load=slot_by_id)
@either_way
def decline(request: SignedIn, slot: Slot) -> HttpResponse:
    """What the presenters ask; the chair moves the session and notifies them anew, or declines with a reason."""
    form = DeclineForm(posted(request), initial={"number": slot.number})
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            slots.decline_change(by=request.user, slot=slot, **form.cleaned_data)
            messages.success(request, "Declined. The team has your reply by mail.")
            return redirect("program:slots", slot.edition.slug)
    session = Session.objects.select_related("room").filter(proposal=slot.proposal_id).first()
    context = {"slot": slot, "form": form, "session": session}
    return render(request, "expo/program/turn_down.html", context, status=REFUSED if form.is_bound else 200)


@page("program.see_slot", load=by_code)
@either_way
def slot(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """The slot that the team was notified of, and the form that asks for another one."""
    form = AskForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            slots.ask_for_change(by=request.user, proposal=proposal, **form.cleaned_data)
            messages.success(request, "Sent. The chairs have your request by mail, and you get their answer by mail.")
            return redirect("program:slot", proposal.edition.slug, proposal.code)
    return _slot_page(request, proposal, form)


@page("program.answer_slot", load=by_code)
@require_POST
def accept(request: SignedIn, proposal: Proposal) -> HttpResponse:
    form = AcceptSlotForm(request.POST)
    number = form.cleaned_data["number"] if form.is_valid() else 0
    try:
        slots.accept(by=request.user, proposal=proposal, number=number)
    except Refused as refusal:
        return _slot_page(request, proposal, AskForm(), refusal)
    messages.success(request, "Accepted. Thank you; see you on stage.")
    return redirect("program:slot", proposal.edition.slug, proposal.code)


def _slot_page(request: SignedIn, proposal: Proposal, form: AskForm, refusal: Refused | None = None) -> HttpResponse:
    """The slot as it is now; a refused form keeps what was typed and takes the number of the slot now on the page."""
    current = slot_of(proposal)
    if form.is_bound and current is not None:
        form.data = {**dict(form.data.items()), "number": str(current.number)}
    elif current is not None:
        form.initial = {"number": current.number}
    context = {
        "proposal": proposal,
        "slot": current,
        "form": form,
        "refusal": refusal,
        "status": status_of(proposal, clock.now()),
        "is_frozen": proposal.edition.slots_are_final(clock.now()),
        "freezes_at": proposal.edition.slots_freeze_at,
    }
    is_refused = refusal is not None or form.is_bound
    return render(request, "expo/program/slot.html", context, status=REFUSED if is_refused else 200)


@page("proposals.edit", load=by_code)
@either_way
def constraints(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """Confirm, and say what the session needs of its slot: either, or both at once."""
    form, theirs = ConstraintsForm(posted(request), proposal=proposal), None
    confirms = "confirm" in request.POST
    if request.method == "POST" and form.is_valid():
        try:
            saved = set_constraints(by=request.user, proposal=proposal, confirm=confirms, **form.constraints())
            messages.success(request, f"Confirmed, thank you. {SAVED}" if confirms else SAVED)
            warning = no_place(saved)
            if warning:
                messages.warning(request, warning)
                return redirect("program:constraints", saved.edition.slug, saved.code)
            return redirect("proposals:detail", saved.edition.slug, saved.code)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            if refusal.code == "stale-version":  # keep what was chosen, with the version as it is now
                proposal = theirs = by_code(request.user, edition=proposal.edition.slug, proposal=proposal.code)
                data = request.POST.copy()
                data["version"] = str(theirs.version)
                form.data = data
    context = {
        "proposal": proposal,
        "form": form,
        "theirs": theirs,
        "status": status_of(proposal, clock.now()),
        "presenters": presenters_of(proposal),
    }
    return render(request, "expo/program/constraints.html", context, status=REFUSED if form.errors else 200)
