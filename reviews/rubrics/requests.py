"""Which rubric an address is about: the edition's, or a format's own."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from expo.editions.models import Edition, Format


def format_asked(request: HttpRequest, edition: Edition) -> Format | None:
    """The format whose own rubric the address names; None: the edition's."""
    slug = request.GET.get("format")
    return get_object_or_404(edition.formats, slug=slug) if slug else None


def edit_url(edition: Edition, format: Format | None) -> str:
    """Where the edition's rubric or a format's own is changed."""
    return reverse("rubrics:edit", args=[edition.slug]) + suffix_of(format)


def suffix_of(format: Format | None) -> str:
    """What the address of a page says about a format's own rubric."""
    return f"?format={format.slug}" if format else ""
