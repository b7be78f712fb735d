"""Selection meets scheduling, as plain data: does this set fit, and which set would be best of those that do. Pure.

Answers name sessions and rooms by id; the functions below make sentences of them, with titles and names that come from
whoever may read them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from expo.kit.text import listed
from expo.program.solver.candidates import allowed_places, placed
from expo.program.solver.checker import violations
from expo.program.solver.infeasibility import (
    AWAY,
    BREAKS,
    CHANGEOVERS,
    EQUIPMENT,
    EXCLUDED,
    LINKS,
    ON_STAGE,
    PINS,
    ROOMS,
    TRACKS,
    causes,
    placeable,
)
from expo.program.solver.joint import joint
from expo.program.solver.prechecks import precheck
from expo.program.solver.problem import Place, Placed, Problem
from expo.program.solver.search import first_timetable

Progress = Callable[[float, str], None]
EXPLAINED = 20  # differences with a reason found by trial; a chair reads no more
WORK = 5.0


@dataclass(frozen=True)
class Question:
    """`must`: what is accepted; `picked`: what pure score order takes; `pools`: who competes with whom."""

    problem: Problem
    must: frozenset[int]
    picked: frozenset[int]
    pools: Mapping[int, str]


def at_once(problem: Problem) -> tuple[Placed, ...] | None:
    """A timetable for all of them by the quick way, checked; None says nothing yet."""
    if any(finding.stops for finding in precheck(problem)):
        return None
    timetable = placed(problem.sorted(), first_timetable(problem))
    return timetable if len(timetable) == len(problem.items) and not violations(problem, timetable) else None


def check(problem: Problem) -> dict[str, Any]:
    """A timetable for all, or the smallest set that blocks, why, and what was tried and would help."""
    answer = placeable(problem, problem.item, WORK)
    return {
        "placed": rows(problem, answer.placed),
        "blocked": blocked(problem, answer.blocking) if answer.blocking else None,
        "remedies": [[each.kind, each.item] for each in answer.remedies],
        # Where several sets block: the least that would have to go so that all others fit.
        "leave_out": (
            sorted(problem.item.keys() - joint(problem).taken) if answer.blocking and not answer.remedies else []
        ),
        "is_sure": answer.is_sure,
    }


def joined(question: Question, progress: Progress = lambda share, words: None) -> dict[str, Any]:
    """The best set that has a timetable, beside the set that pure score order takes."""
    problem = question.problem
    best = joint(problem, question.must, question.picked, progress)
    fits: Collection[int] = question.picked
    if not question.picked <= best.taken:  # what of the pure score order fits when it is scheduled afterwards
        only = tuple(item for item in problem.items if item.id in question.picked)
        fits = joint(replace(problem, items=only, quotas=()), question.must).taken
    progress(0.96, "Finding out why they differ")
    return {
        "placed": rows(problem, best.placed),
        "picked": sorted(question.picked),
        "fits": sorted(fits),
        "must": sorted(question.must),
        "merits": {str(item.id): item.merit for item in problem.items},
        "bands": {str(item.id): item.merit_band for item in problem.items},
        "swaps": _swaps(question, best.taken),
        "is_proved": best.is_proved,
    }


def rows(problem: Problem, timetable: Collection[Placed]) -> list[list[int]]:
    """Session, room, track, start and length of each, in the solver's minutes."""
    return [
        [each.item, each.place.room, each.track, each.place.start, problem.item[each.item].minutes]
        for each in timetable
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
        "rooms": sorted({place.room for item in items for place in allowed_places(only, item)}),
        "people": sorted(
            person
            for person in {person for item in items for person in item.people}
            if sum(person in item.people for item in items) > 1
        ),
        "limited": [item.id for item in items if item.away or item.earliest is not None or item.latest is not None],
        "alone": alone[:1],
    }


def _swaps(question: Question, taken: Collection[int]) -> list[dict[str, Any]]:
    """Who is out and who is in instead, best against best among those that compete."""
    item = question.problem.item
    gone, come = set(question.picked) - set(taken), set(taken) - set(question.picked)
    pairs: list[tuple[int | None, int | None]] = []
    for pool in sorted({question.pools[key] for key in gone | come}):
        sides = [[key for key in side if question.pools[key] == pool] for side in (gone, come)]
        out, into = (sorted(side, key=lambda key: (-item[key].merit, key)) for side in sides)
        pairs += zip_longest(out, into)
    return [
        {
            "out": out,
            "in": into,
            "why": (_why_out(question, (set(taken) - {into}) | {out}) if at < EXPLAINED and out is not None else None),
        }
        for at, (out, into) in enumerate(pairs)
    ]


def _why_out(question: Question, trial: Collection[int]) -> dict[str, Any]:
    """What would happen had it stayed in: a limit broken, no timetable, or a set that is worth less."""
    if any(sum(key in trial for key in quota.items) > quota.most for quota in question.problem.quotas):
        return {"kind": "limit"}
    answer = placeable(question.problem, trial, WORK)
    if answer.blocking:
        return {"kind": "blocked", **blocked(question.problem, answer.blocking)}
    return {"kind": "worth" if answer.is_placeable else "unknown"}


# The answers in sentences

REMEDIES = {
    "unpin": "Unpin {title}.",
    "present": "Ask the presenters of {title} for other times.",
    "equip": "Do without the equipment that {title} asks for.",
    "any-room": "Ask the sponsor of {title} whether it can use the rooms that it excluded.",
    "any-track": "Let {title} run in any track that takes its format.",
    "leave-out": "Leave out {title}.",
}
#: Why a set with it instead was not taken, by kind.
WHY_OUT = {
    "limit": "With it as well, a limit would be exceeded: its sponsor’s, or the one that you set.",
    "worth": "It would fit there, but the set would be worth less: fewer of a higher band, or fewer points.",
    "unknown": "Whether it would have fitted instead was not settled in the time given.",
}


def remedy(kind: str, title: str) -> str:
    return REMEDIES[kind].format(title=f"“{title}”")


def headline(titles: Sequence[str]) -> str:
    """What is certain about a smallest blocking set."""
    names = listed(f"“{title}”" for title in titles)
    if len(titles) == 1:
        return f"{names} cannot be scheduled, even with the day to itself."
    if len(titles) == 2:
        return f"{names} cannot both be scheduled; either of them alone can."
    return f"{names} cannot all be scheduled; any {len(titles) - 1} of them can."


def because(
    kinds: Sequence[str], count: int, rooms: Sequence[str], people: Sequence[str], limited: Sequence[str]
) -> list[str]:
    """Why, one sentence for each kind of rule without which they would all fit."""
    space = f"with space for no more than {max(1, count - 1)} of them at their times"
    bound = listed(f"“{title}”" for title in limited)
    sentences = {
        ROOMS: f"They can only be in {listed(rooms)}, {space}." if rooms else "There is no room that they can be in.",
        ON_STAGE: f"{listed(people)} would have to be on stage in two places at once." if people else "",
        AWAY: f"The presenters of {bound} are available at some times only." if limited else "",
        PINS: "A pin holds one of them where the others would have to be.",
        LINKS: "The chairs asked for an order, a day or a distance between them that the rest does not allow.",
        EQUIPMENT: "The equipment they need is in too few rooms.",
        EXCLUDED: "The rooms that sponsors said they cannot use leave too few.",
        TRACKS: "The tracks they ask for leave them too few rooms.",
        CHANGEOVERS: "Set-up, rest and walking between rooms take the time that is missing.",
        BREAKS: "Breaks, and what is scheduled already, leave too little time in one piece.",
    }
    found = [sentences[kind] for kind in kinds if sentences[kind]]
    return found or ["Several rules together prevent it; no single one of them is the reason."]


def alone(text: str) -> str:
    """A reason for one session by itself; a room that is taken counts like a break."""
    return text.replace("between the breaks", "between the breaks and what is scheduled already")
