"""Door sheets, from public facts only: of the newest release, or marked as not published; and how outdated it is."""

from collections.abc import Iterable
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
from expo.releases.snapshot import Session as PublicSession

TO_COME = "Title to be announced"


@dataclass(frozen=True)
class DoorEntry:
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
class DoorSheet:
    """One sheet: a room on a day."""

    room: str
    date: date
    entries: tuple[DoorEntry, ...]


@dataclass(frozen=True)
class DoorSheets:
    """All sheets in one zone, and the release they were taken from; before the first they are from the timetable."""

    sheets: tuple[DoorSheet, ...]
    time_zone: str
    release: int | None = None
    published_at: datetime | None = None


def door_sheets(edition: Edition, viewer: User, *, day: str = "", room: str = "") -> DoorSheets:
    """The sheets of all rooms and days, or of those asked for."""
    release = current(edition)
    if release is not None:
        program = program_of(release)
        sheets = _sheets(map(_published, program.sessions), program.about.zone, day, room)
        return DoorSheets(sheets, program.about.time_zone, release.number, release.published_at)
    hidden = wall(viewer, edition)
    planned = (_planned(row, hidden) for row in placed(edition))
    return DoorSheets(_sheets(planned, edition.zone, day, room), edition.time_zone)


def _published(session: PublicSession) -> DoorEntry:
    return DoorEntry(
        room=session.room.order,
        starts=session.starts,
        ends=session.ends,
        title=session.title,
        kind=session.format.name,
        kind_slug=session.format.slug,
        presenters=tuple(str(person) for person in session.presenters),
        sponsor=session.sponsor,
    )


def _planned(row: Session, hidden: Wall) -> DoorEntry:
    room, proposal = (row.room.position, row.room.name, row.room_id), row.proposal
    if hidden.hides(proposal):
        return DoorEntry(room, row.starts_at, row.ends_at, is_hidden=True)
    is_approved = proposal.public_text_approved_at is not None
    return DoorEntry(
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


def _sheets(entries: Iterable[DoorEntry], zone: ZoneInfo, day: str, room: str) -> tuple[DoorSheet, ...]:
    """By day, then by room in the edition's order; only those asked for."""

    def key(entry: DoorEntry) -> tuple[date, tuple[int, str, int]]:
        return entry.starts.astimezone(zone).date(), entry.room

    by_sheet = groupby(sorted(entries, key=lambda entry: (key(entry), entry.starts)), key)
    return tuple(
        DoorSheet(place[1], on, tuple(of_sheet))
        for (on, place), of_sheet in by_sheet
        if day in ("", on.isoformat()) and room in ("", str(place[2]))
    )


@dataclass(frozen=True)
class Outdated:
    """The newest release, and how many sessions have another place by now."""

    release: int
    sessions: int


def outdated(edition: Edition, viewer: User) -> Outdated | None:
    """How many sessions that the viewer may see are not where the newest release says; None before the first."""
    release = current(edition)
    if release is None:
        return None
    hidden = wall(viewer, edition)
    published = {each.id: (each.room.id, each.starts, each.ends) for each in program_of(release).sessions}
    moved = [
        session
        for session in placed(edition)
        if session.proposal_id in published
        and not hidden.hides(session.proposal)
        and published[session.proposal_id] != (session.room_id, session.starts_at, session.ends_at)
    ]
    return Outdated(release.number, len(moved))
