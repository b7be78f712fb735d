"""Several sessions moved in time at once: all of them, or none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit.errors import Refused, WrongState
from expo.kit.policy import require
from expo.proposals.models import Proposal
from expo.proposals.queries import wall
from expo.proposals.services import require_answers

from ..models import Session
from .standing import Standing, changes, standing
from .writing import judged, set_stage, take_turn

SHIFTED = ["It was moved on the day, because a session ran late."]
HIDDEN = (
    "Something would have to move that you may not see, because of a conflict of interest. Another cochair can do this."
)
STALE = WrongState(
    "stale", "The timetable changed after you looked. Nothing was done; look at it as it is now, then decide again."
)


@dataclass(frozen=True)
class Stand:
    """Where a session is to stand in its room: from `starts_at`, so many minutes long after so many of set-up."""

    session: int
    version: int
    starts_at: datetime
    minutes: int
    setup: int


@transaction.atomic
def shift(*, by: User, edition: Edition, stands: Sequence[Stand], data: dict[str, Any] | None = None) -> Entry:
    """Give sessions other times in their rooms; PostgreSQL judges the whole. Starts may lie off the grid.

    The journal keeps one entry, `program.shifted`; its `changes` say how every session stood and stands.
    """
    require(by, "program.shift", edition)
    edition = take_turn(edition)
    sessions = _held(edition, stands)
    hidden = wall(by, edition)
    for session in sessions.values():
        if hidden.asks(session.proposal):
            require_answers(by, edition)
        require(by, "program.move", session, message=HIDDEN)
    before: dict[int, Standing] = {row.proposal_id: standing(row) for row in sessions.values()}
    with judged():
        for stand in stands:
            _write(sessions[stand.session], stand)
        set_stage(edition, sessions.values())
    made = changes(before, {row.proposal_id: standing(row) for row in sessions.values()})
    room = sessions[stands[0].session].room
    return record("program.shifted", by=by, target=room, edition_id=edition.pk, data={**(data or {}), "changes": made})


def _held(edition: Edition, stands: Iterable[Stand]) -> dict[int, Session]:
    """The sessions as they are now, locked; refuses what was decided on an old page."""
    wanted = {stand.session: stand.version for stand in stands}
    rows = Session.objects.select_for_update(of=("self",)).select_related("proposal__format", "room").order_by("id")
    found = {session.pk: session for session in rows.filter(edition=edition, pk__in=wanted)}
    if not wanted:
        raise Refused("nothing-to-shift", "No session would move, so there is nothing to do.")
    if {key: session.version for key, session in found.items()} != wanted:
        raise STALE
    for session in found.values():
        session.edition = session.proposal.edition = edition
    return found


def _write(session: Session, stand: Stand) -> None:
    """The new time; a new length is kept with the proposal, where the scheduler reads it.

    No format limits it here: on the day the clock decides how long a session took.
    """
    if stand.minutes != session.proposal.length:
        minutes = None if stand.minutes == session.proposal.format.minutes else stand.minutes
        Proposal.objects.filter(pk=session.proposal_id).update(minutes=minutes)
    session.stand(session.room_id, stand.starts_at, stand.minutes, stand.setup)
    session.run, session.why = None, SHIFTED
    session.version += 1
    session.save()
