"""Readers of instance files into the scheduler's problem, and counters that judge a timetable from the file alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expo.program.solver.problem import Problem, Solution

from . import cosplib, cosplib_counter, made, optaplanner, optaplanner_counter, own
from .workbook import sheets

#: What a timetable costs (None: the format has no single number) and every broken hard rule.
Verdict = tuple[Any, list[str]]


@dataclass(frozen=True)
class Instance:
    """A problem from a file, and the judge of its timetables. `data`: the file itself, where its format is our own."""

    name: str
    problem: Problem
    judge: Callable[[Solution], Verdict]
    data: dict[str, Any] | None = None


def load(name: str) -> Instance:
    """A file in one of the formats, or `made:COUNT[:SEED]`."""
    if name.startswith("made:"):
        return of(made.made(*map(int, name.split(":")[1:])))
    path = Path(name)
    if path.suffix == ".json":
        return of(json.loads(path.read_text()))
    book = sheets(path)
    if cosplib.is_ours(book):
        return _cosplib(path)
    if optaplanner.is_ours(book):
        return _optaplanner(path)
    raise SystemExit(f"{name}: none of the formats in bench/timetables")


def of(data: dict[str, Any]) -> Instance:
    """An instance in our own format."""

    def judge(solution: Solution) -> Verdict:
        places = {each.item: (each.place.room, each.place.start) for each in solution.placed}
        return own.count(data, places), own.faults(data, places)

    return Instance(data["name"], own.problem(data), judge, data)


def _cosplib(path: Path) -> Instance:
    file = cosplib.read(path)

    def judge(solution: Solution) -> Verdict:
        return cosplib_counter.count(path, cosplib.rows(file, solution.placed))

    return Instance(file.name, cosplib.problem(file), judge)


def _optaplanner(path: Path) -> Instance:
    file = optaplanner.read(path)

    def judge(solution: Solution) -> Verdict:
        return optaplanner_counter.count(path, optaplanner.rows(file, solution.placed))

    return Instance(path.stem, optaplanner.problem(file), judge)
