"""Solves instance files and prints one JSON line for each.

    python -m bench.scheduling FILE… [--limit SECONDS] [--seed N] [--workers N] [--work UNITS] [--json]
    python -m bench.scheduling made:150 --repair --json     a withdrawal, a lost room and a late arrival, repaired
    python -m bench.scheduling made:48 --same 3 --json      solved three times, the input in another order each time

FILE is a CoSPLib or OptaPlanner workbook, a file of our own (`own.py`), or `made:48` for one made with 48 sessions.
`violations` and `counted` come from counters that read the file alone and share no code with the solver.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import repairs
from bench.clock import Clock
from bench.drafts import DRAFTS
from bench.timetables import Instance, load
from expo.program.solver.problem import Solution
from expo.program.solver.search import Effort, first_timetable, solve


def main(arguments: list[str]) -> None:
    options = _options(arguments)
    for name in options.files:
        for line in _lines(load(name), options):
            print(json.dumps(line) if options.json else _plain(line), flush=True)


def _lines(instance: Instance, options: Namespace) -> Iterable[dict[str, Any]]:
    if options.repair:
        return repairs.lines(instance, options.seed)
    if options.same:
        return [repeated(instance, options)]
    return [measured(instance, options)]


def _options(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(description="Solve instance files and count what the timetables break.")
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--limit", type=float, default=60, help="seconds on the clock for one instance")
    parser.add_argument("--work", type=float, default=None, help="deterministic seconds for one objective")
    parser.add_argument(
        "--rounds", type=int, default=10_000, help="neighbourhoods for one objective of a large instance"
    )
    parser.add_argument(
        "--patience", type=int, default=60, help="neighbourhoods in a row without improvement that end an objective"
    )
    parser.add_argument(
        "--large", type=int, default=Effort().large, help="sessions above which neighbourhoods are searched"
    )
    parser.add_argument("--blend", help="blend objectives by weights: prime-time=1000,topic-parallel=1")
    parser.add_argument("--draft", choices=DRAFTS, help="not the engine, but one of the drafts it is measured against")
    parser.add_argument("--repair", action="store_true", help="publish a first timetable, change the day, repair it")
    parser.add_argument("--same", type=int, help="solve so often, and say whether all timetables are one")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(arguments)


def _blend(options: Namespace) -> tuple[tuple[str, int], ...]:
    pairs = (options.blend or "").split(",") if options.blend else []
    return tuple((key, int(weight)) for key, _, weight in (pair.partition("=") for pair in pairs))


def measured(instance: Instance, options: Namespace) -> dict[str, Any]:
    """One run: how long to a first timetable, what was reached, what an independent counter counts."""
    problem = replace(instance.problem, seed=options.seed, blend=_blend(options) or instance.problem.blend)
    clock = Clock()
    first_timetable(problem)
    first_seconds = clock.seconds()["seconds"]
    clock, effort = Clock(), _effort(options)
    solution = DRAFTS[options.draft](problem, effort) if options.draft else solve(problem, effort=effort)
    seconds = clock.seconds()
    counted, violations = instance.judge(solution)
    return {
        "instance": instance.name,
        "sessions": len(problem.items),
        "placed": len(solution.placed),
        **_result(solution),
        "counted": counted,
        "first_seconds": first_seconds,
        **seconds,
        "violations": len(violations),
        "faults": violations[:5],
        "timetable": solution.digest,
        "notes": list(solution.notes),
    }


def _effort(options: Namespace) -> Effort:
    return Effort(
        work=options.work or options.limit,
        net_seconds=options.limit,
        workers=options.workers,
        rounds=options.rounds,
        patience=options.patience,
        large=options.large,
    )


def repeated(instance: Instance, options: Namespace) -> dict[str, Any]:
    """The same input, seed and version, several times, its parts in another order each time."""
    digests, notes = [], set[str]()
    for run in range(options.same):
        items = list(instance.problem.items)
        Random(run).shuffle(items)
        solution = solve(replace(instance.problem, items=tuple(items), seed=options.seed), effort=_effort(options))
        digests.append(solution.digest)
        notes.update(solution.notes)
    return {"instance": instance.name, "runs": len(digests), "timetables": sorted(set(digests)), "notes": sorted(notes)}


def _result(solution: Solution) -> dict[str, Any]:
    """Status, objective and bound: by key where objectives are lexicographic, numbers where they are blended."""
    last = solution.objectives[-1]
    blended = last.key == "blend"
    return {
        "status": "OPTIMAL" if all(each.is_proved for each in solution.objectives) else "FEASIBLE",
        "objective": last.value if blended else {each.key: each.value for each in solution.objectives},
        "bound": last.bound if blended else {each.key: each.bound for each in solution.objectives},
    }


def _plain(line: dict[str, Any]) -> str:
    return "\n".join(f"{key:14} {value}" for key, value in line.items())


if __name__ == "__main__":
    main(sys.argv[1:])
