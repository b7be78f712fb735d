"""Who plays which part: one by one, or from a table."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from expo.accounts.states import Sector
from expo.kit import csv_import
from expo.kit.errors import refusals_to
from expo.kit.pagination import page_of
from expo.kit.policy import page
from expo.kit.posted import files, posted, refusals_as_messages

from .. import forms, queries, services
from ..models import Edition, Role, Upload
from ..services.uploads import rest
from ..states import RoleKind, UploadKind

COLUMNS = (
    ("email", True, "The person's address; an unknown person is invited.", "ada@example.org"),
    ("role", True, f"One of {', '.join(RoleKind)}.", "reviewer"),
    ("name", False, "Used if the person is not known yet.", "Ada Example"),
    ("sector", False, f"One of {', '.join(Sector)}; empty: industry.", "academia"),
    ("senior", False, "yes or no; empty: no.", "no"),
)


@page("editions.grant_role", load=queries.load)
def roles(request: HttpRequest, edition: Edition) -> HttpResponse:
    form = forms.RoleForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            role = services.grant_role(by=request.user, edition=edition, **form.cleaned_data)
            messages.success(request, f"{role.user} is {role.get_kind_display().lower()} now.")
            return redirect("editions:roles", edition.slug)
    context = {
        "form": form,
        "page_obj": page_of(request, queries.roles(edition)),
        "uploads": queries.uploads(edition, "roles"),
    }
    return render(request, "expo/editions/roles.html", context)


@page("editions.grant_role", load=queries.part_of(Role, "role"))
@require_POST
def revoke(request: HttpRequest, role: Role) -> HttpResponse:
    with refusals_as_messages(request):
        services.revoke_role(by=request.user, edition=role.edition, role=role)
        messages.success(request, f"{role.user} is no longer {role.get_kind_display().lower()}.")
    return redirect("editions:roles", role.edition.slug)


@page("editions.grant_role", load=queries.load)
def upload(request: HttpRequest, edition: Edition) -> HttpResponse:
    """Send a table of roles; the report has a page of its own, so that it can be found again."""
    form = forms.UploadForm(posted(request), files(request))
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        with refusals_to(form):
            made = services.import_roles(by=request.user, edition=edition, data=file.read(), filename=file.name)
            return redirect("editions:roles-uploaded", edition.slug, made.pk)
    context = {"form": form, "columns": COLUMNS, "uploads": queries.uploads(edition, "roles")}
    return render(request, "expo/editions/upload_roles.html", context)


@page("editions.grant_role", load=queries.upload_of(UploadKind.ROLES))
def uploaded(request: HttpRequest, upload: Upload) -> HttpResponse:
    return render(request, "expo/editions/uploaded_roles.html", {"upload": upload})


@page("editions.grant_role", load=queries.upload_of(UploadKind.ROLES))
def download_rest(request: HttpRequest, upload: Upload) -> HttpResponse:
    return csv_file(rest(upload), f"roles-to-mend-{upload.pk}.csv")


@page("editions.grant_role", load=queries.load)
def template(request: HttpRequest, edition: Edition) -> HttpResponse:
    return csv_file(template_of(COLUMNS), "roles.csv")


def template_of(columns: tuple[tuple[str, bool, str, str], ...]) -> str:
    """A table with the columns and one line as an example."""
    return csv_import.csv_text([name for name, *_ in columns], [[example for *_, example in columns]])


def csv_file(text: str, name: str) -> HttpResponse:
    """A table to download."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)
