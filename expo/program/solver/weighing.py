"""How two timetables differ, aim by aim, counted by `recount` alone: never by what makes timetables.

Only sessions that share a sponsor, a topic, a strand or a rule with one that moved can change a count, so only they
are counted. What keeping the present timetable is worth is left out: every move costs that, wherever it goes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from .aims import REPAIR, order
from .problem import Item, Problem
from .recount import score
from .spans import Place

#: (aim, how much more of it), in the order of the aims, without those that stay the same. Less is better.
Costs = tuple[tuple[str, int], ...]
STABILITY = (*REPAIR, "changes")
#: All sponsors none of whose sessions moves: what they have in parallel stays as it is.
OTHERS = -1


@dataclass(frozen=True)
class Verdict:
    """What a difference comes to, when an aim further down never costs anything further up."""

    is_better: bool
    is_same: bool
    gains: Costs
    losses: Costs


def verdict(costs: Costs) -> Verdict:
    """The first aim that differs decides."""
    gains = tuple(each for each in costs if each[1] < 0)
    losses = tuple(each for each in costs if each[1] > 0)
    return Verdict(bool(costs) and costs[0][1] < 0, not costs, gains, losses)


class Scale:
    """Weighs timetables that differ in the places of a few sessions."""

    def __init__(self, problem: Problem, movers: Iterable[int], before: Mapping[int, Place]) -> None:
        self.keys = [key for key in order(problem) if key not in STABILITY]
        self.rank = {key: at for at, key in enumerate(self.keys)}
        self.problem = _around(problem, [problem.item[key] for key in movers])
        self.before = self._count(before)

    def _count(self, places: Mapping[int, Place]) -> dict[str, int]:
        return score(self.problem, {key: places[key] for key in self.problem.item if key in places})

    def costs(self, after: Mapping[int, Place]) -> Costs:
        """What another timetable has more of."""
        found = self._count(after)
        return tuple((key, by) for key in self.keys if (by := found.get(key, 0) - self.before.get(key, 0)))

    def worth(self, costs: Costs) -> tuple[int, ...]:
        """To sort by: the smaller, the better."""
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
    strands = _strands(problem, movers)
    sponsors = {item.sponsor for item in movers}
    keys |= {key for link in links for key in (link.one, link.other)}
    keys |= {key for clash in clashes for key in (clash.one, clash.other)}
    kept = [
        replace(item, topics=item.topics & topics, sponsor=item.sponsor if item.sponsor in sponsors else OTHERS)
        for item in problem.items
        if item.id in keys or item.sponsor in sponsors or item.topics & topics or item.strand in strands
    ]
    there = {item.id for item in kept}
    return replace(
        problem,
        items=tuple(kept),
        links=tuple(each for each in links if {each.one, each.other} <= there),
        clashes=tuple(each for each in clashes if {each.one, each.other} <= there),
        strands=tuple(each for each in problem.strands if each.id in strands),
        rivals=tuple(each for each in problem.rivals if {each.one, each.other} <= strands),
    )


def _strands(problem: Problem, movers: list[Item]) -> set[int]:
    """Theirs, and those that should not be on beside theirs."""
    own = {item.strand for item in movers if item.strand is not None}
    beside = {key for each in problem.rivals if own & {each.one, each.other} for key in (each.one, each.other)}
    return own | beside
