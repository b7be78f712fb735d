"""Every other place of a session: what it would break, or what it would cost, with everything else left alone.

The other sessions stay where they are. Where one of them is in the way of a place that looks better, the one step that
would make room is told too: the best other place of whoever is in the way, and what both moves cost together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from . import candidates
from .checker import Fault, faults
from .ledger import Ledger, mates
from .problem import Item, Problem
from .spans import Place
from .weighing import Costs, Scale, verdict

#: For so many places that look better but are taken, a way to make room is looked for.
WAYS = 6
NEVER = frozenset({"wrong-track", "lacks-equipment"})


@dataclass(frozen=True)
class Way:
    """Making room: `other` would have to leave. `to` None: it has nowhere else to go. `costs` are of both moves."""

    other: int
    to: Place | None = None
    costs: Costs = ()


@dataclass(frozen=True)
class Alternative:
    """Another place. `costs` are told for a place that breaks something too, as if whoever is in the way were not."""

    place: Place
    breaks: tuple[Fault, ...] = ()
    costs: Costs = ()
    way: Way | None = None

    @property
    def looks_better(self) -> bool:
        """Some aim would gain."""
        return any(by < 0 for _, by in self.costs)

    @property
    def way_in(self) -> bool:
        """It looks better, and only other sessions may be in the way."""
        return self.looks_better and all(fault.other is not None for fault in self.breaks)

    @property
    def is_better(self) -> bool:
        """It may be had at once, and the first aim that differs gains."""
        return not self.breaks and verdict(self.costs).is_better


def alternatives(problem: Problem, item: Item, places: Mapping[int, Place]) -> Looking:
    """The other places of a session that has one; `places` is the timetable it stands in."""
    return Looking(problem, item, places)


class Looking:
    """One session that looks around: `weighed` are all its other places, `rows` what is worth telling of them."""

    def __init__(self, problem: Problem, item: Item, places: Mapping[int, Place]) -> None:
        self.problem, self.item, self.places = problem, item, places
        self.here = places[item.id]
        self.scale = Scale(problem, [item.id], places)
        self.ranked = {room.id: at for at, room in enumerate(problem.rooms)}

    @cached_property
    def rows(self) -> list[Alternative]:
        """One or two for each start, the better-looking first, then the allowed, then what breaks something.

        A start's row is its best free room, else the room where least is in the way; a second one tells of a room
        that would be better still but is taken.
        """
        by_start: dict[int, list[Alternative]] = defaultdict(list)
        for each in self.weighed:
            by_start[each.place.start].append(each)
        rows = [row for there in by_start.values() for row in self._told(there)]
        rows.sort(key=self._order)
        return [*self._with_ways(rows[:WAYS]), *rows[WAYS:]]

    @cached_property
    def weighed(self) -> list[Alternative]:
        """All other places, each alone."""
        rooms = self._rooms()
        starts = candidates.starts(self.problem, self.item.minutes)
        wanted = [Place(room, start) for start in starts for room in rooms]
        return [self._weigh(place) for place in wanted if place != self.here]

    def _rooms(self) -> list[int]:
        """Rooms its track and equipment allow, and the one it is in."""
        at = self.here.start
        return [
            room.id
            for room in self.problem.rooms
            if room.id == self.here.room
            or not NEVER & {fault.code for fault in faults(self.problem, self.item, Place(room.id, at), {})}
        ]

    def _weigh(self, place: Place) -> Alternative:
        broken = tuple(faults(self.problem, self.item, place, self._around[place.room]))
        return Alternative(place, broken, self.scale.costs({**self.places, self.item.id: place}))

    @cached_property
    def _around(self) -> Mapping[int, dict[int, Place]]:
        """Per room, who may be in the way there, in the timetable's order: its sessions, and everyone elsewhere
        whom the session shares a person or a rule with."""
        found: dict[int, dict[int, Place]] = {room.id: {} for room in self.problem.rooms}
        bound = mates(self.problem)[self.item.id]
        for key, place in self.places.items():
            for room in found if key in bound else {place.room} & found.keys():
                found[room][key] = place
        return found

    def _told(self, there: list[Alternative]) -> Iterable[Alternative]:
        best = min(there, key=self._by_room)
        yield best
        taken = [each for each in there if each.breaks and each.way_in and each is not best]
        if taken and not best.breaks:
            better = min(taken, key=self._by_room)
            if self.scale.worth(better.costs) < self.scale.worth(best.costs):
                yield better

    def _by_room(self, each: Alternative) -> tuple[object, ...]:
        at = self.ranked.get(each.place.room, -1)
        return len(each.breaks), self.scale.worth(each.costs), each.place.room != self.here.room, at

    def _order(self, each: Alternative) -> tuple[object, ...]:
        return (
            not each.way_in,
            bool(each.breaks),
            self.scale.worth(each.costs),
            each.place.start,
            self.ranked.get(each.place.room, -1),
        )

    def _with_ways(self, rows: list[Alternative]) -> list[Alternative]:
        return [replace(each, way=self._way(each)) if each.way_in else each for each in rows]

    def _way(self, each: Alternative) -> Way | None:
        """The one session in the way, and where it could go; None when several are, or something else forbids it."""
        others = {fault.other for fault in each.breaks}
        if len(others) != 1 or None in others:
            return None
        other = self.problem.item[next(key for key in others if key is not None)]
        return Way(other.id) if other.pin is not None else self._elsewhere(other, each.place)

    def _elsewhere(self, other: Item, place: Place) -> Way:
        after, ledger = {**self.places, self.item.id: place}, Ledger(self.problem)
        for key, there in after.items():
            if key != other.id:
                ledger.put(self.problem.item[key], there)
        free = ledger.free(other, candidates.places(self.problem, other))
        scale = Scale(self.problem, [self.item.id, other.id], self.places)
        costs = {spot: scale.costs({**after, other.id: spot}) for spot in free}
        if not costs:
            return Way(other.id)
        to = min(costs, key=lambda spot: (scale.worth(costs[spot]), spot))
        return Way(other.id, to, costs[to])
