"""A usable timetable at once: session by session, each where it hurts least.

Not a step on the way only: when the search finds nothing better in its time, this is the answer.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby

from . import aims, candidates
from .ledger import Ledger
from .problem import Item, Problem
from .spans import Place

Chosen = dict[int, Place]
Wanted = Mapping[int, list[Place]]
Worth = tuple[int, ...]
#: Outside prime time, ticks beside its sponsor, ticks beside its topics.
Beside = tuple[int, int, int]


def start(problem: Problem, wanted: Wanted | None = None) -> Chosen:
    """The best of three timetables: the better sessions first, the longer first, and what stands now kept."""
    wanted = wanted or candidates.all_places(problem)
    drafts = [Draft(problem, wanted, better_first), Draft(problem, wanted, longer_first)]
    if any(item.present is not None for item in problem.items):
        drafts.append(Draft(problem, wanted, better_first))
        drafts[-1].keep()
    for draft in drafts:
        draft.fill()
    return min((draft.ledger.chosen for draft in drafts), key=lambda chosen: aims.values(problem, chosen))


def by_start(places: list[Place]) -> dict[int, list[Place]]:
    """Places by when they are."""
    found: dict[int, list[Place]] = defaultdict(list)
    for place in places:
        found[place.start].append(place)
    return found


def better_first(item: Item, choices: int) -> Worth:
    """Higher bands first; inside a band what is hard to place, then what is better."""
    return (item.band, -item.minutes, choices, -item.merit, item.id)


def longer_first(item: Item, choices: int) -> Worth:
    """What is hard to place first: in a day that is nearly full, long sessions find no room at the end."""
    return (-item.minutes - item.setup, choices, item.band, -item.merit, item.id)


class Draft:
    """A timetable in the making; pins stand in it from the start."""

    def __init__(self, problem: Problem, wanted: Wanted, worth: Callable[[Item, int], Worth]) -> None:
        self.problem, self.wanted, self.ledger = problem, wanted, Ledger(problem)
        self.order = sorted(problem.items, key=lambda item: worth(item, len(wanted[item.id])))
        self.on: dict[tuple[str, int], int] = defaultdict(int)  # ticks with a sponsor or a topic on
        for item in problem.items:
            if item.pin is not None:
                self._put(item, item.pin)

    def _put(self, item: Item, place: Place) -> None:
        self.ledger.put(item, place)
        bits = self.ledger.clock.bits(place.start, place.start + item.minutes)
        for key in _kinds(item):
            self.on[key] |= bits

    def keep(self) -> None:
        """Put sessions where they stand now, wherever that is still allowed."""
        for item in self.order:
            place = item.present
            if item.id in self.ledger.chosen or place is None or place not in self.wanted[item.id]:
                continue
            if self.ledger.is_free(item, place):
                self._put(item, place)

    def fill(self) -> None:
        """Give a place to everything that can have one."""
        for item in self.order:
            if item.id not in self.ledger.chosen:
                self._place(item)

    def _place(self, item: Item) -> None:
        """Into the free place that costs least, else where one other session can step aside."""
        for places, beside in self._turns(item):
            free = list(self.ledger.free(item, places))
            if free:
                self._put(item, min(free, key=lambda place: self._pain(item, place, beside[place.start])))
                return
        if self.ledger.is_full(item):
            return
        for place in self.wanted[item.id]:
            others = self.ledger.blockers(item, place)
            if len(others) == 1 and self._makes_way(others[0], item, place):
                return

    def _turns(self, item: Item) -> Iterator[tuple[list[Place], dict[int, Beside]]]:
        """Its places by what their start costs, the least first; a published session is to stay above all else, so
        there all places are compared at once."""
        starts = by_start(self.wanted[item.id])
        beside = {start: self._beside(item, start) for start in starts}
        if self.problem.is_published and item.present is not None:
            yield self.wanted[item.id], beside
            return
        for _, equal in groupby(sorted(starts, key=beside.__getitem__), key=beside.__getitem__):
            yield [place for start in equal for place in starts[start]], beside

    def _makes_way(self, other: Item, item: Item, place: Place) -> bool:
        if other.pin is not None:
            return False
        before = self.ledger.take_out(other)
        self.ledger.put(item, place)
        elsewhere = next(self.ledger.free(other, self.wanted[other.id]), None)
        if elsewhere is not None:
            self._put(other, elsewhere)
            return True
        self.ledger.take_out(item)
        self.ledger.put(other, before)
        return False

    def _beside(self, item: Item, start: int) -> Beside:
        """Ticks beside its sponsor and its topics, and whether it is outside prime time; the room does not matter."""
        bits = self.ledger.clock.bits(start, start + item.minutes)
        near = [(bits & self.on[kind]).bit_count() for kind in _kinds(item)]
        outside = bool(self.problem.prime) and not aims.is_prime(self.problem, Place(0, start))
        return int(outside), near[0], sum(near[1:])

    def _pain(self, item: Item, place: Place, beside: Beside) -> Worth:
        problem = self.problem
        change = 0 if item.present is None else aims.cost(problem, "changes", item, place)
        return (
            change if problem.is_published else 0,
            *beside,
            aims.cost(problem, "overflow", item, place),
            aims.cost(problem, "wishes", item, place) if item.wishes else 0,
            change,
            aims.cost(problem, "late-starts", item, place),
            place.start,
            place.room,
        )


def _kinds(item: Item) -> list[tuple[str, int]]:
    """Its sponsor first, then its topics."""
    return [("sponsor", item.sponsor), *(("topic", topic) for topic in sorted(item.topics))]
