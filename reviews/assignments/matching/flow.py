"""The matching as a network, and aims solved on it one after the other.

proposal → (role nodes) → reviewer → seats → sink, and proposal → sink for what stays missing. After an aim is solved,
every edge with a price other than zero is fixed at its limit. What is left are exactly the solutions that are best for
this aim (complementary slackness), so the next aim can be solved among those, and no weight joins the two.
Sources: Ahuja, Magnanti and Orlin, "Network Flows" (1993), chapters 9 and 11; solver: network simplex of LEMON.
"""

from dataclasses import dataclass

import numpy as np

from .arrays import Flags, Instance, Ints
from .roles import binding, outer_first


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
    """Edges sorted by (start, end), with limits `low` and `high` that aims narrow down.

    `pair`: the edge of every arc of the instance. `missing`: the edge of every proposal's missing reviews. `seats`: one
    edge for every review that a reviewer can take, and `taken` the number of reviews that the reviewer has with it.
    `is_least`: seats below the reviewer's least load.
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        proposals, reviewers, _ = instance.size
        arcs = np.bincount(instance.reviewer, minlength=reviewers)
        places = np.minimum(instance.room, arcs)
        gates = _Gates(instance)
        self.nodes = proposals + gates.count + reviewers + 1
        self.first_reviewer, self.sink = proposals + gates.count, self.nodes - 1
        seat_of = np.repeat(np.arange(reviewers), places)
        nth = np.arange(len(seat_of)) - np.repeat(np.cumsum(places) - places, places)
        self.is_least = nth < instance.least[seat_of]
        self.taken = instance.load[seat_of] + nth + 1
        self._join(
            (gates.above(instance), self.first_reviewer + instance.reviewer, np.ones(len(instance.units), np.int64)),
            (np.arange(proposals), np.full(proposals, self.sink), instance.needs),
            (self.first_reviewer + seat_of, np.full(len(seat_of), self.sink), np.ones(len(seat_of), np.int64)),
            (gates.start, gates.end, gates.high),
        )
        self.supply = np.zeros(self.nodes, np.int64)
        self.supply[:proposals] = instance.needs
        self.supply[self.sink] = -instance.needs.sum()

    def _join(self, *groups: tuple[Ints, Ints, Ints]) -> None:
        start, end, high = (np.concatenate(column) for column in zip(*groups, strict=True))
        order = np.argsort(start * self.nodes + end, kind="stable")
        self.start, self.end, self.high = start[order], end[order], high[order]
        self.low = np.zeros(len(order), np.int64)
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        cuts = np.cumsum([len(group[0]) for group in groups])[:-1]
        self.pair, self.missing, self.seats, self.gates = np.split(place, cuts)

    def costs(self) -> Ints:
        """A cost of nothing for every edge."""
        return np.zeros(len(self.start), np.int64)

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
        tried = free if likely is None else free & self._with_arcs(likely)
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

    def _with_arcs(self, likely: Flags) -> Flags:
        edges = np.ones(len(self.start), dtype=bool)
        edges[self.pair] = likely
        return edges

    def _fill(self, costs: Ints, free: Flags) -> tuple[Ints, Ints]:
        """The flow when only these edges have any beyond their lower limits, and the nodes' potentials."""
        from pylmcf import Graph  # only where a run needs it

        left, flow = self._left(), self.low.copy()
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

    def _left(self) -> Ints:
        """What every node still has to send on, with the lower limits sent."""
        at = np.flatnonzero(self.low)
        sent = np.bincount(self.start[at], self.low[at], self.nodes)
        got = np.bincount(self.end[at], self.low[at], self.nodes)
        return self.supply - (sent - got).astype(np.int64)

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
            self._add(proposals, above, cap.most, cap.most < instance.needs)

    def _add(self, proposals: int, above: Ints, most: Ints, says: Flags) -> None:
        nodes = above.copy()
        nodes[says] = proposals + self.count + np.arange(int(says.sum()))
        self.count += int(says.sum())
        self.nodes.append(nodes)
        self.start = np.concatenate([self.start, above[says]])
        self.end = np.concatenate([self.end, nodes[says]])
        self.high = np.concatenate([self.high, np.maximum(0, most[says])])

    def above(self, instance: Instance) -> Ints:
        """The node from which every arc leaves: its proposal's, or the innermost cap's around its reviewer."""
        if not self.nodes:
            return instance.proposal
        table = np.stack([*self.nodes, np.arange(len(instance.needs))])
        return table[self.inner[instance.reviewer], instance.proposal]
