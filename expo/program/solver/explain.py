"""Why here, and why not, as sentences that name no other session: they are stored with a run."""

from collections import Counter

from expo.kit.text import are

from .. import objective_texts
from ..rule_texts import RULES
from .alternatives import Alternative, alternatives, compare
from .checker import faults
from .prechecks import precheck
from .problem import Item, Place, Placements, Problem

#: What another session can be in the way of, in the order in which it is said; then rules about two sessions.
IN_THE_WAY = ("room-taken", "no-setup", "on-stage", "too-far")
TRADE_OFF = "it would be better for some goal but worse for a more important one"
BETTER = "it would be better: a new run may put it there"


def why_here(problem: Problem, item: Item, places: Placements) -> list[str]:
    """Why a placed session is where it is, as sentences."""
    if item.pin is not None:
        return ["It is pinned here, so every run leaves it here."]
    return summary(alternatives(problem, item, places).weighed)


def summary(others: list[Alternative]) -> list[str]:
    """All other slots counted by what speaks against them, without those that the session's own rules forbid."""
    allowed = [each for each in others if all(fault.other is not None for fault in each.breaks)]
    if not allowed:
        return ["This is the only slot that its format, track, length, room and presenters allow."]
    against: Counter[str] = Counter()  # by the first reason; empty: as good, with all others left alone
    for each in allowed:
        comparison = compare(each.costs)
        if each.breaks:
            against[_obstacle({fault.code for fault in each.breaks})] += 1
        elif comparison.is_same:
            against[""] += 1
        elif comparison.is_better:
            against[BETTER] += 1
        else:
            worse = objective_texts.text(each.costs[0][0]).worse
            against[TRADE_OFF if comparison.gains else worse] += 1
    count = f"{len(allowed)} others are" if len(allowed) > 1 else "one other is"
    sentences = [f"Besides this slot, {count} allowed by format, hours, breaks and presenters."]
    for reason, number in sorted(against.items(), key=lambda row: (not row[0], row[0])):
        some = "one of them" if number == 1 else f"{number} of them"
        sentences.append(f"In {some} {reason}." if reason else f"{some.capitalize()} would be as good for every goal.")
    return sentences


def why_not(problem: Problem, item: Item, places: Placements) -> str:
    """Why a session was not placed, in one sentence or two."""
    for finding in precheck(problem):
        if finding.item == item.id:
            return finding.text
    allowed = [
        place
        for day in problem.days
        for start in range(day.start, day.end - item.minutes + 1, problem.grid)
        for place in (Place(room.id, start) for room in problem.rooms)
        if not faults(problem, item, place, {})
    ]
    obstacles = Counter(_obstacle({fault.code for fault in faults(problem, item, at, places)}) for at in allowed)
    if free := obstacles[""]:
        return f"{free} of its {len(allowed)} allowed slots {are(free)} free: schedule it by hand, or start a new run."
    advice = "Unpin, shorten or unschedule a session, or open a room for longer."
    if not allowed:
        return f"Its own hours, its track, its rooms and the breaks leave it no slot. {advice}"
    first = [RULES[code].unnamed for code in IN_THE_WAY if obstacles[RULES[code].unnamed]]
    reasons = [reason for reason in dict.fromkeys([*first, *sorted(obstacles)]) if reason]
    if len(allowed) == 1:
        return f"Its only allowed slot is not free: {reasons[0]}. {advice}"
    counts = ", ".join(f"in {obstacles[reason]} {reason}" for reason in reasons)
    return f"None of its {len(allowed)} allowed slots is free: {counts}. {advice}"


def _obstacle(codes: set[str]) -> str:
    code = next((code for code in IN_THE_WAY if code in codes), min(codes, default=""))
    return RULES[code].unnamed if code else ""
