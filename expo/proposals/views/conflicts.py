"""Conflicts and claims: see one's own and declare one; answer a question; settle, take back, confirm, as a chair."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from expo.accounts.queries import has_families
from expo.accounts.requests import SignedIn
from expo.editions.models import Edition
from expo.editions.queries import load as load_edition
from expo.kit.errors import refusals_to
from expo.kit.pagination import page_of
from expo.kit.policy import page
from expo.kit.posted import posted, refusals_as_messages
from expo.kit.text import a

from ..forms.verbs import AppointForm, ConflictForm, SettleForm
from ..models import Claim, Conflict
from ..queries.claims import ClaimRow, claims_for, unusual
from ..queries.known_conflicts import declared_by_others, own_conflicts
from ..services import claim_answers
from ..services.conflict_facts import declare_conflict, take_back_conflict
from ..states import ClaimAnswer


@page("proposals.see_conflicts", load=load_edition)
@require_http_methods(["GET", "HEAD", "POST"])
def conflicts(request: SignedIn, edition: Edition) -> HttpResponse:
    form = ConflictForm(posted(request), user=request.user, edition=edition)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            data = form.cleaned_data
            sponsor, proposal = data["sponsor"], data.get("proposal")
            declare_conflict(
                by=request.user, user=request.user, sponsor=sponsor, proposal=proposal, detail=data["detail"]
            )
            messages.success(request, f"Declared. From now on you see nothing of {sponsor} but “hidden: conflict”.")
            return redirect("proposals:conflicts", edition.slug)
    context = {
        "form": form,
        "own": own_conflicts(request.user, edition),
        "others": page_of(request, declared_by_others(request.user, edition)),
        "claims": claims_for(request.user, edition),
        "unusual": unusual(request.user, edition),
        "has_families": has_families(),
    }
    return render(request, "expo/proposals/conflicts.html", context, status=422 if form.errors else 200)


def load_conflict(user: object, *, edition: str, conflict: int) -> Conflict:
    """A declared conflict of this edition; raises Conflict.DoesNotExist."""
    rows = Conflict.objects.select_related("user", "sponsor__edition", "proposal")
    return rows.get(pk=conflict, sponsor__edition__slug=edition)


@page("proposals.take_back_conflict", load=load_conflict)
@require_POST
def take_back(request: SignedIn, conflict: Conflict) -> HttpResponse:
    edition = conflict.sponsor.edition
    with refusals_as_messages(request):
        take_back_conflict(by=request.user, conflict=conflict)
        messages.success(request, f"Taken back: {conflict.user} may see and judge {conflict.sponsor} again.")
    return redirect("proposals:conflicts", edition.slug)


@page("proposals.answer_claim")
@require_POST
def answer(request: SignedIn) -> HttpResponse:
    """Yes or no to the question whether one is involved; back to where it was asked."""
    is_yes = {"yes": True, "no": False}.get(request.POST.get("answer", ""))
    with refusals_as_messages(request):
        claim = claim_answers.answer_claim(by=request.user, token=request.POST.get("question", ""), is_yes=is_yes)
        messages.success(request, f"Thank you for your answer. {_what_follows(claim)}")
    back = request.POST.get("back", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "editions:home")


def _what_follows(claim: Claim) -> str:
    if claim.answer == ClaimAnswer.NO:
        return "You are not asked again."
    return "You have a conflict of interest with it from now on."


def load_claim(user: object, *, edition: str, claim: str) -> ClaimRow:
    """A claim about somebody else that the viewer may see; raises Edition.DoesNotExist."""
    here = load_edition(user, edition=edition)  # type: ignore[arg-type]
    row = next((each for each in claims_for(user, here) if each.token == claim), None)  # type: ignore[arg-type]
    if row is None:
        raise Edition.DoesNotExist
    return row


@page("proposals.settle_claims", load=load_claim)
@require_http_methods(["GET", "HEAD", "POST"])
def settle(request: SignedIn, claim: ClaimRow) -> HttpResponse:
    """A chair decides about a claim, and says why."""
    form = SettleForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            claim_answers.settle_claim(
                by=request.user,
                edition=claim.edition,
                user=claim.user,
                sponsor=claim.sponsor,
                proposal=claim.proposal,
                is_yes=claim.may_confirm,
                reason=form.cleaned_data["reason"],
            )
            messages.success(request, f"Settled. {claim.user} {claim.outcome}.")
            return redirect("proposals:conflicts", claim.edition.slug)
    context = {"claim": claim, "form": form}
    return render(request, "expo/proposals/settle.html", context, status=422 if form.errors else 200)


@page("proposals.appoint", load=load_edition)
@require_http_methods(["GET", "HEAD", "POST"])
def appoint(request: SignedIn, edition: Edition) -> HttpResponse:
    """Site staff bring in somebody who may decide."""
    form = AppointForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            role = claim_answers.appoint(by=request.user, edition=edition, **form.cleaned_data)
            messages.success(request, f"{role.user} is now {a(role.get_kind_display().lower())} of {edition}.")
            return redirect("editions:home")
    context = {"form": form, "short": edition}
    return render(request, "expo/proposals/appoint.html", context, status=422 if form.errors else 200)
