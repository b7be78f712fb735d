"""Runs side by side: a list of them, and those that wait for a decision compared aim by aim with what stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.runs import RunState
from expo.proposals.queries import accepted

from .. import wording
from ..models import Run, Session
from ..solver import Place, Placed, Problem, faults, score, violations
from ..solver.aims import order
from .progress import sees_figures
from .snapshot import Snapshot, snapshot
from .times import minute

MOST_RUNS, MOST_COMPARED = 40, 6
PRESENT = "Present timetable"


@dataclass(frozen=True)
class DraftLine:
    """A run in the list; `words` only for those who may see figures."""

    run: Run
    words: str


@dataclass(frozen=True)
class Column:
    """A timetable that is compared; `run` None is the one that stands. `hitch`: why it cannot be adopted as it is."""

    title: str
    run: Run | None
    placed: int
    moved: int
    new: int
    gone: int
    hitch: str = ""


@dataclass(frozen=True)
class Cell:
    value: str
    is_best: bool


@dataclass(frozen=True)
class Row:
    """One aim over all columns. `is_same` when no timetable is better than another."""

    name: str
    help: str
    cells: tuple[Cell, ...]
    is_same: bool


@dataclass(frozen=True)
class Comparison:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Drafts:
    """`comparison` None: there is nothing to compare, or `is_open` is false and the figures are not for this person."""

    lines: tuple[DraftLine, ...]
    comparison: Comparison | None
    is_open: bool


def drafts(edition: Edition, viewer: User) -> Drafts:
    """Every run of an edition, newest first, and the undecided ones counted anew on the edition as it is now."""
    is_open = sees_figures(viewer, edition)
    rows = Run.objects.filter(edition=edition).select_related("started_by").defer("trace", "result")
    lines = tuple(DraftLine(run, _words(run) if is_open else "") for run in rows.order_by("-id")[:MOST_RUNS])
    return Drafts(lines, _compared(edition) if is_open else None, is_open)


def _words(run: Run) -> str:
    if run.is_under_way:
        return run.stage
    return run.error or run.solver_status


def _compared(edition: Edition) -> Comparison | None:
    runs = Run.objects.filter(edition=edition, state=RunState.PREVIEW).order_by("-id")[:MOST_COMPARED]
    found = sorted(runs, key=lambda run: run.pk)
    if not found:
        return None
    seen = snapshot(edition)
    standing = _column(seen, PRESENT, None, seen.places)
    tables = [(standing, seen.places)]
    for run in found:
        places = places_of(run, seen.problem)
        tables.append((_column(seen, run.title, run, places), places))
    return Comparison(tuple(column for column, _ in tables), _rows(seen.problem, [places for _, places in tables]))


def places_of(run: Run, problem: Problem) -> dict[int, Place]:
    """Where a finished run puts what is still accepted."""
    rows = (run.result or {}).get("placed", [])
    return {row["proposal"]: _place(row) for row in rows if row["proposal"] in problem.item}


def _place(row: Mapping[str, Any]) -> Place:
    return Place(row["room"], minute(datetime.fromisoformat(row["starts_at"])))


def _column(seen: Snapshot, title: str, run: Run | None, places: Mapping[int, Place]) -> Column:
    present = seen.places
    both = places.keys() & present.keys()
    return Column(
        title=title,
        run=run,
        placed=len(places),
        moved=sum(places[key] != present[key] for key in both),
        new=len(places.keys() - present.keys()),
        gone=len(present.keys() - places.keys()),
        hitch=_hitch(run, seen) if run else _present_hitch(seen),
    )


def _present_hitch(seen: Snapshot) -> str:
    present = seen.places
    broken = any(faults(seen.problem, item, present[item.id], present) for item in seen.problem.items if item.present)
    return "Something in it cannot stay: the timetable's page says what." if broken else ""


def _hitch(run: Run, seen: Snapshot) -> str:
    if is_outdated(run, seen.problem.item.keys(), seen.versions):
        return "The timetable was changed after this run began, so it cannot be adopted. Start it again."
    rows = [row for row in (run.result or {}).get("placed", []) if row["proposal"] in seen.problem.item]
    placed = [Placed(row["proposal"], _place(row), row["track"]) for row in rows]
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


def _rows(problem: Problem, tables: list[Mapping[int, Place]]) -> tuple[Row, ...]:
    counted = [score(problem, places) for places in tables]
    return tuple(_row(key, [values[key] for values in counted]) for key in order(problem))


def _row(key: str, values: list[int]) -> Row:
    is_same = len(set(values)) == 1
    cells = tuple(Cell(wording.amount(key, value), not is_same and value == min(values)) for value in values)
    return Row(wording.aim_name(key), wording.HELP.get(key, ""), cells, is_same)
