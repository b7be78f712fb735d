"""Invitations into a team: answered by who was invited, kept by contacts and organisers."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from expo.editions.models import Edition
from expo.editions.queries import load, roles_of
from expo.kit.errors import refusals_to
from expo.kit.policy import page
from expo.kit.posted import posted, refusals_as_messages

from .. import forms, queries, services
from ..models import TeamInvitation


@page("sponsors.answer_invitation", load=queries.invitation_to)
def invitation(request: HttpRequest, invitation: TeamInvitation) -> HttpResponse:
    """Who invited to what, and what joining means; accepted by sending the form."""
    sponsor = invitation.sponsor
    form = forms.AcceptForm(posted(request), user=request.user, invitation=invitation)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            services.accept_invitation(by=request.user, invitation=invitation, **form.cleaned_data)
            messages.success(request, f"You are in the team of {sponsor} now.")
            return redirect("proposals:mine", sponsor.edition.slug)
    context = {
        "invitation": invitation,
        "sponsor": sponsor,
        "form": form,
        "roles": sorted(roles_of(request.user, sponsor.edition)),
        "limits": [row for row in queries.limits_of(sponsor.tier, sponsor.edition.formats.all()) if row[1]],
    }
    return render(request, "expo/sponsors/invitation.html", context)


@page("sponsors.answer_invitation", load=queries.invitation_to)
@require_POST
def decline(request: HttpRequest, invitation: TeamInvitation) -> HttpResponse:
    with refusals_as_messages(request):
        services.decline_invitation(by=request.user, invitation=invitation)
        messages.success(request, f"You declined. Nothing changes, and {invitation.sponsor} does not learn of it.")
    return redirect("editions:home")


@page("sponsors.cancel_invitation", load=queries.invitation_of)
@require_POST
def cancel(request: HttpRequest, invitation: TeamInvitation) -> HttpResponse:
    with refusals_as_messages(request):
        services.cancel_invitation(by=request.user, invitation=invitation)
        messages.success(request, f"The invitation of {invitation.email} is cancelled.")
    return _to_team(invitation)


@page("sponsors.resend_invitation", load=queries.invitation_of)
@require_POST
def resend(request: HttpRequest, invitation: TeamInvitation) -> HttpResponse:
    with refusals_as_messages(request):
        services.resend_invitation(by=request.user, invitation=invitation)
        messages.success(request, f"{invitation.email} gets the invitation once more.")
    return _to_team(invitation)


@page("sponsors.manage", load=load)
@require_POST
def send_held(request: HttpRequest, edition: Edition) -> HttpResponse:
    count = services.send_held_invitations(by=request.user, edition=edition)
    messages.success(request, f"Invitations no longer held: {count}. They go out {queries.when_mailed(edition)}.")
    return redirect("sponsors:list", edition.slug)


def _to_team(invitation: TeamInvitation) -> HttpResponse:
    return redirect("sponsors:team", invitation.sponsor.edition.slug, invitation.sponsor_id)
