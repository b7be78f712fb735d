"""Pages of the timetable."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import by_slug
from expo.kit.errors import Invalid, Refused, refusals_to
from expo.kit.policy import page
from expo.kit.runs import RunState
from expo.proposals.models import Proposal

from . import queries, services
from .forms import MoveForm, PlaceForm, VersionForm
from .models import Run, Session
from .queries.places import value_of


class SignedIn(HttpRequest):
    """A request that a policy of this room let in: its user is somebody."""

    user: User


REFUSED = 422
NO_VERSION = Invalid("version-missing", "The page was incomplete. Reload it and try again.")


def _edition(user: Any, *, edition: str) -> Edition:
    return by_slug(edition)


@page("program.view_timetable", load=_edition)
def timetable(request: SignedIn, edition: Edition) -> HttpResponse:
    return render(request, "expo/program/timetable.html", _board(request, edition))


def _board(request: SignedIn, edition: Edition) -> dict[str, Any]:
    found = queries.timetable(edition, request.user)
    return {"timetable": found, "editable": queries.writable(edition), "run": found.run}


@page("program.run", load=_edition)
@require_POST
def start(request: SignedIn, edition: Edition) -> HttpResponse:
    try:
        run = services.start_run(by=request.user, edition=edition)
    except Refused as refusal:
        context = {**_board(request, edition), "refusal": refusal}
        return render(request, "expo/program/timetable.html", context, status=refusal.status)
    return redirect("program:run", edition.slug, run.pk)


@page("program.view_timetable", load=queries.run_by_id)
def run(request: SignedIn, run: Run) -> HttpResponse:
    if getattr(request, "htmx", False):
        return _poll(request, run)
    return render(request, "expo/program/run.html", _run_context(request, run))


def _poll(request: SignedIn, run: Run) -> HttpResponse:
    """The part that asks again; when the work has ended the whole page is read anew."""
    response = render(request, "expo/program/_progress.html", _progress(run))
    if not run.is_under_way:
        response["HX-Refresh"] = "true"
    return response


def _progress(run: Run) -> dict[str, Any]:
    address = reverse("program:run", args=[run.edition.slug, run.pk])
    return {"run": run, "poll_url": address if run.is_under_way else ""}


def _run_context(request: SignedIn, run: Run) -> dict[str, Any]:
    shown = queries.preview(run, request.user) if run.state == RunState.PREVIEW else None
    return {**_progress(run), "preview": shown, "editable": queries.writable(run.edition)}


@page("program.adopt", load=queries.run_by_id)
@require_POST
def adopt(request: SignedIn, run: Run) -> HttpResponse:
    try:
        services.adopt(by=request.user, run=run)
    except Refused as refusal:
        return _run_refused(request, run, refusal)
    messages.success(request, "The proposal is now the timetable. You can still move any session by hand.")
    return redirect("program:timetable", run.edition.slug)


@page("program.run", load=queries.run_by_id)
@require_POST
def discard(request: SignedIn, run: Run) -> HttpResponse:
    try:
        services.discard_run(by=request.user, run=run)
    except Refused as refusal:
        return _run_refused(request, run, refusal)
    messages.success(request, "The run is discarded. The timetable stays as it was.")
    return redirect("program:timetable", run.edition.slug)


def _run_refused(request: SignedIn, run: Run, refusal: Refused) -> HttpResponse:
    run.refresh_from_db()
    context = {**_run_context(request, run), "refusal": refusal}
    return render(request, "expo/program/run.html", context, status=refusal.status)


def _posted(request: SignedIn) -> Any:
    """What was sent, even if it is nothing; None when nothing was to be sent."""
    return request.POST if request.method == "POST" else None


@page("program.move", load=queries.session_by_id)
@require_http_methods(["GET", "HEAD", "POST"])
def session(request: SignedIn, session: Session) -> HttpResponse:
    minutes = session.proposal.format.minutes
    here = {"room": session.room_id, "starts_at": value_of(session.starts_at), "version": session.version}
    form = MoveForm(_posted(request), initial=here, edition=session.edition, minutes=minutes)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            services.move(by=request.user, session=session, **form.cleaned_data)
            messages.success(request, f"“{session.proposal.title}” has moved.")
            return redirect("program:timetable", session.edition.slug)
    return _session_page(request, session, form)


def _session_page(request: SignedIn, session: Session, form: MoveForm, refusal: Refused | None = None) -> HttpResponse:
    """The session as it stands now; a refused form keeps what was chosen, with the version as it is now."""
    stale = form.is_bound or refusal is not None
    if stale and not Session.objects.filter(pk=session.pk).exists():
        return redirect("program:timetable", session.edition.slug)
    if stale:
        session = queries.session_by_id(request.user, edition=session.edition.slug, session=session.pk)
        form.data = {**dict(form.data.items()), "version": session.version} if form.is_bound else form.data
    context = {
        "session": session,
        "form": form,
        "reasons": queries.reasons(session, request.user),
        "editable": queries.writable(session.edition),
        "refusal": refusal,
    }
    return render(request, "expo/program/session.html", context, status=REFUSED if stale else 200)


@page("program.move", load=queries.session_by_id)
@require_POST
def pin(request: SignedIn, session: Session) -> HttpResponse:
    form = VersionForm(request.POST)
    try:
        if not form.is_valid():
            raise NO_VERSION
        services.pin(by=request.user, session=session, **form.cleaned_data)
    except Refused as refusal:
        return _session_page(request, session, _fresh(session), refusal)
    return redirect("program:session", session.edition.slug, session.pk)


@page("program.move", load=queries.session_by_id)
@require_POST
def unplace(request: SignedIn, session: Session) -> HttpResponse:
    form = VersionForm(request.POST)
    try:
        if not form.is_valid():
            raise NO_VERSION
        services.unplace(by=request.user, session=session, version=form.cleaned_data["version"])
    except Refused as refusal:
        return _session_page(request, session, _fresh(session), refusal)
    messages.success(request, f"“{session.proposal.title}” waits at the side again.")
    return redirect("program:timetable", session.edition.slug)


def _fresh(session: Session) -> MoveForm:
    here = {"room": session.room_id, "starts_at": value_of(session.starts_at), "version": session.version}
    return MoveForm(initial=here, edition=session.edition, minutes=session.proposal.format.minutes)


@page("program.place", load=queries.placeable_by_code)
@require_http_methods(["GET", "HEAD", "POST"])
def place(request: SignedIn, proposal: Proposal) -> HttpResponse:
    standing = getattr(proposal, "session", None)
    if request.method != "POST" and standing is not None:
        return redirect("program:session", proposal.edition.slug, standing.pk)
    form = PlaceForm(_posted(request), edition=proposal.edition, minutes=proposal.format.minutes)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            services.place(by=request.user, proposal=proposal, **form.cleaned_data)
            messages.success(request, f"“{proposal.title}” has a place.")
            return redirect("program:timetable", proposal.edition.slug)
    context = {"proposal": proposal, "form": form, "editable": queries.writable(proposal.edition)}
    return render(request, "expo/program/place.html", context, status=REFUSED if form.is_bound else 200)
