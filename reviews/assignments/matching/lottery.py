"""The draw: no pair comes out with more than a given probability, so that nobody can count on getting a proposal.

First the best probabilities: the most expected affinity while no pair is likelier than the cap. Counted in whole parts
of `SCALE` all bounds are whole, so an integer flow is exact. Then one matching that has these probabilities
(`rounding`), and for later the pairs that may step in where a drawn assignment falls away.
Source: Jecmen et al., "Mitigating manipulation in peer review via randomized reviewer assignments" (NeurIPS 2020),
there as a linear program.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .flow import Network, Solved, weights
from .instance import Flags, Instance, Ints, Matching, binding, laminar, open_directions
from .problem import Pair, Rules, Stage
from .rounding import WORD, Circulation, draw, random_word

#: Probabilities are counted in whole parts of this.
SCALE = 10_000


@dataclass(frozen=True)
class Marginals:
    """`parts`: per arc of the instance, its probability in 1 / SCALE. `network` and `flow`: where they come from.

    `stages` count what a matching's do (reviews, units), but what is expected of the draw.
    """

    parts: Ints
    network: Network
    flow: Ints
    stages: tuple[Stage, ...]

    @property
    def chances(self) -> NDArray[np.float64]:
        """Per arc, in [0, 1]."""
        return self.parts / SCALE


def marginals(instance: Instance, rules: Rules, barred: Flags | None = None) -> Marginals:
    """The optimum, objective by objective: coverage, kept pairs, least loads, affinity, even loads.

    Kept pairs are exempt from the cap: their chance was spent when they were drawn. `barred` (per arc): must not come
    out. What is agreed or pinned is no arc of the instance.
    ValueError when the caps of roles cross (neither nested nor disjoint): no network holds them.
    """
    if not laminar(binding(instance.caps, instance.needs)):
        raise ValueError("roles that cross cannot be drawn by chance: no network holds them exactly")
    network = Network(instance)  # the matching's own, with every review cut into parts, and the cap on the pairs
    network.high *= SCALE
    network.supply *= SCALE
    network.high[network.pair] = np.where(instance.kept, SCALE, parts_of(rules.chance))
    if barred is not None:
        network.high[network.pair[barred]] = 0
    search = _Objectives(network)
    search.avoid("coverage", network.missing)
    search.pairs("stay", (instance.kept & (rules.stay == "keep")).astype(np.int64))
    search.avoid("least", network.seats[~network.is_least] if network.is_least.any() else network.seats[:0])
    search.pairs("affinity", weights(instance, rules), always=True)
    flow = search.even()
    return Marginals(flow[network.pair], network, flow, tuple(search.stages))


class _Objectives:
    """Objectives solved on one network, each among the best of those before; those without effect are left out."""

    def __init__(self, network: Network) -> None:
        self.network, self.stages = network, list[Stage]()

    def pairs(self, name: str, worth: Ints, always: bool = False) -> None:
        """As much worth on the pairs as can be: as costs, what each review is worth less than the worthiest one."""
        if not (always or worth.any()):
            return
        top = max(0, int(worth.max(initial=0)))
        costs = self.network.costs(self.network.pair, top - worth)
        costs[self.network.missing] = top
        self._reach(name, costs, top)

    def avoid(self, name: str, edges: Ints) -> None:
        """As many reviews as can be past these edges (and, after coverage, past those of missing reviews)."""
        if len(edges):
            costs = self.network.costs(edges)
            costs[self.network.missing] = 1
            self._reach(name, costs, 1)

    def even(self) -> Ints:
        return self._reach("even", self.network.costs(self.network.seats, self.network.taken), 0).flow

    def _reach(self, name: str, costs: Ints, top: int) -> Solved:
        solved = self.network.solve(costs)
        self.network.keep(solved)
        most = top * int(self.network.instance.needs.sum())
        self.stages.append(Stage(name, most - solved.cost / SCALE, most - solved.bound / SCALE))
        return solved


def best_draw(instance: Instance, rules: Rules, seed: int, surest: Flags | None = None) -> Matching:
    """One matching by lot, with the chances it had. The stages hold what is expected of the draw, and its bounds.

    With `rules.no_cycles`, `surest` must be the arcs of the best matching without chance: its companies' directions
    are kept, what goes against them is barred ("cycle"). Barred as "drawn" are the arcs that had a chance and were not
    drawn. ValueError when the caps of roles cross.
    """
    barred = np.zeros(len(instance.units), dtype=bool)
    if rules.no_cycles:
        if surest is None:
            raise ValueError("without cycles a draw needs the best matching, whose directions it keeps")
        barred = ~open_directions(instance, surest)
    probabilities = marginals(instance, rules, barred)
    chosen = sample(probabilities, seed)
    lost = (probabilities.parts > 0) & ~chosen
    return Matching(
        chosen, probabilities.stages, chances=probabilities.chances, barred={"cycle": barred, "drawn": lost}
    )


def sample(probabilities: Marginals, seed: int) -> Flags:
    """The arcs that one draw takes. Roles hold each time; coverage and loads are as expected, rounded up or down."""
    net, flow = probabilities.network, probabilities.flow
    reviewers = len(net.instance.capacity)
    # one edge per reviewer for all seats and one for all that is missing, so that these sums are rounded once
    seats = np.bincount(net.start[net.seats] - net.first_reviewer, flow[net.seats], reviewers).astype(np.int64)
    inner = np.concatenate([net.pair, net.gates])
    groups = [
        (net.start[inner], net.end[inner], flow[inner]),
        (net.start[net.missing], np.full(len(net.missing), net.nodes), flow[net.missing]),
        (np.array([net.nodes]), np.array([net.sink]), flow[net.missing].sum(keepdims=True)),
        (net.first_reviewer + np.arange(reviewers), np.full(reviewers, net.sink), seats),
    ]
    tail, head, parts = (np.concatenate(column) for column in zip(*groups, strict=True))
    taken = draw(Circulation(tail, head, parts, SCALE), seed)
    return np.asarray(taken[: len(probabilities.parts)] > 0)


def parts_of(chance: float) -> int:
    """A cap in whole parts, rounded down so that it is never exceeded. (The small sum undoes 0.29 * 100 = 28.99.)"""
    return int(min(1.0, max(0.0, chance)) * SCALE + 1e-6)


def allowed(pairs: Iterable[Pair], chances: Mapping[Pair, float], q: float, seed: int) -> set[Pair]:
    """The pairs that replacements may use: each says yes with probability (q - x) / (1 - x), x its chance in the draw.

    P(drawn) + P(not drawn) P(yes) = x + (1 - x) (q - x) / (1 - x) = q, and a coin never changes: so however many
    repairs follow, and whatever causes them, the pair comes out with at most q. That holds only while the coins are
    tossed with one and the same seed, that of the draw which gave the chances. A pair without a chance counts as 0.
    """
    most = parts_of(q)
    return {
        pair
        for pair in pairs
        if random_word(seed, b"coin", b"%d:%d" % pair) < yes_faces(round(chances.get(pair, 0.0) * SCALE), most)
    }


def yes_faces(drawn: int, most: int) -> int:
    """How many of a coin's 2**64 faces say yes, for a chance of `drawn` and a cap of `most` parts; never too many."""
    return WORD if most >= SCALE else max(0, most - drawn) * WORD // max(1, SCALE - drawn)
