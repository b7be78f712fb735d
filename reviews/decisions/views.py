"""Pages of the chairs: the desk, one decision, batches and their release, and whether the accepted fit."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from expo.accounts.requests import SignedIn, opens_saved_view
from expo.editions.models import Edition
from expo.editions.queries import load as edition_by_slug
from expo.kit.errors import Refused, refusals_to
from expo.kit.lists import WHOLE
from expo.kit.policy import page
from expo.kit.posted import back_to_list, done, refusals_as_messages
from expo.kit.runs import RunState
from expo.kit.text import counted
from expo.proposals.models import Proposal
from expo.proposals.queries.checks import near_copies
from expo.proposals.queries.listing import by_code, for_chairs
from expo.proposals.services.submission import lapse
from reviews.scoring.queries.reviews import dossier

from .forms import (
    BackForm,
    BatchForm,
    CodesForm,
    DecisionForm,
    DeskList,
    QuickForm,
    SeveralForm,
    VersionForm,
    WaitingListForm,
    WhatIfForm,
)
from .models import Batch, Decision, Fit
from .queries.batches import batch_by_id, batch_page, earlier, open_batches_of
from .queries.decision_basis import criteria_rows
from .queries.desk import (
    NO_DRAFT,
    Desk,
    DeskRow,
    Draft,
    desk_of,
    draft_for,
    draft_named,
    drafted_verdict,
    is_as_drafted,
    saved_draft,
)
from .queries.fits import answer_of, fit_by_id, fit_page
from .queries.places import places_of
from .services import batches, decisions, fits, places
from .states import DECIDING, BatchState, Reason, Verdict


@page("decisions.desk", load=edition_by_slug)
@opens_saved_view
def desk(request: SignedIn, edition: Edition) -> HttpResponse:
    """All proposals, with suggestion and decision."""
    return _desk_page(request, edition, BatchForm())


def _desk_page(request: SignedIn, edition: Edition, batch_form: BatchForm) -> HttpResponse:
    what_if = WhatIfForm(request.GET).what_if()
    desk = desk_of(edition, request.user, what_if)
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
        "what_if": what_if,
        "real_limits": f"?{urlencode(listed.kept) or WHOLE}",
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
    open_batches = {batch.pk: batch for batch in open_batches_of(edition)}
    form = SeveralForm(request.POST, codes=visible, batches=open_batches)
    if not form.is_valid() or not (form.cleaned_data["verdict"] or form.cleaned_data["batch"]):
        messages.error(request, "Nothing has changed: choose at least one of the proposals shown.")
        return redirect(_desk_address(request, edition))
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
    return redirect(_desk_address(request, edition))


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
    return redirect(_back(request, proposal))


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


@page("decisions.decide", load=by_code)
def decide(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """One verdict, with its reason, feedback and note; or one click on the desk; or a draft for what is chosen."""
    desk = desk_of(proposal.edition, request.user)
    row = desk.of(proposal)
    if request.method != "POST":
        return _decide_page(request, proposal, row, *_opened(request, desk, proposal))
    if "quick" in request.POST:
        return _quick(request, desk, proposal)
    if "redraft" in request.POST:
        return _decide_page(request, proposal, row, *_redrafted(request, desk, proposal))
    form = DecisionForm(request.POST, proposal=proposal)
    if form.is_valid():
        with refusals_to(form):
            decision = decisions.decide(by=request.user, proposal=proposal, **form.cleaned_data)
            is_released = decision.batch is not None and decision.batch.state == BatchState.RELEASED
            follows = (
                "Its sponsor already knows this verdict; no new one is sent."
                if is_released
                else "Its sponsor is notified when its batch is released."
            )
            messages.success(request, f"{proposal.code}: {Verdict(decision.verdict).label}. {follows}")
            return redirect(_back(request, proposal))
    fresh = desk_of(proposal.edition, request.user)
    return _decide_page(request, proposal, fresh.of(proposal), *_refused(form, fresh, proposal))


def _opened(request: HttpRequest, desk: Desk, proposal: Proposal) -> tuple[DecisionForm, Draft]:
    """The current verdict; or a draft for the one asked for or suggested."""
    row = desk.of(proposal)
    asked = request.GET.get("verdict", "")
    if row and row.decision and asked not in list(Verdict):
        decision, saved = row.decision, saved_draft(row.decision)
        names = ("verdict", "reason", "feedback", "note", "version", "format", "shows_criteria")
        initial = {name: getattr(decision, name) for name in names}
        if saved.facts is None:
            return DecisionForm(proposal=proposal, initial=initial), NO_DRAFT
        now = draft_for(desk.basis, proposal, saved.facts.verdict, saved.facts.reason)
        is_own = decision.feedback != saved.text.strip()
        initial |= {"drafted": now.token} if is_own else {"drafted": now.token, "feedback": now.text}
        return DecisionForm(proposal=proposal, initial=initial), now if now.facts != saved.facts else NO_DRAFT
    suggested = Verdict.ACCEPT if row and row.suggestion.chosen else Verdict.REJECT
    verdict = Verdict(asked) if asked in list(Verdict) else suggested
    reason = request.GET.get("reason", "")
    if reason not in list(Reason):
        reason = row.reasons[verdict] if row else Reason.CHAIRS_CALL
    draft = draft_for(desk.basis, proposal, verdict, reason)
    initial = {"verdict": verdict, "reason": reason, "feedback": draft.text, "drafted": draft.token, "version": 0}
    if row and row.decision:
        initial |= {name: getattr(row.decision, name) for name in ("note", "version", "shows_criteria")}
    return DecisionForm(proposal=proposal, initial=initial), NO_DRAFT


def _redrafted(request: HttpRequest, desk: Desk, proposal: Proposal) -> tuple[DecisionForm, Draft]:
    """The form as typed, with a draft for the verdict and reason chosen; a text that a chair edited stays."""
    names = ("verdict", "reason", "feedback", "note", "version", "format", "shows_criteria")
    typed = {name: request.POST.get(name, "") for name in names}
    token = request.POST.get("drafted", "")
    row = desk.of(proposal)
    if typed["verdict"] not in list(Verdict) or row is None:
        return DecisionForm(proposal=proposal, initial={**typed, "drafted": token}), NO_DRAFT
    before = drafted_verdict(token)
    if before != typed["verdict"] and typed["reason"] in ("", row.reasons.get(before) if before else ""):
        typed["reason"] = row.reasons[Verdict(typed["verdict"])]
    if typed["reason"] not in list(Reason):
        return DecisionForm(proposal=proposal, initial={**typed, "drafted": token}), NO_DRAFT
    draft = draft_for(desk.basis, proposal, typed["verdict"], typed["reason"])
    if is_as_drafted(token, typed["feedback"]):
        return DecisionForm(
            proposal=proposal, initial={**typed, "feedback": draft.text, "drafted": draft.token}
        ), NO_DRAFT
    return DecisionForm(proposal=proposal, initial={**typed, "drafted": token}), draft


def _refused(form: DecisionForm, desk: Desk, proposal: Proposal) -> tuple[DecisionForm, Draft]:
    """A refused form comes back on top of what is saved now: sending it again means to replace that."""
    data = QueryDict(mutable=True)
    data.update(form.data)
    row = desk.of(proposal)
    data["version"] = str(row.version if row else 0)
    token, present = data.get("drafted", ""), NO_DRAFT
    if token and data.get("verdict") in list(Verdict) and data.get("reason") in list(Reason):
        draft = draft_for(desk.basis, proposal, str(data["verdict"]), str(data["reason"]))
        if is_as_drafted(token, data.get("feedback", "")):
            data["feedback"], data["drafted"] = draft.text, draft.token
        elif draft_named(desk.basis, proposal, token) is None:
            data["drafted"], present = draft.token, draft
    form.data = data
    return form, present


def _quick(request: SignedIn, desk: Desk, proposal: Proposal) -> HttpResponse:
    """A verdict by one click: the reason shown beside it and a draft, to be read before the batch is released."""
    form = QuickForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"{proposal.code} was not decided: choose one of the verdicts shown.")
        return redirect(_back(request, proposal))
    verdict = Verdict(form.cleaned_data["verdict"])
    row = desk.of(proposal)
    reason = dict(row.choices)[verdict] if row else Reason.CHAIRS_CALL
    shown_reason = form.cleaned_data[f"reason-{verdict}"]
    if shown_reason and shown_reason != reason:
        messages.error(
            request,
            f"{proposal.code} was not decided: since you opened the page, other verdicts have changed the reason from "
            f"“{Reason(shown_reason).label}” to “{reason.label}”. Look at it again.",
        )
        return redirect(_back(request, proposal))
    try:
        decision = decisions.decide_by_points(
            by=request.user, proposal=proposal, verdict=verdict, version=form.cleaned_data["version"]
        )
        _say_decided(request, row, decision, proposal)
    except Refused as refusal:
        messages.error(request, f"{proposal.code}: {refusal.message}")
    return redirect(_back(request, proposal))


def _say_decided(request: SignedIn, row: DeskRow | None, decision: Decision, proposal: Proposal) -> None:
    """What one click did, with the button that undoes it: back to no verdict, or to the one before."""
    before = row.decision if row else None
    here = {"back": request.POST.get("back", "")[:200], "version": str(decision.version)}
    words = f"{proposal.code}: {Verdict(decision.verdict).label}."
    if before is None:
        take_back = reverse("decisions:take-back", args=[proposal.edition.slug, proposal.code])
        done(request, words, undo=take_back, **here)
    elif before.version != decision.version:
        old = {name: str(getattr(before, name)) for name in ("verdict", "reason", "feedback", "note")}
        old |= {"format": str(before.format_id or ""), "shows_criteria": "on" if before.shows_criteria else ""}
        address = reverse("decisions:decide", args=[proposal.edition.slug, proposal.code])
        done(request, words, undo=address, **here, **old, drafted=saved_draft(before).token)


def _back(request: HttpRequest, proposal: Proposal) -> str:
    """The batch one came from; or the desk as it was left, at this row."""
    batch, _ = BackForm(request.POST).values()
    if batch is not None:
        return reverse("decisions:batch", args=[proposal.edition.slug, batch])
    return f"{_desk_address(request, proposal.edition)}#p-{proposal.code}"


def _desk_address(request: HttpRequest, edition: Edition) -> str:
    """The desk as it was left."""
    _, query = BackForm(request.POST).values()
    return f"{reverse('decisions:desk', args=[edition.slug])}?{query or WHOLE}"


def _decide_page(
    request: SignedIn, proposal: Proposal, row: DeskRow | None, form: DecisionForm, draft: Draft
) -> HttpResponse:
    """`draft`: the current draft where the text above it is the chair's own, or was drafted from something else."""
    found = dossier(proposal, request.user)
    context = {
        "proposal": proposal,
        "row": row,
        "form": form,
        "draft": draft,
        "flags": proposal.flags,
        "near_copies": near_copies(request.user, proposal),
        "dossier": found,
        "verdicts": list(Verdict),
        "earlier": earlier(proposal),
        "criteria": criteria_rows(found.ranking, proposal) if row else (),
        "back": request.POST.get("back", request.GET.get("back", "")),
        "batch_id": request.POST.get("batch", request.GET.get("batch", "")),
    }
    return render(request, "reviews/decisions/decide.html", context, status=422 if form.errors else 200)


@page("decisions.release", load=edition_by_slug)
@back_to_list("decisions:desk")
def create_batch(request: SignedIn, edition: Edition) -> HttpResponse:
    form = BatchForm(request.POST)
    if form.is_valid():
        with refusals_to(form):
            batch = batches.create_batch(by=request.user, edition=edition, name=form.cleaned_data["name"])
            return redirect("decisions:batch", edition.slug, batch.pk)
    return _desk_page(request, edition, form)


@page("decisions.release", load=batch_by_id)
def batch(request: SignedIn, batch: Batch) -> HttpResponse:
    """What the batch holds, and every mail its release would send."""
    return _batch_page(request, batch)


def _batch_page(request: SignedIn, batch: Batch, refusal: str = "") -> HttpResponse:
    context = {"contents": batch_page(batch, request.user), "batch": batch, "refusal": refusal}
    return render(request, "reviews/decisions/batch.html", context, status=422 if refusal else 200)


@page("decisions.release", load=batch_by_id)
@require_POST
def put(request: SignedIn, batch: Batch) -> HttpResponse:
    return _change(request, batch, batches.put_in_batch)


@page("decisions.release", load=batch_by_id)
@require_POST
def take_out(request: SignedIn, batch: Batch) -> HttpResponse:
    return _change(request, batch, batches.take_out_of_batch)


def _change(request: SignedIn, batch: Batch, verb: Callable[..., Any]) -> HttpResponse:
    visible = {proposal.code: proposal for proposal in for_chairs(request.user, batch.edition)}
    form = CodesForm(request.POST, codes=list(visible))
    if not form.is_valid():
        return _batch_page(request, batch, "Choose at least one of the proposals shown.")
    try:
        verb(by=request.user, batch=batch, proposals=[visible[code] for code in form.cleaned_data["code"]])
    except Refused as refusal:
        return _batch_page(request, batch, refusal.message)
    return redirect("decisions:batch", batch.edition.slug, batch.pk)


@page("decisions.release", load=batch_by_id)
@require_POST
def release(request: SignedIn, batch: Batch) -> HttpResponse:
    try:
        report = batches.release_batch(by=request.user, batch=batch)
    except Refused as refusal:
        return _batch_page(request, batch, refusal.message)
    count = "One verdict is" if report.released == 1 else f"{report.released} verdicts are"
    messages.success(request, f"{count} released; the mails are being sent.")
    for skipped in report.skipped:
        messages.warning(request, f"{skipped.code} “{skipped.title}” was left out: it {skipped.why}.")
    return redirect("decisions:batch", batch.edition.slug, batch.pk)


@page("decisions.desk", load=edition_by_slug)
def does_it_fit(request: SignedIn, edition: Edition) -> HttpResponse:
    """Whether the accepted fit, as far as it is known now; the desk fetches its short form."""
    part = "_fits.html" if getattr(request, "htmx", False) else "fits.html"
    context = {
        "known": fit_page(edition, request.user),
        "query": request.GET.urlencode(),
        "what_if": WhatIfForm(request.GET).what_if(),
    }
    return render(request, f"reviews/decisions/{part}", context)


@page("decisions.desk", load=edition_by_slug)
@require_POST
def ask_fit(request: SignedIn, edition: Edition) -> HttpResponse:
    """`kind`: check or joint; a what-if of the desk may come along."""
    kind, what_if = request.POST.get("kind", ""), WhatIfForm(request.POST).what_if()
    try:
        fit = fits.start_fit(by=request.user, edition=edition, kind=kind, what_if=what_if)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("decisions:fits", edition.slug)
    return redirect("decisions:fit", edition.slug, fit.pk)


@page("decisions.desk", load=fit_by_id)
def fit_answer(request: SignedIn, fit: Fit) -> HttpResponse:
    address = reverse("decisions:fit", args=[fit.edition.slug, fit.pk])
    context: dict[str, Any] = {"fit": fit, "poll_url": address if fit.is_under_way else ""}
    if getattr(request, "htmx", False):
        response = render(request, "reviews/decisions/_asking.html", context)
        if not fit.is_under_way:
            response["HX-Refresh"] = "true"
        return response
    context["answer"] = answer_of(fit, request.user) if fit.state == RunState.PREVIEW else None
    return render(request, "reviews/decisions/fit.html", context)
