"""Pages of the rubric: read it, change it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from expo.accounts.requests import SignedIn
from expo.editions.models import Edition
from expo.editions.queries import load as edition_by_slug
from expo.kit.errors import refusals_to
from expo.kit.markdown import to_html
from expo.kit.policy import allowed, page
from expo.kit.posted import posted, refusals_as_messages

from . import queries, services
from .forms import CriterionForm, LevelFormSet, TextsForm, initial_of, levels_of
from .models import Criterion


@page("rubrics.read", load=edition_by_slug)
def read(request: HttpRequest, edition: Edition) -> HttpResponse:
    """The whole rubric; asked for by script, its questions alone, which stand beside the form of a proposal."""
    current = queries.rubrics_of(edition).edition_wide
    if getattr(request, "htmx", False):
        return render(request, "reviews/rubrics/_questions.html", {"criteria": current.criteria})
    rubric = current.rubric
    context = {
        "rubric": rubric,
        "introduction": to_html(rubric.introduction) if rubric else "",
        "commercial_content": to_html(rubric.commercial_content) if rubric else "",
        "criteria": current.with_weights,
        "may_edit": allowed(request.user, "rubrics.edit", edition),
    }
    return render(request, "reviews/rubrics/read.html", context)


@page("rubrics.edit", load=edition_by_slug)
def edit(request: SignedIn, edition: Edition) -> HttpResponse:
    current = queries.rubrics_of(edition).edition_wide
    rubric = current.rubric
    initial = {name: getattr(rubric, name, "") for name in ("introduction", "commercial_content")}
    form = TextsForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            services.save_texts(by=request.user, edition=edition, **form.cleaned_data)
            messages.success(request, "Saved. Reviewers and sponsors see the new texts at once.")
            return redirect("rubrics:edit", edition.slug)
    context = {
        "rubric": rubric,
        "is_editable": rubric is None or rubric.frozen_at is None,
        "form": form,
        "criteria": current.with_weights,
    }
    return render(request, "reviews/rubrics/edit.html", context)


@page("rubrics.edit", load=edition_by_slug)
@require_POST
def set_up(request: SignedIn, edition: Edition) -> HttpResponse:
    with refusals_as_messages(request):
        services.set_up_default(by=request.user, edition=edition)
        messages.success(request, "The usual Expo rubric is in place. Change it until the first review is submitted.")
    return redirect("rubrics:edit", edition.slug)


@page("rubrics.edit", load=edition_by_slug)
def add(request: SignedIn, edition: Edition) -> HttpResponse:
    return _criterion(request, edition, None)


@page("rubrics.edit", load=queries.criterion_by_id)
def change(request: SignedIn, criterion: Criterion) -> HttpResponse:
    return _criterion(request, criterion.edition, criterion)


@page("rubrics.edit", load=queries.criterion_by_id)
@require_POST
def remove(request: SignedIn, criterion: Criterion) -> HttpResponse:
    edition, name = criterion.edition, criterion.name
    with refusals_as_messages(request):
        services.remove_criterion(by=request.user, edition=edition, criterion=criterion)
        messages.success(request, f"“{name}” is removed from the rubric.")
    return redirect("rubrics:edit", edition.slug)


def _criterion(request: SignedIn, edition: Edition, criterion: Criterion | None) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = CriterionForm(data, initial=initial_of(criterion))
    levels = LevelFormSet(data, initial=levels_of(criterion), prefix="levels")
    if data is not None and form.is_valid() and levels.is_valid():
        texts = [text for row in levels.forms if (text := row.as_level())]
        with refusals_to(form):
            services.save_criterion(
                by=request.user, edition=edition, criterion=criterion, levels=texts, **form.cleaned_data
            )
            messages.success(request, f"“{form.cleaned_data['name']}” is saved.")
            return redirect("rubrics:edit", edition.slug)
    context = {
        "form": form,
        "levels": levels,
        "criterion": criterion,
        "rubric": queries.rubrics_of(edition).edition_wide.rubric,
    }
    return render(request, "reviews/rubrics/criterion.html", context)
