"""Change requests: a team asks after the deadline, whoever runs the edition answers field by field."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from expo.accounts.requests import SignedIn
from expo.editions.models import Edition
from expo.editions.queries import load as load_edition
from expo.kit import clock
from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page
from expo.kit.posted import posted, refusals_as_messages

from ..comparison import compare
from ..forms.drafts import PageForm
from ..forms.verbs import ChangeAnswerForm, ChangeRequestForm
from ..models import Proposal
from ..queries.change_requests import compared_for, last_request, requests_for
from ..queries.content import content_of
from ..queries.listing import by_code
from ..queries.status import status_of
from ..services import change_requests as services
from ..states import ChangeRequestState

either_way = require_http_methods(["GET", "HEAD", "POST"])


def _back(proposal: Proposal) -> HttpResponse:
    return redirect("proposals:detail", proposal.edition.slug, proposal.code)


@page("proposals.ask_for_change", load=by_code)
@either_way
def ask(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """The changes that are not submitted, and the reason why they should count after all."""
    form = ChangeRequestForm(posted(request))
    status = status_of(proposal, clock.now())
    version = PageForm.sent(request.POST)["version"]
    if request.method == "POST" and form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            services.ask_for_change(by=request.user, proposal=proposal, reason=reason, version=version)
            messages.success(request, "Asked. The chairs get a mail, and your team gets one when they answer.")
            return _back(proposal)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            proposal = by_code(request.user, edition=proposal.edition.slug, proposal=proposal.code)
            status = status_of(proposal, clock.now())
    changes = compare(content_of(proposal), content_of(status.copy)) if status.copy else []
    context = {"proposal": proposal, "status": status, "form": form, "changes": changes}
    return render(request, "expo/proposals/ask_for_change.html", context, status=422 if form.errors else 200)


@page("proposals.ask_for_change", load=by_code)
@require_POST
def withdraw(request: SignedIn, proposal: Proposal) -> HttpResponse:
    with refusals_as_messages(request):
        services.withdraw_change_request(by=request.user, proposal=proposal)
        messages.success(request, "The request is withdrawn. Your changes are kept, and you can edit them again.")
    return _back(proposal)


@page("proposals.see_changes", load=load_edition)
@require_safe
def listing(request: SignedIn, edition: Edition) -> HttpResponse:
    """What teams ask to change after the deadline, as far as the viewer may see."""
    rows = requests_for(request.user, edition)
    return render(request, "expo/proposals/change_requests.html", {"rows": rows})


@page("proposals.answer_change", load=by_code)
@either_way
def answer(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """The latest request field by field, to accept or refuse while it is open."""
    change = last_request(proposal.pk)
    changes = compared_for(request.user, proposal, change) if change else []
    form = ChangeAnswerForm(posted(request), names=[each.name for each in changes])
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            answered = services.answer_change(by=request.user, proposal=proposal, **form.cleaned_data)
            done = "Accepted" if answered.state == ChangeRequestState.ACCEPTED else "Refused"
            messages.success(request, f"{done}. Its team gets a mail.")
            return redirect("proposals:change-requests", proposal.edition.slug)
    context = {
        "proposal": proposal,
        "change": change,
        "form": form,
        "changes": [(each, [each]) for each in changes],
        "is_open": change is not None and change.state == ChangeRequestState.OPEN,
        "accepted": (form["accept"].value() or []) if change and form["change"].value() == str(change.pk) else [],
    }
    return render(request, "expo/proposals/answer_change.html", context, status=422 if form.errors else 200)
