"""The objectives in lexicographic order, each a number computed from a timetable: at least 0, less is better."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from itertools import combinations
from typing import TypeVar

from . import candidates
from .problem import (
    BEFORE,
    LARGER,
    ONE_ROOM,
    SAME_DAY,
    Clash,
    Item,
    Link,
    Objective,
    Place,
    Placements,
    Problem,
    RoamingTrack,
    Solution,
)

#: (index of the day, room)
Cell = tuple[int, int]
Key = TypeVar("Key", bound=Hashable)

LOST, NEW_TIME, NEW_ROOM = 10_000, 100, 10
BLEND = "blend"


def order(problem: Problem) -> list[str]:
    """The keys of the objectives; once a program is published, stability comes before the other objectives."""
    bands = [f"left-out-{band}" for band in sorted({item.merit_band for item in problem.items})]
    if problem.blend:
        return [*bands, BLEND]
    polish = [key for key in POLISH if key in ALWAYS or is_asked(problem, key)]
    if problem.is_repair:
        bands = [*REPAIR, *bands]
    middle = ["changes", *polish] if problem.is_published else [*polish, "changes"]
    return [*bands, "merit-left-out", *middle, "late-starts"]


REPAIR = ("lost-announced", "lost", "moved-announced", "moved")
POLISH = ("sponsor-parallel", "prime-time", "topic-parallel", "clashes", "strands", "overflow", "wishes", "sequence")
ALWAYS = {"sponsor-parallel", "topic-parallel", "overflow"}


def is_asked(problem: Problem, key: str) -> bool:
    """Whether anything in the problem bears on an optional objective."""
    return {
        "prime-time": bool(problem.prime),
        "clashes": bool(problem.clashes),
        "strands": bool(problem.roaming_tracks or problem.rival_tracks),
        "wishes": any(item.wishes for item in problem.items) or any(link.cost for link in problem.links),
        "sequence": any(item.order for item in problem.items),
    }[key]


def parts(problem: Problem, key: str) -> tuple[tuple[str, int], ...]:
    """The objectives that one key adds up, each with its weight."""
    return problem.blend if key == BLEND else ((key, 1),)


def value(problem: Problem, key: str, placements: Placements) -> int:
    """The value of one objective."""
    if key == BLEND:
        return sum(weight * value(problem, part, placements) for part, weight in problem.blend)
    if key in WHOLE:
        return WHOLE[key](problem, placements)
    return sum(cost(problem, key, item, placements.get(item.id)) for item in problem.items) + (
        sum(link_cost(problem, link, placements) for link in problem.links) if key == "wishes" else 0
    )


def values(problem: Problem, placements: Placements) -> list[int]:
    """All objectives in order: the lexicographically smaller list is the better timetable."""
    return [value(problem, key, placements) for key in order(problem)]


def cost(problem: Problem, key: str, item: Item, place: Place | None) -> int:
    """What one item's place costs in an objective that counts item by item."""
    of_place = PLACED.get(key)
    if of_place is not None:  # first: it is asked for every place of every item
        return 0 if place is None else of_place(problem, item, place)
    if key.startswith("left-out-"):
        return int(place is None and item.merit_band == int(key.removeprefix("left-out-")))
    if key == "merit-left-out":
        return item.merit if place is None else 0
    if key in REPAIR:
        concerns = item.is_announced == key.endswith("announced") and (place is None) == key.startswith("lost")
        return int(concerns and item.present not in (None, place))
    if item.present is None:
        return 0
    if place is None:
        return LOST
    return NEW_TIME * (place.start != item.present.start) + NEW_ROOM * (place.room != item.present.room)


def by_sponsor(problem: Problem) -> dict[int, list[Item]]:
    """Sponsors with more than one session: only they can be in parallel with themselves."""
    return _groups(problem.items, lambda item: (item.sponsor,))


def by_topic(problem: Problem) -> dict[int, list[Item]]:
    """Topics with more than one session."""
    return _groups(problem.items, lambda item: item.topics)


def by_person(problem: Problem) -> dict[str, list[Item]]:
    """People with more than one session."""
    return _groups(problem.items, lambda item: item.people)


def _groups(items: Iterable[Item], keys: Callable[[Item], Iterable[Key]]) -> dict[Key, list[Item]]:
    groups: dict[Key, list[Item]] = defaultdict(list)
    for item in items:
        for key in keys(item):
            groups[key].append(item)
    return {key: groups[key] for key in sorted(groups) if len(groups[key]) > 1}  # type: ignore[type-var]


def _excess(groups: Mapping[Key, list[Item]], placements: Placements) -> int:
    """Minutes with one session of a group too many, two too many counting twice."""
    return sum(too_many(group, placements) for group in groups.values())


def too_many(group: list[Item], placements: Placements) -> int:
    """Minutes with one of these sessions too many, two too many counting twice."""
    spans = sorted((placements[i.id].start, placements[i.id].start + i.minutes) for i in group if i.id in placements)
    covered, covered_to = 0, -1
    for start, end in spans:
        covered += max(0, end - max(start, covered_to))
        covered_to = max(covered_to, end)
    return sum(end - start for start, end in spans) - covered


def is_prime(problem: Problem, place: Place) -> bool:
    """Whether a session starts in prime time."""
    return any(span.start <= place.start < span.end for span in problem.prime)


def _unfair(problem: Problem, placements: Placements) -> int:
    """Squares of each sponsor's sessions outside prime time, so that prime time is shared."""
    outside: dict[int, int] = defaultdict(int)
    for item in problem.items:
        if item.id in placements and not is_prime(problem, placements[item.id]):
            outside[item.sponsor] += 1
    return sum(count * count for count in outside.values())


def together(problem: Problem, clash: Clash, placements: Placements) -> int:
    """Minutes that two sessions share; with time blocks, whether they share one but not the room."""
    one, other = placements.get(clash.one), placements.get(clash.other)
    if one is None or other is None:
        return 0
    if problem.time_blocks:
        return int(one.room != other.room and problem.day_of(one.start) == problem.day_of(other.start))
    ends = one.start + problem.item[clash.one].minutes, other.start + problem.item[clash.other].minutes
    return max(0, min(ends) - max(one.start, other.start))


def link_cost(problem: Problem, link: Link, placements: Placements) -> int:
    """The penalty of a soft link; a hard link costs nothing, because it holds."""
    one, other = placements.get(link.one), placements.get(link.other)
    if not link.cost or one is None or other is None or holds(problem, link, one, other):
        return 0
    return link.cost


def holds(problem: Problem, link: Link, one: Place, other: Place) -> bool:
    """Whether two places satisfy a link."""
    end = one.start + problem.item[link.one].minutes
    if link.kind == SAME_DAY:
        return problem.day_of(one.start) == problem.day_of(other.start)
    if link.kind == BEFORE:
        return end <= other.start
    if link.kind == ONE_ROOM:
        return one.room == other.room or problem.day_of(one.start) != problem.day_of(other.start)
    if link.kind == LARGER:
        return problem.seats(one.room) >= problem.seats(other.room)
    return end <= other.start or other.start + problem.item[link.other].minutes <= one.start


def by_roaming_track(problem: Problem) -> dict[int, list[Item]]:
    """Strands with more than one session."""
    return _groups(problem.items, lambda item: () if item.roaming_track is None else (item.roaming_track,))


def _out_of_sequence(problem: Problem, placements: Placements) -> int:
    """Sessions that miss their position in their track, and steps of the grid with two ordered ones at once."""
    misplaced = 0
    for group in by_roaming_track(problem).values():
        placed = [(placements[item.id], item) for item in group if item.id in placements]
        placed.sort(key=lambda row: (problem.day_of(row[0].start), row[0].room, row[0].start))
        misplaced += sum(item.order not in (0, at) for at, (_, item) in enumerate(placed, 1))
        ordered = [item for _, item in placed if item.order]
        for one, other in combinations(ordered, 2):
            starts = placements[one.id].start, placements[other.id].start
            minutes = min(starts[0] + one.minutes, starts[1] + other.minutes) - max(starts)
            misplaced += max(0, minutes) // problem.grid
    return misplaced


def _overflow(problem: Problem, item: Item, place: Place) -> int:
    room = problem.room.get(place.room)
    return max(0, item.audience - room.capacity) if room and room.capacity is not None else 0


def _late(problem: Problem, item: Item, place: Place) -> int:
    day = problem.day_of(place.start)
    return place.start - problem.days_in_order[day].start if day >= 0 else 0


def track_cells(problem: Problem, placements: Placements) -> dict[int, set[Cell]]:
    """The cells each roaming track uses."""
    used: dict[int, set[Cell]] = {}
    for item in problem.items:
        place = placements.get(item.id)
        if place is not None and item.roaming_track is not None:
            used.setdefault(item.roaming_track, set()).add((problem.day_of(place.start), place.room))
    return used


def track_costs(problem: Problem, placements: Placements) -> int:
    """What roaming tracks cost, each by itself and beside its rivals."""
    used = track_cells(problem, placements)
    cost = 0
    for track in problem.roaming_tracks:
        cells = used.get(track.id)
        if not cells:
            continue
        days, rooms = sorted({day for day, _ in cells}), {room for _, room in cells}
        cost += sum(cell_cost(problem, track, cell) for cell in cells)
        cost += track.per_room * (len(rooms) - 1)
        cost += track.per_parallel * (len(cells) - len(days))
        cost += track.per_gap * (days != list(range(days[0], days[-1] + 1)))
    for rival in problem.rival_tracks:
        per_day = Counter(day for day, _ in used.get(rival.other, ()))
        cost += rival.cost * sum(per_day[day] for day, _ in used.get(rival.one, ()))
    return cost


def cell_cost(problem: Problem, track: RoamingTrack, cell: Cell) -> int:
    """What a roaming track pays for one cell."""
    start = problem.days_in_order[cell[0]].start if cell[0] >= 0 else 0
    return sum(wish.cost for wish in track.wishes if wish.covers(cell[1], start))


PLACED: dict[str, Callable[[Problem, Item, Place], int]] = {
    "overflow": _overflow,
    "late-starts": _late,
    "wishes": lambda problem, item, place: sum(
        [wish.cost for wish in item.wishes if wish.covers(place.room, place.start)]
    ),
}
WHOLE: dict[str, Callable[[Problem, Placements], int]] = {
    "prime-time": _unfair,
    "sponsor-parallel": lambda problem, placements: _excess(by_sponsor(problem), placements),
    "topic-parallel": lambda problem, placements: _excess(by_topic(problem), placements),
    "clashes": lambda problem, placements: sum(
        clash.cost * together(problem, clash, placements) for clash in problem.clashes
    ),
    "strands": track_costs,
    "sequence": _out_of_sequence,
}


def as_solution(problem: Problem, placements: Placements, *notes: str) -> Solution:
    """A given timetable with the value of every objective. Without a search only the trivial bound 0 is known."""
    problem = problem.sorted()
    reached = tuple(Objective(key, value(problem, key, placements), 0) for key in order(problem))
    return Solution(candidates.placed(problem, placements), reached, notes)


def is_better(problem: Problem, placements: Placements, other: Placements) -> bool:
    """Whether the first objective that differs is lower."""
    return values(problem, placements) < values(problem, other)
