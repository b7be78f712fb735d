"""Responses that several apps give."""

from django.http import HttpResponse


def csv_response(text: str, name: str) -> HttpResponse:
    """A CSV text as a file to download."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


def picture_response(data: bytes, content_type: str, *, is_public: bool) -> HttpResponse:
    """A picture at an address that names its content, so it is kept for ever; a browser makes nothing else of it."""
    return HttpResponse(
        data,
        content_type=content_type,
        headers={
            "Cache-Control": f"{'public' if is_public else 'private'}, max-age=31536000, immutable",
            "Content-Disposition": "inline",
            "Content-Security-Policy": "default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        },
    )
