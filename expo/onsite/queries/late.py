"""What a delay would do to a room's day, as one chair may see it. Nothing is written here."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.errors import WrongState
from expo.program.models import Session
from expo.program.queries.problem import minute, minute_up, moment, opening_hours, snapshot
from expo.program.queries.sessions import placed
from expo.program.services.sessions import SessionTime
from expo.program.solver.problem import Span
from expo.proposals.queries.conflict_wall import Wall, wall

from ..effects import Effect, effects
from ..shifts import Late, Shift, Stay, Step, shift
from .telling import Telling

GONE = WrongState(
    "session-gone", "This session is no longer in the timetable. Go back to the run of show to see what changed."
)


@dataclass(frozen=True)
class Change:
    """One session's old and new time; behind the viewer's wall, without the session."""

    session: Session | None
    was: tuple[datetime, datetime]
    will: tuple[datetime, datetime]
    later: int

    @property
    def minutes(self) -> int:
        """How long it will last."""
        return int((self.will[1] - self.will[0]).total_seconds() // 60)

    @property
    def is_resized(self) -> bool:
        return self.will[1] - self.will[0] != self.was[1] - self.was[0]


@dataclass(frozen=True)
class LatePlan:
    """The changes with their consequences in words. With a `stop`, or anything `hard`, it cannot be done.

    `needs_other`: a session behind the viewer's wall would have to move. `seen` times for all this was based on.
    """

    changes: tuple[Change, ...]
    soft: tuple[str, ...]
    hard: tuple[str, ...]
    stop: str
    stop_code: str
    needs_other: bool
    times: tuple[SessionTime, ...]
    seen: str

    @property
    def can_be_done(self) -> bool:
        return not (self.stop or self.hard or self.needs_other)


@dataclass(frozen=True)
class _RoomDay:
    """The room's sessions that day as the viewer may see them, its breaks by name, and when it closes."""

    sessions: dict[int, Session]
    stays: tuple[Stay, ...]
    pauses: dict[Span, str]
    closes: int
    hidden: frozenset[int]


def late_plan(session: Session, viewer: User, late: Late) -> LatePlan:
    """Push the session and what must give way; `late.id` is its proposal's, as everywhere in the solver."""
    edition = session.edition
    hidden = wall(viewer, edition)
    everything = list(placed(edition))
    if session.pk not in {each.pk for each in everything}:
        raise GONE
    day = _room_day(edition, session, everything, hidden)
    found = shift(day.stays, day.pauses, day.closes, late)
    visible = [each for each in everything if not hidden.hides(each.proposal)]
    telling = Telling({each.proposal_id: each for each in visible}, edition.zone)
    told = _effects(found, session, day, visible)
    moving = {step.stay.id for step in found.steps}
    sentences = [(each.is_hard, telling.effect(each, _step(found, each.id))) for each in told]
    return LatePlan(
        changes=tuple(_change(step, day) for step in found.steps),
        soft=_once(words for is_hard, words in sentences if not is_hard),
        hard=_once(words for is_hard, words in sentences if is_hard),
        stop=telling.stop(found.stop, session) if found.stop else "",
        stop_code=found.stop.code if found.stop else "",
        needs_other=bool(moving & day.hidden),
        times=() if moving & day.hidden else tuple(_time(step, day) for step in found.steps),
        seen=_seen(day),
    )


def _once(sentences: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sentences))


def _room_day(edition: Edition, session: Session, everything: list[Session], hidden: Wall) -> _RoomDay:
    date = session.starts_at.astimezone(edition.zone).date()
    here = [
        each
        for each in everything
        if each.room_id == session.room_id and each.starts_at.astimezone(edition.zone).date() == date
    ]
    behind = frozenset(each.proposal_id for each in here if hidden.hides(each.proposal))
    stays = tuple(_stay(each, is_hidden=each.proposal_id in behind) for each in here)
    day = edition.days.filter(date=date).first()
    closes = opening_hours(day, edition).end if day else max(stay.end for stay in stays)
    pauses = {
        Span(minute(row.starts_at), minute_up(row.ends_at)): row.name
        for row in edition.breaks.all()
        if row.room_id in (None, session.room_id)
    }
    return _RoomDay({each.proposal_id: each for each in here}, stays, pauses, closes, behind)


def _stay(session: Session, *, is_hidden: bool) -> Stay:
    """What the viewer must not see counts with its room and time only."""
    stay = Stay(session.proposal_id, minute(session.starts_at), minute_up(session.ends_at))
    if is_hidden:
        return stay
    shortest = min(session.proposal.format.lengths[0], stay.end - stay.start)
    return replace(stay, setup=stay.start - minute(session.taken_from), least=shortest)


def _effects(found: Shift, session: Session, day: _RoomDay, visible: list[Session]) -> list[Effect]:
    if found.stop:
        return []
    seen = snapshot(session.edition)
    known = {each.proposal_id for each in visible}
    problem = replace(seen.problem, items=tuple(item for item in seen.problem.items if item.id in known))
    places = {key: place for key, place in seen.places.items() if key in known}
    return effects(found, session.room_id, problem, places, day.pauses, day.closes)


def _step(found: Shift, key: int) -> Step:
    return next(step for step in found.steps if step.stay.id == key)


def _change(step: Step, day: _RoomDay) -> Change:
    session = None if step.stay.id in day.hidden else day.sessions[step.stay.id]
    was = (moment(step.stay.start), moment(step.stay.end))
    return Change(session, was, (moment(step.start), moment(step.end)), step.later)


def _time(step: Step, day: _RoomDay) -> SessionTime:
    session = day.sessions[step.stay.id]
    return SessionTime(session.pk, session.version, moment(step.start), step.end - step.start, step.setup)


def _seen(day: _RoomDay) -> str:
    """Changes whenever something does that a plan for this room depends on; of what is hidden, only room and time."""
    rows = [
        [stay.start, stay.end]
        if stay.id in day.hidden
        else [stay.id, day.sessions[stay.id].version, stay.start, stay.end]
        for stay in day.stays
    ]
    pauses = sorted([span.start, span.end] for span in day.pauses)
    return sha256(json.dumps([rows, pauses, day.closes]).encode()).hexdigest()[:32]
