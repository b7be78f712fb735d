"""Moves by hand. Every one is checked by the rules, then by PostgreSQL; every refusal is a sentence."""

from contextlib import suppress
from datetime import datetime

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Room
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit.errors import Refused, WrongState
from expo.kit.policy import require
from expo.proposals.models import Proposal
from expo.proposals.services import agree_length
from expo.proposals.states import PLACEABLE

from ..models import Session, Slot
from ..queries.problem import minute
from ..queries.sessions import writable
from ..queries.surroundings import WantedPlacement
from ..solver import Place
from .seating import require_own, seat, taken
from .standing import differing, note, standing
from .writing import follow_stage, take_turn


@transaction.atomic
def move(*, by: User, session: Session, room: Room, starts_at: datetime, version: int) -> Session:
    """Put a session elsewhere, unless a rule or another session stands against it."""
    require(by, "program.move", session)
    session, edition = taken(session, version)
    require_own(edition, room)
    before = standing(session)
    want = WantedPlacement(session.proposal_id, Place(room.pk, minute(starts_at)), session.proposal.length)
    seat(by, edition, [(session, want)])
    if differing(before, standing(session)):
        note(by, session, before, standing(session))
    return session


@transaction.atomic
def resize(*, by: User, session: Session, minutes: int, version: int) -> Session:
    """Let a placed session take longer or shorter, as far as its format allows and nothing stands behind it."""
    require(by, "program.move", session)
    session, edition = taken(session, version)
    before = standing(session)
    if before["minutes"] == minutes:
        return session
    agree_length(by=by, proposal=session.proposal, minutes=minutes)
    place = Place(session.room_id, minute(session.starts_at))
    seat(by, edition, [(session, WantedPlacement(session.proposal_id, place, minutes))])
    note(by, session, before, standing(session))
    return session


@transaction.atomic
def place(*, by: User, proposal: Proposal, room: Room, starts_at: datetime) -> Session:
    """Give an accepted proposal a place."""
    require(by, "program.place", proposal)
    edition = take_turn(proposal.edition)
    require_own(edition, room)
    proposal = Proposal.objects.select_for_update(of=("self",)).select_related("edition", "format").get(pk=proposal.pk)
    if proposal.state not in PLACEABLE:
        raise WrongState("not-accepted", "Only accepted sessions get a place, and this one is not accepted any more.")
    if Session.objects.filter(proposal=proposal).exists():
        raise WrongState("already-placed", "This session has a place already. Open it in the timetable to move it.")
    session = Session(edition=edition, proposal=proposal, version=0)
    want = WantedPlacement(proposal.pk, Place(room.pk, minute(starts_at)), proposal.length)
    seat(by, edition, [(session, want)])
    note(by, session, None, standing(session))
    return session


@transaction.atomic
def unplace(*, by: User, session: Session, version: int) -> Proposal:
    """Take a session out of the timetable; it waits at the side again."""
    require(by, "program.move", session)
    session, _ = taken(session, version)
    note(by, session, standing(session), None)
    proposal = session.proposal
    session.delete()
    return proposal


@transaction.atomic
def pin(*, by: User, session: Session, pinned: bool, version: int) -> Session:
    """Keep a session where it is in every run, or let go of it again."""
    require(by, "program.move", session)
    session, _ = taken(session, version)
    if session.is_pinned == pinned:
        return session
    before = standing(session)
    session.is_pinned = pinned
    session.version += 1
    session.save(update_fields=["is_pinned", "version"])
    note(by, session, before, standing(session))
    return session


@transaction.atomic
def free_withdrawn(entry: Entry) -> None:
    """React to a withdrawal: the place is free again. A proposal that came back meanwhile keeps it."""
    Slot.objects.filter(proposal=entry.proposal_id or 0).exclude(proposal__state__in=PLACEABLE).delete()
    gone = Session.objects.select_for_update(of=("self",)).select_related("proposal", "room")
    session = gone.filter(proposal=entry.proposal_id or 0).exclude(proposal__state__in=PLACEABLE).first()
    if session is None:
        return
    record("program.session_freed", by=None, target=session, data={"from": standing(session)})
    session.delete()


@transaction.atomic
def place_restored(entry: Entry) -> None:
    """React to an undone withdrawal: its room and time again, if nothing stands against them; else it waits."""
    freed = Entry.objects.filter(fact="program.session_freed", proposal_id=entry.proposal_id).order_by("id").last()
    proposal = Proposal.objects.select_related("edition").filter(pk=entry.proposal_id or 0).first()
    if freed is None or proposal is None or entry.actor is None:
        return
    place_before = freed.data["from"]
    room = Room.objects.filter(edition=proposal.edition, pk=place_before["room"]).first()
    if room is None:
        return
    with suppress(Refused), transaction.atomic():
        starts_at = datetime.fromisoformat(place_before["starts_at"])
        place(by=entry.actor, proposal=proposal, room=room, starts_at=starts_at)


@transaction.atomic
def follow_presenters(entry: Entry) -> None:
    """React to new presenters: who is on stage follows. Of somebody who is in two places the timetable tells."""
    session = Session.objects.filter(proposal=entry.proposal_id or 0).select_related("edition").first()
    if session is None or not writable(session.edition):
        return
    edition = take_turn(session.edition)
    found = Session.objects.select_for_update(of=("self",)).select_related("room").filter(pk=session.pk).first()
    if found is not None:
        follow_stage(edition, found)
