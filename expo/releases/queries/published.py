"""What is public. Everything here is read from releases and from nothing else."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from expo.editions.models import Edition
from expo.kit.memo import once_per_request

from .. import snapshot
from ..models import Artefact, Release
from ..render.edition import Print


def current(edition: Edition) -> Release | None:
    """The edition's newest release, if it has one."""
    return Release.objects.filter(edition=edition).select_related("edition").order_by("-number").first()


@once_per_request
def _newest(slug: str) -> Release | None:
    return _of(slug).order_by("-number").first()


def _of(slug: str) -> QuerySet[Release]:
    return Release.objects.filter(edition__slug=slug).select_related("edition")


def current_of(user: Any, *, edition: str) -> Release:
    """The newest release by the edition's slug; raises Release.DoesNotExist before the first one."""
    found = _newest(edition)
    if found is None:
        raise Release.DoesNotExist
    return found


def releases_of(edition: str) -> QuerySet[Release]:
    """All releases of an edition, newest first, without their snapshots."""
    return _of(edition).defer("snapshot").order_by("-number")


def by_number(user: Any, *, edition: str, release: int) -> Release:
    """One release by its number; raises Release.DoesNotExist."""
    return _of(edition).get(number=release)


def artefact(edition: str, name: str) -> Artefact:
    """An export of the newest release, in one query; raises Artefact.DoesNotExist."""
    found = Artefact.objects.filter(release__edition__slug=edition).select_related("release")
    newest = found.order_by("-release__number").filter(name=name).first()
    if newest is None:
        raise Artefact.DoesNotExist
    return newest


def program_of(release: Release) -> snapshot.Program:
    """The program a release froze."""
    return snapshot.from_data(release.snapshot)


def print_of(release: Release) -> Print:
    """A release with its public address, as the exports and pages want it."""
    address = settings.SITE_URL.rstrip("/") + reverse("releases:program", args=[release.edition.slug])
    return Print(program_of(release), release.number, release.published_at, address)


def session_of(given: Print, code: str) -> snapshot.Session | None:
    """A session of the program by its code, a cancelled one included."""
    gone = {session.code: session for session in given.program.cancelled}
    return given.program.by_code.get(code) or gone.get(code)
