"""A reviewer's publications and days away."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from expo.editions.models import Edition
from expo.kit.errors import refusals_to
from expo.kit.pagination import page_of
from expo.kit.policy import page
from expo.kit.posted import files, posted

from ..forms import AwayForm, PublicationsForm
from ..models import Absence, Publication
from ..queries import lookups, roster
from ..services import profiles


@page("assignments.edit_profile", load=lookups.edition_by_slug)
@require_http_methods(["GET", "HEAD", "POST"])
def publications(request: HttpRequest, edition: Edition) -> HttpResponse:
    form = PublicationsForm(posted(request), files(request))
    added = None
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            added = profiles.add_publications(by=request.user, edition=edition, **_list_in(form.cleaned_data))
            messages.success(request, _told(added))
            if not added.bad:
                return redirect("assignments:publications", edition.slug)
            form = PublicationsForm(initial={"text": "\n".join(each.text for each in added.bad)})
    profile = lookups.profile_of(request.user, edition)
    context = {
        "form": form,
        "bad": added.bad if added else (),
        "page_obj": page_of(request, roster.publications_of(profile)),
    }
    return render(request, "reviews/assignments/publications.html", context, status=422 if form.errors else 200)


def _list_in(cleaned: dict[str, Any]) -> dict[str, Any]:
    """A file counts before pasted text."""
    file = cleaned["file"]
    return {"data": file.read(), "filename": file.name} if file else {"text": cleaned["text"]}


def _told(added: profiles.AddedPublications) -> str:
    told = f"{added.new} new publication{'' if added.new == 1 else 's'}."
    if added.known:
        told += f" {added.known} you had already."
    if added.coauthors:
        told += f" {added.coauthors} coauthor{'' if added.coauthors == 1 else 's'} noted."
    return told


def publication_by_id(user: Any, *, edition: str, publication: int) -> Publication:
    """One's own publication in this edition; raises Publication.DoesNotExist."""
    rows = Publication.objects.select_related("profile__edition")
    found: Publication = rows.get(pk=publication, profile__edition__slug=edition)
    return found


@page("assignments.change_part", load=publication_by_id)
@require_POST
def remove_publication(request: HttpRequest, publication: Publication) -> HttpResponse:
    edition = publication.profile.edition
    profiles.remove_publication(by=request.user, publication=publication)
    messages.success(request, f"Removed “{publication.title}”. Its coauthors stay on your list.")
    return redirect("assignments:publications", edition.slug)


@page("assignments.edit_profile", load=lookups.edition_by_slug)
@require_http_methods(["GET", "HEAD", "POST"])
def away(request: HttpRequest, edition: Edition) -> HttpResponse:
    form = AwayForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            profiles.add_absence(by=request.user, edition=edition, **form.cleaned_data)
            messages.success(request, "Noted. Nothing new comes to you on those days.")
            return redirect("assignments:away", edition.slug)
    profile = lookups.profile_of(request.user, edition)
    context = {"form": form, "absences": roster.absences_of(profile)}
    return render(request, "reviews/assignments/away.html", context, status=422 if form.errors else 200)


def absence_by_id(user: Any, *, edition: str, absence: int) -> Absence:
    """Somebody's days away in this edition; raises Absence.DoesNotExist."""
    found: Absence = Absence.objects.select_related("profile__edition").get(pk=absence, profile__edition__slug=edition)
    return found


@page("assignments.change_part", load=absence_by_id)
@require_POST
def remove_away(request: HttpRequest, absence: Absence) -> HttpResponse:
    edition = absence.profile.edition
    profiles.remove_absence(by=request.user, absence=absence)
    messages.success(request, "Removed.")
    return redirect("assignments:away", edition.slug)
