"""Which sessions to decide anew while all others stay: by rooms, by time, by what clashes, by chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from . import aims
from .problem import Item, Problem
from .spans import Place

Chosen = Mapping[int, Place]
LEAST, MOST, FIRST, FIRST_OF_MANY_PAIRS = 5, 120, 30, 8


class Picker:
    """Picks sets of sessions, seeded; kinds that helped and sizes that could be searched to the end come more often."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem = problem
        self.random = Random(seed)  # noqa: S311 - to repeat itself, not to keep a secret
        self.groups = [*aims.by_sponsor(problem).values(), *aims.by_topic(problem).values()]
        self.kinds: dict[str, Callable[[str, Chosen, int], list[Item]]] = {
            "rooms": self._rooms,
            "time": self._time,
            "clash": self._clash,
            "costly": self._costly,
            "random": self._random,
        }
        if problem.blocks:
            self.groups = list(aims.by_strand(problem).values())
            self.kinds = {"clash": self._clash, "time": self._time, "strands": self._strands, "random": self._random}
        self.credit = dict.fromkeys(self.kinds, 4.0)
        many = len(problem.links) + len(problem.clashes) > 300 and not problem.blocks
        self.size = dict.fromkeys(self.kinds, float(FIRST_OF_MANY_PAIRS if many else FIRST))

    def pick(self, key: str, chosen: Chosen) -> tuple[str, frozenset[int]]:
        """The kind, and the sessions to set free; those without a place are always among them."""
        kind = self.random.choices(list(self.kinds), [self.credit[kind] for kind in self.kinds])[0]
        size = int(self.size[kind])
        out = [item for item in self.problem.items if item.id not in chosen]
        self.random.shuffle(out)
        found = [*out[:size], *self.kinds[kind](key, chosen, size)]
        return kind, frozenset(item.id for item in found[: size + len(out[:size])] if item.pin is None)

    def learn(self, kind: str, *, better: bool, to_the_end: bool) -> None:
        """Remember whether a pick helped and whether it was small enough."""
        self.credit[kind] = max(1.0, 0.9 * self.credit[kind] + 2.0 * better)
        grown = self.size[kind] * (1.08 if to_the_end else 0.85)
        self.size[kind] = min(max(grown, LEAST), MOST, len(self.problem.items))

    def _placed(self, chosen: Chosen) -> list[Item]:
        return [item for item in self.problem.items if item.id in chosen]

    def _random(self, key: str, chosen: Chosen, size: int) -> list[Item]:
        placed = self._placed(chosen)
        return self.random.sample(placed, min(size, len(placed)))

    def _rooms(self, key: str, chosen: Chosen, size: int) -> list[Item]:
        """Whole rooms, as many as the size allows, of all days or of one."""
        rooms = [room.id for room in self.problem.rooms]
        self.random.shuffle(rooms)
        days = set(range(len(self.problem.days)))
        if self.random.random() < 0.5:
            days = {self.random.randrange(len(self.problem.days))}
        placed = [item for item in self._placed(chosen) if self.problem.day_of(chosen[item.id].start) in days]
        at = {room: index for index, room in enumerate(rooms)}
        return sorted(placed, key=lambda item: at.get(chosen[item.id].room, len(at)))

    def _time(self, key: str, chosen: Chosen, size: int) -> list[Item]:
        """What is on around one moment, or two: sessions can change places across them."""
        placed = self._placed(chosen)
        if not placed:
            return []
        moments = [chosen[item.id].start for item in self.random.sample(placed, min(2, len(placed)))]
        self.random.shuffle(placed)
        return sorted(placed, key=lambda item: min(_distance(item, chosen, at) for at in moments))

    def _clash(self, key: str, chosen: Chosen, size: int) -> list[Item]:
        """Groups that should not be in parallel, then chance."""
        groups, found = list(self.groups), list[Item]()
        self.random.shuffle(groups)
        for group in groups:
            if len(found) >= size // 2:
                break
            found += [item for item in group if item.id in chosen and item not in found]
        return [*found[: size // 2], *self._random(key, chosen, size)]

    def _costly(self, key: str, chosen: Chosen, size: int) -> list[Item]:
        """Sessions that cost something in this aim, with as many by chance."""
        if key in aims.WHOLE or key == aims.BLEND:
            return self._clash(key, chosen, size)
        placed = self._placed(chosen)
        costly = [item for item in placed if aims.cost(self.problem, key, item, chosen[item.id])]
        self.random.shuffle(costly)
        return [*costly[: size // 2], *self._random(key, chosen, size)]

    def _strands(self, key: str, chosen: Chosen, size: int) -> list[Item]:
        """Whole strands."""
        groups = list(self.groups)
        self.random.shuffle(groups)
        return [item for group in groups for item in group if item.id in chosen]


def _distance(item: Item, chosen: Chosen, at: int) -> int:
    """Minutes between a session and a moment; 0 when it is on."""
    start = chosen[item.id].start
    return max(0, start - at, at - start - item.minutes + 1)
