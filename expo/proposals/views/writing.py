"""Write a proposal: one page for a new draft and for a saved one."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from expo.editions.models import Edition
from expo.editions.queries import load as load_edition
from expo.kit import clock
from expo.kit.errors import Refused, refusals_to
from expo.kit.markdown import to_html
from expo.kit.policy import page
from expo.sponsors.models import Sponsor

from .. import texts
from ..forms import WritingForm
from ..forms.page import key_from, number_from
from ..models import Proposal, ProposalContent
from ..queries.content import FieldChange, compare, content_of
from ..queries.listing import by_code
from ..queries.status import call_state, status_of
from ..services import drafts
from ..services.drafts import create_draft
from ..states import ProposalState
from .home import Side, sides


@page("proposals.create", load=load_edition)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, edition: Edition) -> HttpResponse:
    found = sides(request, edition)
    side = _chosen(request, found)
    if side is None or not side.may_begin or call_state(edition, clock.now()) != "open":
        context = {"sides": found, "hours": call_state(edition, clock.now()), "chosen": side}
        return _kept_or(request, edition, side) or render(request, "expo/proposals/choose.html", context)
    key = key_from(request.POST.get("form_key", ""))
    if request.method != "POST":
        return _show(request, WritingForm(side.sponsor), form_key=key)
    return _arranged(request, side.sponsor, form_key=key) or _create(request, side.sponsor, key)


def _kept_or(request: HttpRequest, edition: Edition, side: Side | None) -> HttpResponse | None:
    """Words that came after the call closed, or past the tier, are shown back with the reason."""
    if request.method != "POST" or side is None:
        return None
    return _create(request, side.sponsor, key_from(request.POST.get("form_key", "")))


def _chosen(request: HttpRequest, found: list[Side]) -> Side | None:
    """The side the address names; the only one if there is one; a stranger's is not there at all."""
    wanted = request.GET.get("sponsor") or request.POST.get("sponsor")
    if wanted is None:
        return found[0] if len(found) == 1 else None
    side = next((side for side in found if side.sponsor.pk == number_from(wanted)), None)
    if side is None:
        raise Http404
    return side


def _create(request: HttpRequest, sponsor: Sponsor, key: uuid.UUID) -> HttpResponse:
    form = WritingForm(sponsor, data=request.POST)
    if form.is_valid():
        with refusals_to(form):
            proposal = create_draft(by=request.user, sponsor=sponsor, form_key=key, **form.given())
            return _saved(request, proposal)
    return _show(request, form, form_key=key, status=422)


@page("proposals.edit", load=by_code)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    if request.method == "POST":
        arranged = _arranged(request, proposal.sponsor, proposal=proposal, version=_version(request))
        return arranged or _save(request, proposal)
    stand = status_of(proposal, clock.now())
    if not stand.may_edit:
        messages.warning(
            request, f"What reviewers read no longer changes. If it must, write to {proposal.edition.contact}."
        )
        return redirect("proposals:detail", proposal.edition.slug, proposal.code)
    return _show(request, WritingForm.of(stand.latest), proposal=proposal, version=stand.latest.version)


def _version(request: HttpRequest) -> int:
    return number_from(request.POST.get("version")) or 0


def _save(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    form = WritingForm(proposal.sponsor, data=request.POST)
    version, theirs = _version(request), None
    if form.is_valid():
        try:
            drafts.edit(by=request.user, proposal=proposal, version=version, **form.given())
            return _saved(request, proposal)
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
            if refusal.code == "stale-version":
                proposal = by_code(request.user, edition=proposal.edition.slug, proposal=proposal.code)
                latest = status_of(proposal, clock.now()).latest
                version, theirs = latest.version, _differences(latest, form)
    return _show(request, form, proposal=proposal, version=version, theirs=theirs, status=422)


def _differences(saved: ProposalContent, form: WritingForm) -> list[FieldChange]:
    """From what is saved now to what this person typed, so that neither is lost."""
    given = form.given()
    people = [{"name": each.name, "email": each.email, "affiliation": each.affiliation} for each in given["presenters"]]
    typed = {
        **{name: given[name] for name in (*texts.LIMITS, "expected_audience")},
        "format": given["format"].name,
        "track": given["track"].name if given["track"] else "",
        "topics": [topic.name for topic in given["topics"]],
        "presenters": people,
    }
    return compare(content_of(saved), typed)


def _saved(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    at = (proposal.edition.slug, proposal.code)
    if request.POST.get("then") == "submit":
        return redirect("proposals:submit", *at)
    proposal = by_code(request.user, edition=proposal.edition.slug, proposal=proposal.code)
    latest = status_of(proposal, clock.now()).latest
    if proposal.state == ProposalState.DRAFT:
        messages.success(request, "Draft saved. Reviewers see it only after you submit it.")
    elif latest is proposal:
        messages.success(request, "Nothing differs from what you submitted, so there is nothing to submit again.")
    else:
        messages.success(request, "Changes saved. What you submitted stands until you submit them.")
    for objection in texts.objections(latest.public_title, latest.public_text):
        messages.warning(request, objection.sentence)
    return redirect("proposals:detail", *at)


def _arranged(request: HttpRequest, sponsor: Sponsor, **shown: Any) -> HttpResponse | None:
    """Answer the buttons that save nothing: one presenter more or less, and the preview."""
    remove, add, preview = (request.POST.get(name) for name in ("remove_presenter", "add_presenter", "preview"))
    if remove is None and add is None and preview is None:
        return None
    form = WritingForm(sponsor, data=request.POST).rearranged(remove=number_from(remove), add=add is not None)
    if preview is not None:
        shown["preview"] = _preview(form)
    return _show(request, form, **shown)


def _preview(form: WritingForm) -> dict[str, Any]:
    html = {name: to_html(form.typed_text(name)) for name in ("abstract", "takeaways", "public_text")}
    titles = {name: form.typed_text(name) for name in ("title", "public_title")}
    return {**html, **titles, "objections": texts.objections(titles["public_title"], form.typed_text("public_text"))}


def _show(request: HttpRequest, form: WritingForm, *, status: int = 200, **shown: Any) -> HttpResponse:
    context = {
        "form": form,
        "sponsor": form.sponsor,
        "hours": call_state(form.sponsor.edition, clock.now()),
        **shown,
    }
    return render(request, "expo/proposals/write.html", context, status=status)
