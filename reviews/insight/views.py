"""The chairs' overview, slices, journal and outbox."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import ModelChoiceField
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from expo.accounts.requests import SignedIn, opens_saved_view
from expo.editions.models import Edition
from expo.editions.queries import load
from expo.kit import clock
from expo.kit.policy import page
from expo.kit.posted import refusals_as_messages
from expo.notify.services import resend as resend_message

from . import forms, pictures, queries


@page("insight.desk", load=load)
def desk(request: SignedIn, edition: Edition) -> HttpResponse:
    overview = queries.overview(edition, request.user, clock.now())
    return render(request, "reviews/insight/desk.html", {"overview": overview})


@page("insight.slices", load=load)
def slices(request: SignedIn, edition: Edition) -> HttpResponse:
    report = queries.report(edition, request.user)
    context = {
        "report": report,
        "picture": pictures.slice_rates(report),
        "off_chance": pictures.off_chance(report),
    }
    return render(request, "reviews/insight/slices.html", context)


@page("insight.audit", load=load)
@opens_saved_view
def audit(request: SignedIn, edition: Edition) -> HttpResponse:
    listed = forms.Journal(request.GET, queries.audit(edition, request.user))
    if listed.wants_csv:
        return listed.csv(f"journal {edition.slug}")
    return render(request, "reviews/insight/audit.html", {"list": listed})


@page("notify.outbox", load=load)
@opens_saved_view
def outbox(request: SignedIn, edition: Edition) -> HttpResponse:
    listed = forms.Mails(request.GET, queries.outbox(edition, request.user))
    if listed.wants_csv:
        return listed.csv(f"mail {edition.slug}")
    return render(request, "reviews/insight/outbox.html", {"list": listed})


@page("notify.resend", load=load)
@require_POST
def resend(request: SignedIn, edition: Edition) -> HttpResponse:
    try:
        message = ModelChoiceField(queries.outbox(edition, request.user)).clean(request.POST.get("message"))
    except ValidationError as error:
        raise Http404 from error
    with refusals_as_messages(request):
        resend_message(by=request.user, edition=edition, message=message)
        messages.success(request, f"Queued again for {message.recipient}.")
    return redirect("insight:outbox", edition.slug)
