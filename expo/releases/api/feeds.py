"""The exports of the newest release, as the bytes that were rendered when it was published."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from .. import queries, serving
from ..render import EXPORTS
from .program import NOT_PUBLISHED
from .public import PublicView

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
        return serving.stored_artefact(request, queries.artefact(edition, artefact))
