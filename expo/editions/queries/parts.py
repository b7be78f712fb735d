"""Single things of an edition, found by the address of a page."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import models
from django.db.models import QuerySet

from ..models import Edition, Upload
from ..states import Phase

Part = TypeVar("Part", bound=models.Model)


def part_of(model: type[Part], keyword: str) -> Callable[..., Part]:
    """A loader for pages: the part with the id in the address, if it belongs to the edition in the address."""

    def load(user: Any, *, edition: str, **ids: int) -> Part:
        return model._default_manager.select_related("edition").get(pk=ids[keyword], edition__slug=edition)

    return load


def upload_of(kind: str) -> Callable[..., Upload]:
    """A loader for an upload's report."""

    def load(user: Any, *, edition: str, upload: int) -> Upload:
        return Upload.objects.select_related("edition", "made_by").get(pk=upload, edition__slug=edition, kind=kind)

    return load


def announced() -> QuerySet[Edition]:
    """Editions that anybody may know of."""
    return Edition.objects.exclude(phase=Phase.SETUP).order_by("-id")
