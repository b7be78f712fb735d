"""What the checks say of a proposal, beside its form and on pages of its own; keeping something with a reason."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from expo.accounts.requests import SignedIn
from expo.kit import clock
from expo.kit.errors import Refused
from expo.kit.policy import page

from ..forms.checks import KeepForm
from ..models import Proposal
from ..queries.checks import findings
from ..queries.listing import by_code
from ..queries.status import status_of
from ..services.checks import keep_finding


@page("proposals.edit", load=by_code)
@require_http_methods(["GET", "HEAD", "POST"])
def checks(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """What is found in what is saved; a POST keeps one of them."""
    form, refusal = KeepForm(request.POST if request.method == "POST" else None), ""
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            keep_finding(by=request.user, proposal=proposal, key=data["key"], reason=data["reason"])
        except Refused as refused:
            refusal = refused.message
        else:
            proposal = by_code(request.user, edition=proposal.edition.slug, proposal=proposal.code)
            if not getattr(request, "htmx", False):
                messages.success(request, "Kept. The chairs read your reason; reviewers do not.")
                return redirect(f"proposals:{data['next']}", proposal.edition.slug, proposal.code)
    return _answer(request, proposal, form, refusal)


def _answer(request: HttpRequest, proposal: Proposal, form: forms.Form, refusal: str) -> HttpResponse:
    is_part = bool(getattr(request, "htmx", False))
    context: dict[str, Any] = {
        "live": is_part,
        "on_page": is_part,
        "here": reverse("proposals:edit", args=[proposal.edition.slug, proposal.code]),
        "proposal": proposal,
        "findings": findings(status_of(proposal, clock.now()).latest),
        "refusal": refusal,
        "typed": form,
        "next": form.cleaned_data["next"] if form.is_bound and form.is_valid() else "checks",
    }
    status = 422 if refusal and not is_part else 200  # htmx swaps in what is not an error
    return render(request, f"expo/proposals/{'_checks' if is_part else 'checks'}.html", context, status=status)
