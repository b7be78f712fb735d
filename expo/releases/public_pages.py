"""The program's pages for readers who are not signed in: their validators, and the pages kept as they were rendered.

A validator names everything such a page depends on, so a kept page is never older than what it tells: the newest
release, the edition's own row (its name and phase stand around the page), the address with its filters, what runs
now, and the code that renders it. Nothing else may get into these pages; a test renders them twice to see.
"""

import json
from bisect import bisect_right
from collections.abc import Collection
from functools import cached_property, lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.crypto import salted_hmac

from expo.kit import clock

from . import queries
from .models import Release
from .serving import MAX_AGE

KEPT_SECONDS = 60
DAY = 24 * 60 * 60
CODE = ("expo", "reviews", "templates")


class PublicPage:
    """A page of the newest release, as one request asks for it with parameters of these names."""

    def __init__(self, request: HttpRequest, release: Release, names: Collection[str] = ()) -> None:
        self.request, self.release, self.names = request, release, names

    def known(self) -> HttpResponse | None:
        """The answer when nothing has to be rendered: a 304, or the page as it is kept."""
        if not self._is_for_anybody:
            return None
        bare = self._validated(HttpResponse())
        # "*" asks whether there is a page at all, which only rendering it tells.
        if self.request.headers.get("If-None-Match", "").strip() != "*":
            answer = get_conditional_response(self.request, bare["ETag"], response=bare)
            if answer is not None and answer is not bare:
                return answer
        kept = cache.get(self._key)
        return self._validated(HttpResponse(kept)) if kept is not None else None

    def rendered(self, response: HttpResponse, *, keep: bool = True) -> HttpResponse:
        """The page just rendered, kept for the next readers if it is for anybody; one for a person is never kept."""
        if not self._is_for_anybody or _is_personal(self.request, response):
            response.headers["Cache-Control"] = "private, no-cache"
            return response
        if keep and self._query is not None:
            cache.set(self._key, response.content, KEPT_SECONDS)
        answer = get_conditional_response(self.request, self._validated(response)["ETag"], response=response)
        return answer or response

    @cached_property
    def _is_for_anybody(self) -> bool:
        """Without a session nobody is signed in, and without either cookie no message waits."""
        return not {settings.SESSION_COOKIE_NAME, CookieStorage.cookie_name} & self.request.COOKIES.keys()

    @cached_property
    def _query(self) -> list[tuple[str, str]] | None:
        """What the address asks for, however it is written; None where it says what the page does not know."""
        asked = list(self.request.GET.lists())
        if any(name not in self.names or len(values) > 1 for name, values in asked):
            return None
        return sorted((name, values[0]) for name, values in asked if values[0])

    @cached_property
    def _key(self) -> str:
        running = _moments_passed(self.release)
        path = self.request.get_full_path() if self._query is None else [self.request.path, self._query]
        edition = [str(value) for value in _row(self.release)]
        return _digest("page", [_identity(self.release), edition, path, running, _version()])

    def _validated(self, response: HttpResponse) -> HttpResponse:
        response.headers["ETag"] = f'W/"{self._key}"'
        response.headers["Cache-Control"] = f"public, max-age={MAX_AGE}"
        patch_vary_headers(response, ["Cookie"])
        return response


def _is_personal(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether rendering used something of this one reader: a token against forged posts, a nonce, a new cookie."""
    has_token = bool(request.META.get("CSRF_COOKIE_NEEDS_UPDATE"))
    return has_token or bool(getattr(request, "_csp_nonce", None)) or bool(response.cookies)


def _identity(release: Release) -> list[str]:
    """What no other release has, not even one of another database behind the same cache."""
    return [settings.SITE_URL, str(release.pk), str(release.number), release.published_at.isoformat()]


def _row(release: Release) -> list[object]:
    return [getattr(release.edition, field.attname) for field in release.edition._meta.concrete_fields]  # noqa: SLF001


def _moments_passed(release: Release) -> int:
    """How many starts and ends lie behind us: while this stays the same, so does what is on now."""
    key = _digest("moments", _identity(release))
    moments = cache.get(key)
    if moments is None:
        sessions = queries.program_of(release).sessions
        moments = sorted({at.timestamp() for each in sessions for at in (each.starts, each.ends)})
        cache.set(key, moments, DAY)
    return bisect_right(moments, clock.now().timestamp())


def _digest(name: str, parts: object) -> str:
    return salted_hmac(f"expo.releases.{name}", json.dumps(parts), algorithm="sha256").hexdigest()[:32]


def _version() -> str:
    """Of the code and templates that render; looked up each time while somebody changes them."""
    return _code_version() if settings.DEBUG else _version_at_start()


@lru_cache(maxsize=1)
def _version_at_start() -> str:
    return _code_version()


def _code_version() -> str:
    folders = (Path(settings.BASE_DIR) / name for name in CODE)
    files = sorted(path for folder in folders for path in folder.rglob("*.*") if path.suffix != ".pyc")
    return _digest("code", [(str(path), path.stat().st_mtime_ns) for path in files])
