"""Who reviews what: as many of the wanted reviews as possible, and among those matchings the one of most affinity.

Pure: plain values in, plain values out. Three integer flows, solved one after the other, never one sum of big weights:
(1) the most reviews that can be placed at all, (2) with that many, as many as possible towards the least loads,
(3) with both kept, the highest total affinity. What is agreed stays; a forbidden pair has no arc, so it cannot appear.

Affinity is in [0, 1] and counted in whole millionths; a keyed hash of (seed, proposal, reviewer) decides among equal
optima and is worth less than one millionth over the whole matching, so the same input and seed give the same pairs.
Source of the formulation: min-cost flow as in Ahuja, Magnanti and Orlin, "Network Flows" (1993), chapter 9.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import repeat

Pair = tuple[int, int]
UNIT = 1_000_000
#: The solver multiplies costs by the number of nodes and adds them up in 64 bits.
COST_ROOM = 2**61


@dataclass(frozen=True)
class Proposal:
    """A proposal and how many reviews it should have in all."""

    id: int
    needs: int


@dataclass(frozen=True)
class Reviewer:
    """A reviewer with the most and the least reviews they should have in all, agreed ones included."""

    id: int
    most: int
    least: int = 0


@dataclass(frozen=True)
class Problem:
    """The whole input. Pairs are (proposal, reviewer); a pair without affinity counts as 0."""

    proposals: tuple[Proposal, ...]
    reviewers: tuple[Reviewer, ...]
    affinities: Mapping[Pair, float] = field(default_factory=dict)
    forbidden: frozenset[Pair] = frozenset()
    locked: frozenset[Pair] = frozenset()
    elsewhere: Mapping[int, int] = field(default_factory=dict)  # reviewer → reviews outside this problem
    seed: int = 0


@dataclass(frozen=True)
class Gap:
    """Reviews that could not be placed: everybody else is either forbidden here or has a full load."""

    proposal: int
    missing: int
    forbidden: tuple[int, ...]
    full: tuple[int, ...]


@dataclass(frozen=True)
class Solution:
    """New pairs, sorted; `units` is their affinity in millionths; `wanted` counts what was still missing before."""

    pairs: tuple[Pair, ...]
    units: int
    wanted: int
    gaps: tuple[Gap, ...]

    @property
    def placed(self) -> int:
        return len(self.pairs)

    @property
    def total_affinity(self) -> float:
        return self.units / UNIT


@dataclass(frozen=True)
class _Open:
    """The problem less what is agreed, in sorted order: needs, room and least still to fill, and the arcs left."""

    needs: dict[int, int]
    room: dict[int, int]
    least: dict[int, int]
    arcs: list[Pair]


def solve(problem: Problem) -> Solution:
    """The best matching there is; what cannot be placed comes back as gaps, never as a failure."""
    _check(problem)
    rest = _open(problem)
    pairs = _place(problem, rest)
    units = sum(units_of(problem.affinities.get(pair, 0.0)) for pair in pairs)
    return Solution(tuple(pairs), units, sum(rest.needs.values()), tuple(_gaps(problem, rest, pairs)))


def fingerprint(problem: Problem) -> str:
    """A digest of the whole input, whatever its order: equal digests mean equal runs."""
    told = (
        sorted((each.id, each.needs) for each in problem.proposals),
        sorted((each.id, each.most, each.least) for each in problem.reviewers),
        sorted((pair, units_of(value)) for pair, value in problem.affinities.items() if value),
        sorted(problem.forbidden),
        sorted(problem.locked),
        sorted(problem.elsewhere.items()),
        problem.seed,
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()


def units_of(affinity: float) -> int:
    """An affinity in whole millionths, so that small ones never vanish."""
    return round(min(1.0, max(0.0, affinity)) * UNIT)


def _check(problem: Problem) -> None:
    clash = problem.locked & problem.forbidden
    if clash:
        raise ValueError(f"agreed and forbidden at once: {sorted(clash)[:5]}")


def _open(problem: Problem) -> _Open:
    by_proposal, by_reviewer = defaultdict(int), defaultdict(int, problem.elsewhere)
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
    return _Open(needs, room, least, arcs)


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
    flows = net.solve([0] * len(rest.arcs), least_cost=-1)
    return sum(flows), net.towards_least()


def _best(problem: Problem, rest: _Open, placed: int, towards_least: int) -> list[Pair]:
    net = _Network(rest, sink_caps=(towards_least, placed - towards_least))
    flows = net.solve(_costs(problem, rest.arcs, placed, net.nodes), least_cost=0)
    return [pair for pair, flow in zip(rest.arcs, flows, strict=True) if flow]


def _costs(problem: Problem, arcs: list[Pair], placed: int, nodes: int) -> list[int]:
    """Costs that rank by affinity first; the hash of each pair is worth under 1/placed of a millionth."""
    fine = COST_ROOM // (UNIT * max(1, placed) * max(nodes, placed, 1))
    ties = max(1, min(2**20, fine))
    unit = ties * max(1, placed)
    key = problem.seed.to_bytes(8, "big", signed=True)
    return [-(units_of(problem.affinities.get(pair, 0.0)) * unit + _tie(key, pair, ties)) for pair in arcs]


def _tie(key: bytes, pair: Pair, ties: int) -> int:
    told = b"%d:%d" % pair
    return int.from_bytes(hashlib.blake2b(told, digest_size=8, key=key).digest(), "big") % ties


class _Network:
    """source → proposals → reviewers → (towards least | above least) → sink, for one call of the solver."""

    def __init__(self, rest: _Open, sink_caps: tuple[int, int] | None) -> None:
        self.rest = rest
        self.proposals = {proposal: 4 + at for at, proposal in enumerate(rest.needs)}
        offset = 4 + len(self.proposals)
        self.reviewers = {reviewer: offset + at for at, reviewer in enumerate(rest.room)}
        self.nodes = offset + len(self.reviewers)
        total = sum(rest.needs.values())
        self.sink_caps = sink_caps or (total, total)

    def solve(self, costs: list[int], least_cost: int) -> list[int]:
        """Maximum flow of minimum cost; returns the flow of each pair's arc."""
        from ortools.graph.python import min_cost_flow  # slow to load, so only where a run needs it

        source, sink, least, above = range(4)
        tails, heads, caps, prices = self._pair_arcs(costs)
        for proposal, node in self.proposals.items():
            _add(tails, heads, caps, prices, (source, node, self.rest.needs[proposal], 0))
        for reviewer, node in self.reviewers.items():
            low = self.rest.least[reviewer]
            _add(tails, heads, caps, prices, (node, least, low, least_cost))
            _add(tails, heads, caps, prices, (node, above, self.rest.room[reviewer] - low, 0))
        _add(tails, heads, caps, prices, (least, sink, self.sink_caps[0], 0))
        _add(tails, heads, caps, prices, (above, sink, self.sink_caps[1], 0))
        solver = min_cost_flow.SimpleMinCostFlow()
        solver.add_arcs_with_capacity_and_unit_cost(tails, heads, caps, prices)
        total = sum(self.rest.needs.values())
        solver.set_nodes_supplies([source, sink], [total, -total])
        status = solver.solve_max_flow_with_min_cost()
        if status != solver.OPTIMAL:
            raise RuntimeError(f"the flow solver stopped with {status}")
        self._least_flow = int(solver.flow(len(tails) - 2))
        return [int(flow) for flow in solver.flows(range(len(costs)))] if costs else []

    def towards_least(self) -> int:
        return self._least_flow

    def _pair_arcs(self, costs: list[int]) -> tuple[list[int], list[int], list[int], list[int]]:
        tails = [self.proposals[proposal] for proposal, _ in self.rest.arcs]
        heads = [self.reviewers[reviewer] for _, reviewer in self.rest.arcs]
        return tails, heads, list(repeat(1, len(costs))), list(costs)


def _add(
    tails: list[int], heads: list[int], caps: list[int], prices: list[int], arc: tuple[int, int, int, int]
) -> None:
    for column, value in zip((tails, heads, caps, prices), arc, strict=True):
        column.append(value)


def _gaps(problem: Problem, rest: _Open, pairs: list[Pair]) -> Iterable[Gap]:
    """What is missing, with everybody who does not review the proposal sorted by what stood in the way."""
    has: dict[int, set[int]] = defaultdict(set)
    for proposal, reviewer in (*problem.locked, *pairs):
        has[proposal].add(reviewer)
    new = defaultdict(int)
    for proposal, _ in pairs:
        new[proposal] += 1
    for proposal, needed in rest.needs.items():
        if missing := needed - new[proposal]:
            others = [reviewer for reviewer in rest.room if reviewer not in has[proposal]]
            barred = tuple(each for each in others if (proposal, each) in problem.forbidden)
            yield Gap(proposal, missing, barred, tuple(each for each in others if each not in set(barred)))
