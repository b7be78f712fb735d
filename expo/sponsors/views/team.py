"""A sponsor's team; its contact keeps it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import allowed, page, require
from expo.kit.posted import posted

from .. import forms, queries, services
from ..models import Sponsor, TeamMember


@page("sponsors.view_team", load=queries.sponsor_of)
def team(request: HttpRequest, sponsor: Sponsor) -> HttpResponse:
    """Everybody in the team sees it; contacts and organisers add to it."""
    form = forms.MemberForm(posted(request))
    if request.method == "POST":
        require(request.user, "sponsors.manage_team", sponsor)
        if form.is_valid():
            with refusals_to(form):
                member = services.add_team_member(by=request.user, sponsor=sponsor, **form.cleaned_data)
                messages.success(request, f"{member.user} is in the team and gets a mail.")
                return redirect("sponsors:team", sponsor.edition.slug, sponsor.pk)
    context = {
        "sponsor": sponsor,
        "form": form,
        "members": sponsor.team.select_related("user").order_by("role", "id"),
        "may_change": allowed(request.user, "sponsors.manage_team", sponsor),
    }
    return render(request, "expo/sponsors/team.html", context)


@page("sponsors.remove_member", load=queries.member_of)
@require_POST
def remove(request: HttpRequest, member: TeamMember) -> HttpResponse:
    sponsor = member.sponsor
    try:
        services.remove_team_member(by=request.user, sponsor=sponsor, member=member)
        messages.success(request, f"{member.user} is no longer in the team.")
    except Refused as refusal:
        messages.error(request, refusal.message)
    if member.user_id == request.user.pk and not allowed(request.user, "sponsors.view_team", sponsor):
        return redirect("editions:home")
    return redirect("sponsors:team", sponsor.edition.slug, sponsor.pk)
