"""A sponsor's team; its contact keeps it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from expo.kit.errors import refusals_to
from expo.kit.policy import allowed, page, require
from expo.kit.posted import posted, refusals_as_messages

from .. import forms, queries, services
from ..models import Sponsor, TeamMember


@page("sponsors.view_team", load=queries.sponsor_of)
def team(request: HttpRequest, sponsor: Sponsor) -> HttpResponse:
    """Everybody in the team sees it; contacts and organisers invite to it."""
    form = forms.MemberForm(posted(request))
    if request.method == "POST":
        require(request.user, "sponsors.manage_team", sponsor)
        if form.is_valid():
            with refusals_to(form):
                made = services.invite_to_team(by=request.user, sponsor=sponsor, **form.cleaned_data)
                messages.success(request, f"{made.email} is invited, and joins the team by accepting.")
                return redirect("sponsors:team", sponsor.edition.slug, sponsor.pk)
    may_change = allowed(request.user, "sponsors.manage_team", sponsor)
    context = {
        "sponsor": sponsor,
        "form": form,
        "members": sponsor.team.select_related("user").order_by("role", "id"),
        "pending": queries.pending_invitations(sponsor) if may_change else [],
        "may_change": may_change,
        "may_resend": allowed(request.user, "sponsors.manage", sponsor.edition),
        "when_mailed": queries.when_mailed(sponsor.edition),
        "is_member": allowed(request.user, "sponsors.leave_team", sponsor),
    }
    return render(request, "expo/sponsors/team.html", context)


@page("sponsors.remove_member", load=queries.member_of)
@require_POST
def remove(request: HttpRequest, member: TeamMember) -> HttpResponse:
    sponsor = member.sponsor
    with refusals_as_messages(request):
        services.remove_team_member(by=request.user, sponsor=sponsor, member=member)
        messages.success(request, f"{member.user} is no longer in the team.")
    if member.user_id == request.user.pk and not allowed(request.user, "sponsors.view_team", sponsor):
        return redirect("editions:home")
    return redirect("sponsors:team", sponsor.edition.slug, sponsor.pk)


@page("sponsors.leave_team", load=queries.sponsor_of)
@require_POST
def leave(request: HttpRequest, sponsor: Sponsor) -> HttpResponse:
    with refusals_as_messages(request):
        services.leave_team(by=request.user, sponsor=sponsor)
        messages.success(request, f"You have left the team of {sponsor}.")
    if allowed(request.user, "sponsors.leave_team", sponsor):
        return redirect("sponsors:team", sponsor.edition.slug, sponsor.pk)
    return redirect("editions:home")
