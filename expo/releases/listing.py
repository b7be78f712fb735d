"""How the program page is arranged: days, starts, columns, and what the filters let through. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from .snapshot import Program, PublishedRoom, Session, Term

FILTERS = ("day", "track", "format", "topic")
WIDEST = 5  # with more rooms than this, columns would be too narrow to read


@dataclass(frozen=True)
class ListingCell:
    """A session at its start; or, where it `goes_on`, in the rows below it. `column` counts from 1; 0: no columns."""

    session: Session
    column: int
    goes_on: bool = False
    is_now: bool = False


@dataclass(frozen=True)
class ListingRow:
    starts: datetime
    ends: datetime | None
    cells: tuple[ListingCell, ...]


@dataclass(frozen=True)
class RoomColumn:
    """A room and the names of the tracks in it that day."""

    room: PublishedRoom
    tracks: str


@dataclass(frozen=True)
class DayPlan:
    """A day; `columns` are its rooms when they fit beside each other."""

    date: date
    rows: tuple[ListingRow, ...]
    columns: tuple[RoomColumn, ...]
    count: int


@dataclass(frozen=True)
class Choice:
    """A filter with its options; `chosen` is empty when it lets everything through."""

    name: str
    label: str
    options: tuple[Term, ...]
    chosen: str


def plan(program: Program, asked: Mapping[str, str], *, now: datetime) -> list[DayPlan]:
    """The days that have something to show, with what runs at `now` marked."""
    days = []
    for day, of_day in groupby(chosen(program, asked), key=lambda session: session.starts.date()):
        sessions = list(of_day)
        rooms = sorted({each.room for each in sessions}, key=lambda room: room.order)
        columns = {room.id: place for place, room in enumerate(rooms, 1)} if 1 < len(rooms) <= WIDEST else {}
        rows = []
        for start in sorted({each.starts for each in sessions}):
            here = [each for each in sessions if each.starts == start]
            going = [each for each in sessions if columns and each.starts < start < each.ends]
            cells = [
                ListingCell(each, columns.get(each.room.id, 0), is_now=each.starts <= now < each.ends) for each in here
            ]
            cells += [ListingCell(each, columns[each.room.id], goes_on=True) for each in going]
            cells.sort(key=lambda cell: (cell.column, cell.session.room.order))
            ends = {each.ends for each in here}
            rows.append(ListingRow(start, ends.pop() if len(ends) == 1 else None, tuple(cells)))
        heads = tuple(
            RoomColumn(room, ", ".join(sorted({each.track.name for each in sessions if each.room == room})))
            for room in (rooms if columns else ())
        )
        days.append(DayPlan(day, tuple(rows), heads, len(sessions)))
    return days


def chosen(program: Program, asked: Mapping[str, str]) -> list[Session]:
    """The sessions that every filter in `asked` lets through; an unknown value lets nothing through."""
    active = [(name, asked[name]) for name in (*FILTERS, "room") if asked.get(name)]
    return [session for session in program.sessions if all(_fits(session, *each) for each in active)]


def _fits(session: Session, name: str, value: str) -> bool:
    return value in {
        "day": (session.starts.date().isoformat(),),
        "track": (session.track.slug,),
        "format": (session.format.slug,),
        "room": (str(session.room.id), session.room.name),
        "topic": tuple(topic.slug for topic in session.topics),
    }.get(name, ())


def choices(program: Program, asked: Mapping[str, str]) -> list[Choice]:
    """The filters that have something to choose between."""
    days = [Term(day.date.isoformat(), f"{day.date:%A} {day.date.day} {day.date:%B}") for day in program.days]
    filters = [
        ("day", "Day", days),
        ("track", "Track", program.tracks),
        ("format", "Format", program.formats),
        ("topic", "Topic", program.topics),
    ]
    return [
        Choice(name, label, tuple(options), asked.get(name, ""))
        for name, label, options in filters
        if len(options) > 1 or asked.get(name)
    ]
