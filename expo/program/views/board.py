"""The timetable where chairs work."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from expo.editions.models import Edition
from expo.kit.errors import Refused
from expo.kit.policy import page

from ..queries.conflicts import scheduling_conflicts
from ..queries.history import news, undo_redo
from ..queries.sessions import writable
from ..queries.timetable import editor_timetable
from .base import SignedIn, edition_of


@page("program.view_timetable", load=edition_of)
def timetable(request: SignedIn, edition: Edition) -> HttpResponse:
    """The page; or the desk alone, when the page's script wants it fresh."""
    if getattr(request, "htmx", False):
        return render(request, "expo/program/_desk.html", board_context(request, edition))
    return board_page(request, edition)


def board_page(request: SignedIn, edition: Edition, refusal: Refused | None = None) -> HttpResponse:
    """The timetable, with what was not done."""
    context = {**board_context(request, edition), "refusal": refusal}
    return render(request, "expo/program/timetable.html", context, status=refusal.status if refusal else 200)


def board_context(request: SignedIn, edition: Edition) -> dict[str, Any]:
    """What the timetable's page shows: one of its days, or all with `?day=all`."""
    asked = request.GET.get("day", "")
    found = editor_timetable(edition, request.user, _day(asked), whole=asked == "all")
    return {
        "timetable": found,
        "editable": writable(edition),
        "run": found.run,
        "troubles": lambda: scheduling_conflicts(edition, request.user),  # asked only where they are shown
        "steps": undo_redo(edition, request.user),
        "news": news(edition, request.user),
        "whole": asked == "all",
    }


def _day(asked: str) -> date | None:
    try:
        return date.fromisoformat(asked)
    except ValueError:
        return None
