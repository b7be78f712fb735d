"""Pages of the chairs: the desk, one decision, batches and their release."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from expo.editions.models import Edition
from expo.kit.errors import Refused, refusals_to
from expo.kit.pagination import page_of
from expo.kit.policy import page
from expo.proposals.models import Proposal
from expo.proposals.queries import by_code, for_chairs
from reviews.scoring.queries import dossier

from .. import queries, services
from ..filters import Filters, what_if
from ..forms import USUAL_REASON, BatchForm, CodesForm, DecisionForm, QuickForm
from ..models import Batch
from ..queries import Row
from ..states import Verdict


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
    """One verdict, with its reason, feedback and note; or one click on the desk."""
    row = queries.desk(proposal.edition, request.user).of(proposal)
    if request.method != "POST":
        return _decide_page(request, proposal, row, DecisionForm(initial=_initial(request, proposal, row)))
    if "quick" in request.POST:
        return _quick(request, proposal, row)
    form = DecisionForm(request.POST)
    if form.is_valid():
        with refusals_to(form):
            services.decide(by=request.user, proposal=proposal, **form.cleaned_data)
            messages.success(
                request,
                f"{proposal.code}: {Verdict(form.cleaned_data['verdict']).label}. The sponsor is told with a batch.",
            )
            return redirect(_back(request, proposal))
    fresh = queries.desk(proposal.edition, request.user).of(proposal)
    return _decide_page(request, proposal, fresh, _with_version(form, fresh))


def _initial(request: HttpRequest, proposal: Proposal, row: Row | None) -> dict[str, Any]:
    """The present verdict, or a draft for the one asked for or suggested."""
    if row and row.decision:
        names = ("verdict", "reason", "feedback", "note", "version")
        return {name: getattr(row.decision, name) for name in names}
    suggested = Verdict.ACCEPT if row and row.suggestion.chosen else Verdict.REJECT
    asked = request.GET.get("verdict", "")
    verdict = Verdict(asked) if asked in list(Verdict) else suggested
    return {
        "verdict": verdict,
        "reason": USUAL_REASON[verdict],
        "feedback": _draft(request, proposal, verdict, row),
        "version": 0,
    }


def _draft(request: HttpRequest, proposal: Proposal, verdict: str, row: Row | None) -> str:
    ground = queries.desk(proposal.edition, request.user).overview
    return queries.draft_feedback(proposal, verdict, ground, row.suggestion if row else None)


def _quick(request: HttpRequest, proposal: Proposal, row: Row | None) -> HttpResponse:
    """A verdict by one click: the usual reason and a draft of the feedback, to be read before the batch leaves."""
    form = QuickForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"{proposal.code} was not decided: choose one of the verdicts shown.")
        return redirect(_back(request, proposal))
    verdict = Verdict(form.cleaned_data["verdict"])
    try:
        services.decide(
            by=request.user,
            proposal=proposal,
            verdict=verdict,
            reason=USUAL_REASON[verdict],
            feedback=_draft(request, proposal, verdict, row),
            note=row.decision.note if row and row.decision else "",
            version=form.cleaned_data["version"],
        )
    except Refused as refusal:
        messages.error(request, f"{proposal.code}: {refusal.message}")
    return redirect(_back(request, proposal))


def _back(request: HttpRequest, proposal: Proposal) -> str:
    """The desk as it was left, at this row; the query string is ours to parse, so it cannot lead elsewhere."""
    query = QueryDict(request.POST.get("back", "")[:500]).urlencode()
    return f"{reverse('decisions:desk', args=[proposal.edition.slug])}{'?' + query if query else ''}#p-{proposal.code}"


def _with_version(form: DecisionForm, row: Row | None) -> DecisionForm:
    """A refused form comes back on top of what is saved now: sending it again means to replace that."""
    data = QueryDict(mutable=True)
    data.update(form.data)
    data["version"] = str(row.version if row else 0)
    form.data = data
    return form


def _decide_page(request: HttpRequest, proposal: Proposal, row: Row | None, form: DecisionForm) -> HttpResponse:
    context = {
        "proposal": proposal,
        "row": row,
        "form": form,
        "dossier": dossier(proposal, request.user),
        "verdicts": list(Verdict),
        "back": request.POST.get("back", request.GET.get("back", "")),
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
