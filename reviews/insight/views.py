"""The chairs' overview, slices, journal and outbox."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.forms import ModelChoiceField
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from expo.accounts.models import User
from expo.accounts.requests import SignedIn, opens_saved_view
from expo.editions.models import Edition
from expo.editions.queries import dated_path, load, next_date
from expo.kit import clock
from expo.kit.policy import allowed, page
from expo.kit.posted import refusals_as_messages
from expo.kit.waiting import waiting_for
from expo.notify.services import resend as resend_message
from expo.proposals.queries.waiting import open_claims
from expo.releases.queries import unreleased
from reviews.assignments.queries.figures import reviews_in
from reviews.decisions.queries.capacity import capacity

from . import forms, pictures
from .queries import fairness, journal, overview
from .queries.way import way_points


@page("insight.desk", load=load)
def desk(request: SignedIn, edition: Edition) -> HttpResponse:
    """What waits for the viewer, the edition's way as a picture, and whose word is awaited."""
    now = clock.now()
    prefetch_related_objects([edition], "days", "formats")  # the path, the next date, the way and the pools read them
    seen = overview.overview(edition, request.user, now)
    people = overview.awaited(edition, request.user, now)
    context = {
        "overview": seen,
        "stations": [(each, allowed(request.user, each.policy, edition)) for each in overview.stations(edition, seen)],
        "awaited": people[: overview.MOST_AWAITED],
        "more_awaited": max(0, len(people) - overview.MOST_AWAITED),
        "waits": [
            *waiting_for(request.user, edition),
            *open_claims(request.user, edition),
            *unreleased(request.user, edition),
        ],
        "next_date": next_date(edition, now),
        "path": dated_path(edition),
        "pictures": _pictures(request.user, edition, now),
    }
    return render(request, "reviews/insight/desk.html", context)


def _pictures(user: User, edition: Edition, now: datetime) -> dict[str, Any]:
    """Of the way, the reviews and the capacity, as far as the viewer may open the pages behind them."""
    formats = {each.slug: each.name for each in edition.formats.all()}
    return {
        "way": pictures.way_to_program(way_points(edition, user, now), formats),
        "arrivals": reviews_in(edition, user) if allowed(user, "assignments.board", edition) else None,
        "capacity": capacity(edition, user),
    }


@page("insight.slices", load=load)
def slices(request: SignedIn, edition: Edition) -> HttpResponse:
    report = fairness.report(edition, request.user)
    context = {
        "report": report,
        "picture": pictures.slice_rates(report),
        "off_chance": pictures.off_chance(report),
    }
    return render(request, "reviews/insight/slices.html", context)


@page("insight.audit", load=load)
@opens_saved_view
def audit(request: SignedIn, edition: Edition) -> HttpResponse:
    listed = forms.Journal(request.GET, journal.audit(edition, request.user))
    if listed.wants_csv:
        return listed.csv(f"journal {edition.slug}")
    return render(request, "reviews/insight/audit.html", {"list": listed})


@page("notify.outbox", load=load)
@opens_saved_view
def outbox(request: SignedIn, edition: Edition) -> HttpResponse:
    listed = forms.Mails(request.GET, journal.outbox(edition, request.user))
    if listed.wants_csv:
        return listed.csv(f"mail {edition.slug}")
    return render(request, "reviews/insight/outbox.html", {"list": listed})


@page("notify.resend", load=load)
@require_POST
def resend(request: SignedIn, edition: Edition) -> HttpResponse:
    try:
        message = ModelChoiceField(journal.outbox(edition, request.user)).clean(request.POST.get("message"))
    except ValidationError as error:
        raise Http404 from error
    with refusals_as_messages(request):
        resend_message(by=request.user, edition=edition, message=message)
        messages.success(request, f"Queued again for {message.recipient}.")
    return redirect("insight:outbox", edition.slug)
