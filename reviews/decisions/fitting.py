"""Selection meets scheduling, as plain data: does this set fit, and which set would be best of those that do. Pure.

Answers name sessions and rooms by id; `wording` and the pages make sentences of them for those who may read them.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from expo.program.solver import (
    Item,
    Place,
    Placed,
    Problem,
    causes,
    first_timetable,
    joint,
    placeable,
    precheck,
    violations,
)
from expo.program.solver.candidates import placed, places

Progress = Callable[[float, str], None]
EXPLAINED = 20  # differences with a reason found by trial; a chair reads no more
WORK = 5.0


@dataclass(frozen=True)
class Question:
    """`must`: what has a place by verdict; `picked`: what pure score order takes; `pools`: who competes with whom."""

    problem: Problem
    must: frozenset[int]
    picked: frozenset[int]
    pools: Mapping[int, str]


def at_once(problem: Problem) -> tuple[Placed, ...] | None:
    """A timetable for all of them by the quick way, checked; None says nothing yet."""
    if any(finding.stops for finding in precheck(problem)):
        return None
    found = placed(problem.sorted(), first_timetable(problem))
    return found if len(found) == len(problem.items) and not violations(problem, found) else None


def check(problem: Problem) -> dict[str, Any]:
    """A timetable for all, or the smallest set that blocks, why, and what was tried and would help."""
    answer = placeable(problem, problem.item, WORK)
    return {
        "placed": rows(problem, answer.placed),
        "blocked": blocked(problem, answer.blocking) if answer.blocking else None,
        "remedies": [[each.kind, each.item] for each in answer.remedies],
        "leave_out": _leave_out(problem) if answer.blocking and not answer.remedies else [],
        "is_sure": answer.is_sure,
    }


def _leave_out(problem: Problem) -> list[int]:
    """Where several sets block: the least that would have to go so that all others fit."""
    return sorted(problem.item.keys() - joint(problem).taken)


def joined(question: Question, progress: Progress = lambda share, words: None) -> dict[str, Any]:
    """The best set that has a timetable, beside the set that pure score order takes."""
    problem = question.problem
    found = joint(problem, question.must, question.picked, progress)
    fits = question.picked if question.picked <= found.taken else _fitting(question)
    progress(0.96, "Finding out why they differ")
    return {
        "placed": rows(problem, found.placed),
        "picked": sorted(question.picked),
        "fits": sorted(fits),
        "must": sorted(question.must),
        "merits": {str(item.id): item.merit for item in problem.items},
        "bands": {str(item.id): item.band for item in problem.items},
        "swaps": _swaps(question, found.taken),
        "is_proved": found.is_proved,
    }


def _fitting(question: Question) -> Collection[int]:
    """What of the pure score order finds a place when it is scheduled afterwards."""
    only = tuple(item for item in question.problem.items if item.id in question.picked)
    return joint(replace(question.problem, items=only, quotas=()), question.must).taken


def rows(problem: Problem, found: Collection[Placed]) -> list[list[int]]:
    """Session, room, track, start and length of each, in the solver's minutes."""
    return [
        [each.item, each.place.room, each.track, each.place.start, problem.item[each.item].minutes] for each in found
    ]


def broken(problem: Problem, written: Collection[list[int]]) -> list[str]:
    """What a checker that shares no code with what made it says against a timetable, read back from its rows."""
    return violations(problem, [Placed(key, Place(room, at), track) for key, room, track, at, _ in written])


def blocked(problem: Problem, blocking: Collection[int]) -> dict[str, Any]:
    """Why these have no timetable together: kinds of rule, the rooms they could use, the people they share."""
    items = [problem.item[key] for key in blocking]
    only = replace(problem, items=tuple(items))
    alone = [finding.text for finding in precheck(only) if finding.item is not None] if len(items) == 1 else []
    return {
        "sessions": list(blocking),
        "causes": list(causes(problem, blocking)),
        "rooms": sorted({place.room for item in items for place in places(only, item)}),
        "people": sorted(who for who in {p for item in items for p in item.people} if _shares(items, who)),
        "limited": [item.id for item in items if item.away or item.earliest is not None or item.latest is not None],
        "alone": alone[:1],
    }


def _shares(items: Collection[Item], person: str) -> bool:
    return sum(person in item.people for item in items) > 1


def _swaps(question: Question, taken: Collection[int]) -> list[dict[str, Any]]:
    """Who is out and who is in instead, best against best among those that compete."""
    item = question.problem.item
    gone, come = set(question.picked) - set(taken), set(taken) - set(question.picked)
    pairs: list[tuple[int | None, int | None]] = []
    for pool in sorted({question.pools[key] for key in gone | come}):
        sides = [[key for key in side if question.pools[key] == pool] for side in (gone, come)]
        out, into = (sorted(side, key=lambda key: (-item[key].merit, key)) for side in sides)
        pairs += zip_longest(out, into)
    return [_swap(question, taken, out, into, at < EXPLAINED) for at, (out, into) in enumerate(pairs)]


def _swap(question: Question, taken: Collection[int], out: int | None, into: int | None, told: bool) -> dict[str, Any]:
    why = _why_out(question, (set(taken) - {into}) | {out}) if told and out is not None else None
    return {"out": out, "in": into, "why": why}


def _why_out(question: Question, trial: Collection[int]) -> dict[str, Any]:
    """What would happen had it stayed in: a limit broken, no timetable, or a set that is worth less."""
    if any(sum(key in trial for key in quota.items) > quota.most for quota in question.problem.quotas):
        return {"kind": "limit"}
    answer = placeable(question.problem, trial, WORK)
    if answer.blocking:
        return {"kind": "blocked", **blocked(question.problem, answer.blocking)}
    return {"kind": "worth" if answer.is_placeable else "unknown"}
