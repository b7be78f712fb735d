"""A matching that keeps all rules, found fast: solve the flow, close what breaks a rule, solve again."""

import time
from dataclasses import dataclass, replace

import numpy as np

from . import stages
from .arrays import Cap, Flags, Instance, Ints
from .cycles import Edges, edges, none, violating, weights
from .outcome import Outcome
from .problem import Rules
from .roles import binding, laminar

#: Rounds of taking weight off, and how many would make the best arc as light as the worst.
ROUNDS, STEPS = 24, 16


@dataclass(frozen=True)
class Start:
    """A matching that keeps all rules, and the best one without those that are no flow."""

    chosen: Flags
    relaxed: Outcome


def feasible(instance: Instance, rules: Rules, seed: int, deadline: float) -> Start:
    """Each round closes at least one arc for good, so this ends; after the deadline what breaks a rule is dropped."""
    nested, crossing = split(binding(instance.caps, instance.needs))
    known = edges(instance) if rules.no_cycles else none(instance)
    plain = replace(instance, caps=nested)
    relaxed = outcome = stages.best(plain, rules, seed)
    plain = _discouraged(plain, rules, crossing, outcome.chosen, deadline)
    open_ = np.ones(len(instance.units), dtype=bool)
    outcome = stages.untied(plain, rules) if crossing else outcome
    while True:
        wrong = _wrong(instance, crossing, known, outcome.chosen)
        if not wrong.any():
            return Start(outcome.chosen, relaxed)
        if time.monotonic() > deadline:
            return Start(outcome.chosen & ~wrong, relaxed)
        open_ &= ~wrong
        outcome = _again(plain, open_, rules)


def _discouraged(
    instance: Instance, rules: Rules, crossing: tuple[Cap, ...], chosen: Flags, deadline: float
) -> Instance:
    """Where a proposal has too many members of a role's cap, all its members lose weight, more in every round."""
    penalty = np.zeros(len(instance.units), dtype=np.int64)
    growth = max(1, int(instance.units.max(initial=0) - instance.units.min(initial=0)) // STEPS)
    inner = instance
    for _ in range(ROUNDS if crossing else 0):
        over = [_over(instance, cap, chosen) for cap in crossing]
        if not any(each.any() for each in over) or time.monotonic() > deadline:
            break
        for each in over:
            penalty += growth * each
        inner = replace(instance, units=instance.units - penalty)
        chosen = stages.untied(inner, rules).chosen
    return inner


def _over(instance: Instance, cap: Cap, chosen: Flags) -> Flags:
    """The members' arcs of the proposals that have too many of them."""
    members = cap.members[instance.reviewer]
    taken = np.bincount(instance.proposal[members & chosen], minlength=len(instance.needs))
    over: Flags = members & (taken > np.maximum(0, cap.most))[instance.proposal]
    return over


def _again(instance: Instance, open_: Flags, rules: Rules) -> Outcome:
    arcs = {name: getattr(instance, name)[open_] for name in ("proposal", "reviewer", "units", "kept")}
    outcome = stages.untied(replace(instance, **arcs), rules)
    chosen = np.zeros(len(open_), dtype=bool)
    chosen[open_] = outcome.chosen
    return Outcome(chosen, outcome.stages)


def split(caps: tuple[Cap, ...]) -> tuple[tuple[Cap, ...], tuple[Cap, ...]]:
    """As many caps as nest, taken in their order, and the others."""
    nested: tuple[Cap, ...] = ()
    for cap in caps:
        if laminar((*nested, cap)):
            nested = (*nested, cap)
    return nested, tuple(cap for cap in caps if not any(cap is each for each in nested))


def _wrong(instance: Instance, crossing: tuple[Cap, ...], known: Edges, chosen: Flags) -> Flags:
    """The arcs to close: those beyond a role's cap, and those on the weaker edges of company cycles."""
    wrong = np.zeros(len(chosen), dtype=bool)
    for cap in crossing:
        wrong |= _beyond(instance, cap, chosen)
    if violating(known, chosen).any():
        wrong |= _weaker(known, instance.units, chosen)
    return wrong


def _beyond(instance: Instance, cap: Cap, chosen: Flags) -> Flags:
    """Where too many members are chosen, the best of them stay and all other members are closed."""
    over = _over(instance, cap, chosen)
    order = np.lexsort((-instance.units, ~chosen, instance.proposal))
    order = order[over[order]]
    sizes = np.bincount(instance.proposal[order], minlength=len(instance.needs))
    nth = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    wrong = np.zeros(len(chosen), dtype=bool)
    wrong[order[nth >= np.maximum(0, cap.most)[instance.proposal[order]]]] = True
    return wrong


def _weaker(known: Edges, units: Ints, chosen: Flags) -> Flags:
    """The weightiest used edges first: those that would close a cycle are out, with their arcs."""
    table = weights(known, units, chosen, len(known.traffic))
    used, out = known.traffic.copy(), np.zeros_like(known.traffic)
    new = known.used(chosen) & ~known.traffic
    for _, a, b in sorted((-int(table[a, b]), int(a), int(b)) for a, b in np.argwhere(new)):
        if used[b, a] or (used[b] & used[:, a]).any():
            out[a, b] = True
        else:
            used[a, b] = True
    return known.of_arcs(out, len(chosen))
