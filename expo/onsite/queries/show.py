"""The run of show: what happens in each room, in the order of the clock, as one person may see it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from expo.accounts.models import User
from expo.editions.models import Break, Day, Edition, Room
from expo.program.models import Session
from expo.program.queries.sessions import placed
from expo.proposals.queries.conflict_wall import Wall, wall

from ..models import CheckIn
from .days import Bounds, bounds, chosen_day, days_of

#: From so long before the start on, whoever is not there is missing.
MISSED = timedelta(minutes=15)
Arrivals = Mapping[tuple[int, int], datetime]


@dataclass(frozen=True)
class Guest:
    """A presenter, when they came, and whether somebody should look for them."""

    id: int
    name: str
    affiliation: str
    here_at: datetime | None
    is_missing: bool


@dataclass(frozen=True)
class Line:
    """`look` is session, hidden, break or gap; `mark` is over, now, next or nothing."""

    look: str
    starts_at: datetime
    ends_at: datetime
    name: str = ""
    session: Session | None = None
    guests: tuple[Guest, ...] = ()
    mark: str = ""

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def setup_minutes(self) -> int:
        return int((self.starts_at - self.session.taken_from).total_seconds() // 60) if self.session else 0

    @property
    def missing(self) -> tuple[Guest, ...]:
        return tuple(guest for guest in self.guests if guest.is_missing)


@dataclass(frozen=True)
class RoomShow:
    """One room on one day."""

    room: Room
    lines: tuple[Line, ...]

    @property
    def guests(self) -> list[Guest]:
        return [guest for line in self.lines for guest in line.guests]

    @property
    def here(self) -> int:
        return sum(guest.here_at is not None for guest in self.guests)

    @property
    def marked(self) -> list[Line]:
        """What is on now, and what is next."""
        return [line for line in self.lines if line.mark in ("now", "next")]

    @property
    def sessions(self) -> int:
        return sum(line.look in ("session", "hidden") for line in self.lines)


@dataclass(frozen=True)
class Show:
    """The rooms on one of the edition's days; without days there is none."""

    day: Day | None
    days: tuple[Day, ...]
    rooms: tuple[RoomShow, ...]
    now: datetime


def show(edition: Edition, viewer: User, *, now: datetime, day: str = "", room: Room | None = None) -> Show:
    """The run of show of all rooms, or of one: a constant number of queries."""
    days = days_of(edition)
    chosen = chosen_day(days, day, now.astimezone(edition.zone).date())
    if chosen is None:
        return Show(None, (), (), now)
    span = bounds(edition, chosen.date)
    found = placed(edition).filter(starts_at__gte=span[0], starts_at__lt=span[1])
    sessions = list(found.filter(room=room) if room else found)
    lines = _session_lines(sessions, wall(viewer, edition), _arrivals(sessions), now)
    pauses = list(edition.breaks.filter(starts_at__lt=span[1], ends_at__gt=span[0]))
    rooms = [room] if room else list(edition.rooms.all())
    drawn = tuple(RoomShow(each, _drawn(lines[each.pk], _breaks(pauses, each, now), now, span)) for each in rooms)
    return Show(chosen, tuple(days), drawn, now)


def _arrivals(sessions: Sequence[Session]) -> Arrivals:
    rows = CheckIn.objects.filter(session__in=[session.pk for session in sessions])
    return {(session, presenter): at for session, presenter, at in rows.values_list("session_id", "presenter_id", "at")}


def _session_lines(sessions: Iterable[Session], hidden: Wall, here: Arrivals, now: datetime) -> dict[int, list[Line]]:
    """By room; behind the viewer's wall only room and time are left."""
    found: dict[int, list[Line]] = defaultdict(list)
    for session in sessions:
        line = Line("hidden", session.starts_at, session.ends_at, mark=_mark(session.starts_at, session.ends_at, now))
        if not hidden.hides(session.proposal):
            line = replace(line, look="session", session=session, guests=_guests(session, here, now))
        found[session.room_id].append(line)
    return found


def _guests(session: Session, here: Arrivals, now: datetime) -> tuple[Guest, ...]:
    due = session.starts_at - MISSED <= now < session.ends_at
    found = []
    for person in session.proposal.presenters.all():
        at = here.get((session.pk, person.pk))
        found.append(Guest(person.pk, person.name, person.affiliation, at, due and at is None))
    return tuple(found)


def _mark(starts_at: datetime, ends_at: datetime, now: datetime) -> str:
    if ends_at <= now:
        return "over"
    return "now" if starts_at <= now else ""


def _breaks(pauses: Iterable[Break], room: Room, now: datetime) -> list[Line]:
    return [
        Line("break", pause.starts_at, pause.ends_at, pause.name, mark=_mark(pause.starts_at, pause.ends_at, now))
        for pause in pauses
        if pause.room_id in (None, room.pk)
    ]


def _drawn(sessions: list[Line], pauses: list[Line], now: datetime, span: Bounds) -> tuple[Line, ...]:
    """In order, with the gaps between, and what comes next marked on the day itself."""
    lines = sorted([*sessions, *pauses], key=lambda line: (line.starts_at, line.look == "break"))
    coming = next((line for line in lines if line.starts_at > now and line.look != "break"), None)
    drawn: list[Line] = []
    for line in lines:
        until = max((each.ends_at for each in drawn), default=line.starts_at)
        if until < line.starts_at:
            drawn.append(Line("gap", until, line.starts_at, mark=_mark(until, line.starts_at, now)))
        is_next = line is coming and span[0] <= now < span[1]
        drawn.append(replace(line, mark="next") if is_next else line)
    return tuple(drawn)
