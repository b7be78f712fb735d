"""The worst-off proposal: the highest floor that costs at most a given share of the affinity.

A floor is a total that every proposal is promised, or its own best if that is less: without that exception one exotic
proposal would make every floor impossible. For one floor: weights are raised on the proposals below it and the flow is
solved again (each such flow also bounds what any matching with that floor can have: Lagrangian relaxation); where that
does not do, branch and bound on the arcs of small reduced cost (`linear`). The highest floor is found by bisection.
"""

import time
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from . import linear
from .exact import build_model, objectives
from .flow import untied, weights
from .instance import (
    Flags,
    Instance,
    Ints,
    Matching,
    binding,
    expand,
    laminar,
    nth_of,
    only,
    open_directions,
    ruled_out,
    totals,
)
from .problem import UNIT, Rules, Stage

#: Rounds of raising weights, and by how much (in parts of PARTS).
ROUNDS, PARTS = 10, 16
#: With more arcs than this only flows are used.
MODEL_ARCS = 150_000
#: With more arcs than this, floors are looked for in thousandths of an affinity instead of millionths.
FINE_ARCS = 3_000


def equal_best(instance: Instance, matching: Matching, rules: Rules, deadline: float | None = None) -> Matching:
    """An equally good matching (all stages the same) with the best least total there is among those."""
    if not matching.chosen.any():
        return matching
    search, open_ = _search(instance, matching, rules, 0.0, deadline or time.monotonic() + rules.seconds / 4)
    result = _bisect(search, matching.chosen[open_], matching.bound("affinity"))
    stage = Stage("minimum", result.floor, result.possible)
    return _with_choice(instance, matching, search, expand(open_, result.chosen), (stage,))


def highest_floor(instance: Instance, matching: Matching, rules: Rules, deadline: float | None = None) -> Matching:
    """The matching with the highest floor that costs at most `rules.floor_share` of the affinity of the new pairs.

    Adds the stages "floor" (in units; the bound is the highest floor not proved impossible) and again "affinity",
    now among the matchings with that floor. Coverage, what stays and least loads are as good as before.
    """
    if not matching.chosen.any():
        return matching
    end = deadline or time.monotonic() + rules.seconds / 2
    search, open_ = _search(instance, matching, rules, rules.floor_share or 0.0, end)
    result = _bisect(search, matching.chosen[open_], matching.bound("affinity"))
    chosen, bound = result.chosen, result.bound
    if search.has_flow and search.value(chosen) < bound:
        chosen, bound = _better(search, chosen, bound, _by_weights(search, result.floor))
    if search.has_model and search.value(chosen) < bound:
        chosen, bound = _better(search, chosen, bound, _by_model(search, result.floor, chosen, chosen, bound))
    value = search.value(chosen)
    more = (Stage("floor", result.floor, result.possible), Stage("affinity", value, max(bound, value)))
    return replace(_with_choice(instance, matching, search, expand(open_, chosen), more), floor=result.floor)


@dataclass(frozen=True)
class _Search:
    """What stays the same while floors are tried. `reached`: the value of every earlier objective. `worth`: the least
    affinity that is acceptable.
    """

    instance: Instance
    rules: Rules
    bests: Ints
    reached: dict[str, int]
    worth: int
    free: Flags
    prices: Ints | None
    deadline: float

    @property
    def weights(self) -> Ints:
        return weights(self.instance, self.rules)

    def value(self, chosen: Flags) -> int:
        return int(self.weights[chosen].sum())

    def floors(self, floor: int) -> Ints:
        return np.minimum(floor, self.bests)

    @property
    def has_flow(self) -> bool:
        return laminar(binding(self.instance.caps, self.instance.needs))

    @property
    def has_model(self) -> bool:
        return len(self.instance.units) <= MODEL_ARCS


@dataclass(frozen=True)
class _Attempt:
    """A matching with the floor and enough affinity (None: not found), and what none with it can exceed."""

    chosen: Flags | None
    bound: int


@dataclass(frozen=True)
class _FloorResult:
    """The best matching found, the most affinity with its floor, the floor, and the highest not proved impossible."""

    chosen: Flags
    bound: int
    floor: int
    possible: int


def _search(
    instance: Instance, matching: Matching, rules: Rules, share: float, deadline: float
) -> tuple[_Search, Flags]:
    open_ = ~ruled_out(instance) if rules.no_cycles else np.ones(len(matching.chosen), dtype=bool)
    inner, chosen = only(instance, open_), matching.chosen[open_]
    free = open_directions(inner, chosen) if rules.no_cycles else np.ones(len(chosen), dtype=bool)
    reached = {stage.name: int(stage.value) for stage in matching.stages}
    value = int(weights(inner, rules)[chosen].sum())
    prices = None if matching.prices is None else matching.prices[open_]
    worth = value - int(share * max(0, value))
    return _Search(inner, rules, own_bests(inner), reached, worth, free, prices, deadline), open_


def _bisect(search: _Search, chosen: Flags, bound: int) -> _FloorResult:
    """Halve what lies between the best floor found and the lowest one that failed."""
    size = step(search.instance)
    low = level(search.instance, search.bests, chosen)
    top = possible = max(low, _ceiling(search, bound))
    while top - low >= size and time.monotonic() < search.deadline:
        floor = low + max(1, (top - low) // size // 2) * size
        attempt = _by_weights(search, floor) if search.has_flow else _Attempt(None, 2**62)
        if attempt.chosen is None and attempt.bound >= search.worth and search.has_model:
            attempt = _by_model(search, floor, None, chosen, attempt.bound)
        if attempt.chosen is not None:
            chosen, bound = attempt.chosen, min(bound, attempt.bound)
            low = max(floor, level(search.instance, search.bests, chosen))
            continue
        if attempt.bound < search.worth:
            possible = min(possible, floor - 1)
        top = _on_grid(search, floor - 1)
    return _FloorResult(chosen, bound, low, max(low, _on_grid(search, possible)))


def _ceiling(search: _Search, bound: int) -> int:
    """What no floor can exceed: each proposal alone, with the pairs that one can afford by their prices."""
    whole, ends = search.instance, int(search.bests.max(initial=0))
    if search.prices is None or search.rules.no_cycles:
        return ends
    usable = (search.prices >= 0) & (search.prices <= bound - search.worth)
    gains = np.where(usable, np.maximum(0, whole.units), 0)
    uppers = totals(replace(whole, units=gains), nth_of(whole.proposal, gains) < whole.needs[whole.proposal])
    return int(uppers[uppers < search.bests].min(initial=ends))


def _on_grid(search: _Search, floor: int) -> int:
    """Totals are sums of affinities: the highest one up to here that there can be."""
    common = int(np.gcd.reduce(np.concatenate([search.instance.units, search.instance.base])))
    return floor // max(1, common) * max(1, common)


def _by_weights(search: _Search, floor: int) -> _Attempt:
    """Raise the weights of those below until nobody is, a bound tells that it is hopeless, or the rounds are over."""
    whole, weights = search.instance, search.weights
    floors, extra = search.floors(floor), np.zeros(len(whole.needs), dtype=np.int64)
    bound, best = 2**62, None
    for _ in range(ROUNDS):
        raised = PARTS * weights + extra[whole.proposal] * whole.units
        # all objectives before affinity stay as good as they can be, among the arcs of the known directions
        kept = search.instance.kept & (search.rules.stay == "keep")
        inner = only(replace(search.instance, units=raised, kept=kept), search.free)
        matching = untied(inner, replace(search.rules, stay="keep"))
        chosen, most = expand(search.free, matching.chosen), matching.bound("affinity")
        bound = min(bound, (most - int(extra @ (floors - whole.base))) // PARTS)
        below = totals(whole, chosen) < floors
        if not below.any() and search.value(chosen) >= search.worth:
            best = chosen
        if not below.any() or bound < search.worth or time.monotonic() > search.deadline:
            break
        extra[below] += np.maximum(PARTS // 4, (PARTS + extra[below]) // 2)
    return _Attempt(best, bound if search.free.all() else 2**62)


def _by_model(search: _Search, floor: int, start: Flags | None, near: Flags, bound: int) -> _Attempt:
    """Branch and bound with every floor as a row. `near`: a matching whose arcs are likely to matter."""
    model = build_model(search.instance, search.rules.no_cycles, search.floors(floor) - search.instance.base)
    *earlier, affinity = objectives(model, search.rules)
    for objective in earlier:
        held = model.at_least(objective.cost, search.reached.get(objective.name, 0))
        model = replace(model, program=held)
    program = model.program.aiming(affinity.cost)
    x = None if start is None else model.lift(start)
    core = model.core(near, search.prices)
    result = linear.best(program, core, x, search.worth, model.cuts, search.deadline)
    most = -1 if result.bound is None else result.bound
    enough = result.x is not None and program.value(result.x) >= search.worth
    return _Attempt(result.x[: model.arcs] > 0 if result.x is not None and enough else None, min(bound, most))


def _better(search: _Search, chosen: Flags, bound: int, attempt: _Attempt) -> tuple[Flags, int]:
    if attempt.chosen is not None and search.value(attempt.chosen) > search.value(chosen):
        chosen = attempt.chosen
    return chosen, min(bound, attempt.bound)


def _with_choice(
    instance: Instance, matching: Matching, search: _Search, chosen: Flags, more: tuple[Stage, ...]
) -> Matching:
    stages = (*(stage for stage in matching.stages if stage.name != "even"), *more)
    barred = dict(matching.barred)
    if search.rules.no_cycles:
        barred["cycle"] = ~open_directions(instance, chosen)
    given_up = matching.bound("affinity") - int(weights(instance, search.rules)[chosen].sum())
    prices = matching.prices
    if prices is not None:  # what the optimum would lose, less what this matching has given up already
        prices = np.where(chosen, 0, np.where(prices < 0, prices, np.maximum(0, prices - given_up)))
    return replace(matching, chosen=chosen, stages=stages, prices=prices, barred=barred)


#: Reviews in all, and of those the ones under every cap → the most units with so many.
Table = dict[tuple[int, ...], int]


def own_bests(instance: Instance) -> Ints:
    """What each proposal could get if it came first: all its reviews by its own best reviewers, within its roles."""
    caps = binding(instance.caps, instance.needs)
    if not caps:
        chosen = nth_of(instance.proposal, instance.units) < instance.needs[instance.proposal]
        return totals(instance, chosen)
    kinds = np.stack([cap.members for cap in caps], axis=1)[instance.reviewer]
    most = np.stack([np.maximum(0, cap.most) for cap in caps], axis=1)
    ends = np.searchsorted(instance.proposal, np.arange(len(instance.needs) + 1))
    bests = [
        _best_within_caps(instance.units[a:b], kinds[a:b], int(needs), most[at])
        for at, ((a, b), needs) in enumerate(zip(pairwise(ends), instance.needs, strict=True))
    ]
    return instance.base + np.array(bests, dtype=np.int64)


def _best_within_caps(units: Ints, kinds: Flags, needs: int, most: Ints) -> int:
    """Reviewers alike in all roles are exchangeable: of each kind only the best matter."""
    table: Table = {(0,) * (1 + len(most)): 0}
    limits = (needs, *most.tolist())
    for kind in np.unique(kinds, axis=0):
        best = np.sort(units[(kinds == kind).all(axis=1)])[::-1][:needs]
        sums, steps = [0, *np.cumsum(best).tolist()], (1, *kind.astype(int).tolist())
        joined: Table = {}
        for used, total in table.items():
            for more, gain in enumerate(sums):
                counts = tuple(one + more * step for one, step in zip(used, steps, strict=True))
                if any(one > limit for one, limit in zip(counts, limits, strict=True)):
                    break
                joined[counts] = max(joined.get(counts, total + gain), total + gain)
        table = joined
    return max((used[0], gain) for used, gain in table.items())[1]


def level(instance: Instance, bests: Ints, chosen: Flags) -> int:
    """The highest floor that a matching keeps."""
    values = totals(instance, chosen)
    under = values < bests
    return int(values[under].min()) if under.any() else int(bests.max(initial=0))


def step(instance: Instance) -> int:
    """How far two floors must lie apart: the greatest common divisor of all affinities, if it is above 1."""
    common = int(np.gcd.reduce(np.concatenate([instance.units, instance.base, np.zeros(1, np.int64)])))
    if common > 1 or len(instance.units) <= FINE_ARCS:
        return max(1, common)
    return UNIT // 1000
