"""Presenters after the decision: replace or correct them, and say when they cannot be on stage."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from expo.accounts.requests import SignedIn
from expo.editions.queries import rules_of
from expo.kit import clock
from expo.kit.errors import Refused
from expo.kit.policy import allowed, page
from expo.kit.posted import posted

from ..forms.drafts import PageForm
from ..forms.presenters import AwayForm, PresenterFormSet, away_initial, presenter_rows
from ..forms.rows import move_of
from ..models import Proposal
from ..queries.content import people_of, presenters_of, spans_of
from ..queries.listing import by_code
from ..queries.presenters import confirmed_addresses, confirmed_presenters
from ..queries.status import status_of
from ..services.presenters import change_presenters, enter_availability, set_availability


@page("proposals.change_presenters", load=by_code)
@require_http_methods(["GET", "HEAD", "POST"])
def presenters(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """Replace or correct who presents: the team's page and, with another way back, the chairs'."""
    saved, sent = people_of(proposal), PageForm.sent(request.POST)
    days = list(proposal.edition.days.select_related("edition"))
    rows = PresenterFormSet(posted(request), days=days, initial=presenter_rows(saved, days))
    version, refusal, status = sent["version"] or proposal.version, None, status_of(proposal, clock.now())
    is_own = allowed(request.user, "proposals.view", proposal)
    if {"remove_presenter", "add_presenter", "i_present", "move"} & set(request.POST):  # these buttons save nothing
        me, move = request.user if sent["i_present"] else None, move_of(sent["move"] or "")
        add, remove = bool(sent["add_presenter"]), sent["remove_presenter"]
        arranged = rows.rearranged(remove=remove, add=add, move=move, me=me)
        rows = PresenterFormSet(days=days, initial=arranged)
    elif request.method == "POST" and rows.is_valid():
        try:
            change_presenters(by=request.user, proposal=proposal, presenters=rows.content(), version=version)
            names_them = status.is_placeable and proposal.edition.is_published
            more = " The program's next release names those who have confirmed by then." if names_them else ""
            messages.success(request, f"Presenters saved.{more}")
            if is_own:
                return redirect("proposals:detail", proposal.edition.slug, proposal.code)
            return redirect("proposals:after", proposal.edition.slug)
        except Refused as refused:
            refusal = refused
            if refused.code == "stale-version":
                proposal.refresh_from_db()
                version, saved = proposal.version, people_of(proposal)
    is_wrong = refusal is not None or (rows.is_bound and not rows.is_valid())
    context = {
        "proposal": proposal,
        "form": {"people": rows, "days": days, "main": {"rules": rules_of(proposal.format)}},
        "confirmed": confirmed_presenters(proposal),
        "saved": saved if refusal is not None else [],
        "version": version,
        "refusal": refusal,
        "is_wrong": is_wrong,
        "is_own": is_own,
        "status": status,
    }
    return render(request, "expo/proposals/presenters.html", context, status=422 if is_wrong else 200)


@page("proposals.edit", load=by_code)
@require_http_methods(["GET", "HEAD", "POST"])
def availability(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """The team's page, after the verdict."""
    back = redirect("proposals:detail", proposal.edition.slug, proposal.code)
    return _away_page(request, proposal, set_availability, "expo/proposals/availability.html", back)


@page("proposals.set_availability", load=by_code)
@require_http_methods(["GET", "HEAD", "POST"])
def cannot_come(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """The chairs' page, for a late flight and so on; it leads to the timetable, which says what cannot stay now."""
    back = redirect("program:timetable", proposal.edition.slug)
    return _away_page(request, proposal, enter_availability, "expo/proposals/cannot_come.html", back)


def _away_page(
    request: HttpRequest, proposal: Proposal, save: Callable[..., Proposal], template: str, back: HttpResponse
) -> HttpResponse:
    days = list(proposal.edition.days.select_related("edition"))
    presenters, data = presenters_of(proposal), posted(request)
    forms = [
        AwayForm(data, prefix=f"presenter{each.pk}", days=days, initial=away_initial(spans_of(each), days))
        for each in presenters
    ]
    refusal = None
    are_valid = [form.is_valid() for form in forms]  # every row, so that every mistake is named at once
    if data is not None and all(are_valid):
        away = {each.pk: form.away() for each, form in zip(presenters, forms, strict=True)}
        try:
            save(by=request.user, proposal=proposal, away=away)
            messages.success(request, "Availability saved. The program takes it into account.")
            return back
        except Refused as refused:
            refusal = refused
    is_wrong = refusal is not None or (data is not None and not all(are_valid))
    context: dict[str, Any] = {
        "proposal": proposal,
        "rows": list(zip(presenters, forms, strict=True)),
        "refusal": refusal,
        "days": days,
        "confirmed": {address for _, address in confirmed_addresses(proposal.edition, proposal)},
    }
    return render(request, template, context, status=422 if is_wrong else 200)
