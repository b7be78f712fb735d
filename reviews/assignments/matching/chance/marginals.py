"""The best probabilities: the most expected affinity while no pair is likelier than the cap.

Source: Jecmen et al., "Mitigating manipulation in peer review via randomized reviewer assignments" (NeurIPS 2020),
there as a linear program. Counted in whole parts of `SCALE` all its bounds are whole, so an integer flow is exact.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Flags, Instance, Ints
from ..flow import Network, Solved
from ..problem import Rules, Stage
from ..roles import binding, laminar
from ..stages import weights
from .coins import SCALE, parts_of


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
    """The optimum, aim by aim: coverage, kept pairs, least loads, affinity, even loads.

    Kept pairs are exempt from the cap: their chance was spent when they were drawn. `barred` (per arc): must not come
    out. What is agreed or pinned is no arc of the instance.
    ValueError when the caps of roles cross (neither nested nor disjoint): no network holds them.
    """
    if not laminar(binding(instance.caps, instance.needs)):
        raise ValueError("roles that cross cannot be drawn by chance: no network holds them exactly")
    network = _in_parts(instance, rules, barred)
    search = _Aims(network)
    search.avoid("coverage", network.missing)
    search.pairs("stay", (instance.kept & (rules.stay == "keep")).astype(np.int64))
    search.avoid("least", network.seats[~network.is_least] if network.is_least.any() else network.seats[:0])
    search.pairs("affinity", weights(instance, rules), always=True)
    flow = search.even()
    return Marginals(flow[network.pair], network, flow, tuple(search.stages))


def _in_parts(instance: Instance, rules: Rules, barred: Flags | None) -> Network:
    """The matching's own network with every review cut into parts, and the cap on the pairs' edges."""
    network = Network(instance)
    network.high *= SCALE
    network.supply *= SCALE
    network.high[network.pair] = np.where(instance.kept, SCALE, parts_of(rules.chance))
    if barred is not None:
        network.high[network.pair[barred]] = 0
    return network


class _Aims:
    """Aims solved on one network, one among the best of the other; an aim that nothing depends on is left out."""

    def __init__(self, network: Network) -> None:
        self.network, self.stages = network, list[Stage]()

    def pairs(self, name: str, worth: Ints, always: bool = False) -> None:
        """As much worth on the pairs as can be: as costs, what each review is worth less than the worthiest one."""
        if not (always or worth.any()):
            return
        top = max(0, int(worth.max(initial=0)))
        costs = self.network.costs()
        costs[self.network.pair] = top - worth
        costs[self.network.missing] = top
        self._reach(name, costs, top)

    def avoid(self, name: str, edges: Ints) -> None:
        """As many reviews as can be past these edges (and, after coverage, past those of missing reviews)."""
        if len(edges):
            costs = self.network.costs()
            costs[edges] = costs[self.network.missing] = 1
            self._reach(name, costs, 1)

    def even(self) -> Ints:
        costs = self.network.costs()
        costs[self.network.seats] = self.network.taken
        return self._reach("even", costs, 0).flow

    def _reach(self, name: str, costs: Ints, top: int) -> Solved:
        solved = self.network.solve(costs)
        self.network.keep(solved)
        most = top * int(self.network.instance.needs.sum())
        self.stages.append(Stage(name, most - solved.cost / SCALE, most - solved.bound / SCALE))
        return solved
