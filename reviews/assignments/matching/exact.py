"""What is no flow: roles that cross each other and company cycles, solved objective by objective all the same.

A heuristic finds a matching that keeps all rules (`feasible`: solve the flow, close what breaks a rule, solve again).
The flow without these rules bounds every objective, and where the two differ branch and bound (`linear`) closes the gap
as far as the time goes. The answer is always feasible, and every stage says what nothing can exceed.

`Model` is the integer program. Its variables, in this order: every arc; the reviews towards every least load; every
company edge that is not there already ("is this direction open?"); what every floor lacks (0, but see
`Program.elastic`).
"""

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from . import linear
from .flow import best_flow, untied, weights
from .instance import (
    Cap,
    Edges,
    Flags,
    Instance,
    Ints,
    Matching,
    binding,
    company_edges,
    edge_weights,
    expand,
    laminar,
    let_in,
    no_edges,
    nth_of,
    on_cycle,
    only,
    open_directions,
    pairs_and_triples,
    ruled_out,
    violating,
)
from .linear import Matrix, Program
from .problem import Rules, Stage

#: With more uses of company edges than this, arcs share a row: weaker, but small.
ROWS = 60_000
#: What a unit under a floor costs while prices are sought, in units.
PENALTY = 100
#: Rounds of taking weight off, and how many would make the best arc as light as the worst.
ROUNDS, STEPS = 24, 16


@dataclass(frozen=True)
class Model:
    """The program, and where its variables lie."""

    instance: Instance
    edges: Edges
    filling: Ints  # reviewers with a least load
    links: Ints  # company edges as one number each, sorted
    floors: Ints | None
    program: Program

    @property
    def arcs(self) -> int:
        return len(self.instance.units)

    @property
    def _link(self) -> int:
        """The first variable of a company edge."""
        return self.arcs + len(self.filling)

    def cost(self, per_arc: Ints) -> Ints:
        """An objective that counts arcs."""
        cost = np.zeros(len(self.program.most), dtype=np.int64)
        cost[: self.arcs] = per_arc
        return cost

    def filled(self) -> Ints:
        """The objective of the least loads."""
        cost = np.zeros(len(self.program.most), dtype=np.int64)
        cost[self.arcs : self._link] = 1
        return cost

    def lift(self, chosen: Flags) -> Ints:
        """The variables' values for a matching."""
        x = self.cost(chosen.astype(np.int64))
        loads = np.bincount(self.instance.reviewer[chosen], minlength=len(self.instance.capacity))
        x[self.arcs : self._link] = np.minimum(loads, self.instance.least)[self.filling]
        a, b = np.nonzero(self.edges.used(chosen) & ~self.edges.traffic)
        x[self._link + np.searchsorted(self.links, a * len(self.edges.traffic) + b)] = 1
        return x

    def core(self, chosen: Flags, prices: Ints | None, per_proposal: int = 12) -> Flags:
        """The variables likely to matter: what is chosen, and every proposal's most promising arcs."""
        far = 0 if prices is None else 4 * int(abs(prices).max(initial=0))
        promise = self.instance.units if prices is None else -np.where(prices < 0, far, prices)
        flags = np.zeros(len(self.program.most), dtype=bool)
        flags[: self.arcs] = chosen | (nth_of(self.instance.proposal, promise) < per_proposal)
        return flags

    def cuts(self, x: Ints) -> tuple[Matrix, Ints] | None:
        """A row for every cycle of three that the arcs of x close: not all its edges at once."""
        cycles = pairs_and_triples(on_cycle(self.edges.used(x[: self.arcs] > 0)))
        new_edges = [[edge for edge in cycle if not self.edges.traffic[edge]] for cycle in cycles]
        broken = [edges for edges in new_edges if edges]  # a cycle that was there before cannot be undone
        if not broken:
            return None
        row = np.repeat(np.arange(len(broken)), [len(edges) for edges in broken])
        flat = np.array([edge for edges in broken for edge in edges], dtype=np.int64).reshape(-1, 2)
        at = self._link + np.searchsorted(self.links, flat[:, 0] * len(self.edges.traffic) + flat[:, 1])
        high = np.array([len(edges) - 1 for edges in broken], dtype=np.int64)
        return _matrix(row, at, np.ones(len(row)), len(broken), len(self.program.most)), high

    def at_least(self, cost: Ints, value: int) -> Program:
        """The program with an objective held at a value."""
        at = np.nonzero(cost)[0]
        row = _matrix(np.zeros(len(at)), at, -cost[at], 1, len(cost))
        return self.program.under(row, np.array([-value], dtype=np.int64))


def build_model(instance: Instance, no_cycles: bool, floors: Ints | None = None) -> Model:
    """All rules of an instance as rows. Arcs that agreed traffic rules out must be gone (`cycles.dead`).

    `floors`: the least units that every proposal's new reviews must bring.
    """
    edges = company_edges(instance) if no_cycles else no_edges(instance)
    filling = np.nonzero(np.minimum(instance.least, instance.capacity) > 0)[0]
    fresh = ~edges.traffic[edges.one, edges.other]
    links = np.unique(edges.one[fresh] * len(edges.traffic) + edges.other[fresh])
    arcs, width = len(instance.units), len(filling) + len(links) + (len(instance.needs) if floors is not None else 0)
    most = np.ones(arcs + width, dtype=np.int64)
    most[arcs : arcs + len(filling)] = instance.least[filling]
    always = np.arange(arcs + width) >= arcs
    elastic = np.zeros(arcs + width, dtype=np.int64)
    empty = _matrix(np.zeros(0), np.zeros(0), np.zeros(0), 0, arcs + width)
    program = Program(np.zeros(arcs + width, np.int64), empty, np.zeros(0, np.int64), most, always, elastic)
    program = _loads(instance, filling, program)
    if len(links):
        program = _openings(instance, edges, links, arcs + len(filling), program)
    if floors is not None:
        proposals = len(instance.needs)
        lacking = arcs + width - proposals + np.arange(proposals)
        step = int(np.gcd.reduce(instance.units)) if arcs else 1
        step = step if step > 1 else 1000
        program.most[lacking] = 0
        program.elastic[lacking] = PENALTY * step
        row = np.concatenate([instance.proposal, np.arange(proposals)])
        column = np.concatenate([np.arange(arcs), lacking])
        value = np.concatenate([-instance.units, np.full(proposals, -step)])
        program = program.under(_matrix(row, column, value, proposals, arcs + width), -floors)
    return Model(instance, edges, filling, links, floors, program)


def _loads(instance: Instance, filling: Ints, program: Program) -> Program:
    proposals, reviewers, arcs = instance.size
    width, at = len(program.most), np.arange(arcs)
    program = program.under(_matrix(instance.proposal, at, np.ones(arcs), proposals, width), instance.needs)
    program = program.under(_matrix(instance.reviewer, at, np.ones(arcs), reviewers, width), instance.capacity)
    for cap in binding(instance.caps, instance.needs):
        inside = np.nonzero(cap.members[instance.reviewer])[0]
        rows = _matrix(instance.proposal[inside], inside, np.ones(len(inside)), proposals, width)
        program = program.under(rows, np.maximum(0, cap.most))
    if not len(filling):
        return program
    index = np.full(reviewers, -1, dtype=np.int64)
    index[filling] = np.arange(len(filling))
    inside = np.nonzero(index[instance.reviewer] >= 0)[0]
    row = np.concatenate([index[instance.reviewer[inside]], np.arange(len(filling))])
    column = np.concatenate([inside, arcs + np.arange(len(filling))])
    value = np.concatenate([-np.ones(len(inside)), np.ones(len(filling))])
    return program.under(_matrix(row, column, value, len(filling), width), np.zeros(len(filling), np.int64))


def _openings(instance: Instance, edges: Edges, links: Ints, first: int, program: Program) -> Program:
    """An arc needs its edges open; of two opposed directions one is closed."""
    fresh = ~edges.traffic[edges.one, edges.other]
    arc, edge = edges.arc[fresh], edges.one[fresh] * len(edges.traffic) + edges.other[fresh]
    link = np.searchsorted(links, edge)
    key = arc * len(links) + link if len(arc) <= ROWS else instance.reviewer[arc] * len(links) + link
    _, start, row, size = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    most = np.minimum(size, instance.capacity[instance.reviewer[arc[start]]])
    rows = np.concatenate([row, np.arange(len(start))])
    column = np.concatenate([arc, first + link[start]])
    value = np.concatenate([np.ones(len(arc)), -most])
    program = program.under(
        _matrix(rows, column, value, len(start), len(program.most)), np.zeros(len(start), dtype=np.int64)
    )
    companies = len(edges.traffic)
    back = (links % companies) * companies + links // companies
    one = np.nonzero((links < back) & np.isin(back, links))[0]
    other = np.searchsorted(links, back[one])
    row = np.tile(np.arange(len(one)), 2)
    column = first + np.concatenate([one, other])
    rows = _matrix(row, column, np.ones(len(row)), len(one), len(program.most))
    return program.under(rows, np.ones(len(one), dtype=np.int64))


def _matrix(row: Any, column: Any, value: Any, height: int, width: int) -> Matrix:
    from scipy import sparse

    cells = (np.asarray(row, np.int64), np.asarray(column, np.int64))
    matrix = sparse.csr_array((np.asarray(value, np.int64), cells), (height, width))
    matrix.eliminate_zeros()
    return matrix


def needs_exact(instance: Instance, rules: Rules) -> bool:
    """Whether the rules are more than a flow can keep."""
    crossing = not laminar(binding(instance.caps, instance.needs))
    return crossing or (rules.no_cycles and bool((instance.target >= 0).any()))


def best_exact(instance: Instance, rules: Rules, seed: int, deadline: float | None = None) -> Matching:
    """The best matching under all rules but the floor, within `rules.seconds` (half of them, if a floor follows).

    `barred["cycle"]`: arcs that are closed by the directions taken; any choice among the others is free of cycles.
    """
    deadline = deadline or time.monotonic() + rules.seconds * (0.5 if rules.floor_share is not None else 1.0)
    open_ = ~ruled_out(instance) if rules.no_cycles else np.ones(len(instance.units), dtype=bool)
    inner = only(instance, open_)
    start = feasible(inner, rules, seed, deadline)
    # stage by stage: the flow's bound of one holds as long as all stages before reach theirs
    model = build_model(inner, rules.no_cycles)
    x, stages, tight = model.lift(start.chosen), list[Stage](), True
    ordered, flow_bounds = objectives(model, rules), {stage.name: int(stage.bound) for stage in start.relaxed.stages}
    for at, objective in enumerate(ordered):
        value, flow = int(objective.cost @ x), flow_bounds.get(objective.name)
        if tight and flow is not None:
            bound = flow
        else:  # what every proposal could bring by itself, all together
            arcs = objective.cost[: model.arcs]
            first = nth_of(inner.proposal, arcs) < inner.needs[inner.proposal]
            rest = objective.cost[model.arcs :] @ model.program.most[model.arcs :]
            bound = int(np.maximum(arcs, 0)[first].sum() + rest)
        if value < bound:
            share = (deadline - time.monotonic()) / (len(ordered) - at)
            program = model.program.aiming(objective.cost)
            core = model.core(x[: model.arcs] > 0, start.relaxed.prices)
            result = linear.best(program, core, x, value, model.cuts, time.monotonic() + share)
            if result.x is not None and program.value(result.x) > value:
                x, value = result.x, program.value(result.x)
            bound = min(bound, value if result.bound is None else max(result.bound, value))
        stages.append(Stage(objective.name, value, bound))
        tight = tight and flow is not None and value == flow
        model = replace(model, program=model.at_least(objective.cost, value))
    return _finish(instance, rules, seed, expand(open_, x[: model.arcs] > 0), tuple(stages))


@dataclass(frozen=True)
class Objective:
    """A stage's name and what every variable counts in it."""

    name: str
    cost: Ints


def objectives(model: Model, rules: Rules) -> list[Objective]:
    """The objectives of `flow`, in its order."""
    instance = model.instance
    ordered = [Objective("coverage", model.cost(np.ones(model.arcs, dtype=np.int64)))]
    if rules.stay == "keep" and instance.kept.any():
        ordered.append(Objective("stay", model.cost(instance.kept.astype(np.int64))))
    if len(model.filling):
        ordered.append(Objective("least", model.filled()))
    return [*ordered, Objective("affinity", model.cost(weights(instance, rules)))]


def _finish(instance: Instance, rules: Rules, seed: int, chosen: Flags, stages: tuple[Stage, ...]) -> Matching:
    """With the directions known the rest may be a flow again: that evens out loads and breaks ties by the hash."""
    free = open_directions(instance, chosen) if rules.no_cycles else np.ones(len(chosen), dtype=bool)
    barred = {"cycle": ~free} if rules.no_cycles else {}
    if not laminar(binding(instance.caps, instance.needs)):
        return Matching(chosen, stages, barred=barred)
    polished = best_flow(only(instance, free), rules, seed)
    values = {stage.name: stage.value for stage in polished.stages}
    reached = ((stage, values.pop(stage.name, stage.value)) for stage in stages)
    merged = tuple(replace(stage, value=value, bound=max(stage.bound, value)) for stage, value in reached)
    rest = tuple(stage for stage in polished.stages if stage.name in values)
    matching = Matching(expand(free, polished.chosen), (*merged, *rest), polished.prices, barred=barred)
    if not rules.no_cycles:
        return matching
    # Prices that hold however cycles are avoided: of the flow that may have some, less what avoiding them cost. None
    # where that flow is better in an objective before affinity, so that its prices say nothing of this matching.
    flow = best_flow(instance, rules, seed)
    before, after = ({stage.name: int(stage.value) for stage in each.stages} for each in (flow, matching))
    alike = all(before.get(name, 0) == after.get(name, 0) for name in ("coverage", "stay", "least"))
    if flow.prices is None or not alike:
        return replace(matching, prices=None)
    prices = np.where(flow.prices < 0, -1, np.maximum(0, flow.prices - (before["affinity"] - after["affinity"])))
    prices[~free], prices[matching.chosen] = -1, 0
    return replace(matching, prices=prices)


@dataclass(frozen=True)
class Start:
    """A matching that keeps all rules, and the best one without the rules that are no flow."""

    chosen: Flags
    relaxed: Matching


def feasible(instance: Instance, rules: Rules, seed: int, deadline: float) -> Start:
    """Each round closes at least one arc for good, so this ends; after the deadline what breaks a rule is dropped."""
    nested, crossing = split(binding(instance.caps, instance.needs))
    edges = company_edges(instance) if rules.no_cycles else no_edges(instance)
    plain = replace(instance, caps=nested)
    relaxed = matching = best_flow(plain, rules, seed)
    plain = _discouraged(plain, rules, crossing, matching.chosen, deadline)
    open_ = np.ones(len(instance.units), dtype=bool)
    matching = untied(plain, rules) if crossing else matching
    while True:
        # closed are the arcs beyond a role's cap, and those on the weaker edges of company cycles
        wrong = np.zeros(len(instance.units), dtype=bool)
        for cap in crossing:
            wrong |= _beyond(instance, cap, matching.chosen)
        if violating(edges, matching.chosen).any():
            new = edges.used(matching.chosen) & ~edges.traffic
            weight = edge_weights(edges, instance.units, matching.chosen, len(new))
            wrong |= edges.of_arcs(new & ~let_in(edges.traffic, new, weight), len(wrong))
        if not wrong.any():
            return Start(matching.chosen, relaxed)
        if time.monotonic() > deadline:
            return Start(matching.chosen & ~wrong, relaxed)
        open_ &= ~wrong
        part = untied(only(plain, open_), rules)
        matching = Matching(expand(open_, part.chosen), part.stages)


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
        chosen = untied(inner, rules).chosen
    return inner


def _over(instance: Instance, cap: Cap, chosen: Flags) -> Flags:
    """The members' arcs of the proposals that have too many of them."""
    members = cap.members[instance.reviewer]
    taken = np.bincount(instance.proposal[members & chosen], minlength=len(instance.needs))
    over: Flags = members & (taken > np.maximum(0, cap.most))[instance.proposal]
    return over


def split(caps: tuple[Cap, ...]) -> tuple[tuple[Cap, ...], tuple[Cap, ...]]:
    """As many caps as nest, taken in their order, and the others."""
    nested: tuple[Cap, ...] = ()
    for cap in caps:
        if laminar((*nested, cap)):
            nested = (*nested, cap)
    return nested, tuple(cap for cap in caps if not any(cap is each for each in nested))


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
