"""What all public answers share: open to anybody, read-only, cacheable, one 404 for absent and unpublished."""

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .. import serving
from ..models import Release

SHAPE = 1  # part of every validator: raise it when an answer's shape changes


class AsItIs(BaseContentNegotiation):
    """A calendar app asks for text/calendar and a browser for text/html; both get what stands at the address."""

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

    def answer(self, request: Request, release: Release, data: Any) -> HttpResponse:
        """JSON made of one release, which never changes, so the release is the validator."""
        etag = f'W/"release-{release.pk}-{SHAPE}"'
        return serving.conditional(request, Response(data), etag=etag, changed_at=release.published_at)
