"""When presenters cannot be on stage: told by their team, or entered by a chair who heard of it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from expo.kit.errors import Refused
from expo.kit.policy import page
from expo.kit.posted import posted

from ..forms import AwayForm
from ..forms.presenters import away_initial
from ..models import Proposal
from ..queries.claims import confirmed_addresses
from ..queries.content import presenters_of, spans_of
from ..queries.listing import by_code
from ..services.presenters import enter_availability, set_availability
from .verbs import either_way

SAVED = "Availability saved. The program takes it into account."


@page("proposals.edit", load=by_code)
@either_way
def availability(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """The team's page, after the verdict."""
    return _away_page(request, proposal, set_availability, "expo/proposals/availability.html")


@page("proposals.set_availability", load=by_code)
@either_way
def cannot_come(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """The chairs' page: a late flight, and so on."""
    return _away_page(request, proposal, enter_availability, "expo/proposals/cannot_come.html")


def _away_page(request: HttpRequest, proposal: Proposal, save: Callable[..., Proposal], template: str) -> HttpResponse:
    days = list(proposal.edition.days.select_related("edition"))
    presenters = presenters_of(proposal)
    data = posted(request)
    forms = [
        AwayForm(data, prefix=f"presenter{each.pk}", days=days, initial=away_initial(spans_of(each), days))
        for each in presenters
    ]
    refusal = None
    answers = [form.is_valid() for form in forms]  # every row, so that every mistake is named at once
    if data is not None and all(answers):
        away = {each.pk: form.away() for each, form in zip(presenters, forms, strict=True)}
        try:
            save(by=request.user, proposal=proposal, away=away)
            messages.success(request, SAVED)
            return _back(proposal, save)
        except Refused as refused:
            refusal = refused
    wrong = refusal is not None or (data is not None and any(form.errors for form in forms))
    context: dict[str, Any] = {
        "proposal": proposal,
        "rows": list(zip(presenters, forms, strict=True)),
        "refusal": refusal,
        "days": days,
        "confirmed": {address for _, address in confirmed_addresses(proposal.edition, proposal)},
    }
    return render(request, template, context, status=422 if wrong else 200)


def _back(proposal: Proposal, save: Callable[..., Proposal]) -> HttpResponse:
    """The team goes to its proposal; a chair to the timetable, where it says what cannot stay now."""
    if save is enter_availability:
        return redirect("program:timetable", proposal.edition.slug)
    return redirect("proposals:detail", proposal.edition.slug, proposal.code)
