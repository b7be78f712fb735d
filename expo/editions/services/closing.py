"""Rooms that are closed for a while: what cochairs may change of the set-up while they build the timetable."""

from datetime import datetime

from django.db import transaction

from expo.accounts.models import User
from expo.kit.errors import WrongState
from expo.kit.policy import require

from ..models import Break, Edition, Room
from . import common
from .common import refuse_if
from .days import refuse_outside


@transaction.atomic
def close_room(
    *, by: User, edition: Edition, name: str, starts_at: datetime, ends_at: datetime, room: Room | None = None
) -> Break:
    """Keep one room (or all) free of sessions in this span, and say what for."""
    require(by, "editions.close_room", edition)
    edition = common.locked(edition)
    refuse_if(ends_at <= starts_at, "ends-before-start", "It must end after it starts.", "ends_at")
    refuse_outside(edition, starts_at, ends_at)
    name, room = common.checked_name(name, "name", 60), common.own(Room, edition, room)
    taken = Break.objects.filter(edition=edition, room=room, starts_at__lt=ends_at, ends_at__gt=starts_at).first()
    refuse_if(taken is not None, "closed-already", f"It is closed then already, for “{taken}”. Choose another time.")
    saved = Break.objects.create(edition=edition, name=name, room=room, starts_at=starts_at, ends_at=ends_at)
    common.note("editions.room_closed", by, saved, starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat())
    return saved


@transaction.atomic
def open_room(*, by: User, edition: Edition, pause: Break) -> None:
    """Take sessions again in a span that was closed."""
    require(by, "editions.close_room", edition)
    edition = common.locked(edition)
    found = Break.objects.select_for_update(of=("self",)).filter(edition=edition, pk=pause.pk).first()
    if found is None:
        raise WrongState("open-already", "It is open again already. Reload the timetable to see what changed.")
    common.note("editions.room_opened", by, found)
    found.delete()
