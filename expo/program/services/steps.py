"""Undo and redo: a chair's own last step, put back from the journal if nobody has built on it since."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Break, Edition, Room
from expo.kit.errors import Refused, WrongState
from expo.kit.policy import require

from ..queries.history import TimetableStep, undo_redo
from . import blocks
from .turning import mark, turn_sessions
from .writing import take_turn

NOTHING = {
    "undo": "There is nothing of yours to undo in this timetable. Move, place or pin something first.",
    "redo": "There is nothing to do again: you have undone nothing since your last step.",
}


@transaction.atomic
def undo(*, by: User, edition: Edition, step: int | None = None) -> TimetableStep:
    """Take back the chair's last step; `step` is the one they were shown."""
    return _turned(by, edition, step, "undo")


@transaction.atomic
def redo(*, by: User, edition: Edition, step: int | None = None) -> TimetableStep:
    """Do again what the chair undid last."""
    return _turned(by, edition, step, "redo")


def _turned(by: User, edition: Edition, step: int | None, way: str) -> TimetableStep:
    require(by, "program.step", edition)
    edition = take_turn(edition)
    last = undo_redo(edition, by)
    found = last.undo if way == "undo" else last.redo
    if found is None:
        raise WrongState(f"nothing-to-{way}", NOTHING[way])
    if step is not None and found.id != step:
        raise Refused("stale", "You have done something else since this page was read. Look again, then send it again.")
    if found.pause is not None:
        _turn_room(by, edition, found, way)
    else:
        turn_sessions(by, edition, found, way)
    return found


def _turn_room(by: User, edition: Edition, step: TimetableStep, way: str) -> None:
    """Close or open a room again; a closed span is known by its name, room and hours."""
    assert step.pause is not None  # noqa: S101 - the caller asked
    now, then = step.pause[::-1] if way == "undo" else step.pause
    if now is not None:
        pause = Break.objects.filter(edition=edition, **_hours(now), room=now["room"]).first()
        if pause is None:
            raise Refused("changed-since", f"“{now['name']}” is not closed any more as you left it. Look again.")
        blocks.unblock(by=by, edition=edition, pause=pause, turn=mark(step, way))
    if then is not None:
        room = Room.objects.filter(edition=edition, pk=then["room"]).first()
        if then["room"] is not None and room is None:
            raise Refused("changed-since", f"{then['room_name']} is no longer a room of this edition.")
        lost = bool(then.get("is_lost"))
        blocks.block(by=by, edition=edition, room=room, is_lost=lost, **_hours(then), turn=mark(step, way))


def _hours(shape: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": shape["name"]} | {key: datetime.fromisoformat(shape[key]) for key in ("starts_at", "ends_at")}
