"""Large neighbourhood search: which sessions to decide anew while all others stay fixed."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from . import objectives
from .problem import Item, Placements, Problem

LEAST, MOST, FIRST, FIRST_OF_MANY_PAIRS = 5, 120, 30, 8


class NeighbourhoodPicker:
    """Picks neighbourhoods at random, seeded; kinds that improved and sizes that were solved are picked more often."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem = problem
        self.random = Random(seed)  # noqa: S311 - to repeat itself, not to keep a secret
        self.groups = [*objectives.by_sponsor(problem).values(), *objectives.by_topic(problem).values()]
        self.kinds: dict[str, Callable[[str, Placements, int], list[Item]]] = {
            "rooms": self._rooms,
            "time": self._time,
            "clash": self._clash,
            "costly": self._costly,
            "random": self._random,
        }
        if problem.time_blocks:
            self.groups = list(objectives.by_roaming_track(problem).values())
            self.kinds = {"clash": self._clash, "time": self._time, "tracks": self._tracks, "random": self._random}
        self.credit = dict.fromkeys(self.kinds, 4.0)
        many = len(problem.links) + len(problem.clashes) > 300 and not problem.time_blocks
        self.size = dict.fromkeys(self.kinds, float(FIRST_OF_MANY_PAIRS if many else FIRST))

    def pick(self, key: str, placements: Placements) -> tuple[str, frozenset[int]]:
        """The kind of neighbourhood and the sessions to decide anew; unplaced ones are always among them."""
        kind = self.random.choices(list(self.kinds), [self.credit[kind] for kind in self.kinds])[0]
        size = int(self.size[kind])
        out = [item for item in self.problem.items if item.id not in placements]
        self.random.shuffle(out)
        picked = [*out[:size], *self.kinds[kind](key, placements, size)]
        return kind, frozenset(item.id for item in picked[: size + len(out[:size])] if item.pin is None)

    def learn(self, kind: str, *, improved: bool, solved: bool) -> None:
        """Adapt credit and size: whether the neighbourhood improved the timetable and was solved to optimality."""
        self.credit[kind] = max(1.0, 0.9 * self.credit[kind] + 2.0 * improved)
        grown = self.size[kind] * (1.08 if solved else 0.85)
        self.size[kind] = min(max(grown, LEAST), MOST, len(self.problem.items))

    def _placed(self, placements: Placements) -> list[Item]:
        return [item for item in self.problem.items if item.id in placements]

    def _random(self, key: str, placements: Placements, size: int) -> list[Item]:
        placed = self._placed(placements)
        return self.random.sample(placed, min(size, len(placed)))

    def _rooms(self, key: str, placements: Placements, size: int) -> list[Item]:
        """Whole rooms, as many as the size allows, of all days or of one."""
        rooms = [room.id for room in self.problem.rooms]
        self.random.shuffle(rooms)
        days = set(range(len(self.problem.days)))
        if self.random.random() < 0.5:
            days = {self.random.randrange(len(self.problem.days))}
        placed = [item for item in self._placed(placements) if self.problem.day_of(placements[item.id].start) in days]
        at = {room: index for index, room in enumerate(rooms)}
        return sorted(placed, key=lambda item: at.get(placements[item.id].room, len(at)))

    def _time(self, key: str, placements: Placements, size: int) -> list[Item]:
        """Sessions around one or two moments, which can trade places."""
        placed = self._placed(placements)
        if not placed:
            return []
        moments = [placements[item.id].start for item in self.random.sample(placed, min(2, len(placed)))]
        self.random.shuffle(placed)

        def distance(item: Item) -> int:
            """Minutes between a session and the nearer moment; 0 when it is on."""
            start = placements[item.id].start
            return min(max(0, start - at, at - start - item.minutes + 1) for at in moments)

        return sorted(placed, key=distance)

    def _clash(self, key: str, placements: Placements, size: int) -> list[Item]:
        """Groups that should not be in parallel, filled up at random."""
        groups, picked = list(self.groups), list[Item]()
        self.random.shuffle(groups)
        for group in groups:
            if len(picked) >= size // 2:
                break
            picked += [item for item in group if item.id in placements and item not in picked]
        return [*picked[: size // 2], *self._random(key, placements, size)]

    def _costly(self, key: str, placements: Placements, size: int) -> list[Item]:
        """Sessions that cost something in this objective, with as many at random."""
        if key in objectives.WHOLE or key == objectives.BLEND:
            return self._clash(key, placements, size)
        placed = self._placed(placements)
        costly = [item for item in placed if objectives.cost(self.problem, key, item, placements[item.id])]
        self.random.shuffle(costly)
        return [*costly[: size // 2], *self._random(key, placements, size)]

    def _tracks(self, key: str, placements: Placements, size: int) -> list[Item]:
        """Whole tracks."""
        groups = list(self.groups)
        self.random.shuffle(groups)
        return [item for group in groups for item in group if item.id in placements]
