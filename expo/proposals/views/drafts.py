"""Write a proposal: one page for a new draft and for a saved one."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from expo.accounts.requests import SignedIn
from expo.editions.catalogue import CATALOGUE, TEXTS
from expo.editions.models import Edition
from expo.editions.queries import load as load_edition
from expo.kit import clock
from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page
from expo.sponsors.models import Sponsor
from expo.sponsors.queries import sponsors_of

from .. import texts
from ..checks.findings import Finding
from ..comparison import compare_field
from ..forms.drafts import PageForm, WritingForm
from ..forms.rows import move_of
from ..forms.typed import as_frozen
from ..models import Proposal, ProposalContent
from ..queries import checks as checked_texts
from ..queries.allowance import Allowance, allowances_of
from ..queries.call import SponsorCall, call_for_all, call_of, know_late_links
from ..queries.content import PresenterData, content_of
from ..queries.listing import by_code
from ..queries.presenters import confirmed_presenters
from ..queries.status import status_of
from ..services import autosave, drafts
from ..states import ProposalState
from .autosave import hands_back_text, page_of

#: Where a button that saves leads, by its value; by name, since `releases` and `scoring` are higher layers.
AFTER_SAVING = {"submit": "proposals:submit", "as-reviewers": "scoring:preview", "as-attendees": "releases:preview"}


@dataclass(frozen=True)
class SponsorAllowances:
    """One of the viewer's sponsors with what its tier allows."""

    sponsor: Sponsor
    allowances: list[Allowance]
    call: SponsorCall

    @property
    def may_begin(self) -> bool:
        """Whether a new proposal is offered: the call takes one, and the tier includes some format."""
        return self.call.may_submit and self.includes_any

    @property
    def includes_any(self) -> bool:
        return any(each.may_submit for each in self.allowances)

    @property
    def included(self) -> list[Allowance]:
        return [each for each in self.allowances if each.may_submit or each.submitted]


def own_sponsors(request: SignedIn, edition: Edition) -> list[SponsorAllowances]:
    """The viewer's sponsors, by name."""
    sponsors = list(sponsors_of(request.user, edition))
    for sponsor in sponsors:
        sponsor.edition = edition
    allowances, now = allowances_of(sponsors), clock.now()
    know_late_links([each.pk for each in sponsors])
    return [SponsorAllowances(each, allowances[each.pk], call_of(each.pk, edition, now)) for each in sponsors]


def call_of_all(own: list[SponsorAllowances], edition: Edition) -> SponsorCall:
    """The call on a page about all of somebody's sponsors: as the only one has it, else as everybody has it."""
    return own[0].call if len(own) == 1 else call_for_all(edition, clock.now())


@hands_back_text
@page("proposals.create", load=load_edition)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedIn, edition: Edition) -> HttpResponse:
    own = own_sponsors(request, edition)
    chosen = _chosen(request, own)
    key = PageForm.sent(request.POST)["form_key"] or uuid.uuid4()
    if chosen is None or not chosen.may_begin:
        if request.method == "POST" and chosen is not None:
            # Words that came after the call closed are kept as a draft; past the tier they are shown back.
            return _rearranged(request, chosen.sponsor, form_key=key) or _create(request, chosen.sponsor, key)
        context = {"sponsors": own, "call": call_of_all(own, edition), "chosen": chosen}
        return render(request, "expo/proposals/choose.html", context)
    if request.method != "POST":
        asked = {each.format.slug: str(each.format.pk) for each in chosen.allowances if each.may_submit}
        form = WritingForm(chosen.sponsor, initial={"format": asked.get(request.GET.get("format", ""), "")})
        return _show(request, form, form_key=key)
    return _rearranged(request, chosen.sponsor, form_key=key) or _create(request, chosen.sponsor, key)


def _chosen(request: HttpRequest, own: list[SponsorAllowances]) -> SponsorAllowances | None:
    """The sponsor the address names; the only one if there is one; a stranger's is not there at all."""
    asked = request.GET.get("sponsor") or request.POST.get("sponsor")
    if asked is None:
        return own[0] if len(own) == 1 else None
    chosen = next((each for each in own if str(each.sponsor.pk) == asked), None)
    if chosen is None:
        raise Http404
    return chosen


def _create(request: SignedIn, sponsor: Sponsor, key: uuid.UUID) -> HttpResponse:
    form = WritingForm(sponsor, data=request.POST)
    if form.is_valid():
        with refusals_to(form):
            proposal = drafts.create_draft(
                by=request.user, sponsor=sponsor, form_key=key, page=page_of(request), **form.content()
            )
            return _saved(request, proposal)
    return _show(request, form, form_key=key, status=422)


@hands_back_text
@page("proposals.edit", load=by_code)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedIn, proposal: Proposal) -> HttpResponse:
    if request.method == "POST":
        version = PageForm.sent(request.POST)["version"] or 0
        rearranged = _rearranged(request, proposal.sponsor, proposal=proposal, version=version)
        return rearranged or _save(request, proposal, version)
    status = status_of(proposal, clock.now())
    if not status.may_edit:
        messages.warning(
            request, f"What reviewers read no longer changes. If it must, write to {proposal.edition.contact}."
        )
        return redirect("proposals:detail", proposal.edition.slug, proposal.code)
    return _show(request, WritingForm.of(status.latest), proposal=proposal, version=status.latest.version)


def _save(request: SignedIn, proposal: Proposal, version: int) -> HttpResponse:
    """Save all of the form; where others changed the same fields meanwhile, only once it says which text to keep."""
    form = WritingForm(proposal.sponsor, data=request.POST, proposal=proposal)
    if not form.is_valid():
        return _show(request, form, proposal=proposal, version=version, status=422)
    latest = status_of(proposal, clock.now()).latest
    content, seen = form.content(), PageForm.sent(request.POST)["seen"] or 0
    held = autosave.held_edits(latest, version, content, page=page_of(request))
    kept = {each.name: request.POST.get(f"keep-{each.name}") for each in held if each.version <= seen}
    undecided = [each for each in held if kept.get(each.name) not in ("mine", "theirs")]
    if undecided:
        form.add_error(
            None,
            "Somebody changed this proposal while you were writing. Nothing is saved yet: choose below which text to "
            "keep, then save again.",
        )
        now = content_of(latest)
        both = [(each, [compare_field(each.name, now.get(each.name), as_frozen(content[each.name]))]) for each in held]
        context = {"proposal": proposal, "version": version, "seen": latest.version, "both": both}
        return _show(request, form, status=422, **context)
    wanted = {name: value for name, value in content.items() if kept.get(name) != "theirs"}
    try:
        saved = drafts.edit(by=request.user, proposal=proposal, version=latest.version, page=page_of(request), **wanted)
        return _saved(request, saved)
    except Refused as refusal:
        form.add_error(refusal.field, refusal.message)
    return _show(request, form, proposal=proposal, version=version, status=422)


def _saved(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    at = (proposal.edition.slug, proposal.code)
    _say_what_was_taken_out(request)
    if then := AFTER_SAVING.get(request.POST.get("then", "")):
        return redirect(then, *at)
    latest: ProposalContent = proposal
    if proposal.state != ProposalState.DRAFT:
        proposal = by_code(request.user, edition=proposal.edition.slug, proposal=proposal.code)
        latest = status_of(proposal, clock.now()).latest
    call = call_of(proposal.sponsor_id, proposal.edition, clock.now())
    if latest is proposal and proposal.state != ProposalState.DRAFT:
        messages.success(request, "Nothing differs from what you submitted, so there is nothing to submit again.")
    elif call.is_closed and not call.takes(is_submitted=proposal.state != ProposalState.DRAFT):
        what = "draft and is" if proposal.state == ProposalState.DRAFT else "change beside what you submitted and is"
        messages.warning(request, f"{call.text} Your text is kept as a {what} not submitted.")
    elif proposal.state == ProposalState.DRAFT:
        messages.success(request, "Draft saved. Reviewers see it only after you submit it.")
    else:
        messages.success(request, "Changes saved. The version you submitted still counts until you submit them.")
    return redirect("proposals:edit", *at)


def _say_what_was_taken_out(request: HttpRequest) -> None:
    """Signs that nobody sees are not kept, and their writer is told which."""
    for name in TEXTS:
        signs = texts.taken_out(request.POST.get(name, ""))
        if signs:
            messages.info(request, f"Taken out of the {CATALOGUE[name].subject}, since nobody sees it: {signs}.")


def _findings(request: HttpRequest, form: WritingForm, proposal: Proposal | None) -> list[Finding]:
    """What the checks find in what is in the form, whether it can be saved or not."""
    if proposal is not None:
        latest = status_of(proposal, clock.now()).latest
    elif form.format is not None and "check" in request.POST:
        latest = Proposal(sponsor=form.sponsor, edition=form.sponsor.edition, format=form.format)
    else:
        return []
    if request.method != "POST":
        return checked_texts.findings(latest)
    people = [PresenterData(str(row["name"].value() or ""), str(row["email"].value() or "")) for row in form.people]
    rows = [{name: row[name].value() or "" for name in ("title", "text")} for row in form.outline]
    addresses = [{name: row[name].value() or "" for name in ("label", "url")} for row in form.links]
    shown = checked_texts.as_typed(latest, request.POST, rows, addresses)
    if form.format is not None:
        shown.format = form.format
    return checked_texts.findings(shown, people)


def _rearranged(request: SignedIn, sponsor: Sponsor, **context: Any) -> HttpResponse | None:
    """Answer the buttons that save nothing: rows more, less or moved, another format's form, and the checks."""
    sent = PageForm.sent(request.POST)
    if not {"remove_presenter", "add_presenter", "i_present", "move", "redraw", "check"} & set(request.POST):
        return None
    typed = WritingForm(sponsor, data=request.POST, proposal=context.get("proposal"))
    move = move_of(sent["move"] or "")
    me = request.user if sent["i_present"] else None
    form = typed.rearranged(remove=sent["remove_presenter"], add=bool(sent["add_presenter"]), move=move, me=me)
    return _show(request, form, **context)


def _show(request: HttpRequest, form: WritingForm, *, status: int = 200, **context: Any) -> HttpResponse:
    edition = form.sponsor.edition
    call = call_of(form.sponsor.pk, edition, clock.now())
    context = {"form": form, "sponsor": form.sponsor, "call": call, **context}
    context["findings"] = _findings(request, form, context.get("proposal"))
    context["is_unchecked"] = not (context["findings"] or "check" in request.POST)
    if context.get("proposal") is not None:
        context["confirmed"] = confirmed_presenters(context["proposal"])
    return render(request, "expo/proposals/write.html", context, status=status)
