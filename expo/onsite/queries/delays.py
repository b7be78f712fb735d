"""What a delay would do to a room's day, as one chair may see it. Nothing is written here."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.errors import WrongState
from expo.kit.text import are, counted
from expo.program.models import Session
from expo.program.queries.problem import minute, minute_up, moment, opening_hours, snapshot
from expo.program.queries.sessions import placed
from expo.program.rule_texts import RULES
from expo.program.services.sessions import SessionTime
from expo.program.solver.problem import Span
from expo.proposals.queries.conflict_wall import Wall, wall

from ..delays import Consequence, Delay, Obstacle, RoomBooking, Shift, ShiftedBooking, consequences, shift

GONE = WrongState(
    "session-gone", "This session is no longer in the timetable. Go back to the run of show to see what changed."
)
HIDDEN = "A hidden session"


@dataclass(frozen=True)
class TimeChange:
    """One session's old and new time; behind the viewer's wall, without the session."""

    session: Session | None
    before: tuple[datetime, datetime]
    after: tuple[datetime, datetime]
    later: int

    @property
    def minutes(self) -> int:
        """How long it will last."""
        return int((self.after[1] - self.after[0]).total_seconds() // 60)

    @property
    def is_resized(self) -> bool:
        return self.after[1] - self.after[0] != self.before[1] - self.before[0]


@dataclass(frozen=True)
class DelayPlan:
    """The changes with their consequences as sentences. With an `obstacle`, or any `hard` one, it cannot be done.

    `needs_other`: a session behind the viewer's wall would have to move. `fingerprint` is of all this was based on.
    """

    changes: tuple[TimeChange, ...]
    soft: tuple[str, ...]
    hard: tuple[str, ...]
    obstacle: str
    obstacle_code: str
    needs_other: bool
    times: tuple[SessionTime, ...]
    fingerprint: str

    @property
    def can_be_done(self) -> bool:
        return not (self.obstacle or self.hard or self.needs_other)


@dataclass(frozen=True)
class _RoomDay:
    """The room's sessions that day as the viewer may see them, its breaks by name, and when it closes."""

    sessions: dict[int, Session]
    bookings: tuple[RoomBooking, ...]
    breaks: dict[Span, str]
    closes: int
    hidden: frozenset[int]

    def change(self, shifted: ShiftedBooking) -> TimeChange:
        """What a shifted session's change is to the viewer."""
        booking = shifted.booking
        session = None if booking.id in self.hidden else self.sessions[booking.id]
        before = (moment(booking.start), moment(booking.end))
        return TimeChange(session, before, (moment(shifted.start), moment(shifted.end)), shifted.later)

    def time(self, shifted: ShiftedBooking) -> SessionTime:
        """A shifted session's new time, as the timetable's services take it."""
        session, minutes = self.sessions[shifted.booking.id], shifted.end - shifted.start
        return SessionTime(session.pk, session.version, moment(shifted.start), minutes, shifted.setup)

    @property
    def fingerprint(self) -> str:
        """Changes whenever something does that a plan for this room depends on; of what is hidden, only room and
        time."""
        rows = [
            [booking.start, booking.end]
            if booking.id in self.hidden
            else [booking.id, self.sessions[booking.id].version, booking.start, booking.end]
            for booking in self.bookings
        ]
        breaks = sorted([span.start, span.end] for span in self.breaks)
        return sha256(json.dumps([rows, breaks, self.closes]).encode()).hexdigest()[:32]


def plan_delay(session: Session, viewer: User, delay: Delay) -> DelayPlan:
    """Move the session and what must follow; `delay.id` is its proposal's, as everywhere in the solver."""
    edition = session.edition
    hidden = wall(viewer, edition)
    all_placed = list(placed(edition))
    if session.pk not in {each.pk for each in all_placed}:
        raise GONE
    day = _room_day(edition, session, all_placed, hidden)
    shifted = shift(day.bookings, day.breaks, day.closes, delay)
    by_id = {each.booking.id: each for each in shifted.bookings}
    visible = [each for each in all_placed if not hidden.hides(each.proposal)]
    texts = _ConsequenceTexts({each.proposal_id: each for each in visible}, edition.zone)
    sentences = [
        (each.is_hard, texts.consequence(each, by_id[each.id]))
        for each in _consequences(shifted, session, day, visible)
    ]
    needs_other = bool(by_id.keys() & day.hidden)
    return DelayPlan(
        changes=tuple(day.change(each) for each in shifted.bookings),
        soft=_distinct(sentence for is_hard, sentence in sentences if not is_hard),
        hard=_distinct(sentence for is_hard, sentence in sentences if is_hard),
        obstacle=texts.obstacle(shifted.obstacle, session) if shifted.obstacle else "",
        obstacle_code=shifted.obstacle.code if shifted.obstacle else "",
        needs_other=needs_other,
        times=() if needs_other else tuple(day.time(each) for each in shifted.bookings),
        fingerprint=day.fingerprint,
    )


def _distinct(sentences: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sentences))


def _room_day(edition: Edition, session: Session, all_placed: list[Session], hidden: Wall) -> _RoomDay:
    date = session.starts_at.astimezone(edition.zone).date()
    here = [
        each
        for each in all_placed
        if each.room_id == session.room_id and each.starts_at.astimezone(edition.zone).date() == date
    ]
    hidden_keys = frozenset(each.proposal_id for each in here if hidden.hides(each.proposal))
    bookings = []
    for each in here:
        booking = RoomBooking(each.proposal_id, minute(each.starts_at), minute_up(each.ends_at))
        if each.proposal_id not in hidden_keys:  # of a session that the viewer must not see only room and time count
            shortest = min(each.proposal.format.lengths[0], booking.end - booking.start)
            booking = replace(booking, setup=booking.start - minute(each.taken_from), shortest=shortest)
        bookings.append(booking)
    day = edition.days.filter(date=date).first()
    closes = opening_hours(day, edition).end if day else max(booking.end for booking in bookings)
    breaks = {
        Span(minute(row.starts_at), minute_up(row.ends_at)): row.name
        for row in edition.breaks.all()
        if row.room_id in (None, session.room_id)
    }
    return _RoomDay({each.proposal_id: each for each in here}, tuple(bookings), breaks, closes, hidden_keys)


def _consequences(shifted: Shift, session: Session, day: _RoomDay, visible: list[Session]) -> list[Consequence]:
    if shifted.obstacle:
        return []
    timetable = snapshot(session.edition)
    keys = {each.proposal_id for each in visible}
    problem = replace(timetable.problem, items=tuple(item for item in timetable.problem.items if item.id in keys))
    places = {key: place for key, place in timetable.places.items() if key in keys}
    return consequences(shifted, session.room_id, problem, places, day.breaks, day.closes)


@dataclass(frozen=True)
class _ConsequenceTexts:
    """Sentences with names and clock times; only the sessions given here, by proposal, may be named."""

    sessions: Mapping[int, Session]
    zone: ZoneInfo

    def consequence(self, consequence: Consequence, shifted: ShiftedBooking) -> str:
        """One consequence for this session."""
        title, end = self._title(consequence.id), self._clock(shifted.end)
        minutes = counted(consequence.minutes, "minute")
        if consequence.code == "past-closing":
            return f"{title} ends at {end}, {minutes} after the day closes."
        if consequence.code == "setup-cut":
            setup = counted(shifted.booking.setup, "minute")
            return f"{title} has {consequence.minutes} of its {setup} of set-up left."
        session = self.sessions.get(consequence.id)
        people = session.proposal.presenters.all() if session else []
        person = next((each.name for each in people if each.person == consequence.person), "A presenter")
        other = HIDDEN.lower()
        if visible := self.sessions.get(consequence.other or 0):
            times = [f"{at.astimezone(self.zone):%H:%M}" for at in (visible.starts_at, visible.ends_at)]
            other = f"“{visible.proposal.title}” in {visible.room} from {times[0]} to {times[1]}"
        return RULES[consequence.code].delayed.format(
            title=title,
            minutes=minutes,
            break_name=consequence.name,
            person=person,
            span=f"from {self._clock(shifted.start)} to {end}",
            end=end,
            other=other,
            other_title=self._title(consequence.other),
        )

    def obstacle(self, obstacle: Obstacle, session: Session) -> str:
        """Why a strategy does not work, and what to do instead."""
        title, minutes = f"“{session.proposal.title}”", counted(obstacle.minutes, "minute")
        if obstacle.code == "no-gap":
            free = f"Only {minutes} after {title} {are(obstacle.minutes)} free."
            return f"{free} Enter fewer minutes, or let what follows move."
        shortest = min(session.proposal.format.lengths[0], session.proposal.length)
        return (
            f"{title} would last {minutes}, and a {session.proposal.format.name.lower()} takes at least {shortest}. "
            "Enter fewer minutes, or let what follows move."
        )

    def _title(self, key: int | None) -> str:
        session = self.sessions.get(key or 0)
        return f"“{session.proposal.title}”" if session else HIDDEN

    def _clock(self, at: int) -> str:
        return f"{moment(at).astimezone(self.zone):%H:%M}"
