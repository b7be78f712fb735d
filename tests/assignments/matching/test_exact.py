"""Crossing roles and company cycles against brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.assignments.matching.exact import best_exact
from reviews.assignments.matching.instance import Instance, Matching
from reviews.assignments.matching.problem import Rules

from . import bruteforce

pytestmark = pytest.mark.slow


def reached(instance: Instance, matching: Matching) -> tuple[int, int, int, int]:
    return bruteforce.aims(instance, matching.chosen)


def proved(instance: Instance, matching: Matching) -> tuple[int, ...]:
    """What the stages claim that nothing can exceed; stages without anything to do are left out by the engine."""
    bounds = {stage.name: int(stage.bound) for stage in matching.stages}
    return tuple(bounds.get(name, 0) for name in ("coverage", "stay", "least", "affinity"))


@settings(max_examples=150, deadline=None)
@given(bruteforce.instances(roles=True))
def test_crossing_roles_cost_no_more_than_they_must(instance: Instance) -> None:
    matching = best_exact(instance, Rules(), seed=1)
    assert reached(instance, matching) == proved(instance, matching) == bruteforce.best(instance)


@settings(max_examples=150, deadline=None)
@given(bruteforce.instances(companies=4))
def test_company_cycles_cost_no_more_than_they_must(instance: Instance) -> None:
    matching = best_exact(instance, Rules(no_cycles=True), seed=1)
    assert not bruteforce.has_cycle(instance, matching.chosen)
    allowed = bruteforce.best(instance, lambda chosen: not bruteforce.has_cycle(instance, chosen))
    assert reached(instance, matching) == proved(instance, matching) == allowed


@settings(max_examples=100, deadline=None)
@given(bruteforce.instances(companies=4))
def test_a_price_holds_however_cycles_are_avoided(instance: Instance) -> None:
    matching = best_exact(instance, Rules(no_cycles=True), seed=1)
    *before, affinity = reached(instance, matching)
    each = bruteforce.matchings(instance)
    aims = bruteforce.all_aims(instance, each)
    alike = (aims[:, :3] == before).all(axis=1)
    for arc in np.flatnonzero(matching.prices > 0) if matching.prices is not None else ():
        for row in np.flatnonzero(alike & each[:, arc] & (aims[:, 3] > affinity - matching.prices[arc])):
            assert bruteforce.has_cycle(instance, each[row])


@settings(max_examples=100, deadline=None)
@given(bruteforce.instances(roles=True, companies=3))
def test_roles_and_cycles_together_cost_no_more_than_they_must(instance: Instance) -> None:
    matching = best_exact(instance, Rules(no_cycles=True), seed=1)
    allowed = bruteforce.best(instance, lambda chosen: not bruteforce.has_cycle(instance, chosen))
    assert reached(instance, matching) == proved(instance, matching) == allowed


@settings(max_examples=50, deadline=None)
@given(bruteforce.instances(roles=True, companies=3), st.integers(0, 3))
def test_without_time_the_answer_still_keeps_all_rules(instance: Instance, seed: int) -> None:
    matching = best_exact(instance, Rules(no_cycles=True, seconds=-1.0), seed)
    assert not bruteforce.has_cycle(instance, matching.chosen)
    assert (matching.chosen == bruteforce.matchings(instance)).all(axis=1).any()
    best = bruteforce.best(instance, lambda chosen: not bruteforce.has_cycle(instance, chosen))
    assert reached(instance, matching) <= best
    assert matching.stages[0].bound >= best[0]


@settings(max_examples=50, deadline=None)
@given(bruteforce.instances(roles=True, companies=3))
def test_the_same_input_gives_the_same_answer(instance: Instance) -> None:
    once, again = (best_exact(instance, Rules(no_cycles=True), seed=5) for _ in range(2))
    assert np.array_equal(once.chosen, again.chosen)
