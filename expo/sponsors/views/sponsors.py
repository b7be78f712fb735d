"""The list of sponsors, and one sponsor."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from expo.accounts.queries import organisation_names
from expo.editions.models import Edition
from expo.editions.queries import load
from expo.kit.errors import refusals_to
from expo.kit.pagination import page_of
from expo.kit.policy import allowed, page
from expo.kit.posted import posted

from .. import forms, queries, services
from ..models import Sponsor


@page("sponsors.list", load=load)
def listing(request: HttpRequest, edition: Edition) -> HttpResponse:
    """All sponsors, filtered by words and tier."""
    words, tier = request.GET.get("q", "").strip()[:100], request.GET.get("tier", "")
    rows = queries.sponsors_in(edition)
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(organisation__name__icontains=words))
    if tier:
        rows = rows.filter(tier__slug=tier)
    context = {
        "page_obj": page_of(request, rows),
        "tiers": edition.tiers.all(),
        "words": words,
        "tier": tier,
        "may_manage": (may_manage := allowed(request.user, "sponsors.manage", edition)),
        "held": queries.held_invitations(edition).count() if may_manage else 0,
        "when_mailed": queries.when_mailed(edition),
        "unsent": queries.unsent_invitations(edition).count() if may_manage else 0,
    }
    return render(request, "expo/sponsors/list.html", context)


@page("sponsors.manage", load=load)
def add(request: HttpRequest, edition: Edition) -> HttpResponse:
    form = forms.AddForm(posted(request), edition=edition)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            sponsor = services.add_sponsor(by=request.user, edition=edition, **form.cleaned_data)
            messages.success(request, f"{sponsor} is a sponsor now. {_when_mailed(edition, form.cleaned_data['hold'])}")
            return redirect("sponsors:list", edition.slug)
    context = {"form": form, "organisation_names": organisation_names(), "has_tiers": edition.tiers.exists()}
    return render(request, "expo/sponsors/add.html", context)


def _when_mailed(edition: Edition, is_held: bool) -> str:
    if is_held:
        return "The invitation of its contact is held until you send it."
    return f"Its contact gets an invitation {queries.when_mailed(edition)}."


@page("sponsors.manage", load=queries.sponsor_of)
def edit(request: HttpRequest, sponsor: Sponsor) -> HttpResponse:
    form = forms.SponsorForm(posted(request), edition=sponsor.edition, sponsor=sponsor)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            fields = {**form.cleaned_data, "name": form.cleaned_data["name"] or sponsor.organisation.name}
            services.save_sponsor(by=request.user, sponsor=sponsor, **fields)
            messages.success(request, "The sponsor is saved.")
            return redirect("sponsors:list", sponsor.edition.slug)
    may_change_conflicts = allowed(request.user, "proposals.change_conflict_facts", sponsor)
    context = {"form": form, "sponsor": sponsor, "may_change_conflicts": may_change_conflicts}
    return render(request, "expo/sponsors/edit.html", context)
