"""Reviewers and ready-made offers from tables: each kind by whom it concerns, the report on the same page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from expo.editions.forms import UploadForm
from expo.editions.models import Edition, Upload
from expo.editions.services import uploads
from expo.editions.states import UploadKind
from expo.kit import csv_import
from expo.kit.errors import refusals_to
from expo.kit.http import csv_response
from expo.kit.policy import allowed, page
from expo.kit.posted import files

from ..queries import lookups
from ..services import imports


@dataclass(frozen=True)
class Kind:
    """A sort of table: who may send it and what becomes of it."""

    kind: UploadKind
    title: str
    lead: str
    policy: str
    columns: tuple[tuple[str, bool, str, str], ...]
    take: Callable[..., Upload]


KINDS = (
    Kind(
        UploadKind.OFFERS,
        "Ready-made assignments",
        "Each line offers a proposal to a reviewer, checked as by hand: conflict, load, pause and state.",
        "assignments.run",
        imports.OFFER_COLUMNS,
        imports.import_offers,
    ),
    Kind(
        UploadKind.REVIEWERS,
        "Reviewers",
        "Each line invites somebody to review, with what they know. What reviewers confirmed themselves stays.",
        "editions.grant_role",
        imports.REVIEWER_COLUMNS,
        imports.import_reviewers,
    ),
)


@page("assignments.import", load=lookups.edition_by_slug)
def bring_in(request: HttpRequest, edition: Edition) -> HttpResponse:
    """The forms that this viewer may use; `?upload=` shows a report, `?template=` gives a table to start from."""
    kinds = {each.kind: each for each in KINDS if allowed(request.user, each.policy, edition)}
    if request.method == "POST" and (chosen := kinds.get(_kind(request.POST.get("kind", "")))):
        form = UploadForm(request.POST, files(request), auto_id=f"{chosen.kind}-%s")
        if form.is_valid():
            file = form.cleaned_data["file"]
            with refusals_to(form):
                made = chosen.take(by=request.user, edition=edition, data=file.read(), filename=file.name)
                return redirect(f"{reverse('assignments:import', args=[edition.slug])}?upload={made.pk}")
        return _page(request, edition, kinds, {chosen.kind: form})
    if template := kinds.get(_kind(request.GET.get("template", ""))):
        lines = [[example for *_, example in template.columns]]
        return csv_response(csv_import.csv_text([name for name, *_ in template.columns], lines), f"{template.kind}.csv")
    return _page(request, edition, kinds, {})


@page("assignments.import", load=lookups.upload_by_id)
def import_rest(request: HttpRequest, upload: Upload) -> HttpResponse:
    return csv_response(uploads.error_text(upload), f"{upload.kind}-with-errors-{upload.pk}.csv")


def _kind(text: str) -> UploadKind | None:
    return UploadKind(text) if text in list(UploadKind) else None


def _page(
    request: HttpRequest, edition: Edition, kinds: dict[UploadKind, Kind], forms: dict[UploadKind, UploadForm]
) -> HttpResponse:
    parts = [(each, forms.get(kind) or UploadForm(auto_id=f"{kind}-%s")) for kind, each in kinds.items()]
    past = lookups.uploads_of(edition, request.user)
    context: dict[str, Any] = {"parts": parts, "uploads": past, "report": _asked(request, past)}
    return render(request, "reviews/assignments/import.html", context)


def _asked(request: HttpRequest, past: list[Upload]) -> Upload | None:
    return next((each for each in past if str(each.pk) == request.GET.get("upload")), None)
