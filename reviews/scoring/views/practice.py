"""Pages of practice proposals: chairs write them and see how far reviewers are from the panel; reviewers answer."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from expo.accounts.requests import SignedIn
from expo.editions.models import Edition, Format
from expo.editions.queries import load as edition_by_slug
from expo.kit.errors import refusals_to
from expo.kit.policy import page
from expo.kit.posted import posted, refusals_as_messages
from reviews.rubrics import queries as rubrics
from reviews.rubrics.models import Criterion, Level, PracticeProposal
from reviews.rubrics.practice import deviation
from reviews.rubrics.queries import FormatRubric
from reviews.rubrics.requests import format_asked, suffix_of
from reviews.rubrics.services import practice as services

from ..forms import PracticeAnswerForm, PracticeForm, initial_of_practice


@page("rubrics.edit", load=edition_by_slug)
def practice_list(request: SignedIn, edition: Edition) -> HttpResponse:
    """The practice proposals of all rubrics, and each reviewer's distance from the panel."""
    current = rubrics.rubrics_of(edition)
    own = [each.rubric.format for each in current.by_format.values() if each.rubric]
    context = {
        "practice": rubrics.practice_in(current),
        "formats": own,
        "people": [(reviewer, deviation(pairs)) for reviewer, pairs in rubrics.practice_answers(edition).items()],
    }
    return render(request, "reviews/scoring/practice_list.html", context)


@page("rubrics.edit", load=edition_by_slug)
def add(request: SignedIn, edition: Edition) -> HttpResponse:
    return _edit(request, edition, None, format_asked(request, edition))


@page("rubrics.edit", load=rubrics.practice_by_id)
def change(request: SignedIn, practice: PracticeProposal) -> HttpResponse:
    return _edit(request, practice.edition, practice, practice.rubric.format)


@page("rubrics.edit", load=rubrics.practice_by_id)
@require_POST
def remove(request: SignedIn, practice: PracticeProposal) -> HttpResponse:
    with refusals_as_messages(request):
        services.remove_practice(by=request.user, practice=practice)
        messages.success(request, f"“{practice.title}” is removed, with what reviewers answered.")
    return redirect("scoring:practice-list", practice.edition.slug)


@page("rubrics.practise", load=rubrics.practice_by_id)
def answer(request: SignedIn, practice: PracticeProposal) -> HttpResponse:
    """A practice proposal to score; once answered, the panel's levels beside one's own, and why."""
    asked = rubrics.rubrics_of(practice.edition).of(practice.rubric.format_id)
    answered = practice.reviews.filter(reviewer=request.user).first()
    form = PracticeAnswerForm(posted(request), asked=asked)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            services.answer_practice(by=request.user, practice=practice, levels=form.levels())
            return redirect("scoring:practice", practice.edition.slug, practice.pk)
    context = {
        "practice": practice,
        "answered": answered,
        "form": form,
        "rows": _beside(asked, answered.levels, practice.levels) if answered else (),
        "deviation": deviation([(answered.levels, practice.levels)]) if answered else None,
        "following": rubrics.practice_to_do(request.user, [practice.rubric_id]) if answered else None,
    }
    return render(request, "reviews/scoring/practice.html", context, status=422 if form.errors else 200)


def _beside(
    asked: FormatRubric, own: Mapping[str, int], panel: Mapping[str, int]
) -> list[tuple[Criterion, Level, Level]]:
    """Own and the panel's level on each criterion that both have."""
    rows = []
    for criterion in asked.criteria:
        levels = {each.value: each for each in criterion.levels.all()}
        mine, theirs = levels.get(own.get(criterion.slug, 0)), levels.get(panel.get(criterion.slug, 0))
        if mine and theirs:
            rows.append((criterion, mine, theirs))
    return rows


def _edit(
    request: SignedIn, edition: Edition, practice: PracticeProposal | None, format: Format | None
) -> HttpResponse:
    asked = rubrics.rubrics_of(edition).of(format.pk if format else None)
    form = PracticeForm(posted(request), asked=asked, initial=initial_of_practice(practice, asked))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            services.save_practice(
                by=request.user, edition=edition, practice=practice, format=format, levels=form.levels(), **form.texts()
            )
            messages.success(request, "Saved. Reviewers who have submitted nothing yet score it first.")
            return redirect("scoring:practice-list", edition.slug)
    context = {
        "practice": practice,
        "form": form,
        "back": reverse("scoring:practice-list", args=[edition.slug]),
        "suffix": suffix_of(format),
    }
    return render(request, "reviews/scoring/practice_edit.html", context, status=422 if form.errors else 200)
