"""The API about itself: where to begin, its OpenAPI description, and a page to read it on."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from expo.kit.policy import PolicyPermission, page

from .. import serving
from ..render import EXPORTS
from .public import PublicView
from .shapes import RootShape


class Root(PublicView):
    """The door."""

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
