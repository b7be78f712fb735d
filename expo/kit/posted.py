"""What a request brings to a form."""

from typing import Any

from django.http import HttpRequest


def posted(request: HttpRequest) -> Any:
    """The typed values of a POST, even when there are none; None when the page is only looked at."""
    return request.POST if request.method == "POST" else None


def files(request: HttpRequest) -> Any:
    """The files of a POST; None when the page is only looked at."""
    return request.FILES if request.method == "POST" else None
