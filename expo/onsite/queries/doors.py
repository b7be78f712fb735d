"""Door sheets: what hangs at a door for a day. Only public facts: of the newest release, or marked as not published."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.program.models import Session
from expo.program.queries.sessions import placed
from expo.proposals.queries.conflict_wall import Wall, wall
from expo.releases.queries import current, program_of
from expo.releases.snapshot import Session as Public

TO_COME = "Title to be announced"


@dataclass(frozen=True)
class Line:
    """A session as the public reads it; behind the viewer's wall, and not published, only its time."""

    room: tuple[int, str, int]
    starts: datetime
    ends: datetime
    title: str = ""
    kind: str = ""
    kind_slug: str = ""
    presenters: tuple[str, ...] = ()
    sponsor: str = ""
    is_hidden: bool = False


@dataclass(frozen=True)
class Door:
    """One sheet: a room on a day."""

    room: str
    date: date
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Doors:
    """All sheets in one zone, and the release they were taken from; before the first they are from the timetable."""

    sheets: tuple[Door, ...]
    time_zone: str
    release: int | None = None
    published_at: datetime | None = None


def doors(edition: Edition, viewer: User, *, day: str = "", room: str = "") -> Doors:
    """The sheets of all rooms and days, or of those asked for."""
    release = current(edition)
    if release is not None:
        program = program_of(release)
        sheets = _sheets(map(_published, program.sessions), program.about.zone, day, room)
        return Doors(sheets, program.about.time_zone, release.number, release.published_at)
    hidden = wall(viewer, edition)
    planned = (_planned(row, hidden) for row in placed(edition))
    return Doors(_sheets(planned, edition.zone, day, room), edition.time_zone)


def _published(session: Public) -> Line:
    return Line(
        room=session.room.order,
        starts=session.starts,
        ends=session.ends,
        title=session.title,
        kind=session.format.name,
        kind_slug=session.format.slug,
        presenters=tuple(str(person) for person in session.presenters),
        sponsor=session.sponsor,
    )


def _planned(row: Session, hidden: Wall) -> Line:
    room, proposal = (row.room.position, row.room.name, row.room_id), row.proposal
    if hidden.hides(proposal):
        return Line(room, row.starts_at, row.ends_at, is_hidden=True)
    is_approved = proposal.public_text_approved_at is not None
    return Line(
        room=room,
        starts=row.starts_at,
        ends=row.ends_at,
        title=(proposal.public_title.strip() if is_approved else "") or TO_COME,
        kind=proposal.format.name,
        kind_slug=proposal.format.slug,
        presenters=tuple(
            f"{each.name} ({each.affiliation})" if each.affiliation else each.name for each in proposal.presenters.all()
        ),
        sponsor=proposal.sponsor.name,
    )


def _sheets(lines: Iterable[Line], zone: ZoneInfo, day: str, room: str) -> tuple[Door, ...]:
    """By day, then by room in the house's order."""

    def key(line: Line) -> tuple[date, tuple[int, str, int]]:
        return line.starts.astimezone(zone).date(), line.room

    found = groupby(sorted(lines, key=lambda line: (key(line), line.starts)), key)
    return tuple(Door(place[1], on, tuple(held)) for (on, place), held in _asked(found, day, room))


def _asked(
    found: Iterable[tuple[tuple[date, tuple[int, str, int]], Iterator[Line]]], day: str, room: str
) -> Iterator[tuple[tuple[date, tuple[int, str, int]], list[Line]]]:
    for (on, place), held in found:
        lines = list(held)
        if day in ("", on.isoformat()) and room in ("", str(place[2])):
            yield (on, place), lines
