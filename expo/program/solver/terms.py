"""Constraints and objectives over several sessions, as rows and expressions of a model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import combinations, pairwise
from typing import Any

from . import objectives
from .base_model import BaseModel, TimedModel, covering_at
from .objectives import Cell
from .problem import BEFORE, LARGER, ONE_ROOM, SAME_DAY, Item, Link, Place, Placements, RivalTracks, RoamingTrack

#: Literals of which at most one may be true, and how many fixed sessions count as true already.
Row = tuple[list[Any], int]


def parallel(model: TimedModel, groups: Mapping[Any, list[Item]]) -> Any:
    """Minutes with one session of a group too many."""
    return sum(term for group in groups.values() for term in _excess_of(model, group))


def _excess_of(model: TimedModel, group: list[Item]) -> list[Any]:
    starts, item = model.starts(group), model.problem.item
    fixed = [(p.start, p.start + i.minutes) for i in group if (p := model.fixed.get(i.id)) is not None]
    if not starts:
        return [objectives.too_many(group, model.fixed)]

    def beyond_first(at: int, placements: Placements) -> int:
        on = sum((p := placements.get(i.id)) is not None and p.start <= at < p.start + i.minutes for i in group)
        return max(0, on - 1)

    spans = [(start, start + item[key].minutes, (key, x)) for key, start, x in starts]
    points = sorted({at for begin, end in [*((s[0], s[1]) for s in spans), *fixed] for at in (begin, end)})
    terms = []
    for on, already, (begin, end) in zip(
        covering_at(spans, points), covering_at([(*span, 1) for span in fixed], points), pairwise(points), strict=False
    ):
        if on or len(already) > 1:
            most = len({key for key, _ in on})
            over = model.excess([x for _, x in on], len(already), most, partial(beyond_first, begin))
            terms.append((end - begin) * over)
    return terms


def prime_time(model: TimedModel) -> Any:
    """Squares of each sponsor's sessions outside prime time: the first costs 1, the second 3, the third 5."""
    problem = model.problem
    groups: dict[int, list[Item]] = defaultdict(list)
    for item in problem.items:
        groups[item.sponsor].append(item)
    return sum(_squares_outside(model, group) for group in groups.values())


def _squares_outside(model: TimedModel, group: list[Item]) -> Any:
    problem = model.problem
    fixed = [model.fixed[item.id] for item in group if item.id in model.fixed]
    already = sum(not objectives.is_prime(problem, place) for place in fixed)
    literals = [x for _, start, x in model.starts(group) if not objectives.is_prime(problem, Place(0, start))]
    free = len({item.id for item in group} & model.places.keys()) if literals else 0

    def has_more_outside(than: int, placements: Placements) -> int:
        outside = sum(i.id in placements and not objectives.is_prime(problem, placements[i.id]) for i in group)
        return int(outside > than)

    steps = [model.flag(partial(has_more_outside, already + at)) for at in range(free)]
    if steps:
        model.cp.add(sum(steps) >= sum(literals))
    return already**2 + sum((2 * (already + at) + 1) * step for at, step in enumerate(steps))


def clashes(model: TimedModel) -> Any:
    """Minutes in parallel of each pair, times its cost."""
    item = model.problem.item
    return sum(
        clash.cost * sum(_excess_of(model, [item[clash.one], item[clash.other]]))
        for clash in model.problem.clashes
        if clash.cost
    )


def hard_links(model: TimedModel) -> None:
    """Rows for all hard links."""
    for link in model.problem.links:
        if not link.cost:
            hard_link(model, link)


def hard_link(model: TimedModel, link: Link) -> None:
    """Rows for one hard link."""
    for literals, already in _rows(model, link):
        model.at_most_one(literals, already)


def soft_links(model: TimedModel) -> Any:
    """The penalties of the soft links."""
    costs: list[Any] = []
    for link in (each for each in model.problem.links if each.cost):

        def is_broken(placements: Placements, link: Link = link) -> int:
            return int(objectives.link_cost(model.problem, link, placements) > 0)

        if link.one in model.fixed and link.other in model.fixed:
            costs.append(objectives.link_cost(model.problem, link, model.fixed))
        else:
            broken = model.flag(is_broken)
            for literals, already in _rows(model, link):
                if len(literals) + already > 1:
                    model.cp.add(sum(literals) + already <= 1 + broken)
            costs.append(link.cost * broken)
    return sum(costs)


def _rows(model: TimedModel, link: Link) -> Iterable[Row]:
    """A link as sets of literals of which at most one may be true."""
    if link.kind in (ONE_ROOM, LARGER):
        return _room_rows(model, link)
    one, other = (_options(model, key) for key in (link.one, link.other))
    if link.kind == SAME_DAY:
        days = range(-1, len(model.problem.days))
        return [_row([o for o in one if o[2] == day] + [o for o in other if o[2] != day]) for day in days]
    if link.kind == BEFORE:
        points = sorted({begin for begin, *_ in other})
        return [_row([o for o in one if o[1] > at] + [o for o in other if o[0] <= at]) for at in points]
    both = one + other
    return [_row([o for o in both if o[0] <= at < o[1]]) for at in sorted({begin for begin, *_ in both})]


def _room_rows(model: TimedModel, link: Link) -> list[Row]:
    """Links about rooms; a model of times alone relaxes them."""
    problem = model.problem
    one, other = (model.rooms_of(key) for key in (link.one, link.other))
    if link.kind == ONE_ROOM:
        cells = sorted({(day, room) for day, room, _ in one})
        return [
            _row([(0, 0, 0, x) for d, r, x in one if (d, r) == (day, room)]
                 + [(0, 0, 0, x) for d, r, x in other if d == day and r != room])
            for day, room in cells
        ]  # fmt: skip
    sizes = sorted({problem.seats(room) for _, room, _ in other})
    return [
        _row([(0, 0, 0, x) for _, r, x in one if problem.seats(r) < size]
             + [(0, 0, 0, x) for _, r, x in other if problem.seats(r) >= size])
        for size in sizes
    ]  # fmt: skip


#: Start, end, day, and the literal: None for a fixed session.
Option = tuple[int, int, int, Any]


def _options(model: TimedModel, key: int) -> list[Option]:
    item = model.problem.item.get(key)
    if item is None:
        return []
    fixed = model.fixed.get(key)
    rows = [(fixed.start, None)] if fixed else [(start, x) for _, start, x in model.starts([item])]
    return [(start, start + item.minutes, model.problem.day_of(start), x) for start, x in rows]


def _row(options: list[Option]) -> Row:
    literals = [option[3] for option in options if option[3] is not None]
    return literals, len(options) - len(literals)


WHOLE: dict[str, Callable[[TimedModel], Any]] = {
    "prime-time": prime_time,
    "sponsor-parallel": lambda model: parallel(model, objectives.by_sponsor(model.problem)),
    "topic-parallel": lambda model: parallel(model, objectives.by_topic(model.problem)),
    "clashes": clashes,
}


#: For each roaming track the cells it may use, each with its literal (or 1 when a fixed session uses it).
TrackCells = Mapping[int, Mapping[Cell, Any]]


def uses(model: BaseModel, track: int, cell: Cell, placements: Placements) -> int:
    """Whether a roaming track uses a cell in a given timetable."""
    return _is_used(model, track, *cell, placements)


def _is_used(model: BaseModel, track: int, day: int | None, room: int | None, placements: Placements) -> int:
    """Whether a roaming track has a session on this day and in this room; None is any."""
    cells = [_cell(model, key, placements) for key in model.members[track] if key in placements]
    return int(any(day in (None, cell[0]) and room in (None, cell[1]) for cell in cells))


def _cell(model: BaseModel, key: int, placements: Placements) -> Cell:
    return model.problem.day_of(placements[key].start), placements[key].room


def track_costs(model: BaseModel, cells: TrackCells) -> Any:
    """What roaming tracks cost, as in `objectives.track_costs`; a lower bound where rivals use several rooms."""
    days: dict[int, dict[int, Any]] = {}  # per track and day, whether it has a session
    for key in (track.id for track in model.problem.roaming_tracks):
        by_day: dict[int, list[Any]] = defaultdict(list)
        for (day, _), literal in cells.get(key, {}).items():
            by_day[day].append(literal)
        days[key] = {day: _or(model, by_day[day], partial(_is_used, model, key, day, None)) for day in sorted(by_day)}
    alone = sum(
        _track_cost(model, track, cells.get(track.id, {}), days[track.id]) for track in model.problem.roaming_tracks
    )
    rivalries = []
    for rival in model.problem.rival_tracks:

        def both_on(day: int, placements: Placements, rival: RivalTracks = rival) -> int:
            on = (_is_used(model, track, day, None, placements) for track in (rival.one, rival.other))
            return int(all(on))

        one, other = days.get(rival.one, {}), days.get(rival.other, {})
        shared = []
        for day in one.keys() & other.keys():
            shared.append(model.flag(partial(both_on, day)))
            model.cp.add(shared[-1] >= one[day] + other[day] - 1)
        rivalries.append(rival.cost * sum(shared))
    return alone + sum(rivalries)


def _or(model: BaseModel, literals: list[Any], hint: Any) -> Any:
    if len(literals) == 1 or any(isinstance(each, int) for each in literals):
        return 1 if any(isinstance(each, int) for each in literals) else literals[0]
    any_true = model.flag(hint)
    model.cp.add_max_equality(any_true, literals)
    return any_true


def _track_cost(model: BaseModel, track: RoamingTrack, cells: Mapping[Cell, Any], days: Mapping[int, Any]) -> Any:
    if not cells:
        return 0
    cost = sum(objectives.cell_cost(model.problem, track, cell) * literal for cell, literal in cells.items())
    if track.per_room:
        by_room: dict[int, list[Any]] = defaultdict(list)
        for (_, room), literal in cells.items():
            by_room[room].append(literal)
        used = [_or(model, by_room[room], partial(_is_used, model, track.id, None, room)) for room in sorted(by_room)]
        cost += track.per_room * (sum(used) - _or(model, used, partial(_is_used, model, track.id, None, None)))
    if track.per_parallel:
        cost += track.per_parallel * (sum(cells.values()) - sum(days.values()))
    if track.per_gap and len(days) > 2:

        def has_gap(placements: Placements) -> int:
            """Whether a day without the track lies between two days with it."""
            on = {_cell(model, key, placements)[0] for key in model.members[track.id] if key in placements}
            return int(bool(on) and len(on) <= max(on) - min(on))

        gap = model.flag(has_gap)
        for first, last in combinations(sorted(days), 2):
            for between in range(first + 1, last):
                model.cp.add(days[first] + days[last] - days.get(between, 0) <= 1 + gap)
        cost += track.per_gap * gap
    return cost
