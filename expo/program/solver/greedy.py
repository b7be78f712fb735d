"""A usable timetable in well under a second: the best sessions first, each where it hurts least.

Not a step on the way only: when the search finds nothing better in its time, this is the answer.
"""

from . import aims, candidates
from .problem import Item, Place, Problem

Chosen = dict[int, Place]


def start(problem: Problem) -> Chosen:
    """The better of two timetables: one from nothing, one that keeps the present places that still hold."""
    drafts = [_fill(problem, _pins(problem)), _fill(problem, _kept(problem))]
    return min(drafts, key=lambda chosen: aims.values(problem, chosen))


def _pins(problem: Problem) -> Chosen:
    return {item.id: item.pin for item in problem.items if item.pin is not None}


def _kept(problem: Problem) -> Chosen:
    chosen = _pins(problem)
    for item in _by_worth(problem):
        place = item.present
        if item.id in chosen or place is None or place not in candidates.places(problem, item):
            continue
        if not _blockers(problem, item, place, chosen):
            chosen[item.id] = place
    return chosen


def _fill(problem: Problem, chosen: Chosen) -> Chosen:
    for item in _by_worth(problem):
        if item.id not in chosen:
            _place(problem, item, chosen)
    return chosen


def _by_worth(problem: Problem) -> list[Item]:
    """Higher bands first; inside a band what is hard to place, then what is better."""
    choices = {item.id: len(candidates.places(problem, item)) for item in problem.items}
    return sorted(problem.items, key=lambda item: (item.band, -item.minutes, choices[item.id], -item.merit, item.id))


def _place(problem: Problem, item: Item, chosen: Chosen) -> None:
    """Into the free place that costs least, else where one other session can step aside."""
    wanted = candidates.places(problem, item)
    blocked = {place: _blockers(problem, item, place, chosen) for place in wanted}
    free = [place for place in wanted if not blocked[place]]
    if free:
        chosen[item.id] = min(free, key=lambda place: _pain(problem, item, place, chosen))
        return
    for place in wanted:
        if len(blocked[place]) == 1 and _steps_aside(problem, blocked[place][0], item, place, chosen):
            return


def _steps_aside(problem: Problem, other: Item, item: Item, place: Place, chosen: Chosen) -> bool:
    if other.pin is not None:
        return False
    rest = {key: value for key, value in chosen.items() if key != other.id} | {item.id: place}
    for elsewhere in candidates.places(problem, other):
        if not _blockers(problem, other, elsewhere, rest):
            chosen.update(rest | {other.id: elsewhere})
            return True
    return False


def _blockers(problem: Problem, item: Item, place: Place, chosen: Chosen) -> list[Item]:
    """The sessions that hold the room or a presenter at that time."""
    return [
        other
        for other in _beside(problem, item, place, chosen)
        if chosen[other.id].room == place.room or other.people & item.people
    ]


def _beside(problem: Problem, item: Item, place: Place, chosen: Chosen) -> list[Item]:
    end = place.start + item.minutes
    return [
        problem.item[key]
        for key, taken in chosen.items()
        if key != item.id and taken.start < end and place.start < taken.start + problem.item[key].minutes
    ]


def _pain(problem: Problem, item: Item, place: Place, chosen: Chosen) -> tuple[int, ...]:
    beside = _beside(problem, item, place, chosen)
    return (
        aims.cost(problem, "changes", item, place) if problem.is_published else 0,
        sum(other.sponsor == item.sponsor for other in beside),
        sum(len(other.topics & item.topics) for other in beside),
        aims.cost(problem, "overflow", item, place),
        aims.cost(problem, "changes", item, place),
        aims.cost(problem, "late-starts", item, place),
        place.start,
        place.room,
    )
