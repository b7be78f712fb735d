"""Pages of a list: cursors for the API, numbers for people."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from rest_framework.pagination import CursorPagination


class Cursor(CursorPagination):
    """Stable paging: no duplicates or gaps while rows come and go."""

    ordering = "id"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200


def page_of(request: HttpRequest, rows: Any, *, size: int = 50) -> Page[Any]:
    """The page the query string asks for; nonsense gives the first or the last."""
    return Paginator(rows, size).get_page(request.GET.get("page"))
