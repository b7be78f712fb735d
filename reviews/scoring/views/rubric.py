"""Pages about what a rubric's new version does to scores."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from expo.accounts.requests import SignedIn
from expo.editions.models import Edition
from expo.editions.queries import load as edition_by_slug
from expo.kit.policy import page
from expo.kit.posted import refusals_as_messages
from reviews.rubrics import queries as rubrics
from reviews.rubrics.changes import changes_between
from reviews.rubrics.requests import edit_url, format_asked, suffix_of

from ..queries.rubric_effects import effect_of
from ..services import rubric_versions


@page("rubrics.edit", load=edition_by_slug)
def adopt(request: SignedIn, edition: Edition) -> HttpResponse:
    """What adopting the new version would do, in numbers; a POST does it."""
    format = format_asked(request, edition)
    if request.method == "POST":
        with refusals_as_messages(request):
            rubric_versions.adopt_version(by=request.user, edition=edition, format=format)
            messages.success(request, "Adopted. All scores are computed by this version from now on.")
        return redirect(edit_url(edition, format))
    version = rubrics.being_written(edition, format.pk if format else None)
    if version is None:
        return redirect(edit_url(edition, format))
    current = rubrics.rubrics_of(edition).of(format.pk if format else None)
    context = {
        "chosen": format,
        "suffix": suffix_of(format),
        "version": version.rubric,
        "changes": changes_between(current, version),
        "effect": effect_of(edition, request.user, current, version),
    }
    return render(request, "reviews/scoring/adopt_rubric.html", context)


@page("rubrics.edit", load=edition_by_slug)
@require_POST
def drop_own(request: SignedIn, edition: Edition) -> HttpResponse:
    """Score a format by the edition's rubric again."""
    format = format_asked(request, edition)
    if format is not None:
        with refusals_as_messages(request):
            rubric_versions.drop_own_rubric(by=request.user, edition=edition, format=format)
            messages.success(request, f"{format} is scored by the edition's rubric again.")
    return redirect("rubrics:edit", edition.slug)
