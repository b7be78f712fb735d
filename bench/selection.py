"""Selecting by points and scheduling afterwards, against selecting what has a timetable: one JSON line for each day.

    python -m bench.selection [made:COUNT:SEED | FILE.json …] [--most N]

Without names: ICML days, forty proposals for eight places of an hour and four of four, made with seeds 1 to 10. Whole
points are merit bands; no sponsor has more than `--most` of a format. `picked`: by points, places and limits alone;
`placeable`: what of that has a place when it is scheduled afterwards; `joint`: selected because it has a timetable.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.timetables import load
from expo.program.solver.candidates import allowed_places
from expo.program.solver.joint import joint
from expo.program.solver.problem import Problem, Quota
from reviews.decisions.fitting import Question, broken, joined
from reviews.scoring import selection


def main(arguments: list[str]) -> None:
    parser = ArgumentParser(description="Choose by points and schedule, or choose what has a timetable.")
    parser.add_argument("names", nargs="*", default=[f"made:12:{seed}" for seed in range(1, 11)])
    parser.add_argument("--most", type=int, default=2, help="sessions of one format that a sponsor may have")
    options = parser.parse_args(arguments)
    for name in options.names:
        print(json.dumps(measured(name, load(name).problem, options.most)), flush=True)


def measured(name: str, problem: Problem, most: int) -> dict[str, Any]:
    """One day, both ways."""
    items = tuple(replace(item, merit_band=9 - item.merit // 100, pin=None) for item in problem.items)
    problem = replace(problem, items=items, quotas=_limits(problem, most))
    pools = {item.id: str(item.format) for item in items}
    picked = frozenset(map(int, selection.solve(_by_points(problem, most)).chosen))
    began = monotonic()
    suggestion = joined(Question(problem, frozenset(), picked, pools))
    seconds = round(monotonic() - began, 2)
    by_points = tuple(item for item in problem.items if item.id in picked)
    placeable = joint(replace(problem, items=by_points, quotas=())).taken
    merit = {item.id: item.merit for item in items}
    selected = [row[0] for row in suggestion["placed"]]
    return {
        "instance": name,
        "proposals": len(items),
        "picked": len(picked),
        "placeable": len(placeable),
        "points_placeable": sum(merit[key] for key in placeable) / 100,
        "joint": len(selected),
        "points_joint": sum(merit[key] for key in selected) / 100,
        "differences": len(suggestion["swaps"]),
        "proved": suggestion["is_proved"],
        "violations": len(broken(problem, suggestion["placed"])),
        "seconds": seconds,
    }


def _limits(problem: Problem, most: int) -> tuple[Quota, ...]:
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for item in problem.items:
        groups[item.sponsor, item.format].append(item.id)
    return tuple(Quota(tuple(keys), most) for keys in groups.values())


def _by_points(problem: Problem, most: int) -> selection.Problem:
    """Formats are pools of places: as many as fit side by side into the rooms that take them."""
    items = tuple(
        selection.Item(f"{item.id:04}", item.sponsor, item.format, str(item.format), 1, item.merit / 100)
        for item in problem.items
    )
    limits = {(item.sponsor, item.format): most for item in problem.items}
    return selection.Problem(items, {str(item.format): _places(problem, item.format) for item in problem.items}, limits)


def _places(problem: Problem, kind: int) -> int:
    longest = max((item for item in problem.items if item.format == kind), key=lambda item: item.minutes)
    rooms = {place.room for place in allowed_places(problem, replace(longest, away=(), needs=frozenset()))}
    return len(rooms) * sum((day.end - day.start) // longest.minutes for day in problem.days)


if __name__ == "__main__":
    main(sys.argv[1:])
