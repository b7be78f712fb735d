"""Every address of the site, from the URL configuration itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

THIRD_PARTY = ("django.", "allauth.", "drf_spectacular.")


@dataclass(frozen=True)
class Address:
    """One pattern: its full name (`app:verb`), keywords, and view."""

    name: str
    keywords: tuple[str, ...]
    view: Any

    @property
    def policy(self) -> str | None:
        """What guards it: the page's policy, or the API view's (one of them, if it has several)."""
        cls = getattr(self.view, "cls", None) or getattr(self.view, "view_class", None)
        policies = getattr(cls, "policies", None) or {}
        return getattr(self.view, "policy", None) or getattr(cls, "policy", None) or next(iter(policies.values()), None)

    @property
    def is_third_party(self) -> bool:
        cls = getattr(self.view, "cls", None) or getattr(self.view, "view_class", None) or self.view
        return str(getattr(cls, "__module__", "")).startswith(THIRD_PARTY)

    def __str__(self) -> str:
        return self.name


def addresses() -> list[Address]:
    return sorted(_walk(get_resolver().url_patterns, "", ()), key=lambda each: (each.name, each.keywords))


def _walk(patterns: Any, namespace: str, keywords: tuple[str, ...]) -> Iterator[Address]:
    for pattern in patterns:
        here = keywords + tuple(pattern.pattern.converters)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, inner, here)
        elif isinstance(pattern, URLPattern):
            yield Address(f"{namespace}{pattern.name}", here, pattern.callback)


def ours() -> list[Address]:
    """The site's own addresses: not allauth's or the schema's."""
    return [each for each in addresses() if not each.is_third_party]
