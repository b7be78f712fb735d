"""Who reviews what: the way from a problem to its best matching, through whatever its rules ask for.

Pure: plain values in, plain values out. Usually everything is a flow (`stages`); roles that cross and company cycles go
to `exact`, floors to `fairness`, a cap on probabilities to `chance`. What is agreed stays; a forbidden pair has no arc,
so it cannot appear; what cannot be placed comes back as gaps, never as a failure.
"""

from dataclasses import replace

import numpy as np

from . import exact, fairness, stages
from .alternatives import alternatives
from .arrays import Flags, Instance
from .barriers import gaps
from .outcome import Outcome, least, total
from .pins import merged
from .problem import UNIT, Problem, Rules, Solution
from .translate import Frame, agree, frame, only


def solve(problem: Problem) -> Solution:
    """The best matching there is. ValueError when the problem contradicts itself, or draws where roles cross."""
    framed = frame(problem)
    outcome = solve_instance(framed.instance, problem.rules, problem.seed, framed.pinned)
    return _told(framed, outcome)


def solve_instance(instance: Instance, rules: Rules, seed: int = 0, pinned: Flags | None = None) -> Outcome:
    """The same on arrays. `pinned`: the arcs that come first of all."""
    if pinned is None or not pinned.any():
        return _solved(instance, rules, seed)
    first = _sure(only(instance, pinned), rules, seed)
    taken = np.zeros(len(pinned), dtype=bool)
    taken[pinned] = first.chosen
    rest = _solved(agree(instance, taken), rules, seed)
    return merged(instance, replace(first, chosen=taken), int(pinned.sum()), rest)


def _sure(instance: Instance, rules: Rules, seed: int) -> Outcome:
    """The most of affinity, without fairness and chance."""
    if exact.needed(instance, rules):
        return exact.best(instance, rules, seed)
    return stages.best(instance, rules, seed)


def _solved(instance: Instance, rules: Rules, seed: int) -> Outcome:
    if rules.chance < 1:
        return _drawn(instance, rules, seed)
    outcome = _sure(instance, rules, seed)
    if rules.floor_share is None:
        return outcome
    return fairness.highest_floor(instance, fairness.equal_best(instance, outcome, rules), rules)


def _drawn(instance: Instance, rules: Rules, seed: int) -> Outcome:
    """A draw has no floor: it could hold in expectation only."""
    from . import chance

    surest = _sure(instance, rules, seed).chosen if rules.no_cycles else None
    return chance.best(instance, rules, seed, surest=surest)


def _told(framed: Frame, outcome: Outcome) -> Solution:
    instance, problem = framed.instance, framed.problem
    new = outcome.chosen & ~instance.kept
    missing = tuple(gaps(framed, outcome))
    units = int(instance.base.sum()) + total(instance, outcome.chosen)
    stays = {*framed.pairs(outcome.chosen & instance.kept), *problem.locked}
    pairs = framed.pairs(new)
    return Solution(
        pairs=tuple(pairs),
        withdrawn=tuple(sorted(problem.kept - stays)),
        units=units,
        bound_units=units + _short(outcome),
        wanted=len(pairs) + sum(gap.missing for gap in missing),
        gaps=missing,
        stages=outcome.stages,
        least=least(instance, outcome.chosen) / UNIT,
        floor=None if outcome.floor is None else outcome.floor / UNIT,
        chances=_chances(framed, outcome),
        alternatives=alternatives(framed, outcome.chosen, outcome.prices),
    )


def _short(outcome: Outcome) -> int:
    """How many units the bound lies above what was reached."""
    stage = next(stage for stage in reversed(outcome.stages) if stage.name == "affinity")
    return max(0, int(stage.bound - stage.value))


def _chances(framed: Frame, outcome: Outcome) -> dict[tuple[int, int], float]:
    if outcome.chances is None:
        return {}
    some = outcome.chances > 0
    return dict(zip(framed.pairs(some), outcome.chances[some].tolist(), strict=True))
