"""Pages of sponsors: tiers, the list and one sponsor, tables, teams and invitations."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from expo.accounts.queries import organisation_names
from expo.accounts.requests import SignedIn, opens_saved_view
from expo.editions.models import Edition, Upload
from expo.editions.queries import load, part_of, roles_of, upload_of, uploads
from expo.editions.services.uploads import error_text
from expo.editions.states import UploadKind
from expo.kit import csv_import
from expo.kit.errors import refusals_to
from expo.kit.http import csv_response, picture_response
from expo.kit.policy import allowed, page, require
from expo.kit.posted import files, posted, refusals_as_messages

from . import forms, queries
from .models import Picture, Sponsor, TeamInvitation, TeamMember, Tier
from .services import invitations, profiles, sponsors, teams
from .states import TeamRole


@page("sponsors.manage", load=load)
def tiers(request: SignedIn, edition: Edition) -> HttpResponse:
    form = forms.TierForm(posted(request), edition=edition)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            tier = _save(request, edition, form, None)
            messages.success(request, f"The tier {tier} is added.")
            return redirect("sponsors:tiers", edition.slug)
    rows = queries.tiers_in(edition)
    return render(request, "expo/sponsors/tiers.html", {"form": form, "tiers": rows, "formats": form.formats})


@page("sponsors.manage", load=part_of(Tier, "tier"))
def tier(request: SignedIn, tier: Tier) -> HttpResponse:
    form = forms.TierForm(posted(request), edition=tier.edition, tier=tier)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            _save(request, tier.edition, form, tier)
            messages.success(request, "The tier is saved.")
            return redirect("sponsors:tiers", tier.edition.slug)
    return render(request, "expo/sponsors/tier.html", {"form": form, "tier": tier})


def _save(request: SignedIn, edition: Edition, form: forms.TierForm, tier: Tier | None) -> Tier:
    data = form.cleaned_data
    return sponsors.save_tier(
        by=request.user,
        edition=edition,
        name=data["name"],
        rank=data["rank"],
        entitlements=form.entitlements(),
        tier=tier,
    )


@page("sponsors.manage", load=part_of(Tier, "tier"))
@require_POST
def remove_tier(request: SignedIn, tier: Tier) -> HttpResponse:
    with refusals_as_messages(request):
        sponsors.remove_tier(by=request.user, edition=tier.edition, tier=tier)
        messages.success(request, f"The tier {tier} is removed.")
    return redirect("sponsors:tiers", tier.edition.slug)


@page("sponsors.list", load=load)
@opens_saved_view
def listing(request: SignedIn, edition: Edition) -> HttpResponse:
    """All sponsors, searched and narrowed by tier."""
    listed = forms.SponsorList(request.GET, list(queries.sponsors_in(edition)))
    if listed.wants_csv:
        return listed.csv(f"sponsors {edition.slug}")
    context = {
        "list": listed,
        "may_manage": (may_manage := allowed(request.user, "sponsors.manage", edition)),
        "held": queries.held_invitations(edition).count() if may_manage else 0,
        "when_mailed": queries.when_mailed(edition),
        "unsent": queries.unsent_invitations(edition).count() if may_manage else 0,
    }
    return render(request, "expo/sponsors/list.html", context)


@page("sponsors.manage", load=load)
def add(request: SignedIn, edition: Edition) -> HttpResponse:
    form = forms.AddForm(posted(request), edition=edition)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            sponsor = sponsors.add_sponsor(by=request.user, edition=edition, **form.cleaned_data)
            mailed = f"Its contact gets an invitation {queries.when_mailed(edition)}."
            if form.cleaned_data["hold"]:
                mailed = "The invitation of its contact is held until you send it."
            messages.success(request, f"{sponsor} is now a sponsor. {mailed}")
            return redirect("sponsors:list", edition.slug)
    context = {"form": form, "organisation_names": organisation_names(), "has_tiers": edition.tiers.exists()}
    return render(request, "expo/sponsors/add.html", context)


@page("sponsors.manage", load=queries.sponsor_of)
def edit(request: SignedIn, sponsor: Sponsor) -> HttpResponse:
    form = forms.SponsorForm(posted(request), edition=sponsor.edition, sponsor=sponsor)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            fields = {**form.cleaned_data, "name": form.cleaned_data["name"] or sponsor.organisation.name}
            sponsors.save_sponsor(by=request.user, sponsor=sponsor, **fields)
            messages.success(request, "The sponsor is saved.")
            return redirect("sponsors:list", sponsor.edition.slug)
    may_change_conflicts = allowed(request.user, "proposals.change_conflict_facts", sponsor)
    context = {"form": form, "sponsor": sponsor, "may_change_conflicts": may_change_conflicts}
    return render(request, "expo/sponsors/edit.html", context)


@page("sponsors.manage", load=load)
def upload(request: SignedIn, edition: Edition) -> HttpResponse:
    """Send a table; the report has a page of its own, so that it can be found again."""
    form = forms.SponsorsUploadForm(posted(request), files(request))
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        with refusals_to(form):
            made = sponsors.import_sponsors(
                by=request.user,
                edition=edition,
                data=file.read(),
                filename=file.name,
                hold=form.cleaned_data["hold"],
            )
            return redirect("sponsors:uploaded", edition.slug, made.pk)
    context = {"form": form, "columns": sponsors.COLUMNS, "uploads": uploads(edition, UploadKind.SPONSORS)}
    return render(request, "expo/sponsors/upload.html", context)


@page("sponsors.manage", load=upload_of(UploadKind.SPONSORS))
def uploaded(request: HttpRequest, upload: Upload) -> HttpResponse:
    return render(request, "expo/sponsors/uploaded.html", {"upload": upload})


@page("sponsors.manage", load=upload_of(UploadKind.SPONSORS))
def download_rest(request: HttpRequest, upload: Upload) -> HttpResponse:
    return csv_response(error_text(upload), f"sponsors-with-errors-{upload.pk}.csv")


@page("sponsors.manage", load=load)
def template(request: HttpRequest, edition: Edition) -> HttpResponse:
    return csv_response(csv_import.example_text(sponsors.COLUMNS), "sponsors.csv")


@page("sponsors.view_profile", load=queries.sponsor_of)
def profile(request: SignedIn, sponsor: Sponsor) -> HttpResponse:
    """What the program will say of a sponsor: its team changes it, organisers read it."""
    form = forms.PublicProfileForm(posted(request), files(request), sponsor=sponsor)
    if request.method == "POST":
        require(request.user, "sponsors.edit_profile", sponsor)
        if form.is_valid():
            with refusals_to(form):
                profiles.save_profile(by=request.user, sponsor=sponsor, **form.content())
                messages.success(request, "The profile is saved. The program prints it once a contact approves it.")
                return redirect("sponsors:profile", sponsor.edition.slug, sponsor.pk)
    context = {
        "sponsor": sponsor,
        "form": form,
        "version": queries.profile_version(sponsor),
        "may_edit": allowed(request.user, "sponsors.edit_profile", sponsor),
        "may_approve": allowed(request.user, "sponsors.approve_profile", sponsor),
    }
    return render(request, "expo/sponsors/profile.html", context, status=422 if form.errors else 200)


@page("sponsors.approve_profile", load=queries.sponsor_of)
@require_POST
def approve_profile(request: SignedIn, sponsor: Sponsor) -> HttpResponse:
    with refusals_as_messages(request):
        profiles.approve_profile(by=request.user, sponsor=sponsor, version=request.POST.get("version", ""))
        messages.success(request, "Approved. The program prints this profile beside your sessions.")
    return redirect("sponsors:profile", sponsor.edition.slug, sponsor.pk)


@page("sponsors.approve_profile", load=queries.sponsor_of)
@require_POST
def unapprove_profile(request: SignedIn, sponsor: Sponsor) -> HttpResponse:
    with refusals_as_messages(request):
        profiles.take_back_approval(by=request.user, sponsor=sponsor)
        messages.success(request, "The approval is taken back. The next release leaves the profile out.")
    return redirect("sponsors:profile", sponsor.edition.slug, sponsor.pk)


@page("sponsors.view_team", load=queries.sponsor_of)
def team(request: SignedIn, sponsor: Sponsor) -> HttpResponse:
    """Everybody in the team sees it; contacts and organisers invite to it."""
    form = forms.MemberForm(posted(request))
    if request.method == "POST":
        require(request.user, "sponsors.manage_team", sponsor)
        if form.is_valid():
            with refusals_to(form):
                made = invitations.invite_to_team(by=request.user, sponsor=sponsor, **form.cleaned_data)
                messages.success(request, f"{made.email} is invited, and joins the team by accepting.")
                return redirect("sponsors:team", sponsor.edition.slug, sponsor.pk)
    may_change = allowed(request.user, "sponsors.manage_team", sponsor)
    members = list(sponsor.team.select_related("user").order_by("role", "-is_primary", "id"))
    context = {
        "sponsor": sponsor,
        "form": form,
        "members": members,
        "has_contacts": sum(each.role == TeamRole.CONTACT for each in members) > 1,
        "pending": queries.pending_invitations(sponsor) if may_change else [],
        "may_change": may_change,
        "may_resend": allowed(request.user, "sponsors.manage", sponsor.edition),
        "when_mailed": queries.when_mailed(sponsor.edition),
        "is_member": allowed(request.user, "sponsors.leave_team", sponsor),
    }
    return render(request, "expo/sponsors/team.html", context)


@page("sponsors.change_member", load=queries.member_of)
@require_POST
def remove_member(request: SignedIn, member: TeamMember) -> HttpResponse:
    sponsor = member.sponsor
    with refusals_as_messages(request):
        teams.remove_team_member(by=request.user, sponsor=sponsor, member=member)
        messages.success(request, f"{member.user} is no longer in the team.")
    if member.user_id == request.user.pk and not allowed(request.user, "sponsors.view_team", sponsor):
        return redirect("editions:home")
    return redirect("sponsors:team", sponsor.edition.slug, sponsor.pk)


@page("sponsors.change_member", load=queries.member_of)
@require_POST
def change_role(request: SignedIn, member: TeamMember) -> HttpResponse:
    with refusals_as_messages(request):
        role = request.POST.get("role", "")
        changed = teams.change_role(by=request.user, sponsor=member.sponsor, member=member, role=role)
        messages.success(request, f"{member.user} is now a {changed.role} of the team.")
    return redirect("sponsors:team", member.sponsor.edition.slug, member.sponsor_id)


@page("sponsors.change_member", load=queries.member_of)
@require_POST
def make_primary(request: SignedIn, member: TeamMember) -> HttpResponse:
    with refusals_as_messages(request):
        teams.make_primary(by=request.user, sponsor=member.sponsor, member=member)
        messages.success(request, f"{member.user} is now the primary contact.")
    return redirect("sponsors:team", member.sponsor.edition.slug, member.sponsor_id)


@page("sponsors.leave_team", load=queries.sponsor_of)
@require_POST
def leave(request: SignedIn, sponsor: Sponsor) -> HttpResponse:
    with refusals_as_messages(request):
        teams.leave_team(by=request.user, sponsor=sponsor)
        messages.success(request, f"You have left the team of {sponsor}.")
    if allowed(request.user, "sponsors.leave_team", sponsor):
        return redirect("sponsors:team", sponsor.edition.slug, sponsor.pk)
    return redirect("editions:home")


@page("sponsors.answer_invitation", load=queries.invitation_to)
def invitation(request: SignedIn, invitation: TeamInvitation) -> HttpResponse:
    """Who invited to what, and what joining means; accepted by sending the form."""
    sponsor = invitation.sponsor
    form = forms.AcceptForm(posted(request), user=request.user, invitation=invitation)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            invitations.accept_invitation(by=request.user, invitation=invitation, **form.cleaned_data)
            messages.success(request, f"You are now in the team of {sponsor}.")
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
def decline(request: SignedIn, invitation: TeamInvitation) -> HttpResponse:
    with refusals_as_messages(request):
        invitations.decline_invitation(by=request.user, invitation=invitation)
        messages.success(request, f"You declined. Nothing changes, and {invitation.sponsor} does not learn of it.")
    return redirect("editions:home")


@page("sponsors.cancel_invitation", load=queries.invitation_of)
@require_POST
def cancel(request: SignedIn, invitation: TeamInvitation) -> HttpResponse:
    with refusals_as_messages(request):
        invitations.cancel_invitation(by=request.user, invitation=invitation)
        messages.success(request, f"The invitation of {invitation.email} is cancelled.")
    return _to_team(invitation)


@page("sponsors.resend_invitation", load=queries.invitation_of)
@require_POST
def resend(request: SignedIn, invitation: TeamInvitation) -> HttpResponse:
    with refusals_as_messages(request):
        invitations.resend_invitation(by=request.user, invitation=invitation)
        goes = f"{invitation.email} will get the invitation again"
        knows = allowed(request.user, "sponsors.manage", invitation.sponsor.edition)
        messages.success(request, f"{goes}." if knows else f"{goes} if it still waits for an answer.")
    return _to_team(invitation)


@page("sponsors.manage", load=load)
@require_POST
def send_held(request: SignedIn, edition: Edition) -> HttpResponse:
    count = invitations.send_held_invitations(by=request.user, edition=edition)
    messages.success(request, f"Invitations no longer held: {count}. They go out {queries.when_mailed(edition)}.")
    return redirect("sponsors:list", edition.slug)


def _to_team(invitation: TeamInvitation) -> HttpResponse:
    return redirect("sponsors:team", invitation.sponsor.edition.slug, invitation.sponsor_id)


@page("sponsors.see_picture", load=queries.picture_by_digest, public=True)
@require_safe
def picture(request: HttpRequest, picture: Picture) -> HttpResponse:
    """A logo or a portrait as it was drawn anew; its address names its content, so it may be kept for ever."""
    return picture_response(bytes(picture.data), picture.content_type, is_public=queries.is_public(picture))
