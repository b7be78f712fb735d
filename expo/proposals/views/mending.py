"""Pages for what can be put right after the decision: by its team, and by who runs the edition."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from expo.editions.models import Edition
from expo.editions.queries import load as load_edition
from expo.kit import clock
from expo.kit.errors import Refused, refusals_to
from expo.kit.pagination import page_of
from expo.kit.policy import allowed, page
from expo.kit.posted import posted

from ..forms import PresenterRows, RestoreForm
from ..forms.page import number_from
from ..forms.presenters import rows_of
from ..models import Proposal
from ..queries.content import people_of
from ..queries.listing import AFTER, by_code, decided
from ..queries.status import restoring_asked, status_of
from ..services import submission
from ..services.presenters import change_presenters
from .verbs import either_way


@page("proposals.change_presenters", load=by_code)
@either_way
def presenters(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """Replace or correct who presents: the team's page and, with another way back, the chairs'."""
    saved = people_of(proposal)
    days = list(proposal.edition.days.select_related("edition"))
    rows = PresenterRows(days, data=posted(request), initial=rows_of(saved, days))
    version, refusal = number_from(request.POST.get("version")) or proposal.version, None
    arranged, stand = _arranged(request, rows), status_of(proposal, clock.now())
    if arranged is not None:
        rows = PresenterRows(days, initial=arranged)
    elif request.method == "POST" and rows.is_valid():
        try:
            change_presenters(by=request.user, proposal=proposal, presenters=rows.given(), version=version)
            names_them = stand.is_placeable and proposal.edition.is_published
            told = " The published program names them from its next release on." if names_them else ""
            messages.success(request, f"Presenters saved.{told}")
            return _back(request, proposal)
        except Refused as refused:
            refusal = refused
            if refused.code == "stale-version":
                proposal.refresh_from_db()
                version, saved = proposal.version, people_of(proposal)
    wrong = refusal is not None or (rows.data is not None and any(row.errors for row in rows.rows))
    context = {
        "proposal": proposal,
        "form": {"people": rows, "days": days},
        "saved": saved if refusal is not None else [],
        "version": version,
        "refusal": refusal,
        "is_wrong": wrong,
        "is_own": allowed(request.user, "proposals.view", proposal),
        "stand": stand,
    }
    return render(request, "expo/proposals/presenters.html", context, status=422 if wrong else 200)


def _arranged(request: HttpRequest, rows: PresenterRows) -> list[dict[str, Any]] | None:
    """The words as typed with a row more or less, if one of these buttons was pressed; nothing is saved."""
    remove, add = request.POST.get("remove_presenter"), request.POST.get("add_presenter")
    if remove is None and add is None:
        return None
    typed, number = rows.typed(), number_from(remove)
    if number is not None and number < len(typed):
        typed.pop(number)
    if add is not None and not rows.is_full:
        typed.append({})
    return typed


def _back(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    if allowed(request.user, "proposals.view", proposal):
        return redirect("proposals:detail", proposal.edition.slug, proposal.code)
    return redirect("proposals:after", proposal.edition.slug)


@page("proposals.ask_to_restore", load=by_code)
@either_way
def ask_to_restore(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """The team's way back from a withdrawal made by mistake."""
    form = RestoreForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            submission.ask_to_restore(by=request.user, proposal=proposal, reason=form.cleaned_data["reason"])
            messages.success(request, "Asked. The organisers and chairs have mail, and you get mail when it is done.")
            return redirect("proposals:detail", proposal.edition.slug, proposal.code)
    context = {"proposal": proposal, "form": form, "stand": status_of(proposal, clock.now())}
    context["asked"] = restoring_asked(proposal)
    return render(request, "expo/proposals/ask_to_restore.html", context, status=422 if form.errors else 200)


@page("proposals.restore", load=by_code)
@either_way
def restore(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """Who runs the edition undoes it, after reading what that means."""
    form = RestoreForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            restored = submission.restore(by=request.user, proposal=proposal, reason=form.cleaned_data["reason"])
            messages.success(request, f"{restored.code} is {restored.get_state_display().lower()} again.")
            return redirect("proposals:after", proposal.edition.slug)
    context = {"proposal": proposal, "form": form, "stand": status_of(proposal, clock.now())}
    context["asked"] = restoring_asked(proposal)
    return render(request, "expo/proposals/restore.html", context, status=422 if form.errors else 200)


@page("proposals.see_after", load=load_edition)
@require_safe
def after(request: HttpRequest, edition: Edition) -> HttpResponse:
    """What was decided or withdrawn, with what can still be done about it."""
    rows = decided(request.user, edition)
    state = request.GET.get("state", "")
    if state in AFTER:
        rows = rows.filter(state=state)
    context = {"page": page_of(request, rows), "state": state, "states": AFTER}
    return render(request, "expo/proposals/after.html", context)
