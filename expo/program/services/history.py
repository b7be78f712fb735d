"""Undo and redo: a chair's own last step, put back from the journal if nobody has built on it since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Break, Edition, Room
from expo.journal.services import record
from expo.kit.errors import Refused, WrongState
from expo.kit.policy import require
from expo.kit.runs import RunState
from expo.kit.runs import move as move_state
from expo.proposals.models import Proposal
from expo.proposals.services.constraints import agree_length
from expo.proposals.states import PLACEABLE

from ..models import Run, Session
from ..queries.history import TimetableStep, changed_since, undo_redo
from ..queries.problem import minute
from ..queries.surroundings import WantedPlacement
from ..solver.problem import Place
from . import breaks
from .sessions import (
    Placement,
    differences,
    lock_timetable,
    place_sessions,
    placement,
    placement_changes,
    record_change,
)

Direction = Literal["undo", "redo"]
NOTHING = {
    "undo": "There is nothing of yours to undo in this timetable. Move, place or pin something first.",
    "redo": "There is nothing to redo: you have undone nothing since your last step.",
}


@transaction.atomic
def undo(*, by: User, edition: Edition, step: int | None = None) -> TimetableStep:
    """Take back the chair's last step; `step` is the one they were shown."""
    return _replay(by, edition, step, "undo")


@transaction.atomic
def redo(*, by: User, edition: Edition, step: int | None = None) -> TimetableStep:
    """Do again what the chair undid last."""
    return _replay(by, edition, step, "redo")


def _replay(by: User, edition: Edition, shown: int | None, direction: Direction) -> TimetableStep:
    require(by, "program.step", edition)
    edition = lock_timetable(edition)
    last = undo_redo(edition, by)
    step = last.undo if direction == "undo" else last.redo
    if step is None:
        raise WrongState(f"nothing-to-{direction}", NOTHING[direction])
    if shown is not None and step.id != shown:
        raise Refused("stale", "You have done something else since this page was loaded. Look again, then try again.")
    if step.break_change is not None:
        now, then = step.break_change[::-1] if direction == "undo" else step.break_change
        _replay_break(by, edition, now, then, _mark(step, direction))
    else:
        _replay_sessions(by, edition, step, direction)
    return step


def _mark(step: TimetableStep, direction: Direction) -> dict[str, int]:
    """What tells the journal's reader that an entry is no new step."""
    return {"undoes" if direction == "undo" else "redoes": step.id}


def _replay_break(
    by: User,
    edition: Edition,
    now: Mapping[str, Any] | None,
    then: Mapping[str, Any] | None,
    mark: dict[str, int],
) -> None:
    """Remove or add a break; it is known by its name, room and hours."""
    if now is not None:
        break_ = Break.objects.filter(edition=edition, **_name_and_hours(now), room=now["room"]).first()
        if break_ is None:
            raise Refused("changed-since", f"The break “{now['name']}” is not as you left it. Look again.")
        breaks.remove(by=by, edition=edition, break_=break_, mark=mark)
    if then is not None:
        room = Room.objects.filter(edition=edition, pk=then["room"]).first()
        if then["room"] is not None and room is None:
            raise Refused("changed-since", f"{then['room_name']} is no longer a room of this edition.")
        is_lost = bool(then.get("is_lost"))
        breaks.add(by=by, edition=edition, room=room, is_lost=is_lost, **_name_and_hours(then), mark=mark)


def _name_and_hours(shape: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": shape["name"]} | {key: datetime.fromisoformat(shape[key]) for key in ("starts_at", "ends_at")}


@dataclass
class Replay:
    """One session of a step: as it is, as the step left it, as it shall be; `facts` are what differs."""

    proposal: Proposal
    session: Session | None
    now: Placement
    left: Placement
    then: Placement
    facts: set[str]

    @property
    def moves(self) -> bool:
        return bool(self.facts & {"room", "starts_at", "minutes"})

    @property
    def target(self) -> WantedPlacement:
        minutes = self.then["minutes"] if self.then and "minutes" in self.facts else self.proposal.length
        if self.then is None:
            return WantedPlacement(self.proposal.pk, None, minutes)
        starts_at = datetime.fromisoformat(self.then["starts_at"])
        return WantedPlacement(self.proposal.pk, Place(self.then["room"], minute(starts_at)), minutes)


def _replay_sessions(by: User, edition: Edition, step: TimetableStep, direction: Direction) -> None:
    """Put every session of the step back, or none; raises a refusal that says what forbids it."""
    replays = _replays(edition, step, direction)
    for replay in replays:
        proposal = replay.proposal
        require(by, "program.place", proposal)
        if proposal.state not in PLACEABLE:
            raise WrongState(
                "not-accepted", f"“{proposal.title}” is not accepted any more, so it is not scheduled again."
            )
        is_as_left = (replay.now is None) == (replay.left is None)
        if is_as_left and replay.now and replay.left:
            facts = replay.facts if replay.then else {"room", "starts_at", "pinned"}
            is_as_left = not (differences(replay.now, replay.left) & facts)
        if not is_as_left:
            what = changed_since(edition, proposal, step.id, by)
            raise Refused(
                "changed-since",
                f"“{proposal.title}” is not as you left it: {what}. Change it by hand if you still want it.",
            )
    _write(by, edition, replays)
    mark = _mark(step, direction)
    if step.fact != "program.run_adopted":
        for replay in replays:
            assert replay.session is not None  # noqa: S101 - written just now, or taken out
            record_change(by, replay.session, replay.now, replay.then, **mark)
        return
    run = Run.objects.select_for_update(of=("self",)).get(pk=step.target or 0)
    move_state(run, RunState.PREVIEW if direction == "undo" else RunState.ADOPTED)
    changes = placement_changes(
        {replay.proposal.pk: replay.now for replay in replays}, {replay.proposal.pk: replay.then for replay in replays}
    )
    fact = "program.adoption_undone" if direction == "undo" else "program.adoption_redone"
    record(fact, by=by, target=run, data={"changes": changes} | mark)


def _replays(edition: Edition, step: TimetableStep, direction: Direction) -> list[Replay]:
    """What the step did not touch stays as it is now; a length is the step's only if it set one."""
    keys = [change.proposal for change in step.changes]
    locked = Session.objects.select_for_update(of=("self",)).filter(edition=edition, proposal__in=keys).order_by("id")
    sessions = {row.proposal_id: row for row in locked.select_related("proposal__format", "room")}
    rows = Proposal.objects.filter(edition=edition, pk__in=keys).select_related("edition", "sponsor", "format", "track")
    proposals = rows.in_bulk()
    replays = []
    for change in step.changes:
        then: Any
        left, then = (change.after, change.before) if direction == "undo" else (change.before, change.after)
        facts = differences(left, then)
        if left and then and step.fact != "program.session_resized":
            facts -= {"minutes"}
        session = sessions.get(change.proposal)
        now = placement(session) if session else None
        if now and then:
            then = {**now, **{fact: then[fact] for fact in facts}, "room_name": then["room_name"]}
        replays.append(Replay(proposals[change.proposal], session, now, left, then, facts))
    return replays


def _write(by: User, edition: Edition, replays: list[Replay]) -> None:
    leaving = [replay for replay in replays if replay.then is None]
    for replay in leaving:
        if replay.session is not None:
            replay.session.delete()
    moving = []
    for replay in replays:
        if replay.then is None:
            continue
        session = replay.session = replay.session or Session(edition=edition, proposal=replay.proposal, version=0)
        session.is_pinned = replay.then["pinned"]
        if replay.left and "minutes" in replay.facts:
            agree_length(by=by, proposal=replay.proposal, minutes=replay.then["minutes"])
        if replay.moves:
            moving.append((session, replay.target))
        else:
            session.version += 1
            session.save(update_fields=["is_pinned", "version"])
    if moving:
        place_sessions(by, edition, moving, [replay.target for replay in leaving])
