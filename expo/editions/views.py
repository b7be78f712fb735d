"""Pages of editions: home, the public page, the set-up with its parts, and roles."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from expo.accounts.requests import SignedIn, opens_saved_view
from expo.accounts.states import Sector
from expo.kit import clock, csv_import
from expo.kit.errors import refusals_to
from expo.kit.http import csv_response
from expo.kit.markdown import to_html
from expo.kit.policy import allowed, page
from expo.kit.posted import files, posted, refusals_as_messages
from expo.kit.text import a
from expo.kit.waiting import waiting_for

from . import forms, queries
from .models import Break, Day, Edition, Format, Role, Room, Topic, Track, Upload
from .services import days, icml, lifecycle, parts, uploads
from .services import roles as role_services
from .services.format_fields import save_format_fields
from .states import Phase, RoleKind, UploadKind


@page("editions.home", public=True)
def home(request: SignedIn) -> HttpResponse:
    """What waits for the viewer in each edition; for strangers, what is open and what is published."""
    mine, public = queries.home(request.user, clock.now())
    context = {
        "mine": [card for card in mine if not card.is_over],
        "over": [card for card in mine if card.is_over],
        "open_calls": [card for card in public if card.is_open],
        "programs": [card for card in public if card.edition.is_published],
        "may_create": allowed(request.user, "editions.create"),
    }
    return render(request, "expo/editions/home.html", context)


@page("editions.view", load=queries.load)
def detail(request: SignedIn, edition: Edition) -> HttpResponse:
    """The program's days or the call, its dates, formats and tiers; above them what waits for the viewer."""
    now = clock.now()
    context = {
        **queries.edition_facts(edition),
        "call_html": to_html(edition.call_text),
        "is_open": queries.is_open(edition, now),
        "is_closed": (closed_by_date := queries.is_past_close(edition, now)) or queries.is_after_the_call(edition),
        "closed_by_date": closed_by_date,
        "path": queries.path_of(edition),
        "waits": waiting_for(request.user, edition),
        "next_date": queries.next_date(edition, now),
    }
    return render(request, "expo/editions/detail.html", context)


@page("editions.create")
def create(request: SignedIn) -> HttpResponse:
    form = forms.CreateForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            edition = lifecycle.create_edition(by=request.user, **form.cleaned_data)
            messages.success(
                request, f"{edition} has been created, and you are its organiser. Here is what it needs next."
            )
            return redirect("editions:setup", edition.slug)
    return render(request, "expo/editions/create.html", {"form": form})


@page("editions.set_up", load=queries.load)
def setup(request: HttpRequest, edition: Edition) -> HttpResponse:
    """The checklist, the parts of the set-up, and the next phase."""
    checks = queries.checklist(edition, clock.now())
    context = {
        "needed": [check for check in checks if check.needed],
        "advised": [check for check in checks if not check.needed],
        "done": sum(check.done for check in checks),
        "total": len(checks),
        "ready": all(check.done for check in checks if check.needed),
        "path": queries.dated_path(edition),
        "is_bare": not any(check.done for check in checks if check.label in ("Formats", "Tracks", "Rooms", "Days")),
        "trail": queries.trail(edition),
        "is_closed_early": queries.is_closed_early(edition, clock.now()),
    }
    return render(request, "expo/editions/setup.html", context)


@page("editions.set_up", load=queries.load)
def calendar(request: SignedIn, edition: Edition) -> HttpResponse:
    form = forms.CalendarForm(posted(request), initial=forms.CalendarForm.initial_of(edition))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            saved = lifecycle.save_calendar(by=request.user, edition=edition, **form.cleaned_data)
            messages.success(request, "The calendar is saved.")
            if queries.is_closed_early(saved, clock.now()):
                return redirect("editions:calendar", edition.slug)  # which says what that date does not do
            return redirect("editions:setup", edition.slug)
    context = {"form": form, "is_closed_early": queries.is_closed_early(edition, clock.now())}
    return render(request, "expo/editions/calendar.html", context)


@page("editions.set_up", load=queries.load)
@require_POST
def icml_preset(request: SignedIn, edition: Edition) -> HttpResponse:
    icml.set_up_as_icml(by=request.user, edition=edition)
    messages.success(
        request, "Formats, tracks, rooms and a day have been added. Set the day's date, then adjust what differs."
    )
    return redirect("editions:setup", edition.slug)


@page("editions.move_phase", load=queries.load)
@require_POST
def move_phase(request: SignedIn, edition: Edition) -> HttpResponse:
    """Move the edition; a refusal comes back as a message, because there is nothing typed to keep."""
    try:
        to = Phase(request.POST.get("to", ""))
    except ValueError:
        messages.error(request, "There is no such phase. Use one of the buttons.")
        return _back(request, edition)
    with refusals_as_messages(request):
        lifecycle.move_phase(by=request.user, edition=edition, to=to)
        messages.success(request, f"{edition} is now in the phase “{to.label.lower()}”.")
    return _back(request, edition)


def _back(request: SignedIn, edition: Edition) -> HttpResponse:
    """To the page with the button that was pressed; chairs have no setup."""
    organises = RoleKind.ORGANISER in queries.roles_of(request.user, edition)
    is_at_setup = organises and request.POST.get("at") != queries.OVERVIEW
    return redirect(queries.SETUP if is_at_setup else queries.OVERVIEW, edition.slug)


@dataclass(frozen=True)
class Kind:
    """What the pages need to know about one kind of part."""

    name: str
    keyword: str
    noun: str
    lead: str
    model: type[models.Model]
    form: type[forms.FormatForm] | type[Any]
    save: Callable[..., Any]
    remove: Callable[..., None]
    related: Sequence[str] = ()

    @property
    def change_url(self) -> str:
        """The name of the page that changes one."""
        return f"editions:change-{self.noun}"

    @property
    def remove_url(self) -> str:
        """The name of the button that removes one."""
        return f"editions:remove-{self.noun}"

    def rows(self, edition: Edition) -> Any:
        return getattr(edition, self.name).prefetch_related(*self.related)


KINDS = (
    Kind("formats", "format", "format", "What can be proposed, and how long it takes.", Format, forms.FormatForm,
         parts.save_format, parts.remove_format),
    Kind("tracks", "track", "track", "Parts of the program: which formats they take and where they run.", Track,
         forms.TrackForm, parts.save_track, parts.remove_track, ("formats", "room")),
    Kind("rooms", "room", "room", "Places that hold one session at a time.", Room, forms.RoomForm,
         parts.save_room, parts.remove_room),
    Kind("topics", "topic", "topic", "They bring proposals to reviewers who know the field.", Topic, forms.TopicForm,
         parts.save_topic, parts.remove_topic),
    Kind("days", "day", "day", "Days of the program and their hours, on the edition's clock.", Day, forms.DayForm,
         days.save_day, days.remove_day),
    Kind("breaks", "break_", "break", "Times without sessions, in all rooms or in one.", Break, forms.BreakForm,
         days.save_break, days.remove_break, ("room",)),
)  # fmt: skip


def part_list(kind: Kind) -> Callable[..., HttpResponse]:
    """The page with all parts of a kind and a form for one more."""

    @page("editions.set_up", load=queries.load)
    def view(request: HttpRequest, edition: Edition) -> HttpResponse:
        form = kind.form(posted(request), edition=edition)
        if request.method == "POST" and form.is_valid():
            with refusals_to(form):
                made = kind.save(by=request.user, edition=edition, **form.cleaned_data)
                messages.success(request, f"Added: {made}.")
                return redirect(f"editions:{kind.name}", edition.slug)
        context = {"kind": kind, "kinds": KINDS, "rows": kind.rows(edition), "form": form}
        return render(request, "expo/editions/parts.html", context)

    return view


def change_part(kind: Kind) -> Callable[..., HttpResponse]:
    """The page that changes one part."""

    @page("editions.set_up", load=queries.part_of(kind.model, kind.keyword))
    def view(request: HttpRequest, part: Any) -> HttpResponse:
        form = kind.form(posted(request), edition=part.edition, part=part)
        if request.method == "POST" and form.is_valid():
            with refusals_to(form):
                kind.save(by=request.user, edition=part.edition, **{kind.keyword: part}, **form.cleaned_data)
                messages.success(request, f"The {kind.noun} is saved.")
                return redirect(f"editions:{kind.name}", part.edition.slug)
        return render(request, "expo/editions/part.html", {"kind": kind, "part": part, "form": form})

    return view


def remove_part(kind: Kind) -> Callable[..., HttpResponse]:
    """The button that removes one part."""

    @page("editions.set_up", load=queries.part_of(kind.model, kind.keyword))
    @require_POST
    def view(request: HttpRequest, part: Any) -> HttpResponse:
        edition = part.edition
        with refusals_as_messages(request):
            kind.remove(by=request.user, edition=edition, **{kind.keyword: part})
            messages.success(request, f"Removed: {part}.")
        return redirect(f"editions:{kind.name}", edition.slug)

    return view


@page("editions.set_up", load=queries.part_of(Format, "format"))
def format_fields(request: SignedIn, format: Format) -> HttpResponse:
    """What the form of a format asks for."""
    form = forms.FormatFieldsForm(posted(request), format=format)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            save_format_fields(
                by=request.user,
                edition=format.edition,
                format=format,
                fields=form.rules(),
                publishes_outline=form.cleaned_data["publishes_outline"],
            )
            messages.success(request, f"The form for {format.name} is saved. What was written before has not changed.")
            return redirect("editions:formats", format.edition.slug)
    context = {"format": format, "form": form, "kind": KINDS[0]}
    return render(request, "expo/editions/format_fields.html", context, status=422 if form.errors else 200)


def part_urls() -> list[Any]:
    """The URL patterns of all kinds."""
    patterns = []
    for kind in KINDS:
        stem = f"e/<slug:edition>/setup/{kind.name}/"
        patterns += [
            path(stem, part_list(kind), name=kind.name),
            path(f"{stem}<int:{kind.keyword}>/", change_part(kind), name=f"change-{kind.noun}"),
            path(f"{stem}<int:{kind.keyword}>/remove/", remove_part(kind), name=f"remove-{kind.noun}"),
        ]
    return patterns


COLUMNS = (
    ("email", True, "The person's address; a new person is invited.", "ada@example.org"),
    ("role", True, f"One of {', '.join(RoleKind)}.", "reviewer"),
    ("name", False, "Used if the person has no account yet.", "Ada Example"),
    ("sector", False, f"One of {', '.join(Sector)}; empty: industry.", "academia"),
    ("senior", False, "yes or no; empty: no.", "no"),
)


@page("editions.grant_role", load=queries.load)
@opens_saved_view
def roles(request: SignedIn, edition: Edition) -> HttpResponse:
    listed = forms.RoleList(request.GET, queries.roles(edition))
    if listed.wants_csv:
        return listed.csv(f"roles {edition.slug}")
    form = forms.RoleForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            role = role_services.grant_role(by=request.user, edition=edition, **form.cleaned_data)
            messages.success(request, f"{role.user} is now {a(role.get_kind_display().lower())}.")
            return redirect("editions:roles", edition.slug)
    context = {
        "form": form,
        "list": listed,
    }
    return render(request, "expo/editions/roles.html", context)


@page("editions.grant_role", load=queries.part_of(Role, "role"))
@require_POST
def revoke_role(request: SignedIn, role: Role) -> HttpResponse:
    with refusals_as_messages(request):
        role_services.revoke_role(by=request.user, edition=role.edition, role=role)
        messages.success(request, f"{role.user} is no longer {a(role.get_kind_display().lower())}.")
    return redirect("editions:roles", role.edition.slug)


@page("editions.grant_role", load=queries.load)
def upload_roles(request: SignedIn, edition: Edition) -> HttpResponse:
    """Upload a CSV file of roles; its report has a page of its own, so that it can be found again."""
    form = forms.UploadForm(posted(request), files(request))
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        with refusals_to(form):
            made = role_services.import_roles(by=request.user, edition=edition, data=file.read(), filename=file.name)
            return redirect("editions:roles-uploaded", edition.slug, made.pk)
    context = {"form": form, "columns": COLUMNS, "uploads": queries.uploads(edition, "roles")}
    return render(request, "expo/editions/upload_roles.html", context)


@page("editions.grant_role", load=queries.upload_of(UploadKind.ROLES))
def roles_upload(request: HttpRequest, upload: Upload) -> HttpResponse:
    return render(request, "expo/editions/uploaded_roles.html", {"upload": upload})


@page("editions.grant_role", load=queries.upload_of(UploadKind.ROLES))
def roles_errors(request: HttpRequest, upload: Upload) -> HttpResponse:
    return csv_response(uploads.error_text(upload), f"roles-with-errors-{upload.pk}.csv")


@page("editions.grant_role", load=queries.load)
def roles_template(request: HttpRequest, edition: Edition) -> HttpResponse:
    return csv_response(csv_import.example_text(COLUMNS), "roles.csv")
