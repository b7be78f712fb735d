"""Responses that several apps give."""

from django.http import HttpResponse


def csv_response(text: str, name: str) -> HttpResponse:
    """A CSV text as a file to download."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)
