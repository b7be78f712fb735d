"""Moves by hand. Every one is checked by the rules, then by PostgreSQL; every refusal is a sentence."""

from datetime import datetime

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition, Room
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit.errors import Invalid, NotAllowed, Refused, WrongState
from expo.kit.policy import require
from expo.proposals.models import Proposal
from expo.proposals.states import PLACEABLE

from ..models import Session
from ..queries import snapshot
from ..solver import Problem
from ..solver.candidates import track_in
from .refusals import Attempt, refuse_bad_place
from .writing import judged, set_stage, take_turn

BY_HAND = ["A chair put it here by hand."]
GONE = "This session is no longer in the timetable. Go back to the timetable to see what changed."


@transaction.atomic
def move(*, by: User, session: Session, room: Room, starts_at: datetime, version: int) -> Session:
    """Put a session elsewhere, unless a rule or another session stands against it."""
    require(by, "program.move", session)
    session, edition = _taken(by, session, version)
    before = _place_data(session)
    _settle(by, edition, session, room, starts_at)
    after = _place_data(session)
    if before != after:
        record("program.session_moved", by=by, target=session, data={"from": before, "to": after})
    return session


@transaction.atomic
def place(*, by: User, proposal: Proposal, room: Room, starts_at: datetime) -> Session:
    """Give an accepted proposal a place."""
    require(by, "program.place", proposal)
    edition = take_turn(proposal.edition)
    proposal = Proposal.objects.select_for_update(of=("self",)).select_related("edition", "format").get(pk=proposal.pk)
    if proposal.state not in PLACEABLE:
        raise WrongState("not-accepted", "Only accepted sessions get a place, and this one is not accepted any more.")
    if Session.objects.filter(proposal=proposal).exists():
        raise WrongState("already-placed", "This session has a place already. Open it in the timetable to move it.")
    session = Session(edition=edition, proposal=proposal, version=0)
    _settle(by, edition, session, room, starts_at)
    record("program.session_placed", by=by, target=session, data={"to": _place_data(session)})
    return session


@transaction.atomic
def unplace(*, by: User, session: Session, version: int) -> Proposal:
    """Take a session out of the timetable; it waits at the side again."""
    require(by, "program.move", session)
    session, _ = _taken(by, session, version)
    record("program.session_unplaced", by=by, target=session, data={"from": _place_data(session)})
    proposal = session.proposal
    session.delete()
    return proposal


@transaction.atomic
def pin(*, by: User, session: Session, pinned: bool, version: int) -> Session:
    """Keep a session where it is in every run, or let go of it again."""
    require(by, "program.move", session)
    session, _ = _taken(by, session, version)
    if session.is_pinned == pinned:
        return session
    session.is_pinned = pinned
    session.version += 1
    session.save(update_fields=["is_pinned", "version"])
    record("program.session_pinned" if pinned else "program.session_unpinned", by=by, target=session)
    return session


@transaction.atomic
def free_withdrawn(entry: Entry) -> None:
    """React to a withdrawal: the place is free again. A proposal that came back meanwhile keeps it."""
    gone = Session.objects.select_for_update(of=("self",)).select_related("proposal", "room")
    session = gone.filter(proposal=entry.proposal_id or 0).exclude(proposal__state__in=PLACEABLE).first()
    if session is None:
        return
    record("program.session_freed", by=None, target=session, data={"from": _place_data(session)})
    session.delete()


def _taken(by: User, session: Session, version: int) -> tuple[Session, Edition]:
    """The session as it is now, in this person's turn; refuses what they decided on an old page."""
    edition = take_turn(session.edition)
    rows = Session.objects.select_for_update(of=("self",)).select_related("proposal__format", "proposal__track", "room")
    found = rows.filter(pk=session.pk).first()
    if found is None:
        raise WrongState("session-gone", GONE)
    if found.version != version:
        raise Refused(
            "stale",
            "Somebody changed this session after you opened it. What you chose is kept below; look at where it "
            "stands now, then send it again.",
        )
    found.edition = found.proposal.edition = edition
    return found, edition


def _settle(by: User, edition: Edition, session: Session, room: Room, starts_at: datetime) -> None:
    """Check, write and let PostgreSQL judge; a rule of the setup that forbids the place says so."""
    if room.edition_id != edition.pk:
        raise NotAllowed("not-allowed", "This room is not part of the edition.", field="room")
    seen = snapshot(edition)
    refuse_bad_place(Attempt(by, edition, session.proposal, room, starts_at), seen)
    session.room = room
    session.stand(room.pk, starts_at, session.proposal.length, session.proposal.format.setup_minutes)
    session.track_id = _track(seen.problem, session.proposal_id, room)
    session.run, session.why = None, BY_HAND
    session.version += 1
    with judged():
        session.save()
        set_stage(edition, [session])


def _track(problem: Problem, proposal: int, room: Room) -> int:
    track = track_in(problem, problem.item[proposal], room.pk)
    if track is None:
        raise Invalid("wrong-track", f"{room} holds no track that takes this session.", field="room")
    return track.id


def _place_data(session: Session) -> dict[str, str | int]:
    return {"room": session.room_id, "room_name": session.room.name, "starts_at": session.starts_at.isoformat()}
