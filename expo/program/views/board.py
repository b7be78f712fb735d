"""The timetable where chairs work."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from expo.editions.models import Edition
from expo.kit.policy import page

from .. import queries
from .base import SignedIn, edition_of


@page("program.view_timetable", load=edition_of)
def timetable(request: SignedIn, edition: Edition) -> HttpResponse:
    return render(request, "expo/program/timetable.html", board_context(request, edition))


def board_context(request: SignedIn, edition: Edition) -> dict[str, Any]:
    """What the timetable's page shows."""
    found = queries.timetable(edition, request.user)
    return {"timetable": found, "editable": queries.writable(edition), "run": found.run}
