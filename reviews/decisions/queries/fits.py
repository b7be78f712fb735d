"""Answers of the scheduler as a chair reads them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import floor
from typing import Any

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.runs import UNDER_WAY, RunState
from expo.program.queries.problem import moment
from expo.program.queries.timetable import Sketch, SketchedSession, sketch
from expo.program.solver import Break, precheck
from expo.proposals.models import Proposal
from expo.proposals.queries.listing import for_chairs

from .. import fitting, wording
from ..models import Fit
from ..states import FitKind
from .problem import WhatIf
from .questions import asked, check_asked, scope_of

QUICK = 150  # sessions up to which the page itself looks for a timetable
Result = Mapping[str, Any]
Seen = Mapping[int, Proposal]


@dataclass(frozen=True)
class Help:
    """A change that was tried and is enough by itself."""

    kind: str
    proposal: Proposal
    sentence: str


@dataclass(frozen=True)
class Blocked:
    """A smallest set without a timetable, and why."""

    proposals: tuple[Proposal, ...]
    headline: str
    because: tuple[str, ...]


@dataclass(frozen=True)
class Swap:
    """A difference to pure score order: `out` has no place and `into` has one instead (either may be missing)."""

    out: Proposal | None
    out_points: float | None
    into: Proposal | None
    into_points: float | None
    why: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """A figure of pure score order as picked, of what of it has a place, and of the joint suggestion."""

    name: str
    picked: str
    fits: str
    joint: str


@dataclass(frozen=True)
class Page:
    """The desk's question as it stands. `sketch`: a timetable found at once. `answer`: for exactly this set."""

    count: int
    hopeless: str
    sketch: Sketch | None
    answer: Fit | None
    outdated: Fit | None
    under_way: Fit | None
    joint: Fit | None

    @property
    def fits(self) -> bool:
        return self.sketch is not None or bool(self.answer and self.answer.result and self.answer.result["placed"])


@dataclass(frozen=True)
class Answer:
    """One answer in words."""

    fit: Fit
    is_current: bool
    sketch: Sketch | None
    placed: int
    is_sure: bool
    blocked: Blocked | None
    helps: tuple[Help, ...]
    leave_out: tuple[Proposal, ...]
    swaps: tuple[Swap, ...]
    lines: tuple[Line, ...]


def fit_by_id(user: Any, *, edition: str, fit: int) -> Fit:
    """A question of this edition whose chair saw what this one sees; raises Fit.DoesNotExist for all others."""
    rows = Fit.objects.select_related("edition", "started_by")
    found: Fit = rows.prefetch_related("edition__rooms", "edition__days", "edition__breaks").get(
        edition__slug=edition, pk=fit
    )
    if not user.is_authenticated or found.scope != scope_of(found.edition, user):
        raise Fit.DoesNotExist
    return found


def what_if_of(fit: Fit) -> WhatIf:
    """What the chair asked besides."""
    told = fit.parameters
    return WhatIf(told.get("places", {}), told.get("cap"), told.get("bar"))


def fit_page(edition: Edition, viewer: User) -> Page:
    """Whether the accepted fit: at once where the quick way tells, else from the last answer. Constant queries."""
    now = check_asked(edition, viewer)
    mine = Fit.objects.filter(edition=edition, scope=scope_of(edition, viewer)).select_related("edition")
    latest = {kind: mine.filter(kind=kind).order_by("-id").first() for kind in FitKind}
    check = latest[FitKind.CHECK]
    answered = mine.filter(kind=FitKind.CHECK, state=RunState.PREVIEW)
    answer = answered.filter(input_hash=now.fingerprint).order_by("-id").first()
    quick = fitting.at_once(now.problem) if 0 < len(now.problem.items) <= QUICK else None
    return Page(
        count=len(now.problem.items),
        hopeless=next((each.text for each in precheck(now.problem) if each.code in HOPELESS), ""),
        sketch=_drawn(edition, viewer, fitting.rows(now.problem, quick), written(now.taken)) if quick else None,
        answer=answer,
        outdated=answered.order_by("-id").first() if answer is None else None,
        under_way=check if check is not None and check.state in UNDER_WAY else None,
        joint=latest[FitKind.JOINT],
    )


HOPELESS = ("no-days", "no-rooms", "no-tracks")


def _drawn(
    edition: Edition, viewer: User, rows: list[list[int]], taken: list[list[int]], seen: Seen | None = None
) -> Sketch:
    """A timetable as stored, with what is hidden as rooms and times."""
    seen = seen or _seen(edition, viewer)
    spots = [SketchedSession(seen[key], room, moment(at), minutes) for key, room, _, at, minutes in rows]
    return sketch(
        edition, viewer, spots + [SketchedSession(None, room, moment(at), end - at) for room, at, end in taken]
    )


def written(taken: Iterable[Break]) -> list[list[int]]:
    """Rooms and times that are taken, as they are kept with an answer."""
    return [[each.room, each.start, each.end] for each in taken if each.room is not None]


def answer_of(fit: Fit, viewer: User) -> Answer:
    """The answer in words, and whether it still is one: verdicts, reviews or the day may have changed since."""
    result: Result = fit.result or {}
    seen = _seen(fit.edition, viewer)
    drawn = [row for row in result["placed"] if row[0] in seen]
    told = result.get("blocked")
    return Answer(
        fit=fit,
        is_current=asked(fit.edition, viewer, fit.kind, what_if_of(fit)).fingerprint == fit.input_hash,
        sketch=_drawn(fit.edition, viewer, drawn, result["taken"], seen) if drawn else None,
        placed=len(drawn),
        is_sure=result.get("is_sure", True) and result.get("is_proved", True),
        blocked=_blocked(told, fit.edition, seen) if told else None,
        helps=tuple(
            Help(kind, seen[key], wording.helping(kind, seen[key].title)) for kind, key in result.get("remedies", [])
        ),
        leave_out=tuple(seen[key] for key in result.get("leave_out", [])),
        swaps=_swaps(result, fit.edition, seen),
        lines=_lines(result) if fit.kind == FitKind.JOINT else (),
    )


def _seen(edition: Edition, viewer: User) -> Seen:
    found = for_chairs(viewer, edition).select_related("sponsor", "format", "session")
    return {row.pk: row for row in found.prefetch_related("presenters")}


def _blocked(told: Result, edition: Edition, seen: Seen) -> Blocked:
    return _blocked_by(told, seen, {room.pk: room.name for room in edition.rooms.all()}, _names([told], seen))


def _names(told: Iterable[Result], seen: Seen) -> dict[str, str]:
    """Names of presenters by what the solver knows them by, where somebody is in the way of themselves."""
    keys = {key for each in told if each.get("people") for key in each["sessions"]}
    return {person.person: person.name for key in sorted(keys) for person in seen[key].presenters.all()}


def _blocked_by(told: Result, seen: Seen, rooms: Mapping[int, str], names: Mapping[str, str]) -> Blocked:
    proposals = tuple(seen[key] for key in told["sessions"])
    reasons = [wording.alone(text) for text in told["alone"]] or wording.because(
        told["causes"],
        len(proposals),
        [rooms[key] for key in told["rooms"] if key in rooms],
        [names.get(who, "A presenter") for who in told["people"]],
        [seen[key].title for key in told["limited"]],
    )
    return Blocked(proposals, wording.headline([row.title for row in proposals]), tuple(reasons))


def _swaps(result: Result, edition: Edition, seen: Seen) -> tuple[Swap, ...]:
    rows = result.get("swaps", [])
    names = _names([row["why"] for row in rows if row["why"]], seen)
    rooms = {room.pk: room.name for room in edition.rooms.all()} if rows else {}
    return tuple(_swap(row, result["merits"], seen, rooms, names) for row in rows)


def _swap(row: Result, merits: Result, seen: Seen, rooms: Mapping[int, str], names: Mapping[str, str]) -> Swap:
    out, into = row["out"], row["in"]
    return Swap(
        out=seen.get(out),
        out_points=merits[str(out)] / 100 if out is not None else None,
        into=seen.get(into),
        into_points=merits[str(into)] / 100 if into is not None else None,
        why=_why(row["why"], seen, rooms, names),
    )


def _why(told: Result | None, seen: Seen, rooms: Mapping[int, str], names: Mapping[str, str]) -> tuple[str, ...]:
    if told is None:
        return ()
    if told["kind"] == "blocked":
        found = _blocked_by(told, seen, rooms, names)
        return (found.headline, *found.because)
    return ({"limit": wording.LIMIT, "worth": wording.WORTH}.get(told["kind"], wording.UNKNOWN),)


def _lines(result: Result) -> tuple[Line, ...]:
    """Sessions, points, and sessions band by band, side by side."""
    merits = {int(key): merit for key, merit in result["merits"].items()}
    sets = [result["picked"], result["fits"], [row[0] for row in result["placed"]]]
    bands = [Counter(floor(merits[key] / 100) for key in each) for each in sets]
    points = [f"{sum(merits[key] for key in each) / 100:,.2f}" for each in sets]
    rows = [("Sessions", [str(len(each)) for each in sets]), ("Points, summed", points)]
    told = sorted({key for each in bands for key in each}, reverse=True)
    rows += [(f"Sessions of {band} to {band + 1} points", [str(each[band]) for each in bands]) for band in told]
    return tuple(Line(name, *figures) for name, figures in rows)
