"""Formats, tracks, rooms, topics, days and breaks: one list, one form and one button each, from one description."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from expo.kit.errors import refusals_to
from expo.kit.policy import page
from expo.kit.posted import posted, refusals_as_messages

from .. import forms, queries, services
from ..models import Break, Day, Edition, Format, Room, Topic, Track


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

    def rows(self, edition: Edition) -> Any:
        return getattr(edition, self.name).prefetch_related(*self.related)


KINDS = (
    Kind("formats", "format", "format", "What can be proposed, and how long it takes.", Format, forms.FormatForm,
         services.save_format, services.remove_format),
    Kind("tracks", "track", "track", "Strands of the program: which formats run there, and in which room.", Track,
         forms.TrackForm, services.save_track, services.remove_track, ("formats", "room")),
    Kind("rooms", "room", "room", "Places that hold one session at a time.", Room, forms.RoomForm,
         services.save_room, services.remove_room),
    Kind("topics", "topic", "topic", "They bring proposals to reviewers who know the field.", Topic, forms.TopicForm,
         services.save_topic, services.remove_topic),
    Kind("days", "day", "day", "Days of the program and their hours, on the edition's clock.", Day, forms.DayForm,
         services.save_day, services.remove_day),
    Kind("breaks", "pause", "break", "Pauses in all rooms or in one; nothing is placed there.", Break, forms.BreakForm,
         services.save_break, services.remove_break, ("room",)),
)  # fmt: skip


def listing(kind: Kind) -> Callable[..., HttpResponse]:
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


def change(kind: Kind) -> Callable[..., HttpResponse]:
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


def remove(kind: Kind) -> Callable[..., HttpResponse]:
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


def addresses() -> list[Any]:
    """The URL patterns of all kinds."""
    found = []
    for kind in KINDS:
        stem = f"e/<slug:edition>/setup/{kind.name}/"
        found += [
            path(stem, listing(kind), name=kind.name),
            path(f"{stem}<int:{kind.keyword}>/", change(kind), name=f"change-{kind.noun}"),
            path(f"{stem}<int:{kind.keyword}>/remove/", remove(kind), name=f"remove-{kind.noun}"),
        ]
    return found
