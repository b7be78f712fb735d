"""From a run's result to sessions: checked against what has become of the edition since."""

from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects

from expo.kit.errors import WrongState
from expo.proposals.queries import accepted

from ..models import Run, Session
from ..queries.problem import minute, snapshot
from ..queries.runs import timetable_changed
from ..solver import Place, Placed, Problem, violations
from .writing import judged, set_stage

Row = dict[str, Any]


def hold_accepted(run: Run) -> None:
    """A withdrawal comes before this adoption or after it: in between, its place would never be freed."""
    list(accepted(run.edition).select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def refuse_outdated(run: Run) -> None:
    """A chair's work since the run began is never overwritten; withdrawals do no harm."""
    _result(run)
    if timetable_changed(run):
        raise WrongState(
            "timetable-changed",
            "The timetable was changed by hand after this run began. Start a new run, so that nobody's work is lost.",
        )


def apply_result(run: Run) -> None:
    """Write sessions and who is on stage, and remove what the run left out."""
    seen = snapshot(run.edition).problem
    rows = [row for row in _result(run)["placed"] if row["proposal"] in seen.item]
    _refuse_broken(seen, rows)
    present = {row.proposal_id: row for row in Session.objects.filter(edition=run.edition)}
    kept = {row["proposal"] for row in rows}
    gone = [session.pk for key, session in present.items() if key not in kept]
    with judged():
        Session.objects.filter(pk__in=gone).delete()
        sessions = [_write(run, row, present.get(row["proposal"]), seen.item[row["proposal"]].setup) for row in rows]
        prefetch_related_objects(sessions, "room")
        set_stage(run.edition, sessions)


def _refuse_broken(problem: Problem, rows: list[Row]) -> None:
    """Rooms, days, lengths and presenters may have changed since; the checker looks again."""
    placed = [_placed(row) for row in rows]
    if any(row["minutes"] != problem.item[row["proposal"]].minutes for row in rows) or violations(problem, placed):
        raise WrongState(
            "facts-changed",
            "Since this run began something it relied on has changed: a room, day, track, break, length or presenter. "
            "Start a new run.",
        )


def _placed(row: Row) -> Placed:
    return Placed(row["proposal"], Place(row["room"], minute(_starts_at(row))), row["track"])


def _write(run: Run, row: Row, session: Session | None, setup: int) -> Session:
    session = session or Session(edition=run.edition, proposal_id=row["proposal"], version=0)
    if (session.room_id, session.starts_at) != (row["room"], _starts_at(row)):
        session.version += 1
    session.track_id = row["track"]
    session.stand(row["room"], _starts_at(row), row["minutes"], setup)
    session.run, session.why = run, row["why"]
    session.save()
    return session


def _starts_at(row: Row) -> datetime:
    return datetime.fromisoformat(row["starts_at"])


def _result(run: Run) -> Row:
    if run.result is None:
        raise WrongState("no-result", "This run has no result yet. Wait until it has finished.")
    return dict(run.result)
