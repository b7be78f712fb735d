"""Breaks in the timetable: add and remove them, for one room or for all."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Break, Edition, Room
from expo.editions.services import days
from expo.journal.services import record
from expo.kit.errors import Refused
from expo.kit.policy import require
from expo.kit.text import counted, listed
from expo.proposals.queries.conflict_wall import wall
from expo.proposals.states import PLACEABLE

from ..models import Session
from .sessions import lock_timetable

MOST_NAMED = 5


@transaction.atomic
def add(
    *,
    by: User,
    edition: Edition,
    name: str,
    starts_at: datetime,
    ends_at: datetime,
    room: Room | None = None,
    is_lost: bool = False,
    mark: Mapping[str, int] | None = None,
) -> Break:
    """Let a room (or all of them) hold no session for a while. Sessions in it are in the way, unless the room is
    unavailable (`is_lost`): then they stay, are flagged, and a repair looks for other slots.

    `mark` tells an undo or redo in the journal.
    """
    require(by, "program.block", edition)
    edition = lock_timetable(edition)
    rows = Session.objects.filter(edition=edition, proposal__state__in=PLACEABLE)
    rows = rows.filter(starts_at__lt=ends_at, ends_at__gt=starts_at).select_related("proposal")
    inside = [] if is_lost else list(rows if room is None else rows.filter(room=room))
    if inside:
        hidden = wall(by, edition)
        titles = [f"“{row.proposal.title}”" for row in inside if not hidden.hides(row.proposal)][:MOST_NAMED]
        if rest := len(inside) - len(titles):
            titles.append(f"{rest} more" if titles else counted(rest, "hidden session"))
        raise Refused(
            "in-the-way",
            f"{listed(titles)} {'is' if len(inside) == 1 else 'are'} scheduled there then. Move what is in the way "
            "first, or tick that the room is unavailable: then the sessions are flagged, and a repair looks for "
            "other slots.",
            field="is_lost",
        )
    break_ = days.add_break(by=by, edition=edition, name=name, room=room, starts_at=starts_at, ends_at=ends_at)
    data = {"to": shape(break_) | {"is_lost": is_lost}} | dict(mark or {})
    record("program.room_blocked", by=by, target=break_, data=data)
    return break_


@transaction.atomic
def remove(*, by: User, edition: Edition, break_: Break, mark: Mapping[str, int] | None = None) -> None:
    """Let the room hold sessions again."""
    require(by, "program.block", edition)
    edition = lock_timetable(edition)
    days.cancel_break(by=by, edition=edition, break_=break_)
    data = {"from": shape(break_) | {"is_lost": True}} | dict(mark or {})
    record("program.room_unblocked", by=by, target=break_, data=data)


def shape(break_: Break) -> dict[str, Any]:
    """A break as the journal keeps it."""
    return {
        "name": break_.name,
        "room": break_.room_id,
        "room_name": break_.room.name if break_.room else "",
        "starts_at": break_.starts_at.isoformat(),
        "ends_at": break_.ends_at.isoformat(),
    }
