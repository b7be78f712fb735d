"""Runs of the scheduler as one person may see them: under way, finished, and side by side."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit import clock, display
from expo.kit.charts import Descent
from expo.kit.runs import RunState
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import Wall, wall
from expo.proposals.queries.listing import accepted

from .. import wording
from ..models import Run, Session
from ..solver import Place, Placed, Problem, faults, score, violations
from ..solver.aims import order
from ..states import RunKind
from ..wording import TierLine, tier_lines
from .problem import Snapshot, minute, snapshot
from .timetable import DaySheet, RoomColumn, SessionCard, day_sheets, proposal_card

AT_WORK = "The scheduler is at work."


@dataclass(frozen=True)
class ObjectiveProgress:
    """One aim of a run under way."""

    name: str
    value: str
    words: str
    is_proved: bool
    is_reached: bool


@dataclass(frozen=True)
class Progress:
    """`aims`, `chart` and `percent` cover all sessions: none of them for somebody behind a wall."""

    stage: str
    elapsed: str
    may_stop: bool
    is_stopping: bool
    percent: int | None
    aims: tuple[ObjectiveProgress, ...]
    chart: Descent | None
    error: str


def sees_figures(viewer: User, edition: Edition) -> bool:
    """Figures cover all sessions, so they are for those from whom none is hidden."""
    hidden = wall(viewer, edition)
    return not hidden.hides_some


def progress(run: Run, viewer: User) -> Progress:
    """The run as this person may watch it."""
    is_open = sees_figures(viewer, run.edition)
    trace = run.trace if is_open and run.is_under_way else []
    elapsed = _elapsed(run)
    return Progress(
        stage=run.stage if is_open or not run.started_at else AT_WORK if run.is_under_way else "",
        elapsed=wording.seconds(elapsed) if run.started_at else "",
        may_stop=run.is_under_way and run.kind == RunKind.DRAFT and run.stop_asked_at is None,
        is_stopping=run.is_under_way and run.stop_asked_at is not None,
        percent=run.percent if is_open else None,
        aims=_objectives(trace),
        chart=_chart(trace, elapsed),
        error=(run.error if is_open else "A chair without a conflict of interest can read why.") if run.error else "",
    )


def _elapsed(run: Run) -> float:
    if run.started_at is None:
        return 0.0
    return max(0.0, ((run.finished_at or clock.now()) - run.started_at).total_seconds())


def _objectives(trace: list[list[object]]) -> tuple[ObjectiveProgress, ...]:
    """Each aim as it was left, in order; the last one is still being worked on."""
    last = {str(row[1]): row for row in trace}
    keys = list(last)
    return tuple(
        ObjectiveProgress(
            wording.aim_name(key),
            wording.amount(key, int(str(value))),
            wording.gap(key, int(str(value)), int(str(bound))),
            int(str(value)) <= int(str(bound)),
            key != keys[-1],
        )
        for key, (_, _, value, bound) in last.items()
    )


def _chart(trace: list[list[object]], elapsed: float) -> Descent | None:
    """The present aim, once it has gone down a first step."""
    if not trace:
        return None
    key = str(trace[-1][1])
    points = tuple((float(str(at)), int(str(value)), int(str(bound))) for at, k, value, bound in trace if k == key)
    if len(points) < 2:
        return None
    return Descent(wording.aim_name(key), points, max(elapsed, points[-1][0]))


@dataclass(frozen=True)
class SessionDifference:
    """One session; `before` empty: it gets a place, `after` empty: it loses its place."""

    proposal: Proposal
    what: str
    before: str
    after: str
    presenters: tuple[str, ...]
    is_announced: bool


@dataclass(frozen=True)
class TimetableDifferences:
    """What its presenters were told about comes first, then what loses its place, then what moves, then what is new."""

    lines: tuple[SessionDifference, ...]

    @property
    def people(self) -> int:
        return len({(line.proposal.sponsor_id, name) for line in self.touching for name in line.presenters})

    @property
    def sponsors(self) -> tuple[str, ...]:
        return tuple(sorted({line.proposal.sponsor.name for line in self.touching}))

    @property
    def touching(self) -> tuple[SessionDifference, ...]:
        """Those that have a place today."""
        return tuple(line for line in self.lines if line.before)


def timetable_differences(
    edition: Edition,
    present: dict[int, Session],
    rows: Iterable[dict[str, Any]],
    proposals: dict[int, Proposal],
    hidden: Wall,
) -> TimetableDifferences:
    """From what stands to what a run proposes, without what is hidden."""
    rooms = {room.pk: room.name for room in edition.rooms.all()}
    then = {row["proposal"]: (row["room"], datetime.fromisoformat(row["starts_at"])) for row in rows}
    found = []
    for key, proposal in proposals.items():
        session, after = present.get(key), then.get(key)
        before = (session.room_id, session.starts_at) if session else None
        if before != after and not hidden.hides(proposal):
            found.append(_difference(edition, proposal, session, before, after, rooms))
    return TimetableDifferences(tuple(sorted(found, key=_rank)))


Placing = tuple[int, datetime] | None
_DIFFERENCES = ("loses its place", "new time and room", "new time", "new room", "gets a place")


def _rank(line: SessionDifference) -> tuple[bool, int, str, int]:
    return (not line.is_announced, _DIFFERENCES.index(line.what), line.proposal.title, line.proposal.pk)


def _difference(
    edition: Edition,
    proposal: Proposal,
    session: Session | None,
    before: Placing,
    after: Placing,
    rooms: dict[int, str],
) -> SessionDifference:
    return SessionDifference(
        proposal=proposal,
        what=_what(before, after),
        before=_placing_label(edition, before, rooms),
        after=_placing_label(edition, after, rooms),
        presenters=tuple(person.name for person in proposal.presenters.all()),
        is_announced=session is not None and hasattr(proposal, "slot"),
    )


def _what(before: Placing, after: Placing) -> str:
    if before is None or after is None:
        return "gets a place" if before is None else "loses its place"
    parts = (["time"] if before[1] != after[1] else []) + (["room"] if before[0] != after[0] else [])
    return f"new {' and '.join(parts)}"


def _placing_label(edition: Edition, standing: Placing, rooms: dict[int, str]) -> str:
    if standing is None:
        return ""
    room, at = standing
    return f"{display.formatted(at.astimezone(edition.zone), 'short')}, {rooms.get(room, 'a room that is gone')}"


@dataclass(frozen=True)
class LeftOut:
    """A session without a place in this run, and why."""

    proposal: Proposal
    reason: str


@dataclass(frozen=True)
class RunPreview:
    """`tiers` and `notes` cover all sessions, so they are None for somebody behind a wall."""

    days: tuple[DaySheet, ...]
    columns: tuple[RoomColumn, ...]
    new: int
    moved: int
    gone: tuple[Proposal, ...]
    left_out: tuple[LeftOut, ...]
    tiers: tuple[TierLine, ...] | None
    notes: tuple[str, ...] | None
    differences: TimetableDifferences


def preview(run: Run, viewer: User) -> RunPreview:
    """The proposed timetable with its difference to the present one."""
    hidden, result = wall(viewer, run.edition), run.result or {}
    present = {row.proposal_id: row for row in Session.objects.filter(edition=run.edition)}
    proposals = _proposals(run, [row["proposal"] for row in [*result.get("placed", []), *result.get("left_out", [])]])
    rows = [row for row in result.get("placed", []) if row["proposal"] in proposals]
    cards = [_preview_card(row, proposals[row["proposal"]], present.get(row["proposal"]), hidden) for row in rows]
    days, columns = day_sheets(run.edition, cards)
    left_out = tuple(
        LeftOut(proposals[row["proposal"]], row["reason"])
        for row in result.get("left_out", [])
        if row["proposal"] in proposals and not hidden.hides(proposals[row["proposal"]])
    )
    open_to_all = sees_figures(viewer, run.edition)
    return RunPreview(
        days=days,
        columns=columns,
        new=sum(card.mark == "new" for card in cards),
        moved=sum(card.mark == "moved" for card in cards),
        gone=tuple(row.proposal for row in left_out if row.proposal.pk in present),
        left_out=left_out,
        tiers=tier_lines(result.get("tiers", [])) if open_to_all else None,
        notes=tuple(run.reasons) if open_to_all else None,
        differences=timetable_differences(run.edition, present, rows, proposals, hidden),
    )


def _proposals(run: Run, ids: list[int]) -> dict[int, Proposal]:
    found = Proposal.objects.filter(edition=run.edition).select_related("sponsor", "format", "slot")
    return found.prefetch_related("presenters").in_bulk(ids)


def _preview_card(row: dict[str, Any], proposal: Proposal, present: Session | None, hidden: Wall) -> SessionCard:
    starts_at = datetime.fromisoformat(row["starts_at"])
    ends_at = starts_at + timedelta(minutes=row["minutes"])
    return proposal_card(proposal, row["room"], starts_at, ends_at, hidden, _card_mark(row, starts_at, present))


def _card_mark(row: dict[str, Any], starts_at: datetime, present: Session | None) -> str:
    if present is None:
        return "new"
    return "" if (present.room_id, present.starts_at) == (row["room"], starts_at) else "moved"


MOST_RUNS, MOST_COMPARED = 40, 6
PRESENT = "Present timetable"


@dataclass(frozen=True)
class RunLine:
    """A run in the list; `words` only for those who may see figures."""

    run: Run
    words: str


@dataclass(frozen=True)
class ComparedTimetable:
    """A timetable that is compared; `run` None is the one that stands. `hitch`: why it cannot be adopted as it is."""

    title: str
    run: Run | None
    placed: int
    moved: int
    new: int
    gone: int
    hitch: str = ""


@dataclass(frozen=True)
class ComparedValue:
    value: str
    is_best: bool


@dataclass(frozen=True)
class ComparedObjective:
    """One aim over all columns. `is_same` when no timetable is better than another."""

    name: str
    help: str
    cells: tuple[ComparedValue, ...]
    is_same: bool


@dataclass(frozen=True)
class Comparison:
    columns: tuple[ComparedTimetable, ...]
    rows: tuple[ComparedObjective, ...]


@dataclass(frozen=True)
class RunList:
    """`comparison` None: there is nothing to compare, or `is_open` is false and the figures are not for this person."""

    lines: tuple[RunLine, ...]
    comparison: Comparison | None
    is_open: bool


def run_list(edition: Edition, viewer: User) -> RunList:
    """Every run of an edition, newest first, and the undecided ones counted anew on the edition as it is now."""
    is_open = sees_figures(viewer, edition)
    rows = Run.objects.filter(edition=edition).select_related("started_by").defer("trace", "result")
    lines = tuple(RunLine(run, _result_label(run) if is_open else "") for run in rows.order_by("-id")[:MOST_RUNS])
    return RunList(lines, _comparison(edition) if is_open else None, is_open)


def _result_label(run: Run) -> str:
    if run.is_under_way:
        return run.stage
    return run.error or run.solver_status


def _comparison(edition: Edition) -> Comparison | None:
    runs = Run.objects.filter(edition=edition, state=RunState.PREVIEW).order_by("-id")[:MOST_COMPARED]
    found = sorted(runs, key=lambda run: run.pk)
    if not found:
        return None
    seen = snapshot(edition)
    standing = _compared_timetable(seen, PRESENT, None, seen.places)
    tables = [(standing, seen.places)]
    for run in found:
        places = places_of(run, seen.problem)
        tables.append((_compared_timetable(seen, run.title, run, places), places))
    return Comparison(
        tuple(column for column, _ in tables), _compared_objectives(seen.problem, [places for _, places in tables])
    )


def places_of(run: Run, problem: Problem) -> dict[int, Place]:
    """Where a finished run puts what is still accepted."""
    rows = (run.result or {}).get("placed", [])
    return {row["proposal"]: _placement(row) for row in rows if row["proposal"] in problem.item}


def _placement(row: Mapping[str, Any]) -> Place:
    return Place(row["room"], minute(datetime.fromisoformat(row["starts_at"])))


def _compared_timetable(seen: Snapshot, title: str, run: Run | None, places: Mapping[int, Place]) -> ComparedTimetable:
    present = seen.places
    both = places.keys() & present.keys()
    return ComparedTimetable(
        title=title,
        run=run,
        placed=len(places),
        moved=sum(places[key] != present[key] for key in both),
        new=len(places.keys() - present.keys()),
        gone=len(present.keys() - places.keys()),
        hitch=_adoption_problem(run, seen) if run else _present_problem(seen),
    )


def _present_problem(seen: Snapshot) -> str:
    present = seen.places
    broken = any(faults(seen.problem, item, present[item.id], present) for item in seen.problem.items if item.present)
    return "Something in it cannot stay: the timetable's page says what." if broken else ""


def _adoption_problem(run: Run, seen: Snapshot) -> str:
    if is_outdated(run, seen.problem.item.keys(), seen.versions):
        return "The timetable was changed after this run began, so it cannot be adopted. Start it again."
    rows = [row for row in (run.result or {}).get("placed", []) if row["proposal"] in seen.problem.item]
    placed = [Placed(row["proposal"], _placement(row), row["track"]) for row in rows]
    return (
        "Facts have changed since, and it no longer keeps them all. Start it again."
        if violations(seen.problem, placed)
        else ""
    )


def is_outdated(run: Run, still: Any, now: Mapping[int, int]) -> bool:
    """Whether sessions that are `still` accepted were moved or placed since the run read them."""
    then = {int(key): number for key, number in (run.result or {}).get("versions", {}).items()}
    return any(now.get(key) != then.get(key) for key in set(still) & (then.keys() | now.keys()))


def timetable_changed(run: Run) -> bool:
    """The same, asked of the database."""
    now = {row.proposal_id: row.version for row in Session.objects.filter(edition=run.edition)}
    return is_outdated(run, accepted(run.edition).values_list("id", flat=True), now)


def _compared_objectives(problem: Problem, tables: list[Mapping[int, Place]]) -> tuple[ComparedObjective, ...]:
    counted = [score(problem, places) for places in tables]
    return tuple(_compared_objective(key, [values[key] for values in counted]) for key in order(problem))


def _compared_objective(key: str, values: list[int]) -> ComparedObjective:
    is_same = len(set(values)) == 1
    cells = tuple(ComparedValue(wording.amount(key, value), not is_same and value == min(values)) for value in values)
    return ComparedObjective(wording.aim_name(key), wording.HELP.get(key, ""), cells, is_same)
