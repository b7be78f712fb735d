"""What a run is asked: its parameters, checked when it is started, and the problem they make of the edition."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from expo.accounts.models import User
from expo.editions.models import Edition, Room
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.kit.policy import require
from expo.proposals.models import Proposal
from expo.proposals.queries import accepted, wall

from ..models import Run, Session
from ..queries.conflicts import broken_rules
from ..queries.problem import Snapshot, minute
from ..queries.surroundings import WantedPlacement, surroundings
from ..solver import Effort, Place, Problem, precheck
from ..states import RunKind
from .refusals import refuse

#: How long a draft searches: CP-SAT's own work for an aim, rounds of small models, and the clock as a net.
EFFORTS = {
    "quick": Effort(work=1.0, rounds=40, patience=15, net_seconds=120.0),
    "usual": Effort(),
    "thorough": Effort(work=12.0, rounds=400, patience=80, net_seconds=3600.0),
}
MOST_PUT = 20
BAD_PUT = Invalid("bad-place", "A wished place needs a session, a room and a moment. Choose them on the timetable.")
Put = tuple[Proposal, Room, datetime]


def checked(by: User, edition: Edition, kind: RunKind, parameters: Mapping[str, Any], seen: Snapshot) -> dict[str, Any]:
    """The parameters as they are stored; refuses what this kind of run cannot be asked."""
    _refuse_hopeless(kind, seen)
    if kind == RunKind.WHAT_IF:
        put = _puts(by, edition, parameters.get("put"))
        _refuse_hopeless(kind, replace(seen, problem=_with_pins(seen.problem, _pins(put))))
        return {"put": [[proposal.pk, room.pk, at.isoformat()] for proposal, room, at in put]}
    if kind == RunKind.REPAIR:
        return {}
    if parameters.get("effort", "usual") not in EFFORTS:
        raise Invalid("bad-effort", "Choose how long to search: quick, usual or thorough.", field="effort")
    return {"effort": parameters.get("effort", "usual"), "fresh": bool(parameters.get("fresh"))}


def effort_of(run: Run) -> Effort:
    return EFFORTS.get(run.parameters.get("effort", "usual"), EFFORTS["usual"])


def problem_of(run: Run, seen: Snapshot) -> Problem:
    """What this run is to solve: the edition as it is, without its present places, or with some given."""
    if run.kind == RunKind.WHAT_IF:
        put = {int(key): Place(int(room), minute(_moment(at))) for key, room, at in run.parameters["put"]}
        return replace(_with_pins(seen.problem, put), is_repair=True)
    if run.kind == RunKind.REPAIR:
        return replace(seen.problem, is_repair=True)
    if run.parameters.get("fresh"):
        items = tuple(replace(item, present=item.pin, is_announced=False) for item in seen.problem.items)
        return replace(seen.problem, items=items)
    return seen.problem


def _refuse_hopeless(kind: RunKind, seen: Snapshot) -> None:
    """What is missing is said at once, not after a run."""
    if not seen.problem.items:
        raise WrongState("nothing-accepted", "No session is accepted yet. Release a batch of decisions first.")
    for finding in precheck(seen.problem):
        if finding.stops:
            raise WrongState(finding.code, finding.text)
    if kind != RunKind.DRAFT and not seen.versions:
        raise WrongState(
            "nothing-placed", "No session has a place yet, so nothing can move. Propose a timetable first."
        )


def _puts(by: User, edition: Edition, given: Any) -> list[Put]:
    """The wished places, each open to its session alone; that others stand there now is what the run is for."""
    if not isinstance(given, list) or not given or len(given) > MOST_PUT:
        raise BAD_PUT
    found = [_put(by, edition, row) for row in given]
    if len({proposal.pk for proposal, _, _ in found}) < len(found):
        raise Invalid("put-twice", "A session can have only one wished place. Choose one of them.")
    hidden = wall(by, edition)
    for proposal, room, starts_at in found:
        place = Place(room.pk, minute(starts_at))
        alone = replace(
            surroundings(edition, [WantedPlacement(proposal.pk, place, proposal.length)]), places={proposal.pk: place}
        )
        refuse(broken_rules(alone, proposal.pk, hidden))
    return found


def _put(by: User, edition: Edition, row: Any) -> Put:
    if not isinstance(row, (list, tuple)) or len(row) != 3 or not all(isinstance(key, int) for key in row[:2]):
        raise BAD_PUT
    proposal = accepted(edition).select_related("edition", "format", "track").filter(pk=row[0]).first()
    room = Room.objects.filter(edition=edition, pk=row[1]).first()
    if proposal is None or room is None:
        raise NotAllowed("not-allowed", "This session or room is not part of the edition's timetable.")
    require(by, "program.place", proposal)
    if Session.objects.filter(proposal=proposal, is_pinned=True).exists():
        raise WrongState("pinned", f"“{proposal.title}” is pinned where it is. Unpin it first, then ask again.")
    return proposal, room, _moment(row[2])


def _moment(text: Any) -> datetime:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        raise BAD_PUT from None
    if at.tzinfo is None:
        raise BAD_PUT
    return at


def _pins(put: list[Put]) -> dict[int, Place]:
    return {proposal.pk: Place(room.pk, minute(at)) for proposal, room, at in put}


def _with_pins(problem: Problem, put: Mapping[int, Place]) -> Problem:
    return replace(problem, items=tuple(replace(item, pin=put.get(item.id, item.pin)) for item in problem.items))
