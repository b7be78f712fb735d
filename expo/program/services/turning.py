"""Sessions put back as they stood before a step, or after it: only where nobody has changed them since."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.journal.services import record
from expo.kit.errors import Refused, WrongState
from expo.kit.policy import require
from expo.kit.runs import RunState, move
from expo.proposals.models import Proposal
from expo.proposals.services import agree_length
from expo.proposals.states import PLACEABLE

from ..models import Run, Session
from ..queries.history import TimetableStep, changed_since
from ..queries.problem import minute
from ..queries.surroundings import WantedPlacement
from ..solver import Place
from .seating import seat
from .standing import Standing, changes, differing, note, standing

RESIZED = "program.session_resized"
ADOPTED = "program.run_adopted"


@dataclass
class Turn:
    """One session of a step: as it stands, as the step left it, as it shall stand; `facts` are what differs."""

    proposal: Proposal
    session: Session | None
    now: Standing
    left: Standing
    then: Standing
    facts: set[str]

    @property
    def moves(self) -> bool:
        return bool(self.facts & {"room", "starts_at", "minutes"})

    @property
    def want(self) -> WantedPlacement:
        minutes = self.then["minutes"] if self.then and "minutes" in self.facts else self.proposal.length
        if self.then is None:
            return WantedPlacement(self.proposal.pk, None, minutes)
        return WantedPlacement(self.proposal.pk, Place(self.then["room"], minute(_start(self.then))), minutes)


def mark(step: TimetableStep, way: str) -> dict[str, int]:
    """What tells the journal's reader that an entry is no new step."""
    return {"undoes" if way == "undo" else "redoes": step.id}


def turn_sessions(by: User, edition: Edition, step: TimetableStep, way: str) -> None:
    """Put every session of the step back, or none; raises a refusal that says what stands against it."""
    turns = _turns(edition, step, way)
    for turn in turns:
        require(by, "program.place", turn.proposal)
        _refuse_changed(by, edition, step, turn)
    _write(by, edition, turns)
    if step.fact == ADOPTED:
        _record_adoption(by, step, turns, way)
        return
    for turn in turns:
        assert turn.session is not None  # noqa: S101 - written just now, or taken out
        note(by, turn.session, turn.now, turn.then, **mark(step, way))


def _turns(edition: Edition, step: TimetableStep, way: str) -> list[Turn]:
    keys = [change.proposal for change in step.changes]
    locked = Session.objects.select_for_update(of=("self",)).filter(edition=edition, proposal__in=keys).order_by("id")
    sessions = {row.proposal_id: row for row in locked.select_related("proposal__format", "room")}
    rows = Proposal.objects.filter(edition=edition, pk__in=keys).select_related("edition", "sponsor", "format", "track")
    proposals = rows.in_bulk()
    return [
        _turn(step, proposals[change.proposal], sessions.get(change.proposal), change.after, change.before)
        if way == "undo"
        else _turn(step, proposals[change.proposal], sessions.get(change.proposal), change.before, change.after)
        for change in step.changes
    ]


def _turn(step: TimetableStep, proposal: Proposal, session: Session | None, left: Any, then: Any) -> Turn:
    """What the step did not touch stays as it is now; a length is the step's only if it gave one."""
    facts = differing(left, then)
    if left and then and step.fact != RESIZED:
        facts -= {"minutes"}
    now = standing(session) if session else None
    if now and then:
        then = {**now, **{fact: then[fact] for fact in facts}, "room_name": then["room_name"]}
    return Turn(proposal, session, now, left, then, facts)


def _refuse_changed(by: User, edition: Edition, step: TimetableStep, turn: Turn) -> None:
    proposal = turn.proposal
    if proposal.state not in PLACEABLE:
        raise WrongState("not-accepted", f"“{proposal.title}” is not accepted any more, so it gets no place again.")
    as_left = (turn.now is None) == (turn.left is None)
    if as_left and turn.now and turn.left:
        as_left = not (differing(turn.now, turn.left) & (turn.facts if turn.then else {"room", "starts_at", "pinned"}))
    if not as_left:
        what = changed_since(edition, proposal, step.id, by)
        raise Refused(
            "changed-since", f"“{proposal.title}” is not as you left it: {what}. Change it by hand if it should be so."
        )


def _write(by: User, edition: Edition, turns: list[Turn]) -> None:
    leaving = [turn for turn in turns if turn.then is None]
    for turn in leaving:
        if turn.session is not None:
            turn.session.delete()
    back = [turn for turn in turns if turn.then is not None and turn.session is None]
    for turn in back:
        turn.session = Session(edition=edition, proposal=turn.proposal, version=0)
    for turn in turns:
        if turn.then is not None:
            _prepare(by, turn)
    moving = [(turn.session, turn.want) for turn in turns if turn.then and turn.session and turn.moves]
    if moving:
        seat(by, edition, moving, [turn.want for turn in leaving])


def _prepare(by: User, turn: Turn) -> None:
    """Pin and length; the place is checked and written with all the others."""
    assert turn.session is not None and turn.then is not None  # noqa: S101, PT018 - the caller asked
    turn.session.is_pinned = turn.then["pinned"]
    if turn.left and "minutes" in turn.facts:
        agree_length(by=by, proposal=turn.proposal, minutes=turn.then["minutes"])
    if not turn.moves:
        turn.session.version += 1
        turn.session.save(update_fields=["is_pinned", "version"])


def _record_adoption(by: User, step: TimetableStep, turns: list[Turn], way: str) -> None:
    before = {turn.proposal.pk: turn.now for turn in turns}
    made = changes(before, {turn.proposal.pk: turn.then for turn in turns})
    fact = "program.adoption_undone" if way == "undo" else "program.adoption_redone"
    run = Run.objects.select_for_update(of=("self",)).get(pk=step.target or 0)
    move(run, RunState.PREVIEW if way == "undo" else RunState.ADOPTED)
    record(fact, by=by, target=run, data={"changes": made} | mark(step, way))


def _start(found: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(found["starts_at"])
