"""Pages of the rubric: read it, change it, write a new version."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from expo.accounts.requests import SignedIn
from expo.editions.models import Edition, Format
from expo.editions.queries import load as edition_by_slug
from expo.kit.errors import refusals_to
from expo.kit.markdown import to_html
from expo.kit.policy import allowed, page
from expo.kit.posted import posted, refusals_as_messages

from . import queries
from .changes import changes_between
from .forms import CriterionForm, LevelFormSet, TextsForm, initial_of, levels_of
from .models import Criterion
from .queries import FormatRubric, Rubrics
from .requests import edit_url, format_asked, suffix_of
from .services import criteria, versions


@page("rubrics.read", load=edition_by_slug)
def read(request: HttpRequest, edition: Edition) -> HttpResponse:
    """The whole rubric; asked for by script, its questions alone, which stand beside the form of a proposal."""
    rubrics, format = queries.rubrics_of(edition), format_asked(request, edition)
    if format is None and rubrics.by_format and "format" not in request.GET:
        format = queries.only_format_of(request.user, edition)
    current = rubrics.of(format.pk if format else None)
    if getattr(request, "htmx", False):
        return render(request, "reviews/rubrics/_questions.html", {"criteria": current.with_weights})
    rubric = current.rubric
    own = rubric.format if rubric else None
    context = {
        "rubric": rubric,
        "introduction": to_html(rubric.introduction) if rubric else "",
        "commercial_content": to_html(rubric.commercial_content) if rubric else "",
        "criteria": current.with_weights,
        "chosen": own,
        "choices": _choices(rubrics, "rubrics:read", edition),
        "suffix": suffix_of(own),
        "may_edit": allowed(request.user, "rubrics.edit", edition),
    }
    return render(request, "reviews/rubrics/read.html", context)


@page("rubrics.edit", load=edition_by_slug)
def edit(request: SignedIn, edition: Edition) -> HttpResponse:
    """The current rubric while nobody has been scored by it, else the version that is being written."""
    format = format_asked(request, edition)
    rubrics = queries.rubrics_of(edition)
    current, own = rubrics.of(format.pk if format else None), format is None or format.pk in rubrics.by_format
    version = queries.being_written(edition, format.pk if format else None)
    shown = version or (current if own else FormatRubric())
    initial = {name: getattr(shown.rubric, name, "") for name in ("introduction", "commercial_content")}
    form = TextsForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            criteria.save_texts(by=request.user, edition=edition, format=format, **form.cleaned_data)
            messages.success(
                request,
                "Saved in the new version." if version else "Saved. Reviewers and sponsors see the new texts at once.",
            )
            return redirect(edit_url(edition, format))
    counts = dict(shown.with_weights)
    changes = changes_between(current, version) if version else ()
    context = {
        "chosen": format,
        "choices": _choices(rubrics, "rubrics:edit", edition, queries.formats_being_written(edition)),
        "without_own": [each for each in edition.formats.all() if each.pk not in rubrics.by_format],
        "suffix": suffix_of(format),
        "rubric": shown.rubric,
        "version": version,
        "is_own": own and format is not None and version is None,
        "is_editable": shown.rubric.frozen_at is None if shown.rubric else format is None,
        "form": form,
        "rows": [(each, counts[each.criterion]) for each in changes if each.kind != "removed"]
        if version
        else [({"criterion": each}, words) for each, words in shown.with_weights],
        "removed": [each for each in changes if each.kind == "removed"],
    }
    return render(request, "reviews/rubrics/edit.html", context)


def _choices(
    rubrics: Rubrics, page: str, edition: Edition, being_written: set[int | None] | None = None
) -> list[tuple[Format | None, str]]:
    """The edition's rubric and those of formats with their own, each with its address; nothing where there is one."""
    own = {*rubrics.by_format, *(being_written or ())}
    formats = [each for each in edition.formats.all() if each.pk in own]
    url = reverse(page, args=[edition.slug])
    everywhere: list[tuple[Format | None, str]] = [(None, f"{url}?format=")]
    return [*everywhere, *((each, url + suffix_of(each)) for each in formats)] if formats else []


@page("rubrics.edit", load=edition_by_slug)
@require_POST
def set_up(request: SignedIn, edition: Edition) -> HttpResponse:
    with refusals_as_messages(request):
        criteria.set_up_default(by=request.user, edition=edition)
        messages.success(request, "The usual Expo rubric is in place. Change it until the first review is submitted.")
    return redirect("rubrics:edit", edition.slug)


@page("rubrics.edit", load=edition_by_slug)
@require_POST
def start(request: SignedIn, edition: Edition) -> HttpResponse:
    """Begin a new version, or a format's own rubric, which the form may name."""
    slug = request.POST.get("format")
    format = get_object_or_404(edition.formats, slug=slug) if slug else format_asked(request, edition)
    with refusals_as_messages(request):
        versions.start_version(by=request.user, edition=edition, format=format)
        messages.success(request, "A copy is ready to be changed. It counts for nothing until you adopt it.")
    return redirect(edit_url(edition, format))


@page("rubrics.edit", load=edition_by_slug)
@require_POST
def discard(request: SignedIn, edition: Edition) -> HttpResponse:
    format = format_asked(request, edition)
    with refusals_as_messages(request):
        versions.discard_version(by=request.user, edition=edition, format=format)
        messages.success(request, "The new version is discarded. The rubric stays as it was.")
    return redirect("rubrics:edit", edition.slug)


@page("rubrics.edit", load=edition_by_slug)
def add(request: SignedIn, edition: Edition) -> HttpResponse:
    return _criterion(request, edition, None, format_asked(request, edition))


@page("rubrics.edit", load=queries.criterion_by_id)
def change(request: SignedIn, criterion: Criterion) -> HttpResponse:
    return _criterion(request, criterion.edition, criterion, criterion.rubric.format)


@page("rubrics.edit", load=queries.criterion_by_id)
@require_POST
def remove(request: SignedIn, criterion: Criterion) -> HttpResponse:
    edition, format, name = criterion.edition, criterion.rubric.format, criterion.name
    with refusals_as_messages(request):
        criteria.remove_criterion(by=request.user, edition=edition, criterion=criterion, format=format)
        messages.success(request, f"“{name}” is removed from the rubric.")
    return redirect(edit_url(edition, format))


def _criterion(request: SignedIn, edition: Edition, criterion: Criterion | None, format: Format | None) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = CriterionForm(data, initial=initial_of(criterion))
    if criterion is None or criterion.continues_id is None:
        del form.fields["is_wording_only"]
    levels = LevelFormSet(data, initial=levels_of(criterion), prefix="levels")
    if data is not None and form.is_valid() and levels.is_valid():
        texts = [text for row in levels.forms if (text := row.as_level())]
        with refusals_to(form):
            criteria.save_criterion(
                by=request.user, edition=edition, criterion=criterion, levels=texts, format=format, **form.cleaned_data
            )
            messages.success(request, f"“{form.cleaned_data['name']}” is saved.")
            return redirect(edit_url(edition, format))
    is_frozen = bool(criterion and criterion.rubric.frozen_at)
    context = {
        "form": form,
        "levels": levels,
        "criterion": criterion,
        "is_frozen": is_frozen,
        "back": edit_url(edition, format),
        "fields": "name question weight position" + (" is_wording_only" if "is_wording_only" in form.fields else ""),
    }
    return render(request, "reviews/rubrics/criterion.html", context)
