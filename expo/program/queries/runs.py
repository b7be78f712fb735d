"""Runs of the scheduler as one person may see them: under way, finished, and side by side.

Figures cover all sessions, so they are for those from whom none is hidden.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit import clock, display
from expo.kit.chart_rows import RowChart
from expo.kit.charts import Descent
from expo.kit.runs import RunState
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import Wall, wall
from expo.proposals.queries.listing import accepted

from .. import objective_texts
from ..models import Run, Session
from ..objective_pictures import reached, side_by_side
from ..solver.checker import faults, score, violations
from ..solver.objectives import order
from ..solver.problem import Place, Placed, Problem
from ..states import RunKind
from .problem import Snapshot, minute, snapshot
from .timetable import DaySheet, GridColumn, day_sheets, proposal_card

MOST_RUNS, MOST_COMPARED = 40, 6


@dataclass(frozen=True)
class ObjectiveProgress:
    """One objective of a run under way."""

    name: str
    value: str
    proof: str
    is_proved: bool
    is_reached: bool


@dataclass(frozen=True)
class Progress:
    """`objectives`, `chart` and `percent` cover all sessions: none of them for somebody behind a wall."""

    stage: str
    elapsed: str
    may_stop: bool
    is_stopping: bool
    percent: int | None
    objectives: tuple[ObjectiveProgress, ...]
    chart: Descent | None
    error: str


def sees_figures(viewer: User, edition: Edition) -> bool:
    """Whether no session is hidden from this person."""
    hidden = wall(viewer, edition)
    return not hidden.hides_some


def progress(run: Run, viewer: User) -> Progress:
    """How a run is going: the objectives it has reached, and how the present one goes down."""
    is_open = sees_figures(viewer, run.edition)
    trace = run.trace if is_open and run.is_under_way else []
    elapsed = 0.0
    if run.started_at is not None:
        elapsed = max(0.0, ((run.finished_at or clock.now()) - run.started_at).total_seconds())
    minutes, seconds = divmod(round(elapsed), 60)
    at_work = "The scheduler is at work." if run.is_under_way else ""
    objectives = []
    last = {key: (value, bound) for _, key, value, bound in trace}
    for place, (key, (value, bound)) in enumerate(last.items(), 1):
        proof = objective_texts.proof(key, value, bound, is_searching=True)
        amount, is_proved = objective_texts.amount(key, value), value <= bound
        is_left = place < len(last)  # the last one is still being worked on
        objectives.append(ObjectiveProgress(objective_texts.name(key), amount, proof, is_proved, is_left))
    present = trace[-1][1] if trace else ""
    points = tuple((float(at), value, bound) for at, key, value, bound in trace if key == present)
    chart = None
    if len(points) >= 2:  # once it has gone down a first step
        chart = Descent(objective_texts.name(present), points, max(elapsed, points[-1][0]))
    return Progress(
        stage=run.stage if is_open or not run.started_at else at_work,
        elapsed=(f"{minutes} min {seconds} s" if minutes else f"{seconds} s") if run.started_at else "",
        may_stop=run.is_under_way and run.kind == RunKind.DRAFT and run.stop_asked_at is None,
        is_stopping=run.is_under_way and run.stop_asked_at is not None,
        percent=run.percent if is_open else None,
        objectives=tuple(objectives),
        chart=chart,
        error=(run.error if is_open else "A chair without a conflict of interest can read why.") if run.error else "",
    )


@dataclass(frozen=True)
class SessionDifference:
    """One session; `before` empty: it becomes scheduled, `after` empty: it becomes unscheduled."""

    proposal: Proposal
    what: str
    before: str
    after: str
    presenters: tuple[str, ...]
    is_announced: bool


@dataclass(frozen=True)
class TimetableDifferences:
    """Announced sessions first, then what becomes unscheduled, then what moves, then what is new."""

    lines: tuple[SessionDifference, ...]

    @property
    def affected(self) -> tuple[SessionDifference, ...]:
        """Those that are scheduled today."""
        return tuple(line for line in self.lines if line.before)

    @property
    def people(self) -> int:
        return len({(line.proposal.sponsor_id, name) for line in self.affected for name in line.presenters})

    @property
    def sponsors(self) -> tuple[str, ...]:
        return tuple(sorted({line.proposal.sponsor.name for line in self.affected}))


#: A room and a start; None: unscheduled.
RoomAndStart = tuple[int, datetime] | None
LOSES, GAINS = "becomes unscheduled", "becomes scheduled"
ORDER = (LOSES, "new time and room", "new time", "new room", GAINS)


def timetable_differences(
    edition: Edition,
    present: dict[int, Session],
    rows: Iterable[dict[str, Any]],
    proposals: dict[int, Proposal],
    hidden: Wall,
) -> TimetableDifferences:
    """From the current timetable to what a run proposes, without what is hidden."""
    rooms = {room.pk: room.name for room in edition.rooms.all()}
    then = {row["proposal"]: (row["room"], datetime.fromisoformat(row["starts_at"])) for row in rows}

    def described(slot: RoomAndStart) -> str:
        if slot is None:
            return ""
        at = display.formatted(slot[1].astimezone(edition.zone), "short")
        return f"{at}, {rooms.get(slot[0], 'a room that no longer exists')}"

    lines = []
    for key, proposal in proposals.items():
        session, after = present.get(key), then.get(key)
        before = (session.room_id, session.starts_at) if session else None
        if before == after or hidden.hides(proposal):
            continue
        if before is None or after is None:
            what = GAINS if before is None else LOSES
        else:
            parts = (["time"] if before[1] != after[1] else []) + (["room"] if before[0] != after[0] else [])
            what = f"new {' and '.join(parts)}"
        presenters = tuple(person.name for person in proposal.presenters.all())
        is_announced = session is not None and hasattr(proposal, "slot")
        lines.append(SessionDifference(proposal, what, described(before), described(after), presenters, is_announced))
    lines.sort(key=lambda line: (not line.is_announced, ORDER.index(line.what), line.proposal.title, line.proposal.pk))
    return TimetableDifferences(tuple(lines))


@dataclass(frozen=True)
class LeftOut:
    """A session that a run leaves unscheduled, and why."""

    proposal: Proposal
    reason: str


@dataclass(frozen=True)
class RunPreview:
    """`objectives` and `notes` cover all sessions, so they are None for somebody behind a wall."""

    days: tuple[DaySheet, ...]
    columns: tuple[GridColumn, ...]
    new: int
    moved: int
    gone: tuple[Proposal, ...]
    left_out: tuple[LeftOut, ...]
    objectives: RowChart | None
    notes: tuple[str, ...] | None
    differences: TimetableDifferences


def preview(run: Run, viewer: User) -> RunPreview:
    """What a finished run proposes, with its difference to the current timetable."""
    hidden, result = wall(viewer, run.edition), run.result or {}
    placed, unplaced = result.get("placed", []), result.get("left_out", [])
    present = {row.proposal_id: row for row in Session.objects.filter(edition=run.edition)}
    named = Proposal.objects.filter(edition=run.edition).select_related("sponsor", "format", "slot")
    proposals = named.prefetch_related("presenters").in_bulk([row["proposal"] for row in [*placed, *unplaced]])
    rows = [row for row in placed if row["proposal"] in proposals]
    cards = []
    for row in rows:
        session, starts_at, mark = present.get(row["proposal"]), datetime.fromisoformat(row["starts_at"]), "new"
        if session is not None:
            mark = "" if (session.room_id, session.starts_at) == (row["room"], starts_at) else "moved"
        ends_at = starts_at + timedelta(minutes=row["minutes"])
        cards.append(proposal_card(proposals[row["proposal"]], row["room"], starts_at, ends_at, hidden, mark))
    days, columns = day_sheets(run.edition, cards)
    left_out = tuple(
        LeftOut(proposals[row["proposal"]], row["reason"])
        for row in unplaced
        if row["proposal"] in proposals and not hidden.hides(proposals[row["proposal"]])
    )
    is_open = sees_figures(viewer, run.edition)
    return RunPreview(
        days=days,
        columns=columns,
        new=sum(card.mark == "new" for card in cards),
        moved=sum(card.mark == "moved" for card in cards),
        gone=tuple(row.proposal for row in left_out if row.proposal.pk in present),
        left_out=left_out,
        objectives=reached(result.get("tiers", [])) if is_open else None,
        notes=tuple(run.reasons) if is_open else None,
        differences=timetable_differences(run.edition, present, rows, proposals, hidden),
    )


@dataclass(frozen=True)
class RunLine:
    """A run in the list; `result` only for those who may see figures."""

    run: Run
    result: str


@dataclass(frozen=True)
class ComparedTimetable:
    """`run` None is the current timetable. `problem`: why it cannot be adopted as it is."""

    title: str
    run: Run | None
    placed: int
    moved: int
    new: int
    gone: int
    problem: str = ""
    is_best: bool = False


@dataclass(frozen=True)
class RunComparison:
    timetables: tuple[ComparedTimetable, ...]
    objectives: RowChart


@dataclass(frozen=True)
class RunList:
    """`comparison` None: there is nothing to compare, or `is_open` is false and the figures are not for this person."""

    lines: tuple[RunLine, ...]
    comparison: RunComparison | None
    is_open: bool


def run_list(edition: Edition, viewer: User) -> RunList:
    """Every run of an edition, newest first, and the undecided ones counted anew on the edition as it is now."""
    is_open = sees_figures(viewer, edition)
    rows = Run.objects.filter(edition=edition).select_related("started_by").defer("trace", "result")
    lines = tuple(
        RunLine(run, (run.stage if run.is_under_way else run.error or run.solver_status) if is_open else "")
        for run in rows.order_by("-id")[:MOST_RUNS]
    )
    return RunList(lines, _comparison(edition) if is_open else None, is_open)


def _comparison(edition: Edition) -> RunComparison | None:
    rows = Run.objects.filter(edition=edition, state=RunState.PREVIEW).order_by("-id")[:MOST_COMPARED]
    undecided = sorted(rows, key=lambda run: run.pk)
    if not undecided:
        return None
    now = snapshot(edition)
    timetables, places = [_compared_timetable(now, "Current timetable", None, now.places)], [now.places]
    for run in undecided:
        places.append(places_of(run, now.problem))
        timetables.append(_compared_timetable(now, run.title, run, places[-1]))
    scores = [score(now.problem, each) for each in places]
    keys = order(now.problem)
    best = _only_least([tuple(each[key] for key in keys) for each in scores])
    timetables = [replace(each, is_best=at == best) for at, each in enumerate(timetables)]
    titles = [each.title for each in timetables]
    return RunComparison(tuple(timetables), side_by_side(titles, scores, keys))


def _only_least(values: Sequence[Any]) -> int | None:
    """Where the least is, if it is there once: of equals none is the best."""
    return values.index(min(values)) if values.count(min(values)) == 1 else None


def places_of(run: Run, problem: Problem) -> dict[int, Place]:
    """Where a finished run puts what is still accepted."""
    rows = (run.result or {}).get("placed", [])
    return {row["proposal"]: _place(row) for row in rows if row["proposal"] in problem.item}


def _place(row: Mapping[str, Any]) -> Place:
    return Place(row["room"], minute(datetime.fromisoformat(row["starts_at"])))


def _compared_timetable(now: Snapshot, title: str, run: Run | None, places: Mapping[int, Place]) -> ComparedTimetable:
    present, items, problem = now.places, now.problem.item, ""
    if run is None:
        if any(faults(now.problem, items[key], place, present) for key, place in present.items()):
            problem = "Some sessions cannot stay as scheduled: see the timetable."
    elif is_outdated(run, items.keys(), now.versions):
        problem = "The timetable was changed after this run began, so it cannot be adopted. Start it again."
    else:
        rows = [row for row in (run.result or {}).get("placed", []) if row["proposal"] in items]
        if violations(now.problem, [Placed(row["proposal"], _place(row), row["track"]) for row in rows]):
            problem = "The setup or a session has changed since, and this timetable breaks a rule now. Start it again."
    return ComparedTimetable(
        title=title,
        run=run,
        placed=len(places),
        moved=sum(places[key] != present[key] for key in places.keys() & present.keys()),
        new=len(places.keys() - present.keys()),
        gone=len(present.keys() - places.keys()),
        problem=problem,
    )


def is_outdated(run: Run, accepted_ids: Collection[int], now: Mapping[int, int]) -> bool:
    """Whether sessions that are still accepted were moved or placed since the run read them."""
    then = {int(key): number for key, number in (run.result or {}).get("versions", {}).items()}
    return any(now.get(key) != then.get(key) for key in set(accepted_ids) & (then.keys() | now.keys()))


def timetable_changed(run: Run) -> bool:
    """The same, asked of the database."""
    now = {row.proposal_id: row.version for row in Session.objects.filter(edition=run.edition)}
    return is_outdated(run, accepted(run.edition).values_list("id", flat=True), now)
