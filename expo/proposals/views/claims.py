"""Claims: a person answers, a chair settles; and site staff appoint a chair where nobody is free to."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from expo.editions.models import Edition
from expo.editions.queries import load as load_edition
from expo.editions.queries import roles_of
from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page
from expo.kit.posted import posted, refusals_as_messages

from ..forms import AppointForm, SettleForm
from ..models import Claim, Presenter
from ..queries.claims import ClaimRow, claims_for
from ..services import claim_answers
from ..services.claim_answers import answer_claim, settle_claim
from ..states import ClaimAnswer
from .verbs import either_way


@page("proposals.answer_claim")
@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """Yes or no to the question whether one is involved; back to where it was asked."""
    said = request.POST.get("answer")
    with refusals_as_messages(request):
        if said not in ("yes", "no"):
            raise Refused("no-answer", "Choose yes or no.")
        claim = answer_claim(by=request.user, token=request.POST.get("question", ""), is_yes=said == "yes")
        messages.success(request, f"Thank you for the answer. {_what_follows(claim)}")
    back = request.POST.get("back", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "editions:home")


def _what_follows(claim: Claim) -> str:
    if claim.answer == ClaimAnswer.NO:
        return "You are not asked again."
    if roles_of(claim.user, claim.edition):
        return "You have a conflict of interest with it from now on."
    return "The sponsor sees that your address is confirmed."


def load_claim(user: object, *, edition: str, claim: str) -> ClaimRow:
    """A claim about somebody else that the viewer may see; raises Edition.DoesNotExist."""
    here = load_edition(user, edition=edition)  # type: ignore[arg-type]
    found = next((each for each in claims_for(user, here) if each.token == claim), None)  # type: ignore[arg-type]
    if found is None:
        raise Edition.DoesNotExist
    return found


@page("proposals.settle_claims", load=load_claim)
@either_way
def settle(request: HttpRequest, claim: ClaimRow) -> HttpResponse:
    """A chair decides about a claim, and says why."""
    form = SettleForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            settle_claim(
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


def load_presenter(user: object, *, edition: str, proposal: str, presenter: int) -> Presenter:
    """A presenter of this proposal; raises Presenter.DoesNotExist."""
    rows = Presenter.objects.select_related("proposal__edition", "proposal__sponsor")
    return rows.get(pk=presenter, proposal__code=proposal, proposal__edition__slug=edition)


@page("proposals.confirm_presenter", load=load_presenter)
@require_POST
def confirm_presenter(request: HttpRequest, presenter: Presenter) -> HttpResponse:
    proposal = presenter.proposal
    with refusals_as_messages(request):
        claim_answers.confirm_presenter(by=request.user, presenter=presenter)
        messages.success(request, f"{presenter} is confirmed as a presenter.")
    return redirect("proposals:cannot-come", proposal.edition.slug, proposal.code)


@page("proposals.appoint", load=load_edition)
@either_way
def appoint(request: HttpRequest, edition: Edition) -> HttpResponse:
    """Site staff bring in somebody who may decide."""
    form = AppointForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            role = claim_answers.appoint(by=request.user, edition=edition, **form.cleaned_data)
            messages.success(request, f"{role.user} is now {role.get_kind_display().lower()} of {edition}.")
            return redirect("editions:home")
    context = {"form": form, "short": edition}
    return render(request, "expo/proposals/appoint.html", context, status=422 if form.errors else 200)
