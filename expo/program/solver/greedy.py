"""A first timetable, greedily: session by session, each at the place that costs least.

It is also the answer when the search finds nothing better within its limit.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import groupby

from . import candidates, objectives
from .candidates import Allowed
from .occupancy import Occupancy
from .problem import Item, Place, Problem, Timetable

Priority = tuple[int, ...]
#: Outside prime time, ticks in parallel with its sponsor, ticks in parallel with its topics.
StartCost = tuple[int, int, int]


def first_timetable(problem: Problem, allowed: Allowed | None = None) -> Timetable:
    """The best of three: better sessions first, longer sessions first, and present places kept."""
    allowed = allowed or candidates.all_allowed_places(problem)
    tried = [GreedyTimetable(problem, allowed, better_first), GreedyTimetable(problem, allowed, longer_first)]
    if any(item.present is not None for item in problem.items):
        tried.append(GreedyTimetable(problem, allowed, better_first))
        tried[-1].keep()
    for each in tried:
        each.fill()
    return min((each.occupancy.placements for each in tried), key=lambda found: objectives.values(problem, found))


def better_first(item: Item, choices: int) -> Priority:
    """Higher merit bands first; inside a band what is hard to place, then what is better."""
    return (item.merit_band, -item.minutes, choices, -item.merit, item.id)


def longer_first(item: Item, choices: int) -> Priority:
    """What is hard to place first: in a day that is nearly full, no gap is left for a long session at the end."""
    return (-item.minutes - item.setup, choices, item.merit_band, -item.merit, item.id)


class GreedyTimetable:
    """A timetable under construction, with the pins in it from the start."""

    def __init__(self, problem: Problem, allowed: Allowed, priority: Callable[[Item, int], Priority]) -> None:
        self.problem, self.allowed, self.occupancy = problem, allowed, Occupancy(problem)
        self.order = sorted(problem.items, key=lambda item: priority(item, len(allowed[item.id])))
        self.busy: dict[tuple[str, int], int] = defaultdict(int)  # ticks with a session of a sponsor or topic
        for item in problem.items:
            if item.pin is not None:
                self._add(item, item.pin)

    def _add(self, item: Item, place: Place) -> None:
        self.occupancy.add(item, place)
        bits = self.occupancy.clock.bits(place.start, place.start + item.minutes)
        for key in _kinds(item):
            self.busy[key] |= bits

    def keep(self) -> None:
        """Keep sessions at their present places wherever that is still allowed."""
        for item in self.order:
            place = item.present
            if item.id in self.occupancy.placements or place is None or place not in self.allowed[item.id]:
                continue
            if self.occupancy.is_free(item, place):
                self._add(item, place)

    def fill(self) -> None:
        """Place everything that can be placed."""
        for item in self.order:
            if item.id not in self.occupancy.placements:
                self._place(item)

    def _place(self, item: Item) -> None:
        """At the free place that costs least, else where one other session can move elsewhere."""
        for places, start_costs in self._places_by_cost(item):
            free = list(self.occupancy.free(item, places))
            if free:
                self._add(item, min(free, key=lambda place: self._cost(item, place, start_costs[place.start])))
                return
        if self.occupancy.is_full(item):
            return
        for place in self.allowed[item.id]:
            others = self.occupancy.blockers(item, place)
            if len(others) == 1 and self._displaces(others[0], item, place):
                return

    def _places_by_cost(self, item: Item) -> Iterator[tuple[list[Place], dict[int, StartCost]]]:
        """Its places grouped by the cost of their start, cheapest first. For a session of a published program stability
        outweighs that, so its places are compared all at once."""
        by_start: dict[int, list[Place]] = defaultdict(list)
        for place in self.allowed[item.id]:
            by_start[place.start].append(place)
        costs: dict[int, StartCost] = {}
        for start in by_start:
            bits = self.occupancy.clock.bits(start, start + item.minutes)
            parallel = [(bits & self.busy[kind]).bit_count() for kind in _kinds(item)]
            outside = bool(self.problem.prime) and not objectives.is_prime(self.problem, Place(0, start))
            costs[start] = int(outside), parallel[0], sum(parallel[1:])
        if self.problem.is_published and item.present is not None:
            yield self.allowed[item.id], costs
            return
        for _, equal in groupby(sorted(by_start, key=costs.__getitem__), key=costs.__getitem__):
            yield [place for start in equal for place in by_start[start]], costs

    def _displaces(self, other: Item, item: Item, place: Place) -> bool:
        if other.pin is not None:
            return False
        before = self.occupancy.remove(other)
        self.occupancy.add(item, place)
        elsewhere = next(self.occupancy.free(other, self.allowed[other.id]), None)
        if elsewhere is not None:
            self._add(other, elsewhere)
            return True
        self.occupancy.remove(item)
        self.occupancy.add(other, before)
        return False

    def _cost(self, item: Item, place: Place, start_cost: StartCost) -> Priority:
        problem = self.problem
        change = 0 if item.present is None else objectives.cost(problem, "changes", item, place)
        return (
            change if problem.is_published else 0,
            *start_cost,
            objectives.cost(problem, "overflow", item, place),
            objectives.cost(problem, "wishes", item, place) if item.wishes else 0,
            change,
            objectives.cost(problem, "late-starts", item, place),
            place.start,
            place.room,
        )


def _kinds(item: Item) -> list[tuple[str, int]]:
    """Its sponsor first, then its topics."""
    return [("sponsor", item.sponsor), *(("topic", topic) for topic in sorted(item.topics))]
