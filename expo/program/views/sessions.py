"""One session: where it stands, why, and what a chair may do with it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page
from expo.proposals.models import Proposal

from ..forms import LengthForm, MoveForm, PlaceForm, SwapForm, VersionForm
from ..models import Session
from ..queries.conflicts import check_placements
from ..queries.explanations import reasons
from ..queries.problem import minute
from ..queries.sessions import others_for, placeable_by_code, session_by_id, writable
from ..queries.surroundings import WantedPlacement
from ..queries.timetable import value_of
from ..services import sessions
from ..solver import Place
from .base import REFUSED, SignedIn, answered, by_script, cleaned, posted, with_version


@page("program.move", load=session_by_id)
@require_http_methods(["GET", "HEAD", "POST"])
def session(request: SignedIn, session: Session) -> HttpResponse:
    form = _move_form(session, with_version(request) if request.method == "POST" else None)

    def move() -> str:
        sessions.move(by=request.user, session=session, **cleaned(form))
        return f"“{session.proposal.title}” has moved."

    if request.method == "POST" and by_script(request):
        return answered(request, move)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            messages.success(request, move())
            return redirect("program:timetable", session.edition.slug)
    return _session_page(request, session, form)


def _session_page(request: SignedIn, session: Session, form: MoveForm, refusal: Refused | None = None) -> HttpResponse:
    """The session as it stands now; a refused form keeps what was chosen, with the version as it is now."""
    stale = form.is_bound or refusal is not None
    if stale and not Session.objects.filter(pk=session.pk).exists():
        return redirect("program:timetable", session.edition.slug)
    if stale:
        session = session_by_id(request.user, edition=session.edition.slug, session=session.pk)
        form.data = {**dict(form.data.items()), "version": session.version} if form.is_bound else form.data
    kept = request.POST if refusal is not None else {}
    version = {"version": session.version}
    minutes = kept.get("minutes", session.proposal.length)
    context = {
        "session": session,
        "form": form,
        "swap_form": SwapForm(initial={**version, "other": kept.get("other", "")}, others=_others(request, session)),
        "length_form": _length_form(session, initial={**version, "minutes": minutes}),
        "warnings": _warnings(request, session),
        "reasons": reasons(session, request.user),
        "editable": writable(session.edition),
        "refusal": refusal,
    }
    return render(request, "expo/program/session.html", context, status=REFUSED if stale else 200)


def _warnings(request: SignedIn, session: Session) -> list[str]:
    """What the session's card on the timetable says in a word, in sentences."""
    here = WantedPlacement(
        session.proposal_id, Place(session.room_id, minute(session.starts_at)), session.proposal.length
    )
    found = check_placements(session.edition, request.user, here).effects
    return [effect.text for effect in found if effect.code != "off-prime"]


def _move_form(session: Session, data: Any = None) -> MoveForm:
    here = {"room": session.room_id, "starts_at": value_of(session.starts_at), "version": session.version}
    return MoveForm(data, initial=here, edition=session.edition, minutes=session.proposal.length)


def _length_form(session: Session, data: Any = None, **kwargs: Any) -> LengthForm:
    return LengthForm(data, format=session.proposal.format, **kwargs)


def _others(request: SignedIn, session: Session) -> list[Session]:
    return others_for(request.user, session)


def _done(request: SignedIn, session: Session, verb: Callable[[], str], *, back: bool = True) -> HttpResponse:
    """Do it; then the timetable (or the session again), or the session's page with what stood against it."""
    if by_script(request):
        return answered(request, verb)
    try:
        said = verb()
    except Refused as refusal:
        return _session_page(request, session, _move_form(session), refusal)
    messages.success(request, said)
    if back:
        return redirect("program:timetable", session.edition.slug)
    return redirect("program:session", session.edition.slug, session.pk)


@page("program.move", load=session_by_id)
@require_POST
def pin(request: SignedIn, session: Session) -> HttpResponse:
    def verb() -> str:
        found = sessions.pin(by=request.user, session=session, **cleaned(VersionForm(with_version(request))))
        return (
            f"“{session.proposal.title}” is pinned." if found.is_pinned else f"“{session.proposal.title}” is unpinned."
        )

    return _done(request, session, verb, back=False)


@page("program.move", load=session_by_id)
@require_POST
def unplace(request: SignedIn, session: Session) -> HttpResponse:
    def verb() -> str:
        version = cleaned(VersionForm(with_version(request)))["version"]
        sessions.unplace(by=request.user, session=session, version=version)
        return f"“{session.proposal.title}” waits at the side again."

    return _done(request, session, verb)


@page("program.move", load=session_by_id)
@require_POST
def swap(request: SignedIn, session: Session) -> HttpResponse:
    def verb() -> str:
        data = cleaned(SwapForm(with_version(request), others=_others(request, session)))
        (other, seen), version = data["other"], data["version"]
        sessions.swap(by=request.user, session=session, other=other, version=version, other_version=seen)
        return f"“{session.proposal.title}” and “{other.proposal.title}” have changed places."

    return _done(request, session, verb)


@page("program.move", load=session_by_id)
@require_POST
def resize(request: SignedIn, session: Session) -> HttpResponse:
    def verb() -> str:
        data = cleaned(_length_form(session, with_version(request)))
        sessions.resize(by=request.user, session=session, **data)
        return f"“{session.proposal.title}” takes {data['minutes']} minutes."

    return _done(request, session, verb)


@page("program.place", load=placeable_by_code)
@require_http_methods(["GET", "HEAD", "POST"])
def place(request: SignedIn, proposal: Proposal) -> HttpResponse:
    standing = getattr(proposal, "session", None)
    if request.method != "POST" and standing is not None:
        return redirect("program:session", proposal.edition.slug, standing.pk)
    form = PlaceForm(posted(request), edition=proposal.edition, minutes=proposal.length)

    def verb() -> str:
        sessions.place(by=request.user, proposal=proposal, **cleaned(form))
        return f"“{proposal.title}” has a place."

    if request.method == "POST" and by_script(request):
        return answered(request, verb)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            messages.success(request, verb())
            return redirect("program:timetable", proposal.edition.slug)
    context = {"proposal": proposal, "form": form, "editable": writable(proposal.edition)}
    return render(request, "expo/program/place.html", context, status=REFUSED if form.is_bound else 200)
