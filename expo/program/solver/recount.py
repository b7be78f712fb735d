"""Every aim counted again from the timetable alone. Shares no code with what makes timetables."""

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import combinations, pairwise

from .problem import Item, Problem
from .rules import Link, Strand
from .spans import Place

On = list[tuple[Item, Place]]


def score(problem: Problem, places: Mapping[int, Place]) -> dict[str, int]:
    """Every aim, those that nobody asked for too."""
    out = [item for item in problem.items if item.id not in places]
    on = [(item, places[item.id]) for item in problem.items if item.id in places]
    counted = {f"left-out-{band}": sum(item.band == band for item in out) for band in {i.band for i in problem.items}}
    counted |= {
        "merit-left-out": sum(item.merit for item in out),
        "sponsor-parallel": sum(_doubled(on, key, lambda i: {i.sponsor}) for key in {i.sponsor for i, _ in on}),
        "topic-parallel": sum(_doubled(on, key, lambda i: i.topics) for key in _topics(problem)),
        "overflow": sum(_standing(problem, item, place) for item, place in on),
        "changes": sum(_changed(item, places.get(item.id)) for item in problem.items if item.present is not None),
        "late-starts": sum(place.start - _opening(problem, place) for _, place in on),
        "prime-time": _unfair(problem, on),
        "clashes": _clashes(problem, places),
        "strands": _strands(problem, on),
        "wishes": _wishes(problem, on, places),
        "sequence": _sequence(problem, on),
    }
    for key, announced in (("-announced", True), ("", False)):
        stood = [item for item in problem.items if item.present is not None and item.is_announced == announced]
        counted[f"lost{key}"] = sum(item.id not in places for item in stood)
        counted[f"moved{key}"] = sum(item.id in places and places[item.id] != item.present for item in stood)
    return counted | {"blend": sum(weight * counted[key] for key, weight in problem.blend)}


def _topics(problem: Problem) -> set[int]:
    return {topic for item in problem.items for topic in item.topics}


def _doubled(on: On, wanted: int, keys: Callable[[Item], frozenset[int] | set[int]]) -> int:
    """Minutes with one too many of a kind on, found by walking over all starts and ends."""
    spans = [(p.start, p.start + item.minutes) for item, p in on if wanted in keys(item)]
    points = sorted({point for span in spans for point in span})
    return sum(
        (right - left) * max(0, sum(start <= left and right <= end for start, end in spans) - 1)
        for left, right in pairwise(points)
    )


def _standing(problem: Problem, item: Item, place: Place) -> int:
    capacity = problem.room[place.room].capacity if place.room in problem.room else None
    return 0 if capacity is None or item.audience < capacity else item.audience - capacity


def _changed(item: Item, place: Place | None) -> int:
    assert item.present is not None  # noqa: S101 - the caller filters
    if place is None:
        return 10_000
    return (100 if place.start != item.present.start else 0) + (10 if place.room != item.present.room else 0)


def _opening(problem: Problem, place: Place) -> int:
    return max((day.start for day in problem.days if day.start <= place.start < day.end), default=place.start)


def _unfair(problem: Problem, on: On) -> int:
    outside = Counter(
        item.sponsor for item, place in on if not any(span.start <= place.start < span.end for span in problem.prime)
    )
    return sum(count**2 for count in outside.values())


def _clashes(problem: Problem, places: Mapping[int, Place]) -> int:
    found = 0
    for clash in problem.clashes:
        if clash.one in places and clash.other in places:
            one, other = places[clash.one], places[clash.other]
            if problem.blocks:
                found += clash.cost * (_block(problem, one) == _block(problem, other) and one.room != other.room)
            else:
                minutes = problem.item[clash.one].minutes, problem.item[clash.other].minutes
                late, early = max(one.start, other.start), min(one.start + minutes[0], other.start + minutes[1])
                found += clash.cost * max(0, early - late)
    return found


def _block(problem: Problem, place: Place) -> int:
    """The day or block of a place, counted from the first."""
    days = sorted(problem.days)
    return next((at for at, day in enumerate(days) if day.start <= place.start < day.end), -1)


def _wishes(problem: Problem, on: On, places: Mapping[int, Place]) -> int:
    found = 0
    for item, place in on:
        for wish in item.wishes:
            late = wish.start is not None and place.start < wish.start
            early = wish.end is not None and place.start >= wish.end
            found += 0 if late or early or wish.room not in (None, place.room) else wish.cost
    return found + sum(link.cost for link in problem.links if link.cost and _broken(problem, link, places))


def _broken(problem: Problem, link: Link, places: Mapping[int, Place]) -> bool:
    if link.one not in places or link.other not in places:
        return False
    one, other = places[link.one].start, places[link.other].start
    if link.kind == "same-day":
        return _block(problem, places[link.one]) != _block(problem, places[link.other])
    if link.kind == "one-room":
        here, there = places[link.one], places[link.other]
        return here.room != there.room and _block(problem, here) == _block(problem, there)
    if link.kind == "larger":
        seats = [problem.room[places[key].room].capacity or 0 for key in (link.one, link.other)]
        return seats[0] < seats[1]
    first_ends, other_ends = one + problem.item[link.one].minutes, other + problem.item[link.other].minutes
    if link.kind == "before":
        return first_ends > other
    return max(one, other) < min(first_ends, other_ends)


def _strands(problem: Problem, on: On) -> int:
    used: dict[int, set[tuple[int, int]]] = {}
    for item, place in on:
        if item.strand is not None:
            used.setdefault(item.strand, set()).add((_block(problem, place), place.room))
    found = sum(_strand(problem, strand, used[strand.id]) for strand in problem.strands if strand.id in used)
    for rival in problem.rivals:
        pairs = [(one, two) for one in used.get(rival.one, ()) for two in used.get(rival.other, ())]
        found += rival.cost * sum(one[0] == two[0] for one, two in pairs)
    return found


def _strand(problem: Problem, strand: Strand, used: set[tuple[int, int]]) -> int:
    opens = {at: day.start for at, day in enumerate(sorted(problem.days))}
    found = 0
    for block, room in used:
        for wish in strand.wishes:
            outside = (wish.start or 0) > opens.get(block, 0) or (wish.end or 2**62) <= opens.get(block, 0)
            found += 0 if outside or wish.room not in (None, room) else wish.cost
    per_block = Counter(block for block, _ in used)
    found += strand.per_room * (len({room for _, room in used}) - 1)
    found += strand.per_parallel * sum(rooms - 1 for rooms in per_block.values())
    return found + strand.per_gap * any(right - left > 1 for left, right in pairwise(sorted(per_block)))


def _sequence(problem: Problem, on: On) -> int:
    lines: dict[int, On] = {}
    for item, place in on:
        if item.strand is not None:
            lines.setdefault(item.strand, []).append((item, place))
    return sum(_misplaced(problem, line) for line in lines.values() if len(line) > 1)


def _misplaced(problem: Problem, line: On) -> int:
    line.sort(key=lambda row: (_block(problem, row[1]), row[1].room, row[1].start))
    found = sum(bool(item.order) and item.order != at + 1 for at, (item, _) in enumerate(line))
    for (one, here), (two, there) in combinations([row for row in line if row[0].order], 2):
        late, early = max(here.start, there.start), min(here.start + one.minutes, there.start + two.minutes)
        found += max(0, early - late) // problem.grid
    return found
