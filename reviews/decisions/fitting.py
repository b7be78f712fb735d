"""Selection meets scheduling, as plain data: does this set fit, and which set would be best of those that do. Pure.

Answers name sessions and rooms by id; the functions below make sentences of them, with titles and names that come from
whoever may read them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    Placeability,
    causes,
    placeable,
)
from expo.program.solver.joint import Joint, joint
from expo.program.solver.prechecks import precheck
from expo.program.solver.problem import Place, Placed, Problem
from expo.program.solver.search import first_timetable

Progress = Callable[[float, str], None]
EXPLAINED = 20  # differences with a reason found by trial; a chair reads no more
MERIT_UNIT = 10_000  # of a point: what the merits of a question count in
WORK = 5.0


@dataclass(frozen=True)
class Question:
    """`must`: what is accepted; `picked`: what scores, capacities and limits alone take; `pools`: who competes.

    `kinds`: what each of the problem's quotas is. `flips`: by session, what would be picked instead of `picked` once
    its own score crosses the value at which it changes sides.
    """

    problem: Problem
    must: frozenset[int]
    picked: frozenset[int]
    pools: Mapping[int, str]
    kinds: tuple[str, ...] = ()
    flips: Mapping[int, frozenset[int]] = field(default_factory=dict)


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
    """The best set that has a timetable, beside the set that scores and limits alone take.

    Where that one has a timetable, it is the best: scheduling only takes sets away.
    """
    problem = question.problem
    best = _as_picked(question) or joint(problem, question.must, question.picked, progress)
    progress(0.9, "Finding out what would change it")
    return {
        "placed": rows(problem, best.placed),
        "picked": sorted(question.picked),
        "swaps": _swaps(question, best.taken),
        "flips": _flips(question, best.taken),
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


def _as_picked(question: Question) -> Joint | None:
    """The set that scores and limits alone take, in a timetable; None where it breaks a quota or has none."""
    if _exceeded(question, question.picked) is not None:
        return None
    answer = placeable(question.problem, question.picked, WORK)
    return Joint(answer.placed, is_proved=True) if answer.is_placeable else None


def _exceeded(question: Question, trial: Collection[int]) -> str | None:
    """The kind of a quota that this set exceeds."""
    for at, quota in enumerate(question.problem.quotas):
        if sum(key in trial for key in quota.items) > quota.most:
            return question.kinds[at] if question.kinds else "limit"
    return None


def _flips(question: Question, taken: frozenset[int]) -> dict[str, dict[str, Any]]:
    """Whether what would be picked, once a score crosses its value, has a timetable too.

    Only where scheduling changed nothing in its pool: else scores alone do not say what would come.
    """
    item, pools = question.problem.item, question.pools
    differing = {pools[key] for key in question.picked ^ taken}
    found: dict[str, dict[str, Any]] = {}
    explained = 0
    for key, wanted in sorted(question.flips.items()):
        if pools[key] in differing:
            continue
        others = {each for each in taken if pools[each] != pools[key]}
        trial = others | {each for each in wanted if pools[each] == pools[key]}
        only = replace(question.problem, items=tuple(item[each] for each in sorted(trial)), quotas=())
        if (kind := _exceeded(question, trial)) is not None:
            found[str(key)] = {"kind": "limit", "quota": kind}
        elif not trial or at_once(only) is not None:
            found[str(key)] = {"kind": "fits"}
        elif explained < EXPLAINED:
            explained += 1
            answer = placeable(question.problem, trial, WORK)
            why = blocked(question.problem, answer.blocking) if answer.blocking else {}
            found[str(key)] = {"kind": _kind(answer), **why}
        else:
            found[str(key)] = {"kind": "unknown"}
    return found


def _kind(answer: Placeability) -> str:
    if answer.blocking:
        return "blocked"
    return "fits" if answer.is_placeable else "unknown"


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
    if (kind := _exceeded(question, trial)) is not None:
        return {"kind": "limit", "quota": kind}
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
    "worth": "It would fit there, but the scores of the whole set would sum up to less.",
    "unknown": "Whether it would have fitted instead was not settled in the time given.",
}
#: Which limit a set with it as well would exceed, by the kind of its quota.
LIMITS = {
    "limit": "its sponsor’s limit for the format would be exceeded",
    "cap": "the cap per sponsor that you set would be exceeded",
    "capacity": "the capacity of its pool would be exceeded",
    "presenter": "a presenter would have more sessions than the edition allows",
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
