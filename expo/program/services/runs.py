"""Runs of the scheduler as chairs see them: start, stop, rename, adopt and discard. A worker's part is `execution`."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from django.db import transaction
from django.db.models import prefetch_related_objects

from expo.accounts.models import User
from expo.editions.models import Edition, Room
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.kit.policy import require
from expo.kit.queue import send
from expo.kit.runs import RunState, give_up, refuse_second_run, requeue_stale
from expo.kit.runs import move as move_state
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import wall
from expo.proposals.queries.listing import accepted

from ..models import Question, Run, Session
from ..queries.conflicts import broken_rules
from ..queries.problem import Snapshot, minute, snapshot
from ..queries.runs import timetable_changed
from ..queries.surroundings import WantedPlacement, surroundings
from ..solver.checker import violations
from ..solver.prechecks import precheck
from ..solver.problem import Place, Placed, Problem
from ..solver.search import Effort
from ..states import RunKind
from .questions import TASK
from .sessions import (
    enforce_constraints,
    lock_timetable,
    placement_changes,
    placements,
    refuse_broken_rules,
    write_on_stage,
)

SEED = 1
MOST_SEED = 2**31 - 1
LONGEST_NAME = 60
MOST_WISHED = 20
#: How long a draft searches: CP-SAT's own work for an aim, rounds of small models, and the clock as a net.
EFFORTS = {
    "quick": Effort(work=1.0, rounds=40, patience=15, net_seconds=120.0),
    "usual": Effort(),
    "thorough": Effort(work=12.0, rounds=400, patience=80, net_seconds=3600.0),
}
INCOMPLETE_WISH = Invalid("bad-place", "A what-if needs a session, a room and a time. Choose them on the timetable.")
WishedPlace = tuple[Proposal, Room, datetime]


@transaction.atomic
def start(
    *,
    by: User,
    edition: Edition,
    seed: int | None = None,
    kind: RunKind = RunKind.DRAFT,
    parameters: Mapping[str, Any] | None = None,
    name: str = "",
) -> Run:
    """Ask for a timetable; a worker makes it. One run of a kind at a time in an edition.

    `parameters` of a draft: `effort` (quick, usual, thorough), `fresh` (true: ignore the present places); of a what-if:
    `put`, a list of [proposal, room, start in ISO 8601].
    """
    require(by, "program.run", edition)
    edition = lock_timetable(edition)
    if Run.objects.filter(edition=edition, kind=kind).under_way().exists():
        raise refuse_second_run()
    if seed is not None and not 0 <= seed <= MOST_SEED:
        raise Invalid("invalid-seed", f"The seed is a whole number from 0 to {MOST_SEED}.", field="seed")
    run = Run.objects.create(
        edition=edition,
        started_by=by,
        kind=kind,
        name=_checked_name(name),
        seed=SEED if seed is None else seed,
        parameters=_checked_parameters(by, edition, kind, parameters or {}),
        stage="Waiting for a worker",
    )
    record("program.run_started", by=by, target=run, data={"seed": run.seed, "kind": run.kind})
    send("program.execute_run", run.pk)
    return run


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if len(name) > LONGEST_NAME or "\x00" in name:
        raise Invalid("bad-name", f"A name has at most {LONGEST_NAME} characters. Shorten it.", field="name")
    return name


def _checked_parameters(by: User, edition: Edition, kind: RunKind, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as they are stored; refuses what this kind of run cannot be asked."""
    now = snapshot(edition)
    _refuse_hopeless(kind, now)
    if kind == RunKind.WHAT_IF:
        wishes = _wished_places(by, edition, parameters.get("put"))
        pins = {proposal.pk: Place(room.pk, minute(at)) for proposal, room, at in wishes}
        _refuse_hopeless(kind, replace(now, problem=_with_pins(now.problem, pins)))
        return {"put": [[proposal.pk, room.pk, at.isoformat()] for proposal, room, at in wishes]}
    if kind == RunKind.REPAIR:
        return {}
    if parameters.get("effort", "usual") not in EFFORTS:
        raise Invalid("bad-effort", "Choose how long to search: quick, usual or thorough.", field="effort")
    return {"effort": parameters.get("effort", "usual"), "fresh": bool(parameters.get("fresh"))}


def _refuse_hopeless(kind: RunKind, now: Snapshot) -> None:
    """What is missing is said at once, not after a run."""
    if not now.problem.items:
        raise WrongState("nothing-accepted", "No session is accepted yet. Release a batch of decisions first.")
    for finding in precheck(now.problem):
        if finding.stops:
            raise WrongState(finding.code, finding.text)
    if kind != RunKind.DRAFT and not now.versions:
        raise WrongState(
            "nothing-placed", "No session is scheduled yet, so nothing can move. Propose a timetable first."
        )


def _wished_places(by: User, edition: Edition, rows: Any) -> list[WishedPlace]:
    """The wished places, each open to its session alone; that others are there now is what the run is for."""
    if not isinstance(rows, list) or not rows or len(rows) > MOST_WISHED:
        raise INCOMPLETE_WISH
    wishes = [_wished_place(by, edition, row) for row in rows]
    if len({proposal.pk for proposal, _, _ in wishes}) < len(wishes):
        raise Invalid("put-twice", "A session can have only one slot in a what-if. Choose one of them.")
    hidden = wall(by, edition)
    for proposal, room, starts_at in wishes:
        place = Place(room.pk, minute(starts_at))
        around = surroundings(edition, [WantedPlacement(proposal.pk, place, proposal.length)])
        alone = replace(around, places={proposal.pk: place})
        refuse_broken_rules(broken_rules(alone, proposal.pk, hidden))
    return wishes


def _wished_place(by: User, edition: Edition, row: Any) -> WishedPlace:
    if not isinstance(row, (list, tuple)) or len(row) != 3 or not all(isinstance(key, int) for key in row[:2]):
        raise INCOMPLETE_WISH
    proposal = accepted(edition).select_related("edition", "format", "track").filter(pk=row[0]).first()
    room = Room.objects.filter(edition=edition, pk=row[1]).first()
    if proposal is None or room is None:
        raise NotAllowed("not-allowed", "This session or room is not part of the edition's timetable.")
    require(by, "program.place", proposal)
    if Session.objects.filter(proposal=proposal, is_pinned=True).exists():
        raise WrongState("pinned", f"“{proposal.title}” is pinned where it is. Unpin it first, then ask again.")
    try:
        starts_at = datetime.fromisoformat(str(row[2]))
    except ValueError:
        raise INCOMPLETE_WISH from None
    if starts_at.tzinfo is None:
        raise INCOMPLETE_WISH
    return proposal, room, starts_at


def _with_pins(problem: Problem, pins: Mapping[int, Place]) -> Problem:
    return replace(problem, items=tuple(replace(item, pin=pins.get(item.id, item.pin)) for item in problem.items))


def problem_of(run: Run, now: Snapshot) -> Problem:
    """What this run is to solve: the edition as it is, without its present places, or with some places fixed."""
    if run.kind == RunKind.WHAT_IF:
        wished = run.parameters["put"]
        pins = {int(key): Place(int(room), minute(datetime.fromisoformat(at))) for key, room, at in wished}
        return replace(_with_pins(now.problem, pins), is_repair=True)
    if run.kind == RunKind.REPAIR:
        return replace(now.problem, is_repair=True)
    if run.parameters.get("fresh"):
        items = tuple(replace(item, present=item.pin, is_announced=False) for item in now.problem.items)
        return replace(now.problem, items=items)
    return now.problem


@transaction.atomic
def stop(*, by: User, run: Run) -> Run:
    """Stop the search and keep the best it has found; one that nobody works on yet gives the first timetable."""
    require(by, "program.run", run)
    run = _locked(run)
    if not run.is_under_way:
        raise WrongState("not-under-way", "This run has ended, so there is nothing to stop. Look at its result.")
    if run.kind != RunKind.DRAFT:
        raise WrongState("not-stoppable", "A repair has no result before it ends. Wait, or discard the run.")
    if run.stop_asked_at is None:
        run.stop_asked_at = clock.now()
        run.save(update_fields=["stop_asked_at"])
        record("program.run_stopped", by=by, target=run)
    return run


@transaction.atomic
def rename(*, by: User, run: Run, name: str) -> Run:
    """Give a run a name, so that several can be told apart; an empty name takes it away."""
    require(by, "program.run", run)
    run, name = _locked(run), _checked_name(name)
    if run.name != name:
        run.name = name
        run.save(update_fields=["name"])
        record("program.run_named", by=by, target=run, data={"name": name})
    return run


@transaction.atomic
def discard(*, by: User, run: Run) -> Run:
    """Discard a run; a worker that is busy with it stops at its next step."""
    require(by, "program.run", run)
    run = _locked(run)
    if run.state == RunState.DISCARDED:
        return run
    move_state(run, RunState.DISCARDED)
    record("program.run_discarded", by=by, target=run)
    return run


@transaction.atomic
def adopt(*, by: User, run: Run) -> Run:
    """Make the run's result the timetable, all or nothing. A second click changes nothing.

    A chair's work since the run began is never overwritten; withdrawals since then do no harm.
    """
    require(by, "program.adopt", run)
    edition = lock_timetable(run.edition)
    run = _locked(run)
    if run.state == RunState.ADOPTED:
        return run
    move_state(run, RunState.ADOPTED)
    run.edition = edition
    # A withdrawal comes before this adoption or after it: in between, its place would never be freed.
    list(accepted(edition).select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    if run.result is None:
        raise WrongState("no-result", "This run has no result yet. Wait until it has finished.")
    if timetable_changed(run):
        raise WrongState(
            "timetable-changed",
            "The timetable was changed by hand after this run began. Start a new run, so that nobody's work is lost.",
        )
    before = placements(edition)
    _apply_result(run, run.result["placed"])
    record("program.run_adopted", by=by, target=run, data={"changes": placement_changes(before, placements(edition))})
    return run


def _locked(run: Run) -> Run:
    return cast(Run, Run.objects.select_for_update(of=("self",)).get(pk=run.pk))


def _apply_result(run: Run, rows: list[dict[str, Any]]) -> None:
    """Write sessions and who is on stage, and remove what the run left out."""
    problem = snapshot(run.edition).problem
    rows = [row for row in rows if row["proposal"] in problem.item]
    # Rooms, days, lengths and presenters may have changed since; the checker looks again.
    placed = [
        Placed(row["proposal"], Place(row["room"], minute(datetime.fromisoformat(row["starts_at"]))), row["track"])
        for row in rows
    ]
    if any(row["minutes"] != problem.item[row["proposal"]].minutes for row in rows) or violations(problem, placed):
        raise WrongState(
            "facts-changed",
            "Since this run began something it relied on has changed: a room, day, track, break, length or presenter. "
            "Start a new run.",
        )
    present = {row.proposal_id: row for row in Session.objects.filter(edition=run.edition)}
    kept = {row["proposal"] for row in rows}
    with enforce_constraints():
        Session.objects.filter(pk__in=[session.pk for key, session in present.items() if key not in kept]).delete()
        sessions = []
        for row in rows:
            session = present.get(row["proposal"])
            session = session or Session(edition=run.edition, proposal_id=row["proposal"], version=0)
            starts_at = datetime.fromisoformat(row["starts_at"])
            if (session.room_id, session.starts_at) != (row["room"], starts_at):
                session.version += 1
            session.track_id = row["track"]
            session.move_to(row["room"], starts_at, row["minutes"], problem.item[row["proposal"]].setup)
            session.run, session.why = run, row["why"]
            session.save()
            sessions.append(session)
        prefetch_related_objects(sessions, "room")
        write_on_stage(run.edition, sessions)


def sweep() -> int:
    """Dispatch runs and questions that nobody works on again; give up on one that killed several workers."""
    give_up(Run)
    give_up(Question)
    return requeue_stale(Run, "program.execute_run") + requeue_stale(Question, TASK)
