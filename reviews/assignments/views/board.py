"""The chairs' board: by proposal, by reviewer, in figures; its settings, and imports from tables."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from expo.accounts.requests import SignedIn
from expo.editions.forms import UploadForm
from expo.editions.models import Edition, Upload
from expo.editions.services import uploads
from expo.editions.states import UploadKind
from expo.kit import csv_import
from expo.kit.errors import refusals_to
from expo.kit.http import csv_response
from expo.kit.pagination import page_of
from expo.kit.policy import allowed, page
from expo.kit.posted import files, posted, refusals_as_messages
from expo.kit.text import counted

from ..forms import SettingsForm, initial_of_settings
from ..queries import coverage, lookups
from ..queries import figures as queue_figures
from ..queries.coverage import BoardFilter
from ..services import automation, imports
from ..services.settings import save_settings

SHOWS = {
    "": "All",
    "gaps": "With gaps",
    "late": "Late",
    "unanswered": "Offers unanswered",
    "expiring": "Offers that expire soon",
    "pinned": "Pinned or forbidden",
    "declined": "Declined",
    "complete": "All reviews in",
}


@page("assignments.board", load=lookups.edition_by_slug)
def board(request: SignedIn, edition: Edition) -> HttpResponse:
    asked = BoardFilter.from_query(request.GET)
    by_reviewer = request.GET.get("view") == "reviewers"
    runs = lookups.runs_of(edition, request.user)
    context: dict[str, Any] = {
        "totals": coverage.totals(edition, request.user),
        "asked": asked,
        "runs": runs,
        "under_way": next((run for run in runs if run.is_under_way), None),
        "preview": next(iter(lookups.previews([edition], request.user)), None),
        "by_reviewer": by_reviewer,
        "tab": "reviewers" if by_reviewer else "proposals",
        "settings": lookups.settings_of(edition),
    }
    if by_reviewer:
        people = coverage.reviewer_rows(edition, request.user, request.GET.get("sort", "-load"), waiting=True)
        topics = {topic.pk: topic.name for topic in edition.topics.all()}
        page_of_people = page_of(request, people)
        named = [(row, sorted(topics[topic] for topic in row.person.topics)) for row in page_of_people.object_list]
        context |= {"page_obj": page_of_people, "reviewer_rows": named}
    else:
        page_obj = page_of(request, coverage.board(edition, request.user, asked))
        rows = coverage.rows(list(page_obj.object_list))
        context |= {"page_obj": page_obj, "rows": rows, "formats": edition.formats.all(), "shows": SHOWS}
    return render(request, "reviews/assignments/board.html", context)


@page("assignments.board", load=lookups.edition_by_slug)
def figures(request: SignedIn, edition: Edition) -> HttpResponse:
    """Reviews in, affinity, lateness, unanswered offers and loads, as pictures."""
    context = {"figures": queue_figures.figures(edition, request.user), "tab": "figures"}
    return render(request, "reviews/assignments/figures.html", context)


@page("assignments.remind", load=lookups.edition_by_slug)
@require_POST
def remind(request: SignedIn, edition: Edition) -> HttpResponse:
    with refusals_as_messages(request):
        count = automation.remind(by=request.user, edition=edition)
        nobody = "Nobody to remind: no review is open, or everybody was reminded within a day."
        people = counted(count, "person", "people")
        messages.success(request, f"{people} reminded, one mail each." if count else nobody)
    return redirect("assignments:board", edition.slug)


@page("assignments.settings", load=lookups.edition_by_slug)
def queue_settings(request: SignedIn, edition: Edition) -> HttpResponse:
    form = SettingsForm(posted(request), initial=initial_of_settings(lookups.settings_of(edition)))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            save_settings(by=request.user, edition=edition, **form.service_fields())
            messages.success(request, "Saved. The next run uses it.")
            return redirect("assignments:board", edition.slug)
    return render(request, "reviews/assignments/settings.html", {"form": form})


@dataclass(frozen=True)
class ImportKind:
    """A kind of table: who may send it, its columns, and the service that imports it."""

    kind: UploadKind
    title: str
    lead: str
    policy: str
    columns: tuple[tuple[str, bool, str, str], ...]
    take: Callable[..., Upload]


KINDS = (
    ImportKind(
        UploadKind.OFFERS,
        "Ready-made assignments",
        "Each line offers a proposal to a reviewer, checked as by hand: conflict, load, pause and state.",
        "assignments.run",
        imports.OFFER_COLUMNS,
        imports.import_offers,
    ),
    ImportKind(
        UploadKind.REVIEWERS,
        "Reviewers",
        "Each line invites somebody to review, with what they know. What reviewers confirmed themselves stays.",
        "editions.grant_role",
        imports.REVIEWER_COLUMNS,
        imports.import_reviewers,
    ),
)


@page("assignments.import", load=lookups.edition_by_slug)
def import_tables(request: SignedIn, edition: Edition) -> HttpResponse:
    """The forms that this viewer may use; `?upload=` shows a report, `?template=` gives a table to start from."""
    kinds = {each.kind.value: each for each in KINDS if allowed(request.user, each.policy, edition)}
    if request.method == "POST" and (chosen := kinds.get(request.POST.get("kind", ""))):
        form = UploadForm(request.POST, files(request), auto_id=f"{chosen.kind}-%s")
        if form.is_valid():
            file = form.cleaned_data["file"]
            with refusals_to(form):
                made = chosen.take(by=request.user, edition=edition, data=file.read(), filename=file.name)
                return redirect(f"{reverse('assignments:import', args=[edition.slug])}?upload={made.pk}")
        return _import_page(request, edition, kinds, {chosen.kind: form})
    if template := kinds.get(request.GET.get("template", "")):
        lines = [[example for *_, example in template.columns]]
        return csv_response(csv_import.csv_text([name for name, *_ in template.columns], lines), f"{template.kind}.csv")
    return _import_page(request, edition, kinds, {})


@page("assignments.import", load=lookups.upload_by_id)
def import_rest(request: HttpRequest, upload: Upload) -> HttpResponse:
    return csv_response(uploads.error_text(upload), f"{upload.kind}-with-errors-{upload.pk}.csv")


def _import_page(
    request: SignedIn, edition: Edition, kinds: dict[str, ImportKind], forms: dict[str, UploadForm]
) -> HttpResponse:
    parts = [(each, forms.get(kind) or UploadForm(auto_id=f"{kind}-%s")) for kind, each in kinds.items()]
    past = lookups.uploads_of(edition, request.user)
    report = next((each for each in past if str(each.pk) == request.GET.get("upload")), None)
    context: dict[str, Any] = {"parts": parts, "uploads": past, "report": report}
    return render(request, "reviews/assignments/import.html", context)
