"""Every other place of a session: what it would break and what it would cost, with all others left where they are.

Costs are differences of two counts by `checker.score`, never values of a model. Only sessions that share a sponsor, a
topic, a roaming track or a rule with a moved one can change a count, so only they are counted. Stability objectives are
left out: every move costs them alike. Where a single session blocks a place that looks better, its displacement is
tried too: its best other place, and the costs of both moves together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from . import candidates
from .checker import Fault, faults, score
from .objectives import REPAIR, order
from .occupancy import Occupancy, related_sessions
from .problem import Item, Place, Placements, Problem

#: (objective, difference), in the order of the objectives, without those that stay the same. Less is better.
Costs = tuple[tuple[str, int], ...]
STABILITY = (*REPAIR, "changes")
#: Stands for all sponsors without a moved session: what they have in parallel does not change.
OTHER_SPONSORS = -1
#: For so many places that look better but are taken, a displacement is tried.
DISPLACEMENTS = 6
#: Faults of a room whatever the start.
OF_ROOM = frozenset({"wrong-track", "lacks-equipment", "excluded-room"})


@dataclass(frozen=True)
class Comparison:
    """A difference judged lexicographically."""

    is_better: bool
    is_same: bool
    gains: Costs
    losses: Costs


def compare(costs: Costs) -> Comparison:
    """The first objective that differs decides."""
    gains = tuple(each for each in costs if each[1] < 0)
    losses = tuple(each for each in costs if each[1] > 0)
    return Comparison(bool(costs) and costs[0][1] < 0, not costs, gains, losses)


class CostComparison:
    """Compares timetables that differ in the places of a few sessions."""

    def __init__(self, problem: Problem, movers: Iterable[int], before: Placements) -> None:
        self.keys = [key for key in order(problem) if key not in STABILITY]
        self.rank = {key: at for at, key in enumerate(self.keys)}
        self.problem = _around(problem, [problem.item[key] for key in movers])
        self.before = self._count(before)

    def _count(self, places: Placements) -> dict[str, int]:
        return score(self.problem, {key: places[key] for key in self.problem.item if key in places})

    def costs(self, after: Placements) -> Costs:
        """The differences of another timetable to the one before."""
        counted = self._count(after)
        return tuple((key, by) for key in self.keys if (by := counted.get(key, 0) - self.before.get(key, 0)))

    def sort_key(self, costs: Costs) -> tuple[int, ...]:
        """Lexicographic: smaller is better."""
        row = [0] * len(self.keys)
        for key, by in costs:
            row[self.rank[key]] = by
        return tuple(row)


def _around(problem: Problem, movers: list[Item]) -> Problem:
    """The part of a problem whose counts can change when these move."""
    topics = frozenset(topic for item in movers for topic in item.topics)
    keys = {item.id for item in movers}
    links = tuple(each for each in problem.links if each.cost and keys & {each.one, each.other})
    clashes = tuple(each for each in problem.clashes if keys & {each.one, each.other})
    own = {item.roaming_track for item in movers if item.roaming_track is not None}
    rivals = {key for each in problem.rival_tracks if own & {each.one, each.other} for key in (each.one, each.other)}
    tracks = own | rivals
    sponsors = {item.sponsor for item in movers}
    keys |= {key for link in links for key in (link.one, link.other)}
    keys |= {key for clash in clashes for key in (clash.one, clash.other)}
    kept = [
        replace(item, topics=item.topics & topics, sponsor=item.sponsor if item.sponsor in sponsors else OTHER_SPONSORS)
        for item in problem.items
        if item.id in keys or item.sponsor in sponsors or item.topics & topics or item.roaming_track in tracks
    ]
    kept_keys = {item.id for item in kept}
    return replace(
        problem,
        items=tuple(kept),
        links=tuple(each for each in links if {each.one, each.other} <= kept_keys),
        clashes=tuple(each for each in clashes if {each.one, each.other} <= kept_keys),
        roaming_tracks=tuple(each for each in problem.roaming_tracks if each.id in tracks),
        rival_tracks=tuple(each for each in problem.rival_tracks if {each.one, each.other} <= tracks),
    )


@dataclass(frozen=True)
class Displacement:
    """The session `other` moves `to` another place (None: there is no other); `costs` are of both moves."""

    other: int
    to: Place | None = None
    costs: Costs = ()


@dataclass(frozen=True)
class Alternative:
    """Another place. `costs` are counted even if it breaks something, as if the conflicting session were allowed."""

    place: Place
    breaks: tuple[Fault, ...] = ()
    costs: Costs = ()
    displacement: Displacement | None = None

    @property
    def looks_better(self) -> bool:
        """Whether some objective would improve."""
        return any(by < 0 for _, by in self.costs)

    @property
    def could_displace(self) -> bool:
        """Whether it looks better and breaks at most constraints with other sessions."""
        return self.looks_better and all(fault.other is not None for fault in self.breaks)

    @property
    def is_better(self) -> bool:
        """Whether it breaks nothing, and the first objective that differs improves."""
        return not self.breaks and compare(self.costs).is_better


def alternatives(problem: Problem, item: Item, places: Placements) -> AlternativeSearch:
    """The other places of a placed session; `places` is the whole timetable."""
    return AlternativeSearch(problem, item, places)


class AlternativeSearch:
    """The alternatives of one session: `weighed` are all of them, `rows` the ones worth showing."""

    def __init__(self, problem: Problem, item: Item, places: Placements) -> None:
        self.problem, self.item, self.places = problem, item, places
        self.here = places[item.id]
        self.comparison = CostComparison(problem, [item.id], places)
        self.room_rank = {room.id: at for at, room in enumerate(problem.rooms)}

    @cached_property
    def rows(self) -> list[Alternative]:
        """One or two for each start; those that look better first, then the allowed ones, then the others.

        A start's row is its best free room, else the room with the fewest faults; a second row is a room that would be
        better still but is taken.
        """
        by_start: dict[int, list[Alternative]] = defaultdict(list)
        for each in self.weighed:
            by_start[each.place.start].append(each)
        rows = []
        for at_start in by_start.values():
            best = min(at_start, key=self._by_room)
            rows.append(best)
            taken = [each for each in at_start if each.breaks and each.could_displace and each is not best]
            if taken and not best.breaks:
                better = min(taken, key=self._by_room)
                if self.comparison.sort_key(better.costs) < self.comparison.sort_key(best.costs):
                    rows.append(better)
        rows.sort(
            key=lambda each: (
                not each.could_displace,
                bool(each.breaks),
                self.comparison.sort_key(each.costs),
                each.place.start,
                self.room_rank.get(each.place.room, -1),
            )
        )
        first, rest = rows[:DISPLACEMENTS], rows[DISPLACEMENTS:]
        return [
            *(replace(each, displacement=self._displacement(each)) if each.could_displace else each for each in first),
            *rest,
        ]

    @cached_property
    def weighed(self) -> list[Alternative]:
        """All other places, each alone."""
        at = self.here.start
        rooms = [  # those that its track, its equipment and its sponsor allow, and the one it is in
            room.id
            for room in self.problem.rooms
            if room.id == self.here.room
            or not OF_ROOM & {fault.code for fault in faults(self.problem, self.item, Place(room.id, at), {})}
        ]
        starts = candidates.starts(self.problem, self.item.minutes)
        allowed = [Place(room, start) for start in starts for room in rooms]
        return [
            Alternative(
                place,
                tuple(faults(self.problem, self.item, place, self._around[place.room])),
                self.comparison.costs({**self.places, self.item.id: place}),
            )
            for place in allowed
            if place != self.here
        ]

    @cached_property
    def _around(self) -> Mapping[int, dict[int, Place]]:
        """Per room the sessions that may conflict there, in the timetable's order: those in the room, and those
        elsewhere that share a presenter or a link with the session."""
        around: dict[int, dict[int, Place]] = {room.id: {} for room in self.problem.rooms}
        related = related_sessions(self.problem)[self.item.id]
        for key, place in self.places.items():
            for room in around if key in related else {place.room} & around.keys():
                around[room][key] = place
        return around

    def _by_room(self, each: Alternative) -> tuple[object, ...]:
        at = self.room_rank.get(each.place.room, -1)
        return len(each.breaks), self.comparison.sort_key(each.costs), each.place.room != self.here.room, at

    def _displacement(self, each: Alternative) -> Displacement | None:
        """The one conflicting session and where it could go; None when there are several, or other faults."""
        others = {fault.other for fault in each.breaks}
        if len(others) != 1 or None in others:
            return None
        other = self.problem.item[next(key for key in others if key is not None)]
        if other.pin is not None:
            return Displacement(other.id)
        after, occupancy = {**self.places, self.item.id: each.place}, Occupancy(self.problem)
        for key, there in after.items():
            if key != other.id:
                occupancy.add(self.problem.item[key], there)
        free = occupancy.free(other, candidates.allowed_places(self.problem, other))
        comparison = CostComparison(self.problem, [self.item.id, other.id], self.places)
        costs = {to: comparison.costs({**after, other.id: to}) for to in free}
        if not costs:
            return Displacement(other.id)
        to = min(costs, key=lambda place: (comparison.sort_key(costs[place]), place))
        return Displacement(other.id, to, costs[to])
