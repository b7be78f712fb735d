"""The chairs' board: by proposal, by reviewer, in figures; its settings, and imports from tables."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from expo.accounts.requests import SignedIn, opens_saved_view
from expo.editions.forms import UploadForm
from expo.editions.models import Edition, Upload
from expo.editions.queries import load as edition_by_slug
from expo.editions.services import uploads
from expo.editions.states import UploadKind
from expo.kit import csv_import
from expo.kit.errors import refusals_to
from expo.kit.http import csv_response
from expo.kit.pagination import page_of
from expo.kit.policy import allowed, page
from expo.kit.posted import files, posted, refusals_as_messages
from expo.kit.text import counted, listed

from ..forms import InviteForm, SettingsForm, initial_of_settings
from ..lists import BoardList, ReviewerList
from ..queries import coverage, lookups
from ..queries import figures as queue_figures
from ..services import automation, imports, invitations
from ..services.settings import save_settings
from ..states import OPEN

#: Runs on the tab of runs; older ones are in the journal.
MOST_RUNS = 200


@page("assignments.board", load=edition_by_slug)
@opens_saved_view
def board(request: SignedIn, edition: Edition) -> HttpResponse:
    """The board's tabs: proposals, reviewers (`?view=reviewers`) and runs (`?view=runs`)."""
    tab = request.GET.get("view", "")
    if tab == "runs":
        page_obj = page_of(request, lookups.runs_of(edition, request.user, most=MOST_RUNS))
        return _board(request, edition, {"tab": "runs", "page_obj": page_obj})
    if tab == "reviewers":
        return _reviewers(request, edition)
    listed = BoardList(request.GET, list(coverage.board(edition, request.user)))
    if listed.wants_csv:
        return listed.csv(f"assignments {edition.slug}")
    rows = coverage.rows(list(listed.page_obj.object_list), request.user)
    return _board(request, edition, {"tab": "proposals", "list": listed, "rows": rows})


def _reviewers(request: SignedIn, edition: Edition) -> HttpResponse:
    rows = coverage.reviewer_rows(edition, request.user, waiting=True)
    listed = ReviewerList(request.GET, sorted(rows, key=lambda row: -row.load))
    if listed.wants_csv:
        return listed.csv(f"reviewers {edition.slug}")
    topics = {topic.pk: topic.name for topic in edition.topics.all()}
    on_page = list(listed.page_obj.object_list)
    given = coverage.assignments_of(edition, request.user, [row.person.id for row in on_page])
    lines = [
        (row, sorted(topics[topic] for topic in row.person.topics), given.get(row.person.id, ())) for row in on_page
    ]
    return _board(request, edition, {"tab": "reviewers", "list": listed, "lines": lines})


def _board(request: SignedIn, edition: Edition, context: dict[str, Any]) -> HttpResponse:
    runs = lookups.runs_of(edition, request.user, most=1)
    context |= {
        "totals": coverage.totals(edition, request.user),
        "last_run": runs[0] if runs else None,
        "preview": next(iter(lookups.previews([edition], request.user)), None),
        "settings": lookups.settings_of(edition),
    }
    return render(request, "reviews/assignments/board.html", context)


@page("assignments.board", load=edition_by_slug)
def figures(request: SignedIn, edition: Edition) -> HttpResponse:
    """Reviews in, affinity, lateness, unanswered offers and loads, as pictures."""
    context = {"figures": queue_figures.figures(edition, request.user), "tab": "figures"}
    return render(request, "reviews/assignments/figures.html", context)


@page("assignments.remind", load=edition_by_slug)
@require_POST
def remind(request: SignedIn, edition: Edition) -> HttpResponse:
    """Everybody, or with `chosen` only the reviewers whose boxes were ticked, or who review the proposals ticked."""
    if "chosen" not in request.POST:
        only = None
    elif not (only := _chosen(request, edition)):
        messages.error(request, "Nobody to remind: tick rows with an open review first.")
        return redirect("assignments:board", edition.slug)
    with refusals_as_messages(request):
        count = automation.remind(by=request.user, edition=edition, reviewers=only)
        nobody = "Nobody to remind: no review is open, or everybody was reminded within a day."
        people = counted(count, "person", "people")
        messages.success(request, f"{people} reminded, one mail each." if count else nobody)
    return redirect("assignments:board", edition.slug)


def _chosen(request: SignedIn, edition: Edition) -> set[int]:
    """The reviewers whose rows were ticked, or who have an open review of a proposal that was, as the chair sees it."""
    codes, posted_people = request.POST.getlist("code"), set(request.POST.getlist("reviewer"))
    rows = lookups.visible_to(request.user, edition).filter(state__in=OPEN)
    pairs = rows.values_list("reviewer", "proposal__code")
    return {reviewer for reviewer, code in pairs if str(reviewer) in posted_people or code in codes}


@page("assignments.settings", load=edition_by_slug)
def queue_settings(request: SignedIn, edition: Edition) -> HttpResponse:
    form = SettingsForm(posted(request), initial=initial_of_settings(lookups.settings_of(edition)))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            save_settings(by=request.user, edition=edition, **form.service_fields())
            messages.success(request, "Saved. The next run uses it.")
            return redirect("assignments:board", edition.slug)
    return render(request, "reviews/assignments/settings.html", {"form": form, "tab": "settings"})


@page("editions.invite_reviewer", load=edition_by_slug)
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: SignedIn, edition: Edition) -> HttpResponse:
    """Ask people to review; whoever does is told what is known of their conflicts, as a number."""
    form = InviteForm(posted(request), edition=edition)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            done = invitations.invite(by=request.user, edition=edition, **form.cleaned_data)
            names = listed(map(str, done.new), most=5)
            if done.new:
                verb = "is invited to review and gets a mail" if len(done.new) == 1 else "are invited, with a mail each"
                messages.success(request, f"{names} {verb}.")
            if done.known:
                already = "reviews" if len(done.known) == 1 else "review"
                messages.info(
                    request, f"{listed(map(str, done.known), most=5)} {already} here already; nothing was sent."
                )
            for sentence in coverage.conflict_warnings(done.new, edition, request.user):
                messages.warning(request, sentence)
            return redirect("assignments:invite", edition.slug)
    context = {"form": form}
    return render(request, "reviews/assignments/invite.html", context, status=422 if form.errors else 200)


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
        "editions.invite_reviewer",
        imports.REVIEWER_COLUMNS,
        imports.import_reviewers,
    ),
)


@page("assignments.import", load=edition_by_slug)
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
