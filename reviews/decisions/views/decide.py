"""Pages: one verdict."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from expo.accounts.requests import SignedIn
from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page
from expo.kit.posted import ask, done
from expo.proposals.models import Proposal
from expo.proposals.queries.checks import near_copies
from expo.proposals.queries.listing import by_code
from reviews.scoring.queries.reviews import dossier

from ..forms import DecisionForm, QuickForm
from ..models import Decision
from ..queries.asks import NeedsConfirmation, confirmed_by
from ..queries.batches import earlier
from ..queries.decision_basis import criteria_rows
from ..queries.desk import (
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
from ..services import decisions, notes
from ..states import BatchState, Reason, Verdict
from .desk import back


@page("decisions.decide", load=by_code)
def decide(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """One verdict, with its reason, feedback and note; or one click on the desk; or a draft for what is chosen."""
    desk = desk_of(proposal.edition, request.user)
    row = desk.of(proposal)
    if request.method != "POST" and row and row.is_released and not {"change", "verdict"} & request.GET.keys():
        return redirect("decisions:record", proposal.edition.slug, proposal.code)
    if request.method != "POST":
        return _decide_page(request, proposal, row, *_opened(request, desk, proposal))
    if "quick" in request.POST:
        return _quick(request, desk, proposal)
    if "redraft" in request.POST:
        return _decide_page(request, proposal, row, *_redrafted(request, desk, proposal))
    form = DecisionForm(request.POST, proposal=proposal)
    asked: NeedsConfirmation | None = None
    if form.is_valid():
        confirmed = confirmed_by(request.POST.getlist("confirmed"), proposal)
        with refusals_to(form):
            try:
                decision = decisions.decide(
                    by=request.user, proposal=proposal, **form.cleaned_data, confirmed=confirmed, is_read=True
                )
            except NeedsConfirmation as needed:
                asked = needed
                raise
            is_released = decision.batch is not None and decision.batch.state == BatchState.RELEASED
            follows = (
                "Its sponsor already knows this verdict; no new one is sent."
                if is_released
                else "Its sponsor is notified when its batch is released."
            )
            messages.success(request, f"{proposal.code}: {Verdict(decision.verdict).label}. {follows}")
            return redirect(back(request, proposal))
    fresh = desk_of(proposal.edition, request.user)
    return _decide_page(request, proposal, fresh.of(proposal), *_refused(form, fresh, proposal), asked)


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
        return redirect(back(request, proposal))
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
        return redirect(back(request, proposal))
    version, confirmed = form.cleaned_data["version"], request.POST.getlist("confirmed")
    codes = confirmed_by(confirmed, proposal)
    try:
        decision = decisions.decide_by_points(
            by=request.user, proposal=proposal, verdict=verdict, version=version, confirmed=codes
        )
        _say_decided(request, row, decision, proposal)
    except NeedsConfirmation as needed:
        names = ("quick", "verdict", "version", "back", f"reason-{verdict}")
        fields = {name: request.POST.get(name, "")[:500] for name in names}
        to_confirm = {**fields, "confirmed": [*confirmed, *needed.tokens]}
        label = f"Accept {proposal.code}"
        ask(request, f"Nothing has changed yet. {needed.message}", label=label, to=request.path, fields=to_confirm)
    except Refused as refusal:
        messages.error(request, f"{proposal.code}: {refusal.message}")
    return redirect(back(request, proposal))


def _say_decided(request: SignedIn, row: DeskRow | None, decision: Decision, proposal: Proposal) -> None:
    """What one click did, with the button that undoes it: back to no verdict, or to the one before."""
    before = row.decision if row else None
    if before is not None and before.version == decision.version:
        return
    address = reverse("decisions:undo", args=[proposal.edition.slug])
    here, code = request.POST.get("back", "")[:500], f"{proposal.code}:{decision.version}"
    done(request, f"{proposal.code}: {Verdict(decision.verdict).label}.", undo=address, code=code, back=here)


def _decide_page(
    request: SignedIn,
    proposal: Proposal,
    row: DeskRow | None,
    form: DecisionForm,
    draft: Draft,
    asked: NeedsConfirmation | None = None,
) -> HttpResponse:
    """`draft`: the current draft where the text above it is the chair's own, or was drafted from something else.

    `asked`: what an unusual acceptance needs confirmed before it is saved.
    """
    notes.mark_opened(by=request.user, proposal=proposal)
    found = dossier(proposal, request.user)
    context = {
        "proposal": proposal,
        "row": row,
        "form": form,
        "draft": draft,
        "flags": proposal.flags,
        "near_copies": near_copies(request.user, proposal),
        "dossier": found,
        "asked": asked,
        "verdicts": list(Verdict),
        "earlier": earlier(proposal),
        "criteria": criteria_rows(found.ranking, proposal) if row else (),
        "back": request.POST.get("back", request.GET.get("back", "")),
        "batch_id": request.POST.get("batch", request.GET.get("batch", "")),
    }
    return render(request, "reviews/decisions/decide.html", context, status=422 if form.errors else 200)
