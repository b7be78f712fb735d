"""Why here, and why not, as sentences that name no other session: they are stored with a run."""

from collections import Counter

from .alternatives import Alternative, alternatives, compare
from .checker import faults
from .prechecks import precheck
from .problem import Item, Place, Placements, Problem

TAKEN = "the room is taken"
ON_STAGE = "a presenter is on stage elsewhere"
BOUND = "a rule about two sessions would be broken"
IN_THE_WAY = {
    "room-taken": TAKEN,
    "no-setup": "the room would have no time to be set up",
    "on-stage": ON_STAGE,
    "too-far": "a presenter could not be there in time",
}
#: What would get worse first.
WORSE = {
    "sponsor-parallel": "it would run beside another session of its sponsor",
    "prime-time": "its sponsor would have more outside prime time",
    "topic-parallel": "it would run beside more sessions on its topics",
    "clashes": "it would run beside more that the same people want to hear",
    "strands": "its track would be scattered over more rooms",
    "overflow": "more people are expected than the room holds",
    "wishes": "a wish would not be granted",
    "sequence": "it would leave the wanted sequence",
    "late-starts": "it would start later in the day",
    "blend": "the weighed sum of all aims would be worse",
}
TRADE = "it would gain something, but lose an aim that comes first"
BETTER = "it would be better: a new run may put it there"


def why_here(problem: Problem, item: Item, places: Placements) -> list[str]:
    """Why a placed session is where it is, as sentences."""
    if item.pin is not None:
        return ["It is pinned here, so every run leaves it here."]
    return summary(alternatives(problem, item, places).weighed)


def summary(others: list[Alternative]) -> list[str]:
    """All other places counted by what speaks against them, without those that the session's own rules forbid."""
    allowed = [each for each in others if all(fault.other is not None for fault in each.breaks)]
    if not allowed:
        return ["This is the only place that its format, track, length and presenters allow."]
    against = Counter(_against(each) for each in allowed)
    sentences = [f"{_count(number)} {reason}." for reason, number in sorted(against.items()) if reason]
    if against[""]:
        some = "One of them" if against[""] == 1 else f"{against['']} of them"
        sentences.append(f"{some} would do as well for every aim.")
    return [_choice(len(allowed)), *sentences]


def why_not(problem: Problem, item: Item, places: Placements) -> str:
    """Why a session was not placed, in one sentence or two."""
    for finding in precheck(problem):
        if finding.item == item.id:
            return finding.text
    allowed = _allowed(problem, item)
    codes = Counter(_hard(problem, item, place, places) for place in allowed)
    parts = [f"in {codes[reason]} {reason}" for reason in (*IN_THE_WAY.values(), BOUND) if codes[reason]]
    if codes[""]:
        free = f"{codes['']} of its {len(allowed)} allowed places {'is' if codes[''] == 1 else 'are'} free"
        return f"{free}: place it by hand, or start a new run."
    advice = "Unpin, shorten or take out something, or open a room for longer."
    if not allowed:
        return f"Its own hours, its track and the breaks leave it no place. {advice}"
    none = "Its only allowed place is not" if len(allowed) == 1 else f"None of its {len(allowed)} allowed places is"
    return f"{none} free: {', '.join(parts)}. {advice}"


def _against(each: Alternative) -> str:
    """The first reason that makes a place worse with all others left alone; empty: it is as good."""
    if each.breaks:
        return _worst({fault.code for fault in each.breaks})
    comparison = compare(each.costs)
    if comparison.is_same:
        return ""
    if comparison.is_better:
        return BETTER
    return TRADE if comparison.gains else WORSE[each.costs[0][0]]


def _worst(codes: set[str]) -> str:
    return next((words for code, words in IN_THE_WAY.items() if code in codes), BOUND if codes else "")


def _choice(number: int) -> str:
    others = f"{number} others are" if number > 1 else "one other is"
    return f"Besides this place, {others} allowed by format, hours, breaks and presenters."


def _count(number: int) -> str:
    return "In one of them" if number == 1 else f"In {number} of them"


def _allowed(problem: Problem, item: Item) -> list[Place]:
    """Places that at most other sessions forbid."""
    return [
        Place(room.id, start)
        for day in problem.days
        for start in range(day.start, day.end - item.minutes + 1, problem.grid)
        for room in problem.rooms
        if not faults(problem, item, Place(room.id, start), {})
    ]


def _hard(problem: Problem, item: Item, place: Place, places: Placements) -> str:
    return _worst({fault.code for fault in faults(problem, item, place, places)})
