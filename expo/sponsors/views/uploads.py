"""Sponsors from a table, and what became of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from expo.editions.models import Edition, Upload
from expo.editions.queries import load, upload_of, uploads
from expo.editions.services.uploads import error_text
from expo.editions.states import UploadKind
from expo.kit import csv_import
from expo.kit.errors import refusals_to
from expo.kit.http import csv_response
from expo.kit.policy import page
from expo.kit.posted import files, posted

from .. import forms, services


@page("sponsors.manage", load=load)
def upload(request: HttpRequest, edition: Edition) -> HttpResponse:
    """Send a table; the report has a page of its own, so that it can be found again."""
    form = forms.SponsorsUploadForm(posted(request), files(request))
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        with refusals_to(form):
            made = services.import_sponsors(
                by=request.user,
                edition=edition,
                data=file.read(),
                filename=file.name,
                hold=form.cleaned_data["hold"],
            )
            return redirect("sponsors:uploaded", edition.slug, made.pk)
    context = {"form": form, "columns": services.COLUMNS, "uploads": uploads(edition, UploadKind.SPONSORS)}
    return render(request, "expo/sponsors/upload.html", context)


@page("sponsors.manage", load=upload_of(UploadKind.SPONSORS))
def uploaded(request: HttpRequest, upload: Upload) -> HttpResponse:
    return render(request, "expo/sponsors/uploaded.html", {"upload": upload})


@page("sponsors.manage", load=upload_of(UploadKind.SPONSORS))
def download_rest(request: HttpRequest, upload: Upload) -> HttpResponse:
    return csv_response(error_text(upload), f"sponsors-with-errors-{upload.pk}.csv")


@page("sponsors.manage", load=load)
def template(request: HttpRequest, edition: Edition) -> HttpResponse:
    return csv_response(csv_import.example_text(services.COLUMNS), "sponsors.csv")
