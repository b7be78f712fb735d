"""Pages: what-ifs that a chair keeps, side by side."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from expo.accounts.requests import SignedIn
from expo.editions.models import Edition
from expo.editions.queries import load as edition_by_slug
from expo.kit.errors import refusals_to
from expo.kit.policy import page
from expo.kit.posted import posted
from reviews.scoring.queries.ranking import ranking_of

from ..forms import ComparedList, ScenarioForm, chosen_scenarios
from ..models import Scenario
from ..queries.scenarios import MOST_COMPARED, comparison_of, scenario_by_id, scenarios_of
from ..services import scenarios


@page("decisions.desk", load=edition_by_slug)
def what_if(request: SignedIn, edition: Edition) -> HttpResponse:
    """One's own what-ifs, and those chosen beside what holds now."""
    mine = scenarios_of(edition, request.user)
    chosen = chosen_scenarios(request.GET, mine, MOST_COMPARED) or mine[-1:]
    params = request.GET.copy()
    if chosen:
        params["s"] = ".".join(str(each.pk) for each in chosen)
    comparison = comparison_of(edition, request.user, chosen)
    listed = ComparedList(params, comparison)
    if listed.wants_csv:
        return listed.csv(f"what-if {edition.slug}")
    context = {
        "scenarios": mine,
        "chosen": chosen,
        "comparison": comparison,
        "list": listed,
        "everything": listed.address(q=None, show=None, pool=None),
        "most": MOST_COMPARED,
        "is_full": len(mine) >= scenarios.MOST_KEPT,
    }
    return render(request, "reviews/decisions/what_if.html", context)


@page("decisions.desk", load=edition_by_slug)
def new_what_if(request: SignedIn, edition: Edition) -> HttpResponse:
    return _form_page(request, edition, None)


@page("decisions.desk", load=scenario_by_id)
def edit_what_if(request: SignedIn, scenario: Scenario) -> HttpResponse:
    return _form_page(request, scenario.edition, scenario)


def _form_page(request: SignedIn, edition: Edition, scenario: Scenario | None) -> HttpResponse:
    ranking = ranking_of(edition, request.user)
    codes = {each.proposal.code for each in ranking.scores}
    initial = ScenarioForm.initial_of(scenario, codes) if scenario else {}
    form = ScenarioForm(posted(request), ranking=ranking, initial=initial)
    if form.is_valid():
        with refusals_to(form):
            kept = scenarios.keep_scenario(
                by=request.user,
                edition=edition,
                name=form.cleaned_data["name"],
                asked=form.asked(),
                scenario=scenario,
            )
            return redirect(f"{reverse('decisions:what-if', args=[edition.slug])}?s={kept.pk}&show=moved")
    context = {"form": form, "scenario": scenario}
    return render(request, "reviews/decisions/scenario.html", context, status=422 if form.errors else 200)


@page("decisions.desk", load=scenario_by_id)
@require_POST
def delete_what_if(request: SignedIn, scenario: Scenario) -> HttpResponse:
    name, slug = scenario.name, scenario.edition.slug
    scenarios.delete_scenario(by=request.user, scenario=scenario)
    messages.success(request, f"“{name}” is deleted.")
    return redirect("decisions:what-if", slug)
