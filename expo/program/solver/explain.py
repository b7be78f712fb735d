"""Why here, and why not: a session's other places, each with what speaks against it. Names no other session."""

from collections import Counter
from collections.abc import Mapping

from .checker import faults
from .prechecks import precheck
from .problem import Item, Place, Problem

TAKEN = "the room is taken"
ON_STAGE = "a presenter is on stage elsewhere"


def why_here(problem: Problem, item: Item, places: Mapping[int, Place]) -> list[str]:
    """Sentences for a placed session."""
    here = places[item.id]
    if item.pin is not None:
        return ["It is pinned here, so every run leaves it here."]
    others = [place for place in _allowed(problem, item) if place != here]
    if not others:
        return ["This is the only place that its format, track, length and presenters allow."]
    said = [_rooms(problem, item), _choice(len(others))]
    against = Counter(_against(problem, item, place, here, places) for place in others)
    said += [f"{_count(number)} {reason}." for reason, number in sorted(against.items()) if reason]
    if against[""]:
        some = "One of them" if against[""] == 1 else f"{against['']} of them"
        said.append(f"{some} would do as well for each aim looked at here.")
    return [sentence for sentence in said if sentence]


def why_not(problem: Problem, item: Item, places: Mapping[int, Place]) -> str:
    """One sentence or two for a session that found no place."""
    for finding in precheck(problem):
        if finding.item == item.id:
            return finding.text
    allowed = _allowed(problem, item)
    codes = Counter(_hard(problem, item, place, places) for place in allowed)
    parts = [f"in {codes[reason]} {reason}" for reason in (TAKEN, ON_STAGE) if codes[reason]]
    if codes[""]:
        return f"{codes['']} of its {len(allowed)} allowed places are free: place it by hand, or start a new run."
    advice = "Unpin, shorten or take out something, or open a room for longer."
    none = "Its only allowed place is not" if len(allowed) == 1 else f"None of its {len(allowed)} allowed places is"
    return f"{none} free: {', '.join(parts)}. {advice}"


def _rooms(problem: Problem, item: Item) -> str:
    rooms = {place.room for place in _allowed(problem, item)}
    return "Its track and format leave one room." if len(rooms) == 1 else ""


def _choice(number: int) -> str:
    others = f"{number} others are" if number > 1 else "one other is"
    return f"Besides this place, {others} allowed by format, hours, breaks and presenters."


def _count(number: int) -> str:
    return "In one of them" if number == 1 else f"In {number} of them"


def _allowed(problem: Problem, item: Item) -> list[Place]:
    """Places with nothing against them but other sessions."""
    return [
        Place(room.id, start)
        for day in problem.days
        for start in range(day.start, day.end - item.minutes + 1, problem.grid)
        for room in problem.rooms
        if not faults(problem, item, Place(room.id, start), {})
    ]


def _hard(problem: Problem, item: Item, place: Place, places: Mapping[int, Place]) -> str:
    codes = {fault.code for fault in faults(problem, item, place, places)}
    if "room-taken" in codes:
        return TAKEN
    return ON_STAGE if "on-stage" in codes else ""


def _against(problem: Problem, item: Item, place: Place, here: Place, places: Mapping[int, Place]) -> str:
    """The first thing that makes the other place worse with everything else left alone; nothing: just as good."""
    hard = _hard(problem, item, place, places)
    if hard:
        return hard
    for reason, there, now in zip(
        REASONS, _figures(problem, item, place, places), _figures(problem, item, here, places), strict=True
    ):
        if there > now:
            return reason
        if there < now:
            return "it would gain something, but lose an aim that comes first or move others"
    return ""


REASONS = (
    "it would run beside another session of its sponsor",
    "it would run beside more sessions on its topics",
    "more people are expected than the room holds",
    "it would start later in the day",
)


def _figures(problem: Problem, item: Item, place: Place, places: Mapping[int, Place]) -> tuple[int, ...]:
    beside = [
        (other, _shared(place.start, item.minutes, taken.start, other.minutes))
        for key, taken in places.items()
        if key != item.id and (other := problem.item.get(key)) is not None
    ]
    room, opened = problem.room[place.room], [day.start for day in problem.days if day.start <= place.start]
    return (
        sum(minutes for other, minutes in beside if other.sponsor == item.sponsor),
        sum(minutes * len(other.topics & item.topics) for other, minutes in beside),
        max(0, item.audience - room.capacity) if room.capacity is not None else 0,
        place.start - max(opened, default=place.start),
    )


def _shared(start: int, minutes: int, other_start: int, other_minutes: int) -> int:
    return max(0, min(start + minutes, other_start + other_minutes) - max(start, other_start))
