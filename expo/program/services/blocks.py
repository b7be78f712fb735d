"""Rooms that are closed in the timetable, and opened again."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from expo.accounts.models import User
from expo.editions import services as editions
from expo.editions.models import Break, Edition, Room
from expo.journal.services import record
from expo.kit.errors import Refused
from expo.kit.policy import require
from expo.proposals.queries import wall
from expo.proposals.states import PLACEABLE

from ..models import Session
from .writing import take_turn

NAMED = 5


@transaction.atomic
def block(
    *,
    by: User,
    edition: Edition,
    name: str,
    starts_at: datetime,
    ends_at: datetime,
    room: Room | None = None,
    is_lost: bool = False,
    turn: Mapping[str, int] | None = None,
) -> Break:
    """Close a room (or all of them) for a while. Sessions in it stand in the way, unless the room is lost anyway:
    then they stay, are marked, and a repair finds them other places. `turn` marks an undo or redo in the journal.
    """
    require(by, "program.block", edition)
    edition = take_turn(edition)
    if not is_lost:
        _refuse_used(by, edition, room, starts_at, ends_at)
    pause = editions.close_room(by=by, edition=edition, name=name, room=room, starts_at=starts_at, ends_at=ends_at)
    record(
        "program.room_blocked", by=by, target=pause, data={"to": shape(pause) | {"is_lost": is_lost}} | dict(turn or {})
    )
    return pause


@transaction.atomic
def unblock(*, by: User, edition: Edition, pause: Break, turn: Mapping[str, int] | None = None) -> None:
    """Open a room again."""
    require(by, "program.block", edition)
    edition = take_turn(edition)
    editions.open_room(by=by, edition=edition, pause=pause)
    record(
        "program.room_unblocked",
        by=by,
        target=pause,
        data={"from": shape(pause) | {"is_lost": True}} | dict(turn or {}),
    )


def shape(pause: Break) -> dict[str, Any]:
    """A closed span as the journal keeps it."""
    return {
        "name": pause.name,
        "room": pause.room_id,
        "room_name": pause.room.name if pause.room else "",
        "starts_at": pause.starts_at.isoformat(),
        "ends_at": pause.ends_at.isoformat(),
    }


def _refuse_used(by: User, edition: Edition, room: Room | None, starts_at: datetime, ends_at: datetime) -> None:
    rows = Session.objects.filter(edition=edition, proposal__state__in=PLACEABLE)
    rows = rows.filter(starts_at__lt=ends_at, ends_at__gt=starts_at).select_related("proposal")
    found = list(rows if room is None else rows.filter(room=room))
    if not found:
        return
    hidden = wall(by, edition)
    titles = [f"“{row.proposal.title}”" for row in found if not hidden.hides(row.proposal)]
    raise Refused(
        "in-the-way",
        f"{_listed(titles, len(found))} {'stands' if len(found) == 1 else 'stand'} there then. Move what is in the way "
        "first, or say that the room is lost anyway: then the sessions are marked, and a repair finds them other "
        "places.",
        field="is_lost",
    )


def _listed(titles: Collection[str], count: int) -> str:
    named = list(titles)[:NAMED]
    rest = count - len(named)
    more = [f"{rest} more"] if rest and named else [f"{rest} hidden {'session' if rest == 1 else 'sessions'}"]
    parts = [*named, *(more if rest else [])]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
