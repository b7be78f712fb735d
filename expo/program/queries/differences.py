"""What a run would change of the present timetable, session by session, and whom that touches."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from expo.editions.models import Edition
from expo.kit import display
from expo.proposals.models import Proposal
from expo.proposals.queries import Wall

from ..models import Session


@dataclass(frozen=True)
class MoveLine:
    """One session; `before` empty: it gets a place, `after` empty: it loses its place."""

    proposal: Proposal
    what: str
    before: str
    after: str
    presenters: tuple[str, ...]
    is_announced: bool


@dataclass(frozen=True)
class Differences:
    """What its presenters were told about comes first, then what loses its place, then what moves, then what is new."""

    lines: tuple[MoveLine, ...]

    @property
    def people(self) -> int:
        return len({(line.proposal.sponsor_id, name) for line in self.touching for name in line.presenters})

    @property
    def sponsors(self) -> tuple[str, ...]:
        return tuple(sorted({line.proposal.sponsor.name for line in self.touching}))

    @property
    def touching(self) -> tuple[MoveLine, ...]:
        """Those that have a place today."""
        return tuple(line for line in self.lines if line.before)


def differences(
    edition: Edition,
    present: dict[int, Session],
    rows: Iterable[dict[str, Any]],
    proposals: dict[int, Proposal],
    hidden: Wall,
) -> Differences:
    """From what stands to what a run proposes, without what is hidden."""
    rooms = {room.pk: room.name for room in edition.rooms.all()}
    then = {row["proposal"]: (row["room"], datetime.fromisoformat(row["starts_at"])) for row in rows}
    found = []
    for key, proposal in proposals.items():
        session, after = present.get(key), then.get(key)
        before = (session.room_id, session.starts_at) if session else None
        if before != after and not hidden.hides(proposal):
            found.append(_line(edition, proposal, session, before, after, rooms))
    return Differences(tuple(sorted(found, key=_rank)))


Standing = tuple[int, datetime] | None
ORDER = ("loses its place", "new time and room", "new time", "new room", "gets a place")


def _rank(line: MoveLine) -> tuple[bool, int, str, int]:
    return (not line.is_announced, ORDER.index(line.what), line.proposal.title, line.proposal.pk)


def _line(
    edition: Edition,
    proposal: Proposal,
    session: Session | None,
    before: Standing,
    after: Standing,
    rooms: dict[int, str],
) -> MoveLine:
    return MoveLine(
        proposal=proposal,
        what=_what(before, after),
        before=_told(edition, before, rooms),
        after=_told(edition, after, rooms),
        presenters=tuple(person.name for person in proposal.presenters.all()),
        is_announced=session is not None and hasattr(proposal, "slot"),
    )


def _what(before: Standing, after: Standing) -> str:
    if before is None or after is None:
        return "gets a place" if before is None else "loses its place"
    parts = (["time"] if before[1] != after[1] else []) + (["room"] if before[0] != after[0] else [])
    return f"new {' and '.join(parts)}"


def _told(edition: Edition, standing: Standing, rooms: dict[int, str]) -> str:
    if standing is None:
        return ""
    room, at = standing
    return f"{display.formatted(at.astimezone(edition.zone), 'short')}, {rooms.get(room, 'a room that is gone')}"
