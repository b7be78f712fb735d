"""Changes of the timetable by hand: every one is checked by the rules, then by PostgreSQL; every refusal is a sentence.

First what they share (the lock, the constraints, the journal's entries), then the verbs, then reactions to facts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, connection, transaction

from expo.accounts.models import User
from expo.editions.models import Edition, Room
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit.errors import Invalid, NotAllowed, Refused, WrongState
from expo.kit.policy import require
from expo.proposals.models import Presenter, Proposal
from expo.proposals.queries.conflict_wall import wall
from expo.proposals.services.claim_answers import require_answers
from expo.proposals.services.constraints import agree_length
from expo.proposals.states import PLACEABLE

from ..models import OnStage, Session, Slot
from ..queries.conflicts import BrokenRule, broken_rules
from ..queries.problem import minute, moment
from ..queries.sessions import writable
from ..queries.surroundings import Surroundings, WantedPlacement, surroundings
from ..rule_texts import unnamed_sentence
from ..solver.candidates import track_in
from ..solver.problem import Place

CONSTRAINTS = "session_room_holds_one, on_stage_one_place, on_stage_in_reach"
#: The rule of the scheduler that each constraint holds.
VIOLATED = {"session_room_holds_one": "room-taken", "on_stage_in_reach": "too-far", "on_stage_one_place": "on-stage"}
GONE = "This session is no longer in the timetable. Go back to the timetable to see what changed."
STALE = (
    "Somebody changed this session after you opened it. What you chose is kept below; check where it is now, then send "
    "it again."
)
STALE_TIMETABLE = WrongState(
    "stale", "The timetable changed after you looked. Nothing was done; look at it as it is now, then decide again."
)
HIDDEN = (
    "Something would have to move that you may not see, because of a conflict of interest. Another cochair can do this."
)
PLACED_BY_HAND = ["A chair put it here by hand."]
MOVED_ON_THE_DAY = ["It was moved on the day, because a session ran late."]

#: Room, start, length and pin as the journal keeps them, enough to put the session back; None: it is unscheduled.
Placement = Mapping[str, Any] | None


def lock_timetable(edition: Edition) -> Edition:
    """Lock the timetable of this edition until the transaction ends; only its phase can forbid the change."""
    edition = Edition.objects.select_for_update(no_key=True).get(pk=edition.pk)
    if not writable(edition):
        raise WrongState("edition-archived", "This edition is archived, so its timetable no longer changes.")
    return edition


@contextmanager
def enforce_constraints() -> Iterator[None]:
    """Write inside; the exclusion constraints are checked at the end, and a violation becomes a refusal."""
    try:
        with transaction.atomic():
            yield
            with connection.cursor() as cursor:
                cursor.execute(f"SET CONSTRAINTS {CONSTRAINTS} IMMEDIATE")
                cursor.execute(f"SET CONSTRAINTS {CONSTRAINTS} DEFERRED")
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
        if name in VIOLATED:
            raise Refused(VIOLATED[name], unnamed_sentence(VIOLATED[name])) from error
        changed = "Something this needs has been changed or removed in the meantime. Reload and try again."
        raise Refused("changed-meanwhile", changed) from error


def lock_current(session: Session, version: int, edition: Edition | None = None) -> tuple[Session, Edition]:
    """The session as it is now, and its locked edition; refuses what was decided on an old page."""
    edition = edition or lock_timetable(session.edition)
    rows = Session.objects.select_for_update(of=("self",)).select_related("proposal__format", "proposal__track", "room")
    current = rows.filter(pk=session.pk).first()
    if current is None:
        raise WrongState("session-gone", GONE)
    if current.version != version:
        raise Refused("stale", STALE)
    current.edition = current.proposal.edition = edition
    return current, edition


def check_places(by: User, edition: Edition, *targets: WantedPlacement) -> Surroundings:
    """The surroundings with these places taken; refuses with everything that speaks against one of them."""
    around, hidden = surroundings(edition, targets), wall(by, edition)
    for target in targets:
        if target.place is not None:
            refuse_broken_rules(broken_rules(around, target.proposal, hidden))
    return around


def refuse_broken_rules(broken: tuple[BrokenRule, ...]) -> None:
    """Raise what speaks against a place, if anything does; the weightiest comes first and gives the code."""
    if broken:
        kind = Refused if broken[0].code in ("room-taken", "on-stage") else Invalid
        raise kind(broken[0].code, " ".join(each.text for each in broken), field=broken[0].field)


def place_sessions(
    by: User,
    edition: Edition,
    targets: Iterable[tuple[Session, WantedPlacement]],
    leaving: Iterable[WantedPlacement] = (),
) -> None:
    """Check and write places, all at once; `leaving` are sessions that the caller takes out."""
    pairs = list(targets)
    around = check_places(by, edition, *(target for _, target in pairs), *leaving)
    for session, target in pairs:
        if target.place is None:
            continue
        item = around.sessions[session.proposal_id].item
        session.room = around.rooms[target.place.room]
        track = track_in(around.problem, item, target.place.room)
        if track is None:
            raise Invalid("wrong-track", f"{session.room} holds no track that takes this session.", field="room")
        session.move_to(target.place.room, moment(target.place.start), item.minutes, item.setup)
        session.track_id = track.id
        session.run, session.why = None, PLACED_BY_HAND
        session.version += 1
    with enforce_constraints():
        for session, _ in pairs:
            session.save()
        write_on_stage(edition, [session for session, _ in pairs])


def write_on_stage(edition: Edition, sessions: Iterable[Session]) -> None:
    """Write who is on stage when, from the present presenters."""
    rows = {session.proposal_id: session for session in sessions}
    OnStage.objects.filter(session__in=[session.pk for session in rows.values()]).delete()
    people = Presenter.objects.filter(proposal__in=rows.keys()).exclude(email="").order_by("id")
    OnStage.objects.bulk_create(_on_stage(rows[person.proposal_id], person, edition) for person in people)


def _on_stage(session: Session, person: Presenter, edition: Edition) -> OnStage:
    return OnStage(
        edition=edition,
        session=session,
        person=person.person,
        area=session.room.area or f"#{session.room_id}",
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        rested_at=session.ends_at + timedelta(minutes=edition.rest_minutes),
        reached_at=session.ends_at + timedelta(minutes=max(edition.rest_minutes, edition.walk_minutes)),
    )


def placement(session: Session) -> dict[str, Any]:
    """Where a session is. What its presenters were notified of stays with the proposal."""
    minutes = (session.ends_at - session.starts_at).total_seconds() / 60
    return {
        "room": session.room_id,
        "room_name": session.room.name,
        "starts_at": session.starts_at.isoformat(),
        "minutes": round(minutes),
        "pinned": session.is_pinned,
    }


def placements(edition: Edition) -> dict[int, Placement]:
    """Every session of the edition by its proposal."""
    rows = Session.objects.filter(edition=edition).select_related("room").order_by("id")
    return {row.proposal_id: placement(row) for row in rows}


def differences(one: Placement, other: Placement) -> set[str]:
    """The facts in which two placements differ; all of them when only one of the two is scheduled."""
    facts = {"room", "starts_at", "minutes", "pinned"}
    if one is None or other is None:
        return facts if one is not other else set()
    return {fact for fact in facts if one.get(fact) != other.get(fact)}


def placement_changes(before: dict[int, Placement], after: dict[int, Placement]) -> list[dict[str, Any]]:
    """What became different, as the journal keeps it for a step that touches many sessions."""
    return [
        {"proposal": key, "from": before.get(key), "to": after.get(key)}
        for key in sorted(before.keys() | after.keys())
        if differences(before.get(key), after.get(key))
    ]


def record_change(by: User, session: Session, before: Placement, after: Placement, **more: Any) -> None:
    """Record what became of one session; a conflict with its proposal hides the entry."""
    if before is None:
        verb = "placed"
    elif after is None:
        verb = "unplaced"
    elif (changed := differences(before, after)) & {"room", "starts_at"}:
        verb = "moved"
    elif "minutes" in changed:
        verb = "resized"
    else:
        verb = "pinned" if after["pinned"] else "unpinned"
    shapes = {"from": before, "to": after}
    data = {key: shape for key, shape in shapes.items() if shape is not None} | more
    record(f"program.session_{verb}", by=by, target=session, data=data)


def _require_own_room(edition: Edition, room: Room) -> None:
    if room.edition_id != edition.pk:
        raise NotAllowed("not-allowed", "This room is not part of the edition.", field="room")


@transaction.atomic
def move(*, by: User, session: Session, room: Room, starts_at: datetime, version: int) -> Session:
    """Put a session elsewhere, unless a rule or another session forbids it."""
    require(by, "program.move", session)
    session, edition = lock_current(session, version)
    _require_own_room(edition, room)
    before = placement(session)
    target = WantedPlacement(session.proposal_id, Place(room.pk, minute(starts_at)), session.proposal.length)
    place_sessions(by, edition, [(session, target)])
    if differences(before, placement(session)):
        record_change(by, session, before, placement(session))
    return session


@transaction.atomic
def resize(*, by: User, session: Session, minutes: int, version: int) -> Session:
    """Let a scheduled session take longer or shorter, as far as its format allows and nothing follows too soon."""
    require(by, "program.move", session)
    session, edition = lock_current(session, version)
    before = placement(session)
    if before["minutes"] == minutes:
        return session
    agree_length(by=by, proposal=session.proposal, minutes=minutes)
    here = Place(session.room_id, minute(session.starts_at))
    place_sessions(by, edition, [(session, WantedPlacement(session.proposal_id, here, minutes))])
    record_change(by, session, before, placement(session))
    return session


@transaction.atomic
def place(*, by: User, proposal: Proposal, room: Room, starts_at: datetime) -> Session:
    """Schedule an accepted proposal."""
    require(by, "program.place", proposal)
    edition = lock_timetable(proposal.edition)
    _require_own_room(edition, room)
    proposal = Proposal.objects.select_for_update(of=("self",)).select_related("edition", "format").get(pk=proposal.pk)
    if proposal.state not in PLACEABLE:
        raise WrongState("not-accepted", "Only accepted sessions are scheduled, and this one is not accepted any more.")
    if Session.objects.filter(proposal=proposal).exists():
        raise WrongState("already-placed", "This session is scheduled already. Open it in the timetable to move it.")
    session = Session(edition=edition, proposal=proposal, version=0)
    target = WantedPlacement(proposal.pk, Place(room.pk, minute(starts_at)), proposal.length)
    place_sessions(by, edition, [(session, target)])
    record_change(by, session, None, placement(session))
    return session


@transaction.atomic
def unplace(*, by: User, session: Session, version: int) -> Proposal:
    """Take a session out of the timetable; it is unscheduled again."""
    require(by, "program.move", session)
    session, _ = lock_current(session, version)
    record_change(by, session, placement(session), None)
    proposal = session.proposal
    session.delete()
    return proposal


@transaction.atomic
def pin(*, by: User, session: Session, pinned: bool, version: int) -> Session:
    """Keep a session where it is in every run, or stop doing so."""
    require(by, "program.move", session)
    session, _ = lock_current(session, version)
    if session.is_pinned == pinned:
        return session
    before = placement(session)
    session.is_pinned = pinned
    session.version += 1
    session.save(update_fields=["is_pinned", "version"])
    record_change(by, session, before, placement(session))
    return session


@transaction.atomic
def swap(*, by: User, session: Session, other: Session, version: int, other_version: int) -> tuple[Session, Session]:
    """Let two sessions exchange room and start; each keeps its own length, and both must fit or neither moves."""
    require(by, "program.move", session)
    require(by, "program.move", other)
    if session.edition_id != other.edition_id:
        raise Invalid("other-edition", "Sessions of two editions cannot be swapped. Choose one of this edition.")
    if session.pk == other.pk:
        raise WrongState("same-session", "A session cannot be swapped with itself. Choose another one.")
    edition = lock_timetable(session.edition)
    one, _ = lock_current(session, version, edition)
    two, _ = lock_current(other, other_version, edition)
    before = placement(one), placement(two)
    place_sessions(by, edition, [(one, _at_place_of(two, one)), (two, _at_place_of(one, two))])
    step = uuid4().hex
    record_change(by, one, before[0], placement(one), step=step)
    record_change(by, two, before[1], placement(two), step=step)
    return one, two


def _at_place_of(other: Session, session: Session) -> WantedPlacement:
    return WantedPlacement(session.proposal_id, Place(other.room_id, minute(other.starts_at)), session.proposal.length)


@dataclass(frozen=True)
class SessionTime:
    """When a session is to be in its room: from `starts_at`, so many minutes long after so many of set-up."""

    session: int
    version: int
    starts_at: datetime
    minutes: int
    setup: int


@transaction.atomic
def shift(*, by: User, edition: Edition, times: Sequence[SessionTime], data: dict[str, Any] | None = None) -> Entry:
    """Give sessions other times in their rooms, all of them or none. Starts may lie off the grid.

    The journal keeps one entry, `program.shifted`; its `changes` say where every session was and is.
    No format limits a length here: on the day the clock decides how long a session took.
    """
    require(by, "program.shift", edition)
    edition = lock_timetable(edition)
    sessions = _lock_shifted(edition, times)
    hidden = wall(by, edition)
    for session in sessions.values():
        if hidden.asks(session.proposal):
            require_answers(by, edition)
        require(by, "program.move", session, message=HIDDEN)
    before: dict[int, Placement] = {row.proposal_id: placement(row) for row in sessions.values()}
    with enforce_constraints():
        for time in times:
            session = sessions[time.session]
            if time.minutes != session.proposal.length:  # kept with the proposal, where the scheduler reads it
                minutes = None if time.minutes == session.proposal.format.minutes else time.minutes
                Proposal.objects.filter(pk=session.proposal_id).update(minutes=minutes)
            session.move_to(session.room_id, time.starts_at, time.minutes, time.setup)
            session.run, session.why = None, MOVED_ON_THE_DAY
            session.version += 1
            session.save()
        write_on_stage(edition, sessions.values())
    changes = placement_changes(before, {row.proposal_id: placement(row) for row in sessions.values()})
    room = sessions[times[0].session].room
    return record(
        "program.shifted", by=by, target=room, edition_id=edition.pk, data={**(data or {}), "changes": changes}
    )


def _lock_shifted(edition: Edition, times: Iterable[SessionTime]) -> dict[int, Session]:
    """The sessions as they are now, locked; refuses what was decided on an old page."""
    versions = {time.session: time.version for time in times}
    rows = Session.objects.select_for_update(of=("self",)).select_related("proposal__format", "room").order_by("id")
    sessions = {session.pk: session for session in rows.filter(edition=edition, pk__in=versions)}
    if not versions:
        raise Refused("nothing-to-shift", "No session would move, so there is nothing to do.")
    if {key: session.version for key, session in sessions.items()} != versions:
        raise STALE_TIMETABLE
    for session in sessions.values():
        session.edition = session.proposal.edition = edition
    return sessions


@transaction.atomic
def free_withdrawn(entry: Entry) -> None:
    """React to a withdrawal: the place is free again. A proposal that came back meanwhile keeps it."""
    Slot.objects.filter(proposal=entry.proposal_id or 0).exclude(proposal__state__in=PLACEABLE).delete()
    gone = Session.objects.select_for_update(of=("self",)).select_related("proposal", "room")
    session = gone.filter(proposal=entry.proposal_id or 0).exclude(proposal__state__in=PLACEABLE).first()
    if session is None:
        return
    record("program.session_freed", by=None, target=session, data={"from": placement(session)})
    session.delete()


@transaction.atomic
def place_restored(entry: Entry) -> None:
    """React to an undone withdrawal: its room and time again if they are free; else it stays unscheduled."""
    freed = Entry.objects.filter(fact="program.session_freed", proposal_id=entry.proposal_id).order_by("id").last()
    proposal = Proposal.objects.select_related("edition").filter(pk=entry.proposal_id or 0).first()
    if freed is None or proposal is None or entry.actor is None:
        return
    before = freed.data["from"]
    room = Room.objects.filter(edition=proposal.edition, pk=before["room"]).first()
    if room is not None:
        with suppress(Refused), transaction.atomic():
            starts_at = datetime.fromisoformat(before["starts_at"])
            place(by=entry.actor, proposal=proposal, room=room, starts_at=starts_at)


@transaction.atomic
def follow_presenters(entry: Entry) -> None:
    """React to new presenters: who is on stage follows, but for somebody who is on another stage at that time.

    The session stays where it is; the timetable marks that conflict.
    """
    session = Session.objects.filter(proposal=entry.proposal_id or 0).select_related("edition").first()
    if session is None or not writable(session.edition):
        return
    edition = lock_timetable(session.edition)
    current = Session.objects.select_for_update(of=("self",)).select_related("room").filter(pk=session.pk).first()
    if current is None:
        return
    OnStage.objects.filter(session=current).delete()
    for person in Presenter.objects.filter(proposal=current.proposal_id).exclude(email="").order_by("id"):
        with suppress(Refused), enforce_constraints():
            _on_stage(current, person, edition).save()
