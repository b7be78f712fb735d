"""Rules and aims that look at several sessions at once, as rows and expressions of the model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import pairwise, permutations
from typing import TYPE_CHECKING, Any, TypeAlias

from . import aims
from .board import Chosen, covering_at
from .problem import Item
from .rules import BEFORE, LARGER, ONE_ROOM, SAME_DAY, Clash, Link
from .spans import Place

if TYPE_CHECKING:
    from .model import Model
    from .relaxed import TimeModel

#: Models that know when each session starts.
Timed: TypeAlias = "Model | TimeModel"
#: Literals of which at most one holds, and how many of them a fixed session already makes true.
Row = tuple[list[Any], int]


def parallel(model: Timed, groups: Mapping[Any, list[Item]]) -> Any:
    """Minutes with one of a group too many."""
    return sum(term for group in groups.values() for term in _excess_of(model, group))


def _excess_of(model: Timed, group: list[Item]) -> list[Any]:
    starts, item = model.starts(group), model.problem.item
    fixed = [(p.start, p.start + i.minutes) for i in group if (p := model.fixed.get(i.id)) is not None]
    if not starts:
        return [aims.too_many(group, model.fixed)]
    spans = [(start, start + item[key].minutes, (key, x)) for key, start, x in starts]
    points = sorted({at for begin, end in [*((s[0], s[1]) for s in spans), *fixed] for at in (begin, end)})
    terms = []
    for on, already, (begin, end) in zip(
        covering_at(spans, points), covering_at([(*span, 1) for span in fixed], points), pairwise(points), strict=False
    ):
        if on or len(already) > 1:
            most = len({key for key, _ in on})
            over = model.excess([x for _, x in on], len(already), most, partial(_beyond_first, group, begin))
            terms.append((end - begin) * over)
    return terms


def _beyond_first(group: list[Item], at: int, chosen: Chosen) -> int:
    on = sum((p := chosen.get(i.id)) is not None and p.start <= at < p.start + i.minutes for i in group)
    return max(0, on - 1)


def unfair(model: Timed) -> Any:
    """Squares of sessions outside prime time, per sponsor: the first costs 1, the second 3, the third 5."""
    problem = model.problem
    groups: dict[int, list[Item]] = defaultdict(list)
    for item in problem.items:
        groups[item.sponsor].append(item)
    return sum(_outside(model, group) for group in groups.values())


def _outside(model: Timed, group: list[Item]) -> Any:
    problem = model.problem
    there = [model.fixed[item.id] for item in group if item.id in model.fixed]
    already = sum(not aims.is_prime(problem, place) for place in there)
    literals = [x for _, start, x in model.starts(group) if not aims.is_prime(problem, Place(0, start))]
    free = len({item.id for item in group} & model.places.keys()) if literals else 0
    steps = [model.flag(partial(_more_outside, model, group, already + at)) for at in range(free)]
    if steps:
        model.cp.add(sum(steps) >= sum(literals))
    return already**2 + sum((2 * (already + at) + 1) * step for at, step in enumerate(steps))


def _more_outside(model: Timed, group: list[Item], than: int, chosen: Chosen) -> int:
    outside = sum(i.id in chosen and not aims.is_prime(model.problem, chosen[i.id]) for i in group)
    return int(outside > than)


def clashes(model: Timed) -> Any:
    """Minutes in parallel of each pair, times its cost."""
    return sum(clash.cost * _shared(model, clash) for clash in model.problem.clashes if clash.cost)


def _shared(model: Timed, clash: Clash) -> Any:
    pair = [model.problem.item[clash.one], model.problem.item[clash.other]]
    return sum(_excess_of(model, pair))


def hard_links(model: Timed) -> None:
    """Rows for the links that must hold."""
    for link in model.problem.links:
        if not link.cost:
            hard_link(model, link)


def hard_link(model: Timed, link: Link) -> None:
    """Rows for one link that must hold."""
    for literals, already in _rows(model, link):
        model.at_most_one(literals, already)


def soft_links(model: Timed) -> Any:
    """The cost of the links that may give way."""
    return sum(_soft(model, link) for link in model.problem.links if link.cost)


def _soft(model: Timed, link: Link) -> Any:
    if link.one in model.fixed and link.other in model.fixed:
        return aims.link_cost(model.problem, link, model.fixed)
    broken = model.flag(lambda chosen: int(aims.link_cost(model.problem, link, chosen) > 0))
    for literals, already in _rows(model, link):
        if len(literals) + already > 1:
            model.cp.add(sum(literals) + already <= 1 + broken)
    return link.cost * broken


def _rows(model: Timed, link: Link) -> Iterable[Row]:
    """What a link says, as sets of which at most one may hold."""
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


def _room_rows(model: Timed, link: Link) -> list[Row]:
    """Rules about rooms; a model of times alone does not know them."""
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


def _options(model: Timed, key: int) -> list[Option]:
    item = model.problem.item.get(key)
    if item is None:
        return []
    fixed = model.fixed.get(key)
    rows = [(fixed.start, None)] if fixed else [(start, x) for _, start, x in model.starts([item])]
    return [(start, start + item.minutes, model.problem.day_of(start), x) for start, x in rows]


def _row(options: list[Option]) -> Row:
    literals = [option[3] for option in options if option[3] is not None]
    return literals, len(options) - len(literals)


def walks(model: Model, group: list[Item]) -> None:
    """Nobody goes on stage before they can have walked there: rows per room of the first session."""
    for one, other in permutations(group, 2):
        by_room = _by_room(model, one), _by_room(model, other)
        for room in by_room[0]:
            for gap in sorted({model.problem.gap(room, there) for there in by_room[1] if there != room}):
                _walk(model, gap, by_room[0][room], [
                    each for there in by_room[1] if there != room and model.problem.gap(room, there) >= gap
                    for each in by_room[1][there]
                ])  # fmt: skip


def _walk(model: Model, gap: int, first: list[tuple[int, int, Any]], then: list[tuple[int, int, Any]]) -> None:
    for at in sorted({start for start, _, _ in then}):
        here = [x for start, end, x in first if start <= at < end + gap]
        there = [x for start, end, x in then if start <= at < end]
        if here and there:
            model.at_most_one(here + there)


def _by_room(model: Model, item: Item) -> dict[int, list[tuple[int, int, Any]]]:
    found: dict[int, list[tuple[int, int, Any]]] = defaultdict(list)
    for place in model.places[item.id]:
        found[place.room].append((place.start, place.start + item.minutes, model.x[item.id, place]))
    return found


WHOLE: dict[str, Callable[[Timed], Any]] = {
    "prime-time": unfair,
    "sponsor-parallel": lambda model: parallel(model, aims.by_sponsor(model.problem)),
    "topic-parallel": lambda model: parallel(model, aims.by_topic(model.problem)),
    "clashes": clashes,
}
