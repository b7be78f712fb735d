"""Public pages of the program, and the chairs' page of releases."""

import hashlib
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST, require_safe

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import load
from expo.kit import clock
from expo.kit.errors import refusals_to
from expo.kit.markdown import to_html
from expo.kit.policy import page
from expo.proposals.models import Proposal
from expo.proposals.queries.listing import by_code

from . import diff, listing, queries, services, serving
from .attendee_preview import attendee_preview
from .forms import ProgramList, PublishForm
from .models import Artefact, Release
from .public_pages import PublicPage
from .render import EXPORTS, ical, jsonld
from .render.published import PublishedProgram
from .snapshot import Session

SessionOf = tuple[PublishedProgram, Session]
Asked = tuple[Release, str]
LONGEST_PLAN = 200


def _session(user: Any, *, edition: str, proposal: str) -> SessionOf:
    published = queries.published_program(queries.current_of(user, edition=edition))
    named = queries.session_of(published, proposal)
    if named is None:
        raise Http404
    return published, named


def _asked(user: Any, *, edition: str, proposal: str) -> Asked:
    return queries.current_of(user, edition=edition), proposal


@require_safe
@page("releases.read", load=queries.current_of, public=True)
def program(request: HttpRequest, release: Release) -> HttpResponse:
    public = PublicPage(request, release, ("q", "all", *listing.FILTERS))
    if (known := public.known()) is not None:
        return known
    published = queries.published_program(release)
    listed = ProgramList(request.GET, published.program.sessions)
    shown = [] if listed.asks_for_unknown else listed.rows
    days = listing.plan(shown, now=clock.now(), is_whole=not listed.is_filtered)
    context = {
        "release": release,
        "published": published,
        "about": published.program.about,
        "shown_zone": published.program.about.time_zone,
        "list": listed,
        "days": days,
        "has_running": any(cell.is_now for day in days for row in day.rows for cell in row.cells),
        "exports": EXPORTS,
        "json_ld": mark_safe(jsonld.of_program(published)),  # noqa: S308 - escaped for a script element
    }
    keep = bool(days) and not request.GET.get("q") and request.GET.get("all", "1") == "1"
    return public.rendered(render(request, "expo/releases/program.html", context), keep=keep)


@require_safe
@page("releases.read", load=_asked, public=True)
def session(request: HttpRequest, asked: Asked) -> HttpResponse:
    release, code = asked
    public = PublicPage(request, release)
    if (known := public.known()) is not None:
        return known
    published = queries.published_program(release)
    shown = queries.session_of(published, code)
    if shown is None:
        raise Http404
    context = {
        "published": published,
        "about": published.program.about,
        "shown_zone": published.program.about.time_zone,
        "session": shown,
        "session_url": published.url(shown),
        "is_cancelled": shown.code not in published.program.by_code,
        "text": mark_safe(to_html(shown.text)),  # noqa: S308 - an allow-list has been over it
        "is_now": shown.starts <= clock.now() < shown.ends,
        "json_ld": mark_safe(jsonld.of_session(published, shown)),  # noqa: S308 - escaped for a script element
    }
    return public.rendered(render(request, "expo/releases/session.html", context))


@page("releases.preview", load=by_code)
@require_safe
def preview(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """The public page of a session before it is public, by the very parts of its page; kept by nobody."""
    made = attendee_preview(proposal)
    context = {
        "proposal": proposal,
        "published": made.published,
        "about": made.published.program.about,
        "shown_zone": proposal.edition.time_zone,
        "session": made.session,
        "text": mark_safe(to_html(made.session.text)),  # noqa: S308 - an allow-list has been over it
        "remarks": made.remarks,
        "is_preview": True,
    }
    response = render(request, "expo/releases/preview.html", context)
    response["Cache-Control"], response["X-Robots-Tag"] = "no-store, private", "noindex, nofollow"
    return response


@serving.public_read
@page("releases.read", load=_session, public=True)
def calendar(request: HttpRequest, subject: SessionOf) -> HttpResponse:
    """One session, to add to one's own calendar."""
    published, shown = subject
    return _calendar(request, published, ical.render_one(published, shown))


@serving.public_read
@page("releases.read", load=queries.current_of, public=True)
def plan(request: HttpRequest, release: Release) -> HttpResponse:
    """The sessions somebody chose, as a calendar: `?sessions=CODE,CODE`. Codes of no session are passed over."""
    if "sessions" not in request.GET:
        return redirect("releases:artefact", release.edition.slug, "schedule.ics")
    published = queries.published_program(release)
    codes = list(dict.fromkeys(request.GET["sessions"].split(",")))[:LONGEST_PLAN]
    found = [each for code in codes if (each := queries.session_of(published, code))]
    if not found:
        raise Http404
    return _calendar(request, published, ical.render_some(published, found))


def _calendar(request: HttpRequest, published: PublishedProgram, body: bytes) -> HttpResponse:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    kind = "text/calendar; charset=utf-8"
    return serving.conditional(
        request, lambda: HttpResponse(body, content_type=kind), etag=etag, changed_at=published.published_at
    )


@serving.public_read
@page("releases.read", load=queries.artefact, public=True)
def artefact(request: HttpRequest, file: Artefact) -> HttpResponse:
    return serving.stored_artefact(request, file)


@require_safe
@page("releases.read", load=queries.by_number, public=True)
def detail(request: HttpRequest, release: Release) -> HttpResponse:
    published = queries.published_program(release)
    newest = queries.current(release.edition)
    context = {
        "release": release,
        "published": published,
        "about": published.program.about,
        "shown_zone": published.program.about.time_zone,
        "days": listing.plan(published.program.sessions, now=release.published_at, marks=_marks(release)),
        "counts": diff.counts(change["kind"] for change in release.changes),
        "newest": newest if newest and newest.number != release.number else None,
    }
    return render(request, "expo/releases/detail.html", context)


def _marks(release: Release) -> dict[str, str]:
    """What a release did to each session it changed; moved weighs more than changed texts."""
    kinds = {"new": 2, "moved": 1}
    changes = sorted(release.changes, key=lambda change: kinds.get(change["kind"], 0))
    return {change["code"]: change["kind"] for change in changes}


@require_safe
@page("releases.list", load=load)
def index(request: HttpRequest, edition: Edition) -> HttpResponse:
    return _desk(request, edition, None)


@page("releases.publish", load=load)
@require_POST
def publish(request: HttpRequest, edition: Edition) -> HttpResponse:
    form = PublishForm(request.POST, preview=queries.preview(edition, _chair(request)))
    if form.is_valid():
        with refusals_to(form):
            release = services.publish(by=_chair(request), edition=edition, **form.cleaned_data)
            messages.success(request, f"Release {release.number} is published.")
            return redirect("releases:list", edition.slug)
    return _desk(request, edition, form)


def _chair(request: HttpRequest) -> User:
    """Who asks; the page's policy has let nobody in who is not signed in."""
    return cast(User, request.user)


def _desk(request: HttpRequest, edition: Edition, form: PublishForm | None) -> HttpResponse:
    preview = queries.preview(edition, _chair(request))
    shown = form or PublishForm(preview=preview)
    context = {
        "preview": preview,
        "form": shown,
        "left_out": shown.left_out,
        "releases": queries.release_rows(edition),
        "can_publish": queries.may_publish(edition),
    }
    return render(request, "expo/releases/list.html", context, status=422 if form else 200)
