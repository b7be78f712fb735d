"""How the program page is arranged: days, starts, columns, and what the filters let through. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby, takewhile
from typing import NamedTuple

from .snapshot import Program, PublishedRoom, Session

FILTERS = ("day", "track", "format", "topic")
WIDEST = 8  # with more rooms than this, columns would be too narrow to read


class ShownTime(NamedTuple):
    """A moment as a page writes it: for machines, and the clock of the program's zone."""

    iso: str
    text: str


@dataclass(frozen=True)
class ListingCell:
    """A session where it starts, or a stretch of a room without one; `span` counts rows of the grid.

    `ends` is said here where the sessions of a row end at different times. `mark`: what a release changed.
    """

    session: Session | None
    span: int = 1
    ends: ShownTime | None = None
    is_now: bool = False
    is_first_now: bool = False
    mark: str = ""


@dataclass(frozen=True)
class ListingRow:
    """What starts at a time; in a grid also a time at which something ends, or (`gap_until`) nothing is on."""

    starts: ShownTime
    ends: ShownTime | None
    cells: tuple[ListingCell, ...]
    has_starts: bool = True
    gap_until: ShownTime | None = None


@dataclass(frozen=True)
class RoomColumn:
    """A room and the names of the tracks in it that day."""

    room: PublishedRoom
    tracks: str


@dataclass(frozen=True)
class DayPlan:
    """A day; `columns` are its rooms when they fit beside each other, and then `rows` are those of a grid."""

    date: date
    first: datetime
    rows: tuple[ListingRow, ...]
    columns: tuple[RoomColumn, ...]
    count: int


def plan(
    sessions: Iterable[Session], *, now: datetime, is_whole: bool = True, marks: Mapping[str, str] | None = None
) -> list[DayPlan]:
    """The days that have something to show, with what runs at `now` marked; gaps only in the whole program."""
    days, has_now = [], False
    for day, of_day in groupby(sessions, key=lambda session: session.starts.date()):
        here = list(of_day)
        cells = []
        for each in here:
            is_now = each.starts <= now < each.ends
            mark = (marks or {}).get(each.code, "")
            cells.append(ListingCell(each, is_now=is_now, is_first_now=is_now and not has_now, mark=mark))
            has_now = has_now or is_now
        rooms = sorted({each.room for each in here}, key=lambda room: room.order)
        grid = _grid(cells, rooms, is_whole=is_whole) if 1 < len(rooms) <= WIDEST else None
        heads = tuple(
            RoomColumn(room, ", ".join(sorted({each.track.name for each in here if each.room == room})))
            for room in (rooms if grid else ())
        )
        days.append(DayPlan(day, here[0].starts, tuple(grid or _times(cells)), heads, len(here)))
    return days


def _times(cells: list[ListingCell]) -> list[ListingRow]:
    """The sessions of a day by their start, rooms in their order."""
    placed = [(each.session, each) for each in cells if each.session]
    placed.sort(key=lambda pair: (pair[0].starts, pair[0].room.order))
    grouped = groupby(placed, key=lambda pair: pair[0].starts)
    return [_row(start, [cell for _, cell in of_start]) for start, of_start in grouped]


def _row(start: datetime, cells: list[ListingCell]) -> ListingRow:
    """A row that says once when its sessions end, if that is the same for all."""
    ends = {cell.session.ends for cell in cells if cell.session}
    if len(ends) == 1:
        return ListingRow(_clock(start), _clock(ends.pop()), tuple(cells))
    said = (replace(cell, ends=_clock(cell.session.ends)) if cell.session else cell for cell in cells)
    return ListingRow(_clock(start), None, tuple(said), has_starts=bool(ends))


def _grid(cells: list[ListingCell], rooms: Sequence[PublishedRoom], *, is_whole: bool) -> list[ListingRow] | None:
    """A row for each time at which something starts or ends, a column for each room; None if a room is used twice."""
    sessions = [cell.session for cell in cells if cell.session]
    moments = sorted({at for each in sessions for at in (each.starts, each.ends)})
    place = {at: index for index, at in enumerate(moments)}
    columns: dict[int, dict[int, ListingCell | None]] = {room.id: {} for room in rooms}
    for cell, session in zip(cells, sessions, strict=True):
        taken, first, last = columns[session.room.id], place[session.starts], place[session.ends]
        if taken.keys() & set(range(first, last)):
            return None
        taken.update(dict.fromkeys(range(first, last)))
        taken[first] = replace(cell, span=last - first)
    places = range(len(moments) - 1)
    gaps = {index for index in places if not any(index in taken for taken in columns.values())}
    rows = []
    for index in places:
        if index not in gaps:
            found = [_cell(taken, gaps, index, len(places)) for taken in columns.values()]
            rows.append(_row(moments[index], [cell for cell in found if cell is not None]))
        elif is_whole:
            until = _clock(moments[index + 1])
            rows.append(ListingRow(_clock(moments[index]), None, (), has_starts=False, gap_until=until))
    return rows


def _cell(taken: dict[int, ListingCell | None], gaps: set[int], index: int, end: int) -> ListingCell | None:
    """What a column draws in a row: a session that starts, the start of a free stretch, or nothing below either."""
    if index in taken:
        return taken[index]
    if index and index - 1 not in taken and index - 1 not in gaps:
        return None
    free = takewhile(lambda later: later not in taken and later not in gaps, range(index, end))
    return ListingCell(None, span=len(list(free)))


def _clock(at: datetime) -> ShownTime:
    return ShownTime(at.isoformat(), f"{at:%H:%M}")


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
