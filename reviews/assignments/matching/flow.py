"""The matching as a network, and objectives solved on it one after the other (lexicographic optimisation).

proposal → (role nodes) → reviewer → seats → sink, and proposal → sink for what stays missing. After an objective is
solved, every edge with a reduced cost other than zero is fixed at its limit. What is left are exactly the solutions
that are best for this objective (complementary slackness), so the next one can be solved among those, and no weight
joins the two.

The order: coverage; as few kept pairs given up as coverage allows; least loads; affinity; even loads; a keyed hash, so
that equal input and seed give equal pairs. Every objective brings its certificate: a bound computed from the solver's
prices, not from its flow.
Sources: Ahuja, Magnanti and Orlin, "Network Flows" (1993), chapters 9 and 11; solver: network simplex of LEMON.
"""

import hashlib
from dataclasses import dataclass

import numpy as np

from .instance import Flags, Instance, Ints, Matching, binding, counts, outer_first
from .problem import Rules, Stage

#: A kept pair's bonus is this part of the affinities' range.
BONUS_PART = 20
#: Bits of the hash: that two matchings have equal sums is then as good as impossible.
TIES = 32
#: From so many arcs on, the likely ones are tried first.
MANY = 50_000


class DoesNotFit(Exception):
    """No flow keeps all the limits."""


@dataclass(frozen=True)
class Solved:
    """A cheapest flow, the price of every edge beyond its cost, and what no flow can fall below: the certificate."""

    flow: Ints
    prices: Ints
    cost: int
    bound: int


class Network:
    """Edges sorted by (start, end), with limits `low` and `high` that solved objectives narrow down.

    `pair`: the edge of every arc of the instance. `missing`: the edge of every proposal's missing reviews. `seats`: one
    edge for every review that a reviewer can take, and `taken` the number of reviews that the reviewer has with it.
    `is_least`: seats below the reviewer's least load.
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        proposals, reviewers, _ = instance.size
        arcs = np.bincount(instance.reviewer, minlength=reviewers)
        capacities = np.minimum(instance.capacity, arcs)
        gates = _Gates(instance)
        self.nodes = proposals + gates.count + reviewers + 1
        self.first_reviewer, self.sink = proposals + gates.count, self.nodes - 1
        seat_of = np.repeat(np.arange(reviewers), capacities)
        nth = np.arange(len(seat_of)) - np.repeat(np.cumsum(capacities) - capacities, capacities)
        self.is_least = nth < instance.least[seat_of]
        self.taken = instance.load[seat_of] + nth + 1
        groups = (
            (gates.above(instance), self.first_reviewer + instance.reviewer, np.ones(len(instance.units), np.int64)),
            (np.arange(proposals), np.full(proposals, self.sink), instance.needs),
            (self.first_reviewer + seat_of, np.full(len(seat_of), self.sink), np.ones(len(seat_of), np.int64)),
            (gates.start, gates.end, gates.high),
        )
        self.supply = np.zeros(self.nodes, np.int64)
        self.supply[:proposals] = instance.needs
        self.supply[self.sink] = -instance.needs.sum()
        start, end, high = (np.concatenate(column) for column in zip(*groups, strict=True))
        order = np.argsort(start * self.nodes + end, kind="stable")
        self.start, self.end, self.high = start[order], end[order], high[order]
        self.low = np.zeros(len(order), np.int64)
        index = np.empty(len(order), np.int64)
        index[order] = np.arange(len(order))
        cuts = np.cumsum([len(group[0]) for group in groups])[:-1]
        self.pair, self.missing, self.seats, self.gates = np.split(index, cuts)

    def costs(self, edges: Ints | None = None, values: Ints | int = 1) -> Ints:
        """These values on these edges, nothing on all others."""
        costs = np.zeros(len(self.start), np.int64)
        if edges is not None:
            costs[edges] = values
        return costs

    def demand_all(self, kept: bool) -> None:
        """Nothing may stay missing, every least load is filled and, if asked, every kept pair stays."""
        self.high[self.missing] = 0
        self.low[self.seats[self.is_least]] = 1
        if kept:
            self.low[self.pair[self.instance.kept]] = 1

    def solve(self, costs: Ints, likely: Flags | None = None) -> Solved:
        """A flow of least cost; costs are not negative.

        `likely`: the arcs to try first. The prices of all others tell whether one of them was missed, so the answer and
        its bound are those of the whole network.
        """
        free = self.low < self.high
        tried = free
        if likely is not None:
            tried = free.copy()
            tried[self.pair] &= likely
        while True:
            try:
                flow, potentials = self._fill(costs, tried)
            except DoesNotFit:
                if tried is free:
                    raise
                tried = free
                continue
            prices = costs + potentials[self.start] - potentials[self.end]
            missed = free & ~tried & (prices < 0)
            if not missed.any():
                bound = np.minimum(prices * self.low, prices * self.high).sum() - (potentials * self.supply).sum()
                return Solved(flow, prices, int((costs * flow).sum()), int(bound))
            tried |= missed

    def _fill(self, costs: Ints, free: Flags) -> tuple[Ints, Ints]:
        """The flow when only these edges have any beyond their lower limits, and the nodes' potentials."""
        from pylmcf import Graph  # only where a run needs it

        at, flow = np.flatnonzero(self.low), self.low.copy()
        sent = np.bincount(self.start[at], self.low[at], self.nodes)
        received = np.bincount(self.end[at], self.low[at], self.nodes)
        left = self.supply - (sent - received).astype(np.int64)  # what every node still has to send on
        if not free.any():
            if left.any():
                raise DoesNotFit
            return flow, np.zeros(self.nodes, np.int64)
        graph = Graph(self.nodes, self.start[free], self.end[free])
        graph.set_node_supply(left)
        graph.set_edge_capacities((self.high - self.low)[free])
        graph.set_edge_costs(costs[free])
        try:
            graph.solve()
        except RuntimeError as stopped:
            raise DoesNotFit from stopped
        flow[free] += graph.result()
        return flow, graph.raw_potentials()

    def keep(self, solved: Solved) -> None:
        """From now on only flows that are as cheap as this one."""
        np.copyto(self.high, self.low, where=solved.prices > 0)
        np.copyto(self.low, self.high, where=solved.prices < 0)

    def chosen(self, flow: Ints) -> Flags:
        """The instance's arcs that are taken."""
        return flow[self.pair] > 0


class _Gates:
    """The nodes of the caps: one per proposal and cap that says anything there, an edge into each."""

    def __init__(self, instance: Instance) -> None:
        proposals, reviewers, _ = instance.size
        self.count = 0
        self.inner = np.full(reviewers, -1, np.int64)
        self.nodes: list[Ints] = []
        self.start = self.end = self.high = np.zeros(0, np.int64)
        for at, (cap, around) in enumerate(outer_first(binding(instance.caps, instance.needs))):
            self.inner[cap.members] = at
            above = self.nodes[around] if around >= 0 else np.arange(proposals)
            says = cap.most < instance.needs
            nodes = above.copy()
            nodes[says] = proposals + self.count + np.arange(int(says.sum()))
            self.count += int(says.sum())
            self.nodes.append(nodes)
            self.start = np.concatenate([self.start, above[says]])
            self.end = np.concatenate([self.end, nodes[says]])
            self.high = np.concatenate([self.high, np.maximum(0, cap.most[says])])

    def above(self, instance: Instance) -> Ints:
        """The node from which every arc leaves: its proposal's, or the innermost cap's around its reviewer."""
        if not self.nodes:
            return instance.proposal
        table = np.stack([*self.nodes, np.arange(len(instance.needs))])
        return table[self.inner[instance.reviewer], instance.proposal]


def best_flow(instance: Instance, rules: Rules, seed: int) -> Matching:
    """The best matching where all caps nest and nothing else than loads, conflicts and roles is asked."""
    gains = weights(instance, rules)
    network, stages, solved = _first_objectives(instance, rules, gains)
    affinity = _higher("affinity", int(gains[network.chosen(solved.flow)].sum()), solved)
    open_ = network.high[network.pair] > 0  # may be taken without loss to an earlier objective
    prices = np.where(open_, solved.prices[network.pair], -1)
    network.keep(solved)
    evened = network.solve(network.costs(network.seats, network.taken))
    network.keep(evened)
    free = network.low[network.pair] < network.high[network.pair]
    hashes = np.where(free, hashed(instance.proposal, instance.reviewer, seed), 0)
    last = network.solve(network.costs(network.pair, hashes)) if free.any() else evened
    chosen = network.chosen(last.flow)
    prices[chosen] = 0
    return Matching(chosen, (*stages, affinity, Stage("even", -evened.cost, -evened.bound)), prices)


def untied(instance: Instance, rules: Rules) -> Matching:
    """The same as far as affinity, with any of the equal optima: for those who solve again and again."""
    gains = weights(instance, rules)
    network, stages, solved = _first_objectives(instance, rules, gains)
    chosen = network.chosen(solved.flow)
    return Matching(chosen, (*stages, _higher("affinity", int(gains[chosen].sum()), solved)))


def weights(instance: Instance, rules: Rules) -> Ints:
    """What an arc is worth: its units and, where a bonus is asked, a part of their range for a kept one."""
    if rules.stay != "bonus" or not instance.kept.any():
        return instance.units
    spread = int(instance.units.max() - instance.units.min())
    return instance.units + instance.kept * (spread // BONUS_PART)


def _first_objectives(instance: Instance, rules: Rules, gains: Ints) -> tuple[Network, list[Stage], Solved]:
    """All objectives up to affinity, in one flow when those before it can be reached in full: the usual case."""
    stays = rules.stay == "keep" and bool(instance.kept.any())
    network, likely = Network(instance), _likely(instance, gains)
    cost = network.costs(network.pair, int(gains.max(initial=0)) - gains)
    if _may_have_all(network, stays):
        low, high = network.low.copy(), network.high.copy()
        network.demand_all(stays)
        try:
            solved = network.solve(cost, likely)
            totals = {"coverage": instance.needs.sum(), "stay": instance.kept.sum(), "least": network.is_least.sum()}
            names = ["coverage", *(["stay"] if stays else []), *(["least"] if network.is_least.any() else [])]
            return network, [Stage(name, float(totals[name]), float(totals[name])) for name in names], solved
        except DoesNotFit:
            network.low, network.high = low, high
    stages = [_minimise(network, "coverage", network.missing, int(instance.needs.sum()), likely)]
    placed = int(stages[0].value)
    if stays:
        others = network.pair[~instance.kept]
        stages.append(_minimise(network, "stay", others, placed, likely))
    if network.is_least.any():
        stages.append(_minimise(network, "least", network.seats[~network.is_least], placed, likely))
    return network, stages, network.solve(cost, likely)


def _likely(instance: Instance, gains: Ints) -> Flags | None:
    """Where there are many arcs: those half a deviation and more above the mean of their proposal or reviewer."""
    if len(gains) < MANY:
        return None
    values = gains.astype(np.float64)
    proposals, reviewers, _ = instance.size
    likely = np.zeros(len(gains), dtype=bool)
    for owner, owners in ((instance.proposal, proposals), (instance.reviewer, reviewers)):
        count = np.maximum(1, np.bincount(owner, minlength=owners))
        mean = np.bincount(owner, values, owners) / count
        spread = np.sqrt(np.maximum(0, np.bincount(owner, values * values, owners) / count - mean * mean))
        likely |= values >= (mean + spread / 2)[owner]
    return likely


def _may_have_all(network: Network, stays: bool) -> bool:
    """Counting only: what fails here cannot be reached in full, what passes may."""
    instance = network.instance
    needed, leasts = int(instance.needs.sum()), int(network.is_least.sum())
    if needed > len(network.seats) or leasts > needed:
        return False
    if (np.bincount(instance.proposal, minlength=len(instance.needs)) < instance.needs).any():
        return False
    assigned, taken = counts(instance, instance.kept)
    return not stays or bool((assigned <= instance.needs).all() and (taken <= instance.capacity).all())


def _minimise(network: Network, name: str, unwanted: Ints, most: int, likely: Flags | None) -> Stage:
    """As little flow over the unwanted edges as can be: `most` less that flow is the objective's value."""
    solved = network.solve(network.costs(unwanted), likely)
    network.keep(solved)
    return Stage(name, most - solved.cost, most - solved.bound)


def _higher(name: str, value: int, solved: Solved) -> Stage:
    """The stage of an objective that was turned into costs: the bound is as far away as it is there."""
    return Stage(name, value, value + solved.cost - solved.bound)


def hashed(proposal: Ints, reviewer: Ints, seed: int) -> Ints:
    """A keyed hash of every pair, below 2 to the power of `TIES`: splitmix64 with a key made of the seed."""
    digest = hashlib.blake2b(str(seed).encode(), digest_size=8, person=b"expo-tie").digest()
    key = np.uint64(int.from_bytes(digest, "big"))
    mixed = (proposal.astype(np.uint64) << np.uint64(32)) + reviewer.astype(np.uint64) + key
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(64 - TIES)).astype(np.int64)
