"""The published program as JSON."""

from dataclasses import asdict
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from expo.kit.pagination import Cursor

from .. import listing, queries
from ..models import Release
from ..render.edition import Print
from ..snapshot import Session
from .public import PublicView
from .shapes import Problem, ProgramShape, ReleasePage, ReleaseShape, SessionShape

NOT_PUBLISHED = OpenApiResponse(Problem, description="No release yet, or no such thing in it.")
PROBLEM = {(404, "application/problem+json"): NOT_PUBLISHED}
FILTERS = [
    OpenApiParameter("day", str, description="A date: 2027-07-18."),
    OpenApiParameter("track", str, description="A track's slug."),
    OpenApiParameter("room", str, description="A room's id or name."),
    OpenApiParameter("format", str, description="A format's slug: talk, demo, workshop."),
    OpenApiParameter("topic", str, description="A topic's slug."),
]


def session_data(given: Print, session: Session) -> dict[str, Any]:
    status = "confirmed" if session.code in given.program.by_code else "cancelled"
    return {**asdict(session), "status": status, "url": given.url(session)}


def program_data(release: Release, request: Request) -> dict[str, Any]:
    """The release's sessions as far as the query string lets them through."""
    given = queries.print_of(release)
    asked = {name: request.query_params.get(name, "") for name in (*listing.FILTERS, "room")}
    sessions = [session_data(given, each) for each in listing.chosen(given.program, asked)]
    parts = {"edition": given.program.about, "release": release, "days": given.program.days, "sessions": sessions}
    return ProgramShape(parts).data


class ProgramView(PublicView):
    """The newest release."""

    @extend_schema(operation_id="program", parameters=FILTERS, responses={200: ProgramShape, **PROBLEM})
    def get(self, request: Request, edition: str) -> HttpResponse:
        """The program as last published, whole or filtered."""
        release = queries.current_of(request.user, edition=edition)
        return self.answer(request, release, program_data(release, request))


class SessionView(PublicView):
    """One session of the newest release."""

    @extend_schema(operation_id="session", responses={200: SessionShape, **PROBLEM})
    def get(self, request: Request, edition: str, proposal: str) -> HttpResponse:
        """A session by its code; one that is gone since an earlier release has the status cancelled."""
        release = queries.current_of(request.user, edition=edition)
        given = queries.print_of(release)
        found = queries.session_of(given, proposal)
        if found is None:
            raise Release.DoesNotExist
        return self.answer(request, release, SessionShape(session_data(given, found)).data)


class ByNumber(Cursor):
    ordering = "-number"


class ReleaseList(PublicView):
    """All releases."""

    pagination_class: type[CursorPagination] = ByNumber

    @extend_schema(operation_id="releases", responses={200: ReleasePage, **PROBLEM})
    def get(self, request: Request, edition: str) -> HttpResponse:
        """The releases of an edition, newest first, and what each changed."""
        newest = queries.current_of(request.user, edition=edition)
        pages = self.pagination_class()
        rows = pages.paginate_queryset(queries.releases_of(edition), request, view=self)
        page = pages.get_paginated_response(ReleaseShape(rows, many=True).data)
        return self.answer(request, newest, page.data)


class ReleaseDetail(PublicView):
    """One release by its number."""

    @extend_schema(operation_id="release", parameters=FILTERS, responses={200: ProgramShape, **PROBLEM})
    def get(self, request: Request, edition: str, release: int) -> HttpResponse:
        """The program as one release froze it: the same today and always."""
        found = queries.by_number(request.user, edition=edition, release=release)
        return self.answer(request, found, program_data(found, request))
