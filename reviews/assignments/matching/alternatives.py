"""Who else could have taken a review, and the least that the whole would lose by it."""

from itertools import pairwise

import numpy as np

from .arrays import Flags, Instance, Ints
from .problem import UNIT, Alternative, Pair
from .translate import Frame

MOST = 3


def alternatives(frame: Frame, chosen: Flags, prices: Ints | None) -> dict[Pair, tuple[Alternative, ...]]:
    """For every chosen new pair up to three others, the cheapest first. Without prices nothing can be said."""
    if prices is None:
        return {}
    instance = frame.instance
    others = _cheapest(instance, (prices >= 0) & ~chosen, prices)
    found: dict[int, tuple[Alternative, ...]] = {}
    for proposal, arcs in others.items():
        found[proposal] = tuple(
            Alternative(frame.reviewer_ids[instance.reviewer[arc]], int(instance.units[arc]) / UNIT, int(prices[arc]))
            for arc in arcs
        )
    new = chosen & ~instance.kept
    owners = instance.proposal[new].tolist()
    return {pair: found[owner] for pair, owner in zip(frame.pairs(new), owners, strict=True) if owner in found}


def _cheapest(instance: Instance, free: Flags, prices: Ints) -> dict[int, list[int]]:
    """Per proposal the arcs of least price, the higher affinity first among equals."""
    at = np.flatnonzero(free)
    at = at[prices[at] <= _limits(instance, at, prices)[instance.proposal[at]]]
    at = at[np.lexsort((instance.reviewer[at], -instance.units[at], prices[at], instance.proposal[at]))]
    owner = instance.proposal[at]
    first = np.searchsorted(owner, owner, side="left")
    at = at[np.arange(len(at)) - first < MOST]
    found: dict[int, list[int]] = {}
    for arc, proposal in zip(at.tolist(), instance.proposal[at].tolist(), strict=True):
        found.setdefault(proposal, []).append(arc)
    return found


def _limits(instance: Instance, at: Ints, prices: Ints) -> Ints:
    """Per proposal the last price that can be among the least ones, so that few are left to be sorted."""
    owner = instance.proposal[at]
    starts = np.searchsorted(owner, np.arange(len(instance.needs) + 1))
    limits = np.zeros(len(instance.needs), np.int64)
    for proposal, (low, high) in enumerate(pairwise(starts.tolist())):
        if high > low:
            limits[proposal] = np.partition(prices[at[low:high]], min(MOST, high - low) - 1)[:MOST].max()
    return limits
