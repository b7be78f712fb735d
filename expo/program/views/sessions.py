"""One session: where it stands, why, and what a chair may do with it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page
from expo.proposals.models import Proposal

from .. import queries, services
from ..forms import MoveForm, PlaceForm, VersionForm
from ..models import Session
from ..queries.places import value_of
from .base import NO_VERSION, REFUSED, SignedIn, posted


@page("program.move", load=queries.session_by_id)
@require_http_methods(["GET", "HEAD", "POST"])
def session(request: SignedIn, session: Session) -> HttpResponse:
    minutes = session.proposal.length
    here = {"room": session.room_id, "starts_at": value_of(session.starts_at), "version": session.version}
    form = MoveForm(posted(request), initial=here, edition=session.edition, minutes=minutes)
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
    return MoveForm(initial=here, edition=session.edition, minutes=session.proposal.length)


@page("program.place", load=queries.placeable_by_code)
@require_http_methods(["GET", "HEAD", "POST"])
def place(request: SignedIn, proposal: Proposal) -> HttpResponse:
    standing = getattr(proposal, "session", None)
    if request.method != "POST" and standing is not None:
        return redirect("program:session", proposal.edition.slug, standing.pk)
    form = PlaceForm(posted(request), edition=proposal.edition, minutes=proposal.length)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            services.place(by=request.user, proposal=proposal, **form.cleaned_data)
            messages.success(request, f"“{proposal.title}” has a place.")
            return redirect("program:timetable", proposal.edition.slug)
    context = {"proposal": proposal, "form": form, "editable": queries.writable(proposal.edition)}
    return render(request, "expo/program/place.html", context, status=REFUSED if form.is_bound else 200)
