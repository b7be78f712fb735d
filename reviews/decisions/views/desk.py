"""Pages of the chairs: the desk, one decision, batches and their release."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from expo.editions.models import Edition
from expo.kit.errors import Refused, WrongState, refusals_to
from expo.kit.pagination import page_of
from expo.kit.policy import page
from expo.proposals.models import Proposal
from expo.proposals.queries.listing import by_code, for_chairs
from reviews.scoring.queries import dossier

from .. import feedback, queries, services
from ..filters import Filters, what_if
from ..forms import BatchForm, CodesForm, DecisionForm, QuickForm
from ..models import Batch, Decision
from ..queries import NO_DRAFT, Desk, Draft, Row, draft_for, draft_named, drafted_verdict, is_as_drafted
from ..services.ground import DECIDING
from ..states import BatchState, Reason, Verdict


@page("decisions.desk", load=queries.edition_by_slug)
def desk(request: HttpRequest, edition: Edition) -> HttpResponse:
    """Forty proposals, one evening."""
    return _desk(request, edition, BatchForm())


def _desk(request: HttpRequest, edition: Edition, batch_form: BatchForm) -> HttpResponse:
    asked = what_if(request.GET)
    found = queries.desk(edition, request.user, asked)
    filters = Filters(request.GET, found)
    rows = page_of(request, filters.rows(), size=100)
    context = {
        "desk": found,
        "overview": found.overview,
        "is_deciding": edition.phase in DECIDING,
        "filters": filters,
        "what_if": asked,
        "page": rows,
        "rows": filters.with_lines(rows),
        "verdicts": list(Verdict),
        "batch_form": batch_form,
    }
    return render(request, "reviews/decisions/desk.html", context, status=422 if batch_form.errors else 200)


@page("decisions.decide", load=by_code)
def decide(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """One verdict, with its reason, feedback and note; or one click on the desk; or a draft for what is chosen."""
    desk = queries.desk(proposal.edition, request.user)
    row = desk.of(proposal)
    if request.method != "POST":
        return _decide_page(request, proposal, row, *_opened(request, desk, proposal))
    if "quick" in request.POST:
        return _quick(request, desk, proposal)
    if "redraft" in request.POST:
        return _decide_page(request, proposal, row, *_redrafted(request, desk, proposal))
    form = DecisionForm(request.POST)
    if form.is_valid():
        with refusals_to(form):
            decision = services.decide(by=request.user, proposal=proposal, **_checked(form, desk, proposal))
            messages.success(request, f"{proposal.code}: {Verdict(decision.verdict).label}. {_what_follows(decision)}")
            return redirect(_back(request, proposal))
    fresh = queries.desk(proposal.edition, request.user)
    return _decide_page(request, proposal, fresh.of(proposal), *_refused(form, fresh, proposal))


def _what_follows(decision: Decision) -> str:
    if decision.batch is not None and decision.batch.state == BatchState.RELEASED:
        return "That is what its sponsor knows already; no new verdict leaves."
    return "Its sponsor gets it with a batch."


def _opened(request: HttpRequest, desk: Desk, proposal: Proposal) -> tuple[DecisionForm, Draft]:
    """The present verdict; or a draft for the one asked for or suggested."""
    row = desk.of(proposal)
    asked = request.GET.get("verdict", "")
    if row and row.decision and asked not in list(Verdict):
        decision, kept = row.decision, queries.drafted_facts(row.decision)
        initial = {name: getattr(decision, name) for name in ("verdict", "reason", "feedback", "note", "version")}
        if kept is None:
            return DecisionForm(initial=initial), NO_DRAFT
        now = draft_for(desk.basis, proposal, kept.verdict, kept.reason)
        is_own = decision.feedback != feedback.draft(kept).strip()
        initial |= {"drafted": now.token} if is_own else {"drafted": now.token, "feedback": now.text}
        return DecisionForm(initial=initial), now if now.facts != kept else NO_DRAFT
    suggested = Verdict.ACCEPT if row and row.suggestion.chosen else Verdict.REJECT
    verdict = Verdict(asked) if asked in list(Verdict) else suggested
    reason = request.GET.get("reason", "")
    if reason not in list(Reason):
        reason = row.reasons[verdict] if row else Reason.CHAIRS_CALL
    draft = draft_for(desk.basis, proposal, verdict, reason)
    initial = {"verdict": verdict, "reason": reason, "feedback": draft.text, "drafted": draft.token}
    note = row.decision.note if row and row.decision else ""
    return DecisionForm(initial={**initial, "note": note, "version": row.version if row else 0}), NO_DRAFT


def _redrafted(request: HttpRequest, desk: Desk, proposal: Proposal) -> tuple[DecisionForm, Draft]:
    """The form as typed, with a draft for the verdict and reason chosen; a text that a chair edited stays."""
    typed = {name: request.POST.get(name, "") for name in ("verdict", "reason", "feedback", "note", "version")}
    token = request.POST.get("drafted", "")
    row = desk.of(proposal)
    if typed["verdict"] not in list(Verdict) or row is None:
        return DecisionForm(initial={**typed, "drafted": token}), NO_DRAFT
    before = drafted_verdict(token)
    if before != typed["verdict"] and typed["reason"] in ("", row.reasons.get(before) if before else ""):
        typed["reason"] = row.reasons[Verdict(typed["verdict"])]
    if typed["reason"] not in list(Reason):
        return DecisionForm(initial={**typed, "drafted": token}), NO_DRAFT
    draft = draft_for(desk.basis, proposal, typed["verdict"], typed["reason"])
    if is_as_drafted(token, typed["feedback"]):
        return DecisionForm(initial={**typed, "feedback": draft.text, "drafted": draft.token}), NO_DRAFT
    return DecisionForm(initial={**typed, "drafted": token}), draft


def _checked(form: DecisionForm, desk: Desk, proposal: Proposal) -> dict[str, Any]:
    """What the form says, for the service. A draft that nobody has read is refused: its text comes back."""
    said = dict(form.cleaned_data)
    token = said.pop("drafted")
    if not token:
        return said
    chosen = draft_for(desk.basis, proposal, said["verdict"], said["reason"])
    if is_as_drafted(token, said["feedback"]) and token != chosen.token:
        raise WrongState(
            "draft-changed",
            "There is a new draft for this verdict and reason, from what is known now. Read it, then save again.",
            field="feedback",
        )
    based = draft_named(desk.basis, proposal, token)
    if based is None:
        raise WrongState(
            "draft-changed",
            "Reviews or other verdicts have changed what the draft says since you opened the page. Your text is kept: "
            "compare it with the present draft, then save again.",
            field="feedback",
        )
    return {**said, "facts": based.facts}


def _refused(form: DecisionForm, desk: Desk, proposal: Proposal) -> tuple[DecisionForm, Draft]:
    """A refused form comes back on top of what is saved now: sending it again means to replace that."""
    data = QueryDict(mutable=True)
    data.update(form.data)
    row = desk.of(proposal)
    data["version"] = str(row.version if row else 0)
    token, shown = data.get("drafted", ""), NO_DRAFT
    if token and data.get("verdict") in list(Verdict) and data.get("reason") in list(Reason):
        draft = draft_for(desk.basis, proposal, data["verdict"], data["reason"])
        if is_as_drafted(token, data.get("feedback", "")):
            data["feedback"], data["drafted"] = draft.text, draft.token
        elif draft_named(desk.basis, proposal, token) is None:
            data["drafted"], shown = draft.token, draft
    form.data = data
    return form, shown


def _quick(request: HttpRequest, desk: Desk, proposal: Proposal) -> HttpResponse:
    """A verdict by one click: the reason shown beside it and a draft, to be read before the batch leaves."""
    form = QuickForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"{proposal.code} was not decided: choose one of the verdicts shown.")
        return redirect(_back(request, proposal))
    verdict = Verdict(form.cleaned_data["verdict"])
    row = desk.of(proposal)
    reason = dict(row.choices)[verdict] if row else Reason.CHAIRS_CALL
    shown = form.cleaned_data[f"reason-{verdict}"]
    if shown and shown != reason:
        messages.error(
            request,
            f"{proposal.code} was not decided: other verdicts have changed the reason from “{Reason(shown).label}” to "
            f"“{reason.label}” since you opened the page. Look at it again.",
        )
        return redirect(_back(request, proposal))
    draft = draft_for(desk.basis, proposal, verdict, reason)
    try:
        services.decide(
            by=request.user,
            proposal=proposal,
            verdict=verdict,
            reason=reason,
            feedback=draft.text,
            note=row.decision.note if row and row.decision else "",
            version=form.cleaned_data["version"],
            facts=draft.facts,
        )
    except Refused as refusal:
        messages.error(request, f"{proposal.code}: {refusal.message}")
    return redirect(_back(request, proposal))


def _back(request: HttpRequest, proposal: Proposal) -> str:
    """The batch one came from; or the desk as it was left, at this row. Only numbers and queries are taken over."""
    batch = request.POST.get("batch", "")
    if batch.isascii() and batch.isdigit() and len(batch) < 10:
        return reverse("decisions:batch", args=[proposal.edition.slug, int(batch)])
    query = QueryDict(request.POST.get("back", "")[:500]).urlencode()
    return f"{reverse('decisions:desk', args=[proposal.edition.slug])}{'?' + query if query else ''}#p-{proposal.code}"


def _decide_page(
    request: HttpRequest, proposal: Proposal, row: Row | None, form: DecisionForm, draft: Draft
) -> HttpResponse:
    """`draft`: the present draft where the text above it is the chair's own, or was drafted from something else."""
    context = {
        "proposal": proposal,
        "row": row,
        "form": form,
        "draft": draft,
        "dossier": dossier(proposal, request.user),
        "verdicts": list(Verdict),
        "earlier": queries.earlier(proposal),
        "back": request.POST.get("back", request.GET.get("back", "")),
        "batch_id": request.POST.get("batch", request.GET.get("batch", "")),
    }
    return render(request, "reviews/decisions/decide.html", context, status=422 if form.errors else 200)


@page("decisions.release", load=queries.edition_by_slug)
@require_POST
def create_batch(request: HttpRequest, edition: Edition) -> HttpResponse:
    form = BatchForm(request.POST)
    if form.is_valid():
        with refusals_to(form):
            batch = services.create_batch(by=request.user, edition=edition, name=form.cleaned_data["name"])
            return redirect("decisions:batch", edition.slug, batch.pk)
    return _desk(request, edition, form)


@page("decisions.release", load=queries.batch_by_id)
def batch(request: HttpRequest, batch: Batch) -> HttpResponse:
    """What the batch holds, and every mail its release would send."""
    return _batch_page(request, batch)


def _batch_page(request: HttpRequest, batch: Batch, refusal: str = "") -> HttpResponse:
    context = {"found": queries.batch_page(batch, request.user), "batch": batch, "refusal": refusal}
    return render(request, "reviews/decisions/batch.html", context, status=422 if refusal else 200)


@page("decisions.release", load=queries.batch_by_id)
@require_POST
def put(request: HttpRequest, batch: Batch) -> HttpResponse:
    return _change(request, batch, services.put_in_batch)


@page("decisions.release", load=queries.batch_by_id)
@require_POST
def take_out(request: HttpRequest, batch: Batch) -> HttpResponse:
    return _change(request, batch, services.take_out_of_batch)


def _change(request: HttpRequest, batch: Batch, verb: Any) -> HttpResponse:
    seen = {proposal.code: proposal for proposal in for_chairs(request.user, batch.edition)}
    form = CodesForm(request.POST, codes=list(seen))
    if not form.is_valid():
        return _batch_page(request, batch, "Choose at least one of the proposals shown.")
    try:
        verb(by=request.user, batch=batch, proposals=[seen[code] for code in form.cleaned_data["code"]])
    except Refused as refusal:
        return _batch_page(request, batch, refusal.message)
    return redirect("decisions:batch", batch.edition.slug, batch.pk)


@page("decisions.release", load=queries.batch_by_id)
@require_POST
def release(request: HttpRequest, batch: Batch) -> HttpResponse:
    try:
        report = services.release_batch(by=request.user, batch=batch)
    except Refused as refusal:
        return _batch_page(request, batch, refusal.message)
    count = "One verdict is" if report.released == 1 else f"{report.released} verdicts are"
    messages.success(request, f"{count} released; the mails are on their way.")
    for each in report.skipped:
        messages.warning(request, f"{each.code} “{each.title}” was left out: it {each.why}.")
    return redirect("decisions:batch", batch.edition.slug, batch.pk)
