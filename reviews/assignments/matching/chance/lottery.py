"""The whole draw: the best probabilities, then one matching that has them."""

import numpy as np

from .. import cycles
from ..arrays import Flags, Instance
from ..outcome import Outcome
from ..problem import Rules
from .coins import SCALE
from .marginals import Marginals, marginals
from .rounding import Circulation, draw


def best(instance: Instance, rules: Rules, seed: int, surest: Flags | None = None) -> Outcome:
    """One matching by lot, with the chances it had. The stages tell what is expected of the draw, and its bounds.

    With `rules.no_cycles`, `surest` must be the arcs of the best matching without chance: its companies' directions
    are kept, what goes against them is barred ("cycle"). Barred as "drawn" are the arcs that had a chance and were not
    drawn. ValueError when the caps of roles cross.
    """
    barred = _against(instance, rules, surest)
    found = marginals(instance, rules, barred)
    chosen = sample(found, seed)
    lost = (found.parts > 0) & ~chosen
    return Outcome(chosen, found.stages, chances=found.chances, barred={"cycle": barred, "drawn": lost})


def _against(instance: Instance, rules: Rules, surest: Flags | None) -> Flags:
    if not rules.no_cycles:
        return np.zeros(len(instance.units), dtype=bool)
    if surest is None:
        raise ValueError("without cycles a draw needs the best matching, whose directions it keeps")
    return ~cycles.directions(instance, surest)


def sample(found: Marginals, seed: int) -> Flags:
    """The arcs that one draw takes. Roles hold each time; coverage and loads are as expected, rounded up or down."""
    network = _joined(found)
    taken = draw(network, seed)
    return np.asarray(taken[: len(found.parts)] > 0)


def _joined(found: Marginals) -> Circulation:
    """One edge per reviewer for all seats and one for all that is missing, so that these sums are rounded once."""
    net, reviewers = found.network, len(found.network.instance.room)
    seats = np.bincount(net.start[net.seats] - net.first_reviewer, found.flow[net.seats], reviewers).astype(np.int64)
    inner = np.concatenate([net.pair, net.gates])
    parts = [
        (net.start[inner], net.end[inner], found.flow[inner]),
        (net.start[net.missing], np.full(len(net.missing), net.nodes), found.flow[net.missing]),
        (np.array([net.nodes]), np.array([net.sink]), found.flow[net.missing].sum(keepdims=True)),
        (net.first_reviewer + np.arange(reviewers), np.full(reviewers, net.sink), seats),
    ]
    tail, head, flow = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Circulation(tail, head, flow, SCALE)
