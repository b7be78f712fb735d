"""Who reviews what: as many of the wanted reviews as possible, and among those matchings the one of most affinity.

Pure: plain values in, plain values out. Three integer flows, solved one after the other, never one sum of big weights:
(1) the most reviews that can be placed at all, (2) with that many, as many as possible towards the least loads,
(3) with both kept, the highest total affinity. What is agreed stays; a forbidden pair has no arc, so it cannot appear.

Affinity is in [0, 1] and counted in whole millionths. Among equal optima the evener loads win, and among those a keyed
hash of (seed, proposal, reviewer); both together are worth less than one millionth over the whole matching, so they
never cost affinity, and the same input and seed give the same pairs.
Source of the formulation: min-cost flow as in Ahuja, Magnanti and Orlin, "Network Flows" (1993), chapter 9.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .problem import UNIT, Gap, Pair, Problem, Proposal, Reviewer, Solution, units_of

#: The solver multiplies costs by the number of nodes and adds them up in 64 bits.
COST_ROOM = 2**61


@dataclass(frozen=True)
class _Open:
    """The problem less what is agreed, in sorted order: needs, loads, room and least to fill, and the arcs left."""

    needs: dict[int, int]
    load: dict[int, int]
    room: dict[int, int]
    least: dict[int, int]
    arcs: list[Pair]


def solve(problem: Problem) -> Solution:
    """The best matching there is; what cannot be placed comes back as gaps, never as a failure."""
    _check(problem)
    rest = _open(problem)
    pairs = _place(problem, rest)
    units = sum(units_of(problem.affinities.get(pair, 0.0)) for pair in pairs)
    return Solution(
        tuple(pairs),
        units=units,
        bound_units=units,
        wanted=sum(rest.needs.values()),
        gaps=tuple(_gaps(problem, rest, pairs)),
    )


def _check(problem: Problem) -> None:
    clash = problem.locked & problem.forbidden
    if clash:
        raise ValueError(f"agreed and forbidden at once: {sorted(clash)[:5]}")


def _open(problem: Problem) -> _Open:
    by_proposal: dict[int, int] = defaultdict(int)
    by_reviewer: dict[int, int] = defaultdict(int, problem.elsewhere)
    for proposal, reviewer in problem.locked:
        by_proposal[proposal] += 1
        by_reviewer[reviewer] += 1
    needs = {each.id: max(0, each.needs - by_proposal[each.id]) for each in _sorted(problem.proposals)}
    room = {each.id: max(0, each.most - by_reviewer[each.id]) for each in _sorted(problem.reviewers)}
    least = {
        each.id: min(room[each.id], max(0, each.least - by_reviewer[each.id])) for each in _sorted(problem.reviewers)
    }
    closed = problem.locked | problem.forbidden
    takers = [reviewer for reviewer, places in room.items() if places]
    arcs = [(p, r) for p, needed in needs.items() if needed for r in takers if (p, r) not in closed]
    return _Open(needs, {each: by_reviewer[each] for each in room}, room, least, arcs)


def _sorted(things: Iterable[Proposal] | Iterable[Reviewer]) -> list:  # type: ignore[type-arg]
    return sorted(things, key=lambda each: each.id)


def _place(problem: Problem, rest: _Open) -> list[Pair]:
    """Stages 1 to 3; a stage hands the next one what it must keep."""
    if not rest.arcs:
        return []
    placed, towards_least = _most(rest)
    return _best(problem, rest, placed, towards_least)


def _most(rest: _Open) -> tuple[int, int]:
    """The most reviews that fit, and how many of them can go towards least loads."""
    net = _Network(rest, sink_caps=None)
    flows = net.solve([0] * len(rest.arcs), least_cost=-1, load_cost=0)
    return sum(flows), net.towards_least


def _best(problem: Problem, rest: _Open, placed: int, towards_least: int) -> list[Pair]:
    net = _Network(rest, sink_caps=(towards_least, placed - towards_least))
    weights = _weights(rest, placed, net.nodes)
    flows = net.solve(_costs(problem, rest.arcs, weights), least_cost=0, load_cost=weights.load)
    return [pair for pair, flow in zip(rest.arcs, flows, strict=True) if flow]


@dataclass(frozen=True)
class _Weights:
    """What a millionth of affinity, a unit of load and the hash (0 to `ties` - 1) weigh in the solver's integers."""

    affinity: int
    load: int
    ties: int


def _weights(rest: _Open, placed: int, nodes: int) -> _Weights:
    """Each rank outweighs all that is below it over the whole matching; what does not fit into 64 bits is left out."""
    heaviest = max(rest.load[each] + room for each, room in rest.room.items())
    loads = placed * heaviest + 1
    free = COST_ROOM // (UNIT * max(nodes, placed))
    if free < loads:
        return _Weights(1, 0, 1)
    ties = max(1, min(2**20, free // (loads * placed)))
    below = ties * placed if ties > 1 else 1
    return _Weights(below * loads, below, ties)


def _costs(problem: Problem, arcs: list[Pair], weights: _Weights) -> list[int]:
    key = problem.seed.to_bytes(8, "big", signed=True)
    values = (units_of(problem.affinities.get(pair, 0.0)) * weights.affinity for pair in arcs)
    return [-(value + _tie(key, pair, weights.ties)) for value, pair in zip(values, arcs, strict=True)]


def _tie(key: bytes, pair: Pair, ties: int) -> int:
    told = b"%d:%d" % pair
    return int.from_bytes(hashlib.blake2b(told, digest_size=8, key=key).digest(), "big") % ties


Columns = tuple[list[int], list[int], list[int], list[int]]  # tails, heads, capacities, costs
SOURCE, SINK, LEAST, ABOVE = range(4)


class _Network:
    """source → proposals → reviewers → (towards least | above least) → sink, for one call of the solver."""

    def __init__(self, rest: _Open, sink_caps: tuple[int, int] | None) -> None:
        self.rest = rest
        self.total = sum(rest.needs.values())
        self.sink_caps = sink_caps or (self.total, self.total)
        self.proposals = {proposal: 4 + at for at, proposal in enumerate(rest.needs)}
        offset = 4 + len(self.proposals)
        self.reviewers = {reviewer: offset + at for at, reviewer in enumerate(rest.room)}
        self.nodes = offset + len(self.reviewers)
        self.towards_least = 0

    def solve(self, costs: list[int], least_cost: int, load_cost: int) -> list[int]:
        """Maximum flow of minimum cost; returns the flow of each pair's arc."""
        columns = self._columns(costs, least_cost, load_cost)
        solver = _solved(columns, self.total)
        self.towards_least = int(solver.flow(len(columns[0]) - 2))
        return [int(flow) for flow in solver.flows(range(len(costs)))]

    def _columns(self, costs: list[int], least_cost: int, load_cost: int) -> Columns:
        tails = [self.proposals[proposal] for proposal, _ in self.rest.arcs]
        heads = [self.reviewers[reviewer] for _, reviewer in self.rest.arcs]
        columns = (tails, heads, [1] * len(costs), list(costs))
        for arc in self._other_arcs(least_cost, load_cost):
            for column, value in zip(columns, arc, strict=True):
                column.append(value)
        return columns

    def _other_arcs(self, least_cost: int, load_cost: int) -> Iterator[tuple[int, int, int, int]]:
        """Every further review of a reviewer costs more than the one before: that evens out the loads."""
        for proposal, node in self.proposals.items():
            yield SOURCE, node, self.rest.needs[proposal], 0
        for reviewer, node in self.reviewers.items():
            low, load = self.rest.least[reviewer], self.rest.load[reviewer]
            for nth in range(self.rest.room[reviewer]):
                price = load_cost * (load + nth + 1)
                yield (node, LEAST, 1, least_cost + price) if nth < low else (node, ABOVE, 1, price)
        yield LEAST, SINK, self.sink_caps[0], 0
        yield ABOVE, SINK, self.sink_caps[1], 0


def _solved(columns: Columns, total: int) -> Any:
    from ortools.graph.python import min_cost_flow  # slow to load, so only where a run needs it

    solver = min_cost_flow.SimpleMinCostFlow()
    solver.add_arcs_with_capacity_and_unit_cost(*columns)
    solver.set_nodes_supplies([SOURCE, SINK], [total, -total])
    status = solver.solve_max_flow_with_min_cost()
    if status != solver.OPTIMAL:
        raise RuntimeError(f"the flow solver stopped with {status}")
    return solver


def _gaps(problem: Problem, rest: _Open, pairs: list[Pair]) -> Iterable[Gap]:
    """What is missing, with everybody who does not review the proposal sorted by what stood in the way."""
    has: dict[int, set[int]] = defaultdict(set)
    for proposal, reviewer in (*problem.locked, *pairs):
        has[proposal].add(reviewer)
    new: dict[int, int] = defaultdict(int)
    for proposal, _ in pairs:
        new[proposal] += 1
    for proposal, needed in rest.needs.items():
        if missing := needed - new[proposal]:
            others = [reviewer for reviewer in rest.room if reviewer not in has[proposal]]
            barred = tuple(each for each in others if (proposal, each) in problem.forbidden)
            yield Gap(proposal, missing, barred, tuple(each for each in others if each not in set(barred)))
