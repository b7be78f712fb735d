"""The run of show: what happens in each room, in the order of the clock, as one person may see it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from expo.accounts.models import User
from expo.editions.models import Day, Edition, Room
from expo.program.models import Session
from expo.program.queries.sessions import placed, session_by_id
from expo.proposals.models import Presenter, Proposal
from expo.proposals.queries.conflict_wall import wall

from ..models import CheckIn

#: From so long before the start until the end, a presenter who has not come is missing.
MISSING_BEFORE = timedelta(minutes=15)
#: When presenters checked in, by session and presenter.
CheckIns = Mapping[tuple[int, int], datetime]
Bounds = tuple[datetime, datetime]


@dataclass(frozen=True)
class PresenterArrival:
    """A presenter, when they checked in, and whether somebody should look for them."""

    id: int
    name: str
    affiliation: str
    checked_in_at: datetime | None
    is_missing: bool


@dataclass(frozen=True)
class ShowRow:
    """`kind` is session, hidden, break or gap; `mark` is over, now, next or nothing."""

    kind: str
    starts_at: datetime
    ends_at: datetime
    name: str = ""
    session: Session | None = None
    presenters: tuple[PresenterArrival, ...] = ()
    mark: str = ""

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def setup_minutes(self) -> int:
        return int((self.starts_at - self.session.taken_from).total_seconds() // 60) if self.session else 0

    @property
    def missing(self) -> tuple[PresenterArrival, ...]:
        return tuple(each for each in self.presenters if each.is_missing)


@dataclass(frozen=True)
class RoomSchedule:
    """One room on one day."""

    room: Room
    rows: tuple[ShowRow, ...]

    @property
    def presenters(self) -> list[PresenterArrival]:
        return [each for row in self.rows for each in row.presenters]

    @property
    def checked_in(self) -> int:
        return sum(each.checked_in_at is not None for each in self.presenters)

    @property
    def marked(self) -> list[ShowRow]:
        """What is on now, and what is next."""
        return [row for row in self.rows if row.mark in ("now", "next")]

    @property
    def sessions(self) -> int:
        return sum(row.kind in ("session", "hidden") for row in self.rows)

    @property
    def begins_at(self) -> datetime | None:
        """When the first session starts."""
        return min((row.starts_at for row in self.rows if row.kind in ("session", "hidden")), default=None)


@dataclass(frozen=True)
class RunOfShow:
    """The rooms on one of the edition's days; without days there is none."""

    day: Day | None
    days: tuple[Day, ...]
    rooms: tuple[RoomSchedule, ...]
    now: datetime


@dataclass(frozen=True)
class Attendance:
    """A presenter of a session, for a policy to judge."""

    session: Session
    presenter: Presenter

    @property
    def edition(self) -> Edition:
        return self.session.edition

    @property
    def proposal(self) -> Proposal:
        return self.session.proposal


def attendance_by_ids(user: Any, *, edition: str, session: int, presenter: int) -> Attendance:
    """A presenter of this session; raises Session.DoesNotExist or Presenter.DoesNotExist."""
    of_edition = session_by_id(user, edition=edition, session=session)
    return Attendance(of_edition, Presenter.objects.get(pk=presenter, proposal=of_edition.proposal_id))


def room_by_id(user: Any, *, edition: str, room: int) -> Room:
    """A room of this edition, for a policy to judge; raises Room.DoesNotExist."""
    return Room.objects.select_related("edition").get(pk=room, edition__slug=edition)


def run_of_show(edition: Edition, viewer: User, *, now: datetime, day: str = "", room: Room | None = None) -> RunOfShow:
    """The run of show of all rooms, or of one: a constant number of queries."""
    days = list(edition.days.all())
    chosen = chosen_day(days, day, now.astimezone(edition.zone).date())
    if chosen is None:
        return RunOfShow(None, (), (), now)
    midnight = datetime.combine(chosen.date, time(), edition.zone)
    bounds = midnight, datetime.combine(chosen.date + timedelta(days=1), time(), edition.zone)
    of_day = placed(edition).filter(starts_at__gte=bounds[0], starts_at__lt=bounds[1])
    sessions = list(of_day.filter(room=room) if room else of_day)
    came = CheckIn.objects.filter(session__in=[session.pk for session in sessions])
    check_ins = {(row.session_id, row.presenter_id): row.at for row in came}
    hidden = wall(viewer, edition)
    rows: dict[int, list[ShowRow]] = defaultdict(list)  # by room; behind the viewer's wall only room and time are left
    for session in sessions:
        mark = _mark(session.starts_at, session.ends_at, now)
        row = ShowRow("hidden", session.starts_at, session.ends_at, mark=mark)
        if not hidden.hides(session.proposal):
            row = replace(row, kind="session", session=session, presenters=_arrivals(session, check_ins, now))
        rows[session.room_id].append(row)
    breaks = list(edition.breaks.filter(starts_at__lt=bounds[1], ends_at__gt=bounds[0]))
    rooms = [room] if room else list(edition.rooms.all())
    for each in breaks:
        row = ShowRow("break", each.starts_at, each.ends_at, each.name, mark=_mark(each.starts_at, each.ends_at, now))
        for place in rooms:
            if each.room_id in (None, place.pk):
                rows[place.pk].append(row)
    schedules = tuple(RoomSchedule(place, _ordered(rows[place.pk], now, bounds)) for place in rooms)
    return RunOfShow(chosen, tuple(days), schedules, now)


def chosen_day(days: Sequence[Day], asked: str, today: date) -> Day | None:
    """The day somebody asked for; else today, the next one to come, or the last one."""
    named = next((day for day in days if day.date.isoformat() == asked), None)
    coming = next((day for day in days if day.date >= today), None)
    return named or coming or (days[-1] if days else None)


def _arrivals(session: Session, check_ins: CheckIns, now: datetime) -> tuple[PresenterArrival, ...]:
    is_due = session.starts_at - MISSING_BEFORE <= now < session.ends_at
    arrivals = []
    for person in session.proposal.presenters.all():
        at = check_ins.get((session.pk, person.pk))
        arrivals.append(PresenterArrival(person.pk, person.name, person.affiliation, at, is_due and at is None))
    return tuple(arrivals)


def _mark(starts_at: datetime, ends_at: datetime, now: datetime) -> str:
    if ends_at <= now:
        return "over"
    return "now" if starts_at <= now else ""


def _ordered(rows: list[ShowRow], now: datetime, bounds: Bounds) -> tuple[ShowRow, ...]:
    """In order, with the gaps between, and what comes next marked on the day itself."""
    rows = sorted(rows, key=lambda row: (row.starts_at, row.kind == "break"))
    coming = next((row for row in rows if row.starts_at > now and row.kind != "break"), None)
    ordered: list[ShowRow] = []
    for row in rows:
        until = max((each.ends_at for each in ordered), default=row.starts_at)
        if until < row.starts_at:
            ordered.append(ShowRow("gap", until, row.starts_at, mark=_mark(until, row.starts_at, now)))
        is_next = row is coming and bounds[0] <= now < bounds[1]
        ordered.append(replace(row, mark="next") if is_next else row)
    return tuple(ordered)
