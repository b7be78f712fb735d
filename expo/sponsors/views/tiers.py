"""Tiers and the grid of what they may bring."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from expo.editions.models import Edition
from expo.editions.queries import load, part_of
from expo.kit.errors import refusals_to
from expo.kit.policy import page
from expo.kit.posted import posted, refusals_as_messages

from .. import forms, queries, services
from ..models import Tier


@page("sponsors.manage", load=load)
def tiers(request: HttpRequest, edition: Edition) -> HttpResponse:
    form = forms.TierForm(posted(request), edition=edition)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            tier = _save(request, edition, form, None)
            messages.success(request, f"The tier {tier} is added.")
            return redirect("sponsors:tiers", edition.slug)
    rows = queries.tiers_in(edition)
    return render(request, "expo/sponsors/tiers.html", {"form": form, "tiers": rows, "formats": form.formats})


@page("sponsors.manage", load=part_of(Tier, "tier"))
def tier(request: HttpRequest, tier: Tier) -> HttpResponse:
    form = forms.TierForm(posted(request), edition=tier.edition, tier=tier)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            _save(request, tier.edition, form, tier)
            messages.success(request, "The tier is saved.")
            return redirect("sponsors:tiers", tier.edition.slug)
    return render(request, "expo/sponsors/tier.html", {"form": form, "tier": tier})


def _save(request: HttpRequest, edition: Edition, form: forms.TierForm, tier: Tier | None) -> Tier:
    data = form.cleaned_data
    return services.save_tier(
        by=request.user,
        edition=edition,
        name=data["name"],
        rank=data["rank"],
        entitlements=form.entitlements(),
        tier=tier,
    )


@page("sponsors.manage", load=part_of(Tier, "tier"))
@require_POST
def remove(request: HttpRequest, tier: Tier) -> HttpResponse:
    with refusals_as_messages(request):
        services.remove_tier(by=request.user, edition=tier.edition, tier=tier)
        messages.success(request, f"The tier {tier} is removed.")
    return redirect("sponsors:tiers", tier.edition.slug)
