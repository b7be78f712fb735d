"""How often "why not" is proved: generated days, overfull, and a question for each session without a place.

    python -m bench.why_not 48:1 48:2 150:1 [--extra 3] [--hard] [--json]

`48:2` is the generated instance of 48 sessions with seed 2; `--extra` more sessions are added to it from the same
seed, half of them long, with presenters of the others. A quick timetable is found (above 80 sessions the first one),
and the first three sessions it leaves out are the questions; `--hard`: they also need what no room has, and must end
before the day does, so that relaxing one rule is not enough.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.clock import Clock
from bench.timetables import load
from expo.program.solver.minimal_relaxation import relax
from expo.program.solver.problem import Item, Problem
from expo.program.solver.search import Effort, first_timetable, solve

QUESTIONS, LARGE = 3, 80
QUICK = Effort(work=1.0, rounds=40, patience=15)


def main(arguments: list[str]) -> None:
    parser = ArgumentParser(description="Ask why sessions have no place, and count the proofs.")
    parser.add_argument("days", nargs="+", metavar="SESSIONS:SEED")
    parser.add_argument("--extra", type=int, default=3, help="sessions more than have a place")
    parser.add_argument("--hard", action="store_true", help="ask for what no room has, and no later end")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    rows = []
    for row in (row for name in options.days for row in asked(name, options.extra, is_hard=options.hard)):
        rows.append(row)
        print(json.dumps(row) if options.json else _plain(row), flush=True)
    print(f"{sum(row['proved'] for row in rows)} of {len(rows)} proved")


def asked(name: str, extra: int, *, is_hard: bool) -> Iterable[dict[str, Any]]:
    """One row for each question."""
    problem = overfull(load(f"made:{name}").problem, extra)
    places = first_timetable(problem) if len(problem.items) > LARGE else solve(problem, effort=QUICK).places
    left_out = [item for item in problem.items if item.id not in places][:QUESTIONS]
    return [answered(name, *(_hard(problem, item) if is_hard else (problem, item)), places) for item in left_out]


def _hard(problem: Problem, item: Item) -> tuple[Problem, Item]:
    asked_for = replace(item, needs=frozenset({"organ"}), latest=max(day.end for day in problem.days))
    return replace(problem, items=tuple(asked_for if each.id == item.id else each for each in problem.items)), asked_for


def overfull(problem: Problem, extra: int) -> Problem:
    """The same day with sessions more, each with somebody's presenters, and away for half of somebody's day."""
    chance = Random(f"why-not-{len(problem.items)}-{problem.seed}")
    return replace(problem, items=(*problem.items, *(_another(problem, chance, at) for at in range(1, extra + 1))))


def _another(problem: Problem, chance: Random, at: int) -> Item:
    length = chance.choice(sorted({item.minutes for item in problem.items}))
    like = chance.choice([item for item in problem.items if item.minutes == length])
    other = chance.choice(problem.items)
    return replace(
        like, id=9000 + at, pin=None, present=None, people=like.people | other.people, merit=100, merit_band=2
    )


def answered(name: str, problem: Problem, item: Item, places: Any) -> dict[str, Any]:
    clock = Clock()
    relaxations = relax(problem, item, places)
    return {
        "day": name,
        "session": item.id,
        "minutes": item.minutes,
        "answers": [" + ".join(rule.kind for rule in each.rules) or "moves" for each in relaxations.answers],
        "moves": [len(each.moves) for each in relaxations.answers],
        "proved": relaxations.is_sure,
        **clock.seconds(),
    }


def _plain(row: dict[str, Any]) -> str:
    answers = ", ".join(f"{answer} ({moves})" for answer, moves in zip(row["answers"], row["moves"], strict=True))
    sure = "proved" if row["proved"] else "not proved"
    return (
        f"{row['day']:8} {row['session']:5} {row['minutes']:4} min  {sure:10} {row['user_seconds']:6.1f} s  {answers}"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
