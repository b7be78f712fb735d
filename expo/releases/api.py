"""The API of the published program, open to anybody, and the API about itself."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.pagination import CursorPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from expo.kit.pagination import Cursor
from expo.kit.policy import PolicyPermission, page

from . import listing, queries, serving
from .models import Release
from .render import EXPORTS
from .render.published import PublishedProgram
from .snapshot import Session

SHAPE = 2  # part of every validator: raise it when an answer's shape changes


class AsItIs(BaseContentNegotiation):
    """A calendar app asks for text/calendar and a browser for text/html; both get what is at the address."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]


class PublicView(APIView):
    """Signed in or not, the answer is the same, so nobody is asked who they are and any cache may keep it."""

    policy = "releases.read"
    authentication_classes: tuple[Any, ...] = ()
    throttle_classes: tuple[Any, ...] = ()
    content_negotiation_class = AsItIs

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return serving.preflight()

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(Http404() if isinstance(exc, ObjectDoesNotExist) else exc)
        serving.opened(response)
        return response

    def answer(self, request: Request, release: Release, data: Callable[[], Any]) -> HttpResponse:
        """JSON made of one release, which never changes, so the release is the validator."""
        etag = f'W/"release-{release.pk}-{SHAPE}"'
        at = release.published_at
        return serving.conditional(request, lambda: Response(data()), etag=etag, changed_at=at)


class Moment(serializers.DateTimeField):
    """A time with the offset it came with; DRF's own would turn it into UTC."""

    def to_representation(self, value: datetime) -> str:
        return value.isoformat()


class TermShape(serializers.Serializer):
    slug = serializers.CharField()
    name = serializers.CharField()


class RoomShape(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    capacity = serializers.IntegerField(allow_null=True)


class PictureShape(serializers.Serializer):
    url = serializers.URLField()
    width = serializers.IntegerField(help_text="In pixels.")
    height = serializers.IntegerField()


class PersonShape(serializers.Serializer):
    name = serializers.CharField()
    affiliation = serializers.CharField(allow_blank=True)
    biography = serializers.CharField(allow_blank=True)
    link = serializers.CharField(allow_blank=True, help_text="A page about the presenter.")
    picture = PictureShape(allow_null=True)


class PartShape(serializers.Serializer):
    """A part of a session."""

    after = serializers.IntegerField(help_text="Minutes from the session's start.")
    minutes = serializers.IntegerField()
    title = serializers.CharField()
    text = serializers.CharField(allow_blank=True)
    presenters = serializers.ListField(child=serializers.CharField(), help_text="By name.")


class LinkShape(serializers.Serializer):
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes the declared fields out of the class
    url = serializers.CharField()


class ProfileShape(serializers.Serializer):
    """What a sponsor says of itself."""

    sentence = serializers.CharField(allow_blank=True)
    link = serializers.CharField(allow_blank=True)
    logo = PictureShape(allow_null=True)


class SessionShape(serializers.Serializer):
    """A session as published."""

    id = serializers.IntegerField(help_text="Stable in all releases, never used again.")
    code = serializers.CharField(help_text="Six letters and digits; stable, part of the page's address.")
    guid = serializers.UUIDField(help_text="Stable; the UID of the calendar entry.")
    status = serializers.ChoiceField(choices=["confirmed", "cancelled"])
    title = serializers.CharField()
    format = TermShape()
    track = TermShape()
    room = RoomShape()
    starts = Moment(help_text="With the offset of the edition's zone.")
    ends = Moment()
    presenters = PersonShape(many=True)
    sponsor = serializers.CharField()
    topics = TermShape(many=True)
    text = serializers.CharField(help_text="Markdown.")
    parts = PartShape(many=True)
    links = LinkShape(many=True)
    profile = ProfileShape(allow_null=True, help_text="Of the sponsor, where it approved one.")
    sequence = serializers.IntegerField(help_text="Grows by one with each release that changes the session.")
    changed_at = Moment()
    url = serializers.URLField(help_text="The session's page.")


class ChangeShape(serializers.Serializer):
    """What a release changed about one session."""

    kind = serializers.ChoiceField(choices=["new", "moved", "changed", "cancelled"])
    code = serializers.CharField()
    text = serializers.CharField(help_text="A sentence.")


class ReleaseShape(serializers.Serializer):
    """A numbered program that never changes."""

    number = serializers.IntegerField()
    note = serializers.CharField(allow_blank=True)
    published_at = Moment()
    changes = ChangeShape(many=True)


class DayShape(serializers.Serializer):
    date = serializers.DateField()
    opens = Moment()
    closes = Moment()


class EditionShape(serializers.Serializer):
    slug = serializers.CharField()
    name = serializers.CharField()
    conference = serializers.CharField()
    place = serializers.CharField(allow_blank=True)
    time_zone = serializers.CharField(help_text="IANA name.")


class ProgramShape(serializers.Serializer):
    """The program of a release; sessions in order of time."""

    edition = EditionShape()
    release = ReleaseShape()
    days = DayShape(many=True)
    sessions = SessionShape(many=True)


class Problem(serializers.Serializer):
    """RFC 9457; `code` is stable, `detail` is a sentence for people."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()


class ReleasePage(serializers.Serializer):
    """A page of releases."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ReleaseShape(many=True)


class RootShape(serializers.Serializer):
    """Where to begin."""

    version = serializers.CharField()
    schema = serializers.URLField()
    docs = serializers.URLField()
    program = serializers.CharField(help_text="URI template (RFC 6570).")
    releases = serializers.CharField()
    feeds = serializers.DictField(child=serializers.CharField(), help_text="File name → URI template.")


NOT_PUBLISHED = OpenApiResponse(Problem, description="No release yet, or no such thing in it.")
PROBLEM = {(404, "application/problem+json"): NOT_PUBLISHED}
FILTERS = [
    OpenApiParameter("day", str, description="A date: 2027-07-18."),
    OpenApiParameter("track", str, description="A track's slug."),
    OpenApiParameter("room", str, description="A room's id or name."),
    OpenApiParameter("format", str, description="A format's slug: talk, demo, workshop."),
    OpenApiParameter("topic", str, description="A topic's slug."),
]


def session_data(published: PublishedProgram, session: Session) -> dict[str, Any]:
    status = "confirmed" if session.code in published.program.by_code else "cancelled"
    data = {**asdict(session), "status": status, "url": published.url(session)}
    for holder in [*data["presenters"], *filter(None, [data["profile"]])]:
        for name in {"picture", "logo"} & holder.keys():
            if holder[name]:
                holder[name] = {**holder[name], "url": f"{published.pictures}{holder[name]['digest']}"}
    return data


def program_data(release: Release, request: Request) -> dict[str, Any]:
    """The release's sessions as far as the query string lets them through."""
    published = queries.published_program(release)
    asked = {name: request.query_params.get(name, "") for name in (*listing.FILTERS, "room")}
    sessions = [session_data(published, each) for each in listing.chosen(published.program, asked)]
    parts = {
        "edition": published.program.about,
        "release": release,
        "days": published.program.days,
        "sessions": sessions,
    }
    return ProgramShape(parts).data


class ProgramView(PublicView):
    """The newest release."""

    @extend_schema(operation_id="program", parameters=FILTERS, responses={200: ProgramShape, **PROBLEM})
    def get(self, request: Request, edition: str) -> HttpResponse:
        """The program as last published, whole or filtered."""
        release = queries.current_of(request.user, edition=edition)
        return self.answer(request, release, lambda: program_data(release, request))


class SessionView(PublicView):
    """One session of the newest release."""

    @extend_schema(operation_id="session", responses={200: SessionShape, **PROBLEM})
    def get(self, request: Request, edition: str, proposal: str) -> HttpResponse:
        """A session by its code; one that is gone since an earlier release has the status cancelled."""
        release = queries.current_of(request.user, edition=edition)
        published = queries.published_program(release)
        session = queries.session_of(published, proposal)
        if session is None:
            raise Release.DoesNotExist
        return self.answer(request, release, lambda: SessionShape(session_data(published, session)).data)


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
        return self.answer(request, newest, lambda: page.data)


class ReleaseDetail(PublicView):
    """One release by its number."""

    @extend_schema(operation_id="release", parameters=FILTERS, responses={200: ProgramShape, **PROBLEM})
    def get(self, request: Request, edition: str, release: int) -> HttpResponse:
        """The program as one release froze it: the same today and always."""
        frozen = queries.by_number(request.user, edition=edition, release=release)
        return self.answer(request, frozen, lambda: program_data(frozen, request))


NAME = OpenApiParameter("artefact", str, OpenApiParameter.PATH, enum=[export.name for export in EXPORTS])
KINDS = sorted({export.content_type.partition(";")[0] for export in EXPORTS})
BYTES = {(200, kind): OpenApiTypes.STR for kind in KINDS}


class FeedView(PublicView):
    """A file of the newest release."""

    @extend_schema(
        operation_id="feed",
        parameters=[NAME],
        responses={**BYTES, (404, "application/problem+json"): NOT_PUBLISHED},
    )
    def get(self, request: Request, edition: str, artefact: str) -> HttpResponse:
        """The newest release as a file; ask with If-None-Match or If-Modified-Since to load it only when it changed."""
        return serving.stored_artefact(request, queries.artefact(request.user, edition=edition, artefact=artefact))


class Root(PublicView):
    """The entry point."""

    @extend_schema(operation_id="root", responses=RootShape)
    def get(self, request: Request) -> HttpResponse:
        """Addresses to go on from; `{edition}` is an edition's slug."""
        here = request.build_absolute_uri(reverse("api:root"))
        editions = f"{here}editions/{{edition}}/"
        data = {
            "version": "1",
            "schema": f"{here}schema/",
            "docs": f"{here}docs/",
            "program": f"{editions}program/{{?day,track,room,format,topic}}",
            "releases": f"{editions}releases/",
            "feeds": {export.name: f"{editions}{export.name}" for export in EXPORTS},
        }
        return serving.opened(Response(data))


class Schema(SpectacularAPIView):
    """The OpenAPI description of everything under /api/v1/, the same for everybody."""

    policy = "releases.read"
    permission_classes = (PolicyPermission,)
    authentication_classes: tuple[Any, ...] = ()

    def handle_exception(self, exc: Exception) -> Response:
        """A problem is JSON even here, where answers are YAML."""
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        return super().handle_exception(exc)


@require_safe
@page("releases.read", public=True)
def docs(request: HttpRequest) -> HttpResponse:
    """The description as a page to read and try."""
    return render(request, "expo/releases/api_docs.html")


routes = [
    path("", Root.as_view(), name="root"),
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    path("editions/<slug:edition>/program/", ProgramView.as_view(), name="program"),
    path("editions/<slug:edition>/program/<str:proposal>/", SessionView.as_view(), name="session"),
    path("editions/<slug:edition>/releases/", ReleaseList.as_view(), name="releases"),
    path("editions/<slug:edition>/releases/<int:release>/", ReleaseDetail.as_view(), name="release"),
    path("editions/<slug:edition>/<file:artefact>", FeedView.as_view(), name="feed"),
]
