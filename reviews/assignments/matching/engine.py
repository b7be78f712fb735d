"""From a problem to its best matching, and what is to be said about it: gaps with their causes, alternatives.

Usually the whole matching is a minimum-cost flow (`flow`). Roles that cross and company cycles go to `exact`, floors to
`fairness`, a cap on probabilities to `lottery`. Pins are solved first and then count as agreed. What is agreed stays; a
forbidden pair has no arc, so it cannot appear; what cannot be assigned comes back as gaps, never as a failure.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .exact import best_exact, needs_exact
from .fairness import equal_best, highest_floor
from .flow import best_flow
from .instance import (
    Flags,
    Frame,
    Instance,
    Ints,
    Matching,
    agree,
    closing,
    company_edges,
    counts,
    expand,
    frame,
    least,
    only,
    total,
)
from .lottery import best_draw
from .problem import UNIT, Alternative, Gap, Pair, Problem, Rules, Solution, Stage

FREE, HAS, FORBIDDEN, FULL, ROLE, CYCLE, DRAWN = range(7)
MOST = 3


def solve(problem: Problem) -> Solution:
    """The best matching there is. ValueError when the problem contradicts itself, or draws where roles cross."""
    framed = frame(problem)
    instance = framed.instance
    matching = solve_instance(instance, problem.rules, problem.seed, framed.pinned)
    new = matching.chosen & ~instance.kept
    missing = tuple(gaps(framed, matching))
    units = int(instance.base.sum()) + total(instance, matching.chosen)
    affinity = next(stage for stage in reversed(matching.stages) if stage.name == "affinity")
    stays = {*framed.pairs(matching.chosen & instance.kept), *problem.locked}
    pairs, chances = framed.pairs(new), dict[Pair, float]()
    if matching.chances is not None:
        some = matching.chances > 0
        chances = dict(zip(framed.pairs(some), matching.chances[some].tolist(), strict=True))
    return Solution(
        pairs=tuple(pairs),
        withdrawn=tuple(sorted(problem.kept - stays)),
        units=units,
        bound_units=units + max(0, int(affinity.bound - affinity.value)),
        needed=len(pairs) + sum(gap.missing for gap in missing),
        gaps=missing,
        stages=matching.stages,
        least=least(instance, matching.chosen) / UNIT,
        floor=None if matching.floor is None else matching.floor / UNIT,
        chances=chances,
        alternatives=alternatives(framed, matching.chosen, matching.prices),
    )


def solve_instance(instance: Instance, rules: Rules, seed: int = 0, pinned: Flags | None = None) -> Matching:
    """The same on arrays. `pinned`: the arcs that come first of all."""
    if pinned is None or not pinned.any():
        return _solved(instance, rules, seed)
    first = _sure(only(instance, pinned), rules, seed)
    taken = expand(pinned, first.chosen)
    rest = _solved(agree(instance, taken), rules, seed)
    return merged(instance, replace(first, chosen=taken), int(pinned.sum()), rest)


def _sure(instance: Instance, rules: Rules, seed: int) -> Matching:
    """The most of affinity, without fairness and chance."""
    if needs_exact(instance, rules):
        return best_exact(instance, rules, seed)
    return best_flow(instance, rules, seed)


def _solved(instance: Instance, rules: Rules, seed: int) -> Matching:
    if rules.chance < 1:  # a draw has no floor: it could hold in expectation only
        surest = _sure(instance, rules, seed).chosen if rules.no_cycles else None
        return best_draw(instance, rules, seed, surest=surest)
    matching = _sure(instance, rules, seed)
    if rules.floor_share is None:
        return matching
    return highest_floor(instance, equal_best(instance, matching, rules), rules)


def merged(instance: Instance, pinned: Matching, asked: int, rest: Matching) -> Matching:
    """The matching of what was left, over the whole instance again. `asked`: how many pins there are."""
    taken = pinned.chosen
    first = Stage("pinned", int(taken.sum()), min(asked, int(pinned.stages[0].bound)))
    more = {
        "coverage": int(taken.sum()),
        "stay": int(instance.kept[taken].sum()),
        "affinity": int(instance.units[taken].sum()),
    }
    added = ((stage, more.get(stage.name, 0)) for stage in rest.stages)
    stages = (replace(stage, value=stage.value + by, bound=stage.bound + by) for stage, by in added)
    return replace(
        rest,
        chosen=_with_pins(rest.chosen, taken, True),
        stages=(first, *stages),
        prices=None if rest.prices is None else _with_pins(rest.prices, taken, 0),
        chances=None if rest.chances is None else _with_pins(rest.chances, taken, 1.0),
        barred={cause: _with_pins(flags, taken, False) for cause, flags in rest.barred.items()},
    )


def _with_pins(values: NDArray[Any], taken: Flags, of_pins: object) -> NDArray[Any]:
    """Values per arc of the rest as values per arc of the whole."""
    whole = np.empty(len(taken), values.dtype)
    whole[~taken], whole[taken] = values, of_pins
    return whole


def gaps(frame: Frame, matching: Matching) -> Iterator[Gap]:
    """One gap for every proposal with fewer reviews than it needs."""
    instance, rules = frame.instance, frame.problem.rules
    assigned, taken = counts(instance, matching.chosen)
    missing = instance.needs - assigned
    if not missing.any():
        return
    why = np.full(len(instance.units), FREE)
    for cap in instance.caps:  # those who already have all the reviews that are not kept for a role
        members = cap.members[instance.reviewer]
        used = np.bincount(instance.proposal[matching.chosen & members], minlength=len(instance.needs))
        why[members & (used >= cap.most)[instance.proposal]] = ROLE
    if rules.no_cycles:
        edges = company_edges(instance)
        closed = edges.of_arcs(closing(edges.used(matching.chosen)), len(instance.units))
        why[(why == FREE) & (closed | matching.barred.get("cycle", np.zeros_like(closed)))] = CYCLE
    if rules.chance < 1:
        why[why == FREE] = DRAWN
    why[matching.chosen] = HAS
    full = taken >= instance.capacity
    names, fixed = np.array(frame.reviewer_ids, dtype=object), _fixed_reasons(frame)
    for proposal in np.flatnonzero(missing):
        low, high = np.searchsorted(instance.proposal, [proposal, proposal + 1])
        eligible = instance.reviewer[low:high]
        row = np.full(len(full), FULL)  # a full one is full whatever else there is
        row[eligible] = np.where(full[eligible] & (why[low:high] != HAS), FULL, why[low:high])
        for at, reason in fixed.get(frame.proposal_ids[proposal], ()):
            row[at] = reason
        by_reason = (tuple(names[row == reason]) for reason in (FORBIDDEN, FULL, ROLE, CYCLE, DRAWN, FREE))
        yield Gap(frame.proposal_ids[proposal], int(missing[proposal]), *by_reason)


def _fixed_reasons(frame: Frame) -> dict[int, list[tuple[int, int]]]:
    """Proposal → (index of a reviewer, reason) of the pairs that the problem itself decides."""
    index = {reviewer: at for at, reviewer in enumerate(frame.reviewer_ids)}
    reasons: dict[int, list[tuple[int, int]]] = {}
    for pairs, reason in ((frame.problem.forbidden, FORBIDDEN), (frame.problem.locked, HAS)):
        for proposal, reviewer in pairs:
            if reviewer in index:
                reasons.setdefault(proposal, []).append((index[reviewer], reason))
    return reasons


def alternatives(frame: Frame, chosen: Flags, prices: Ints | None) -> dict[Pair, tuple[Alternative, ...]]:
    """For every chosen new pair up to three others, the cheapest first. Without prices nothing can be said."""
    if prices is None:
        return {}
    instance = frame.instance
    at = np.flatnonzero((prices >= 0) & ~chosen)
    starts = np.searchsorted(instance.proposal[at], np.arange(len(instance.needs) + 1))
    limits = np.zeros(len(instance.needs), np.int64)  # the last price among the least ones: few are left to be sorted
    for proposal, (low, high) in enumerate(pairwise(starts.tolist())):
        if high > low:
            limits[proposal] = np.partition(prices[at[low:high]], min(MOST, high - low) - 1)[:MOST].max()
    at = at[prices[at] <= limits[instance.proposal[at]]]
    at = at[np.lexsort((instance.reviewer[at], -instance.units[at], prices[at], instance.proposal[at]))]
    owner = instance.proposal[at]
    first = np.searchsorted(owner, owner, side="left")
    at = at[np.arange(len(at)) - first < MOST]
    by_proposal: dict[int, list[Alternative]] = {}
    for arc, proposal in zip(at.tolist(), instance.proposal[at].tolist(), strict=True):
        reviewer, affinity = frame.reviewer_ids[instance.reviewer[arc]], int(instance.units[arc]) / UNIT
        by_proposal.setdefault(proposal, []).append(Alternative(reviewer, affinity, int(prices[arc])))
    new = chosen & ~instance.kept
    owners = zip(frame.pairs(new), instance.proposal[new].tolist(), strict=True)
    return {pair: tuple(by_proposal[proposal]) for pair, proposal in owners if proposal in by_proposal}
