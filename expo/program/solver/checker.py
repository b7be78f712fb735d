"""The independent second opinion: broken constraints, and every objective recounted from the timetable alone.

Shares no code with what makes timetables. Every result is checked here before it is stored, and the editor asks here
before a session is moved.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations, pairwise, product

from .problem import Item, Link, Place, Placed, Placements, Problem


@dataclass(frozen=True)
class Fault:
    """A constraint that a place breaks; `other` is the conflicting session, `person` the presenter concerned."""

    code: str
    other: int | None = None
    person: str | None = None


def faults(problem: Problem, item: Item, place: Place, others: Placements) -> list[Fault]:
    """Every constraint this place breaks, those of the item alone first, then those with the others."""
    return _alone(problem, item, place) + _between(problem, item, place, others)


def violations(problem: Problem, placed: Iterable[Placed]) -> list[str]:
    """Sentences about every broken hard constraint; none for a timetable that may be stored."""
    rows = list(placed)
    places = {row.item: row.place for row in rows}
    broken = [f"{len(rows) - len(places)} sessions are placed twice."] if len(rows) != len(places) else []
    broken += [f"Session {row.item} is not part of this edition." for row in rows if row.item not in problem.item]
    for item in problem.items:
        if item.pin is not None and places.get(item.id) != item.pin:
            broken.append(f"Session {item.id} left its pin.")
    for row in rows:
        if row.item not in problem.item:
            continue
        item = problem.item[row.item]
        alone = [] if item.pin is not None else _alone(problem, item, row.place)
        codes = [fault.code for fault in alone + _between(problem, item, row.place, places)]
        track = next((each for each in problem.tracks if each.id == row.track), None)
        if item.pin is None and (track is None or not _runs_in(problem, track.id, item, row.place.room)):
            codes.append("wrong-track")
        broken += [f"Session {row.item} breaks {code}." for code in codes]
    return broken + (_shared_cells(problem, places) if problem.time_blocks else [])


def _shared_cells(problem: Problem, places: Placements) -> list[str]:
    """Time blocks in which sessions of several roaming tracks share a room."""
    owners: dict[tuple[int, int], set[int | None]] = {}
    for key, place in places.items():
        block = next((at for at, day in enumerate(problem.days) if day.start <= place.start < day.end), -1)
        if key in problem.item:
            owners.setdefault((block, place.room), set()).add(problem.item[key].roaming_track)
    return [f"Block {block} in room {room} holds several tracks." for (block, room), o in owners.items() if len(o) > 1]


def _alone(problem: Problem, item: Item, place: Place) -> list[Fault]:
    start, end = place.start, place.start + item.minutes
    day = next((day for day in problem.days if day.start <= start and end <= day.end), None)
    broken = []
    if day is None:
        broken.append(Fault("closed"))
    elif (start - day.start) % problem.grid:
        broken.append(Fault("off-grid"))
    if any(_overlap(start, end, each.start, each.end) and each.room in (None, place.room) for each in problem.breaks):
        broken.append(Fault("in-break"))
    if not any(_runs_in(problem, track.id, item, place.room) for track in problem.tracks):
        broken.append(Fault("wrong-track"))
    if place.room not in problem.room or item.needs - problem.room[place.room].equipment:
        broken.append(Fault("lacks-equipment"))
    if place.room in item.excluded:
        broken.append(Fault("excluded-room"))
    if item.earliest is not None and start < item.earliest:
        broken.append(Fault("too-early"))
    if item.latest is not None and end > item.latest:
        broken.append(Fault("too-late"))
    if item.starts is not None and start not in item.starts:
        broken.append(Fault("off-slot"))
    gone = {away.person for away in item.away if _overlap(start, end, away.start, away.end)}
    return broken + [Fault("away", person=person) for person in sorted(gone)]


def _between(problem: Problem, item: Item, place: Place, others: Placements) -> list[Fault]:
    broken = []
    for key, there in others.items():
        other = problem.item.get(key)
        if other is not None and key != item.id:
            broken += _of_pair(problem, (item, place), (other, there))
    for link in problem.links:
        if link.cost or item.id not in (link.one, link.other):
            continue
        mate = link.other if item.id == link.one else link.one
        if mate in others and mate in problem.item and mate != item.id:
            pair = (place, others[mate]) if item.id == link.one else (others[mate], place)
            if _is_broken(problem, link, *pair):
                broken.append(Fault(f"not-{link.kind}", other=mate))
    for quota in problem.quotas:
        if item.id in quota.items and len(others.keys() & set(quota.items) - {item.id}) + 1 > quota.most:
            broken.append(Fault("over-quota"))
    return broken


def _of_pair(problem: Problem, one: tuple[Item, Place], two: tuple[Item, Place]) -> list[Fault]:
    (item, place), (other, there) = one, two
    broken = []
    spans = (place.start, place.start + item.minutes, there.start, there.start + other.minutes)
    if there.room == place.room and _overlap(spans[0] - item.setup, spans[1], spans[2] - other.setup, spans[3]):
        broken.append(Fault("room-taken" if _overlap(*spans) else "no-setup", other=other.id))
    shared = sorted(item.people & other.people)
    if _overlap(*spans):
        broken += [Fault("on-stage", other=other.id, person=person) for person in shared]
    elif shared and max(spans[2] - spans[1], spans[0] - spans[3]) < _changeover(problem, place.room, there.room):
        broken += [Fault("too-far", other=other.id, person=person) for person in shared]
    return broken


def _changeover(problem: Problem, room: int, other: int) -> int:
    """Minutes a person needs between two rooms."""
    if room == other:
        return problem.rest
    named = [walk.minutes for walk in problem.walks if {walk.one, walk.other} == {room, other}]
    return max(problem.rest, *(named or [problem.walk]))


def _is_broken(problem: Problem, link: Link, one: Place, other: Place) -> bool:
    ends = one.start + problem.item[link.one].minutes, other.start + problem.item[link.other].minutes
    if link.kind == "before":
        return ends[0] > other.start
    if link.kind == "same-day":
        return not any(day.start <= min(one.start, other.start) and max(ends) <= day.end for day in problem.days)
    if link.kind == "one-room":
        days = [[day.start <= place.start < day.end for day in problem.days] for place in (one, other)]
        return days[0] == days[1] and one.room != other.room
    if link.kind == "larger":
        return (problem.room[one.room].capacity or 0) < (problem.room[other.room].capacity or 0)
    return _overlap(one.start, ends[0], other.start, ends[1])


def _overlap(start: int, end: int, other_start: int, other_end: int) -> bool:
    return max(start, other_start) < min(end, other_end)


def _runs_in(problem: Problem, track_id: int, item: Item, room: int) -> bool:
    track = next(each for each in problem.tracks if each.id == track_id)
    if item.format not in track.formats or (item.track is not None and item.track != track_id):
        return False
    if track.room is not None:
        return track.room == room
    return all(each.room != room for each in problem.tracks)


#: The placed items.
On = list[tuple[Item, Place]]


def score(problem: Problem, places: Placements) -> dict[str, int]:
    """Every objective, including those that the problem does not ask for."""
    out = [item for item in problem.items if item.id not in places]
    on = [(item, places[item.id]) for item in problem.items if item.id in places]
    topics = {topic for item in problem.items for topic in item.topics}
    capacity = {room.id: room.capacity for room in problem.rooms if room.capacity is not None}
    changes = 10_000 * sum(item.present is not None for item in out)
    for item, place in on:
        if item.present is not None:
            changes += 100 * (place.start != item.present.start) + 10 * (place.room != item.present.room)
    starts = [place.start for _, place in on]
    opens = [max((day.start for day in problem.days if day.start <= at < day.end), default=at) for at in starts]
    unfair = Counter(i.sponsor for i, p in on if not any(span.start <= p.start < span.end for span in problem.prime))
    counted = {
        f"left-out-{band}": sum(item.merit_band == band for item in out)
        for band in {i.merit_band for i in problem.items}
    }
    counted |= {
        "merit-left-out": sum(item.merit for item in out),
        "sponsor-parallel": sum(_parallel(on, key, lambda i: {i.sponsor}) for key in {i.sponsor for i, _ in on}),
        "topic-parallel": sum(_parallel(on, key, lambda i: i.topics) for key in topics),
        "overflow": sum(max(0, i.audience - capacity[p.room]) for i, p in on if p.room in capacity),
        "changes": changes,
        "late-starts": sum(starts) - sum(opens),
        "prime-time": sum(count**2 for count in unfair.values()),
        "clashes": _clashes(problem, places),
        "strands": _track_costs(problem, on),
        "wishes": _wishes(problem, on, places),
        "sequence": _sequence(problem, on),
    }
    for key, announced in (("-announced", True), ("", False)):
        before = [item for item in problem.items if item.present is not None and item.is_announced == announced]
        counted[f"lost{key}"] = sum(item.id not in places for item in before)
        counted[f"moved{key}"] = sum(item.id in places and places[item.id] != item.present for item in before)
    return counted | {"blend": sum(weight * counted[key] for key, weight in problem.blend)}


def _parallel(on: On, kind: int, keys: Callable[[Item], frozenset[int] | set[int]]) -> int:
    """Minutes with one session of a kind too many, counted between all starts and ends."""
    spans = [(p.start, p.start + item.minutes) for item, p in on if kind in keys(item)]
    points = sorted({point for span in spans for point in span})
    return sum(
        (right - left) * max(0, sum(start <= left and right <= end for start, end in spans) - 1)
        for left, right in pairwise(points)
    )


def _clashes(problem: Problem, places: Placements) -> int:
    total = 0
    for clash in problem.clashes:
        if clash.one in places and clash.other in places:
            one, other = places[clash.one], places[clash.other]
            if problem.time_blocks:
                total += clash.cost * (_block(problem, one) == _block(problem, other) and one.room != other.room)
            else:
                minutes = problem.item[clash.one].minutes, problem.item[clash.other].minutes
                late, early = max(one.start, other.start), min(one.start + minutes[0], other.start + minutes[1])
                total += clash.cost * max(0, early - late)
    return total


def _block(problem: Problem, place: Place) -> int:
    """The day or block of a place, counted from the first."""
    days = sorted(problem.days)
    return next((at for at, day in enumerate(days) if day.start <= place.start < day.end), -1)


def _wishes(problem: Problem, on: On, places: Placements) -> int:
    total = 0
    for item, place in on:
        for wish in item.wishes:
            late = wish.start is not None and place.start < wish.start
            early = wish.end is not None and place.start >= wish.end
            total += 0 if late or early or wish.room not in (None, place.room) else wish.cost
    return total + sum(link.cost for link in problem.links if link.cost and _broken(problem, link, places))


def _broken(problem: Problem, link: Link, places: Placements) -> bool:
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


def _track_costs(problem: Problem, on: On) -> int:
    used: dict[int, set[tuple[int, int]]] = {}
    for item, place in on:
        if item.roaming_track is not None:
            used.setdefault(item.roaming_track, set()).add((_block(problem, place), place.room))
    opens = {at: day.start for at, day in enumerate(sorted(problem.days))}
    total = 0
    for track in problem.roaming_tracks:
        cells = used.get(track.id, set())
        for (block, room), wish in product(cells, track.wishes):
            outside = (wish.start or 0) > opens.get(block, 0) or (wish.end or 2**62) <= opens.get(block, 0)
            total += 0 if outside or wish.room not in (None, room) else wish.cost
        per_block = Counter(block for block, _ in cells)
        total += track.per_room * max(0, len({room for _, room in cells}) - 1)
        total += track.per_parallel * sum(rooms - 1 for rooms in per_block.values())
        total += track.per_gap * any(right - left > 1 for left, right in pairwise(sorted(per_block)))
    for rival in problem.rival_tracks:
        pairs = [(one, two) for one in used.get(rival.one, ()) for two in used.get(rival.other, ())]
        total += rival.cost * sum(one[0] == two[0] for one, two in pairs)
    return total


def _sequence(problem: Problem, on: On) -> int:
    lines: dict[int, On] = {}
    for item, place in on:
        if item.roaming_track is not None:
            lines.setdefault(item.roaming_track, []).append((item, place))
    total = 0
    for line in lines.values():
        if len(line) == 1:
            continue
        line.sort(key=lambda row: (_block(problem, row[1]), row[1].room, row[1].start))
        total += sum(bool(item.order) and item.order != at + 1 for at, (item, _) in enumerate(line))
        for (one, here), (two, there) in combinations([row for row in line if row[0].order], 2):
            late, early = max(here.start, there.start), min(here.start + one.minutes, there.start + two.minutes)
            total += max(0, early - late) // problem.grid
    return total
