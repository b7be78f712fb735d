"""Which facts about organisations make conflicts: an organiser's page about a sponsor, and site staff's about parents.

Every change shows first whom it would give or take a conflict.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from expo.accounts.models import Organisation
from expo.accounts.queries import organisation_names
from expo.accounts.requests import SignedIn
from expo.kit.errors import Refused, refusals_to
from expo.kit.mail_domains import readable
from expo.kit.policy import allowed, page
from expo.proposals.queries.known_conflicts import with_domains
from expo.proposals.services import conflict_facts as conflict_facts_verbs
from expo.proposals.services.conflict_facts import confirm_parent, decline_parent
from expo.sponsors.forms import DomainsForm
from expo.sponsors.models import ParentRequest, Sponsor
from expo.sponsors.queries import sponsor_of
from expo.sponsors.services.sponsors import checked_domains
from expo.sponsors.states import ParentState

from .. import forms
from ..queries import conflict_effects


@page("proposals.change_conflict_facts", load=sponsor_of)
def conflict_facts(request: SignedIn, sponsor: Sponsor) -> HttpResponse:
    """A sponsor's mail domains and family; with `domains` in the address, what those domains would change."""
    if "domains" not in request.GET:
        return _conflict_facts(request, sponsor)
    form = DomainsForm(request.GET)
    if form.is_valid():
        with refusals_to(form):
            domains = checked_domains(sponsor, form.cleaned_data["domains"])
            effect = conflict_effects.conflict_effect(sponsor.edition, with_domains(sponsor, domains), request.user)
            return _conflict_facts(request, sponsor, form=form, effect=effect, domains=domains)
    return _conflict_facts(request, sponsor, form=form)


def _conflict_facts(request: HttpRequest, sponsor: Sponsor, **context: object) -> HttpResponse:
    known = {
        "sponsor": sponsor,
        "form": DomainsForm(initial={"domains": " ".join(map(readable, sponsor.domains))}),
        "parent_form": forms.ParentForm(),
        "family": conflict_effects.family_names(sponsor.organisation),
        "requests": conflict_effects.parent_requests(sponsor=sponsor),
        "organisation_names": organisation_names(),
    }
    return render(request, "reviews/assignments/conflict_facts.html", known | context)


@page("proposals.change_conflict_facts", load=sponsor_of)
@require_POST
def save_domains(request: SignedIn, sponsor: Sponsor) -> HttpResponse:
    form = DomainsForm(request.POST)
    if form.is_valid():
        with refusals_to(form):
            conflict_facts_verbs.save_domains(by=request.user, sponsor=sponsor, domains=form.cleaned_data["domains"])
            messages.success(request, f"The mail domains of {sponsor} are saved.")
            if allowed(request.user, "proposals.change_conflict_facts", sponsor):
                return redirect("assignments:conflict-facts", sponsor.edition.slug, sponsor.pk)
            return redirect("sponsors:list", sponsor.edition.slug)  # it gave the organiser a conflict too
    return _conflict_facts(request, sponsor, form=form)


@page("proposals.change_conflict_facts", load=sponsor_of)
@require_POST
def request_parent(request: SignedIn, sponsor: Sponsor) -> HttpResponse:
    form = forms.ParentForm(request.POST)
    if form.is_valid():
        with refusals_to(form):
            conflict_facts_verbs.request_parent(by=request.user, sponsor=sponsor, **form.cleaned_data)
            messages.success(request, "Site staff are asked to confirm this. Until they do, nothing changes.")
            return redirect("assignments:conflict-facts", sponsor.edition.slug, sponsor.pk)
    return _conflict_facts(request, sponsor, parent_form=form)


@page("proposals.decide_parents")
def families(request: HttpRequest) -> HttpResponse:
    """What site staff are asked to confirm, and which organisations belong to another."""
    requests = conflict_effects.parent_requests(state=ParentState.OPEN)
    context = {"requests": requests, "subsidiaries": conflict_effects.subsidiaries()}
    return render(request, "reviews/assignments/families.html", context)


@page("proposals.decide_parents", load=conflict_effects.parent_request_by_id)
def parent_request(request: SignedIn, asked: ParentRequest) -> HttpResponse:
    """What confirming would change; POST confirms or declines."""
    refusal = None
    if request.method == "POST":
        confirms = request.POST.get("decision") == "confirm"
        verb = confirm_parent if confirms else decline_parent
        try:
            verb(by=request.user, request=asked)
            messages.success(request, f"{'Confirmed' if confirms else 'Declined'}: {asked}.")
            return redirect("assignments:families")
        except Refused as refused:
            refusal = refused.message
    effects = conflict_effects.parent_effects(asked.organisation, asked.parent, request.user)
    context = {"asked": asked, "effects": effects, "refusal": refusal}
    return render(request, "reviews/assignments/parent_request.html", context)


@page("proposals.decide_parents", load=conflict_effects.subsidiary_by_id)
def remove_parent(request: SignedIn, organisation: Organisation) -> HttpResponse:
    """What removing the parent would change; POST removes it."""
    refusal = None
    if request.method == "POST":
        try:
            conflict_facts_verbs.remove_parent(by=request.user, organisation=organisation)
            messages.success(request, f"{organisation} no longer belongs to {organisation.parent}.")
            return redirect("assignments:families")
        except Refused as refused:
            refusal = refused.message
    effects = conflict_effects.parent_effects(organisation, None, request.user)
    context = {"organisation": organisation, "effects": effects, "refusal": refusal}
    return render(request, "reviews/assignments/remove_parent.html", context)
