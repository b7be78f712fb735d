"""The aims in their order, each solved among the best solutions of the ones before.

Coverage; as few kept pairs given up as coverage allows; least loads; affinity; even loads; a keyed hash, so that equal
input and seed give equal pairs. Every aim brings its certificate: a bound computed from the solver's prices, not from
its flow.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

from .arrays import Flags, Instance, Ints
from .flow import DoesNotFit, Network, Solved
from .outcome import Outcome
from .problem import Rules, Stage

#: A kept pair's bonus is this part of the affinities' range.
BONUS_PART = 20
#: Bits of the hash: that two matchings have equal sums is then as good as impossible.
TIES = 32
#: From so many arcs on, the likely ones are tried first.
MANY = 50_000


def best(instance: Instance, rules: Rules, seed: int) -> Outcome:
    """The best matching where all caps nest and nothing else than loads, conflicts and roles is asked."""
    gains = weights(instance, rules)
    network, stages, solved = _first_aims(instance, rules, gains)
    affinity = _higher("affinity", int(gains[network.chosen(solved.flow)].sum()), solved)
    prices = np.where(_is_open(network), solved.prices[network.pair], -1)
    network.keep(solved)
    chosen, even = _tie_break(network, solved, seed)
    prices[chosen] = 0
    return Outcome(chosen, (*stages, affinity, even), prices)


def untied(instance: Instance, rules: Rules) -> Outcome:
    """The same as far as affinity, with any of the equal optima: for those who solve again and again."""
    gains = weights(instance, rules)
    network, stages, solved = _first_aims(instance, rules, gains)
    chosen = network.chosen(solved.flow)
    return Outcome(chosen, (*stages, _higher("affinity", int(gains[chosen].sum()), solved)))


def weights(instance: Instance, rules: Rules) -> Ints:
    """What an arc is worth: its units and, where a bonus is asked, a part of their range for a kept one."""
    if rules.stay != "bonus" or not instance.kept.any():
        return instance.units
    spread = int(instance.units.max() - instance.units.min())
    return instance.units + instance.kept * (spread // BONUS_PART)


def _first_aims(instance: Instance, rules: Rules, gains: Ints) -> tuple[Network, list[Stage], Solved]:
    """All aims up to affinity: at one go when those before it can be had in full, which is the usual case."""
    stays = rules.stay == "keep" and bool(instance.kept.any())
    network, likely = Network(instance), _likely(instance, gains)
    cost = _on_pairs(network, int(gains.max(initial=0)) - gains)
    if _may_have_all(network, stays):
        low, high = network.low.copy(), network.high.copy()
        network.demand_all(stays)
        try:
            solved = network.solve(cost, likely)
            return network, _in_full(network, stays), solved
        except DoesNotFit:
            network.low, network.high = low, high
    stages = _one_by_one(network, stays, likely)
    return network, stages, network.solve(cost, likely)


def _likely(instance: Instance, gains: Ints) -> Flags | None:
    """The better half of what each proposal or each reviewer could have, where there are many arcs."""
    if len(gains) < MANY:
        return None
    values = gains.astype(np.float64)
    proposals, reviewers, _ = instance.size
    return _above_mean(instance.proposal, proposals, values) | _above_mean(instance.reviewer, reviewers, values)


def _above_mean(owner: Ints, owners: int, values: NDArray[np.float64]) -> Flags:
    """Half a deviation and more above the mean of the owner's arcs."""
    count = np.maximum(1, np.bincount(owner, minlength=owners))
    mean = np.bincount(owner, values, owners) / count
    spread = np.sqrt(np.maximum(0, np.bincount(owner, values * values, owners) / count - mean * mean))
    flags: Flags = values >= (mean + spread / 2)[owner]
    return flags


def _on_pairs(network: Network, values: Ints) -> Ints:
    costs = network.costs()
    costs[network.pair] = values
    return costs


def _on(network: Network, edges: Ints) -> Ints:
    costs = network.costs()
    costs[edges] = 1
    return costs


def _may_have_all(network: Network, stays: bool) -> bool:
    """Counting only: what fails here cannot be had in full, what passes may."""
    instance = network.instance
    proposals, reviewers, _ = instance.size
    wanted, leasts = int(instance.needs.sum()), int(network.is_least.sum())
    if wanted > len(network.seats) or leasts > wanted:
        return False
    if (np.bincount(instance.proposal, minlength=proposals) < instance.needs).any():
        return False
    return not stays or _kept_fit(instance, proposals, reviewers)


def _kept_fit(instance: Instance, proposals: int, reviewers: int) -> bool:
    given = np.bincount(instance.proposal[instance.kept], minlength=proposals)
    taken = np.bincount(instance.reviewer[instance.kept], minlength=reviewers)
    return bool((given <= instance.needs).all() and (taken <= instance.room).all())


def _in_full(network: Network, stays: bool) -> list[Stage]:
    wanted, kept = float(network.instance.needs.sum()), float(network.instance.kept.sum())
    least = float(network.is_least.sum())
    stages = [Stage("coverage", wanted, wanted)]
    stages += [Stage("stay", kept, kept)] if stays else []
    return stages + ([Stage("least", least, least)] if least else [])


def _one_by_one(network: Network, stays: bool, likely: Flags | None) -> list[Stage]:
    stages = [_aim(network, "coverage", network.missing, int(network.instance.needs.sum()), likely)]
    if stays:
        placed, kept = stages[0].value, network.pair[network.instance.kept]
        others = network.pair[~network.instance.kept]
        stages.append(_aim(network, "stay", others, int(placed), likely) if len(kept) else Stage("stay", 0, 0))
    if network.is_least.any():
        stages.append(_aim(network, "least", network.seats[~network.is_least], int(stages[0].value), likely))
    return stages


def _aim(network: Network, name: str, unwanted: Ints, most: int, likely: Flags | None) -> Stage:
    """As little flow over the unwanted edges as can be: `most` less that flow is what the aim reaches."""
    solved = network.solve(_on(network, unwanted), likely)
    network.keep(solved)
    return Stage(name, most - solved.cost, most - solved.bound)


def _higher(name: str, value: int, solved: Solved) -> Stage:
    """The stage of an aim that was turned into costs: the bound is as far away as it is there."""
    return Stage(name, value, value + solved.cost - solved.bound)


def _is_open(network: Network) -> Flags:
    """The arcs that may be taken without loss to an aim that comes before."""
    return network.high[network.pair] > 0


def _tie_break(network: Network, solved: Solved, seed: int) -> tuple[Flags, Stage]:
    """Among equals the evener loads, and among those what the hash says."""
    costs = network.costs()
    costs[network.seats] = network.taken
    evened = network.solve(costs)
    network.keep(evened)
    instance = network.instance
    free = network.low[network.pair] < network.high[network.pair]
    hashes = np.where(free, hashed(instance.proposal, instance.reviewer, seed), 0)
    last = network.solve(_on_pairs(network, hashes)) if free.any() else evened
    return network.chosen(last.flow), Stage("even", -evened.cost, -evened.bound)


def hashed(proposal: Ints, reviewer: Ints, seed: int) -> Ints:
    """A keyed hash of every pair, below 2 to the power of `TIES`: splitmix64 with a key made of the seed."""
    digest = hashlib.blake2b(str(seed).encode(), digest_size=8, person=b"expo-tie").digest()
    key = np.uint64(int.from_bytes(digest, "big"))
    mixed = (proposal.astype(np.uint64) << np.uint64(32)) + reviewer.astype(np.uint64) + key
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(64 - TIES)).astype(np.int64)
