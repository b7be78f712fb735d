"""Floors against brute force: as high as they can be, never dearer than allowed, capped by what is possible at all."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.assignments.matching.exact import best_exact, needs_exact
from reviews.assignments.matching.fairness import equal_best, highest_floor, level, own_bests
from reviews.assignments.matching.flow import best_flow
from reviews.assignments.matching.instance import Flags, Instance, Matching, least, only, ruled_out, total
from reviews.assignments.matching.problem import Rules, Stage

from . import bruteforce
from .instances import shared

pytestmark = pytest.mark.slow

SHARES = [0.0, 0.01, 0.1, 0.3]


def solved(instance: Instance, rules: Rules) -> Matching:
    return best_exact(instance, rules, 1) if needs_exact(instance, rules) else best_flow(instance, rules, 1)


def brute_bests(instance: Instance) -> list[int]:
    """Each proposal alone: as many reviews as it can have, and among those the most affinity."""
    bests = []
    for p, needs in enumerate(instance.needs):
        arcs = np.flatnonzero(instance.proposal == p)
        some = [list(c) for size in range(needs + 1) for c in combinations(arcs, size)]
        fitting = [
            c for c in some if all(cap.members[instance.reviewer[c]].sum() <= cap.most[p] for cap in instance.caps)
        ]
        bests.append(max((len(c), int(instance.units[c].sum())) for c in fitting)[1] + int(instance.base[p]))
    return bests


def equals(instance: Instance, cycles: bool, worth: int, found: Flags) -> list[Flags]:
    """All matchings as good in every earlier aim and worth as much."""
    every = bruteforce.matchings(instance)
    aims = bruteforce.all_aims(instance, every)
    equal = (aims[:, :3] == bruteforce.aims(instance, found)[:3]).all(axis=1) & (aims[:, 3] >= worth)
    return [each for each in every[equal] if not (cycles and bruteforce.has_cycle(instance, each))]


def check(instance: Instance, share: float, cycles: bool = False) -> None:
    rules = Rules(no_cycles=cycles, floor_share=share)
    best = solved(instance, rules)
    possible = only(instance, ~ruled_out(instance)) if cycles else instance
    optimum, bests = total(instance, best.chosen), own_bests(possible)
    fair = highest_floor(instance, equal_best(instance, best, rules), rules)
    worth = optimum - int(share * optimum)
    allowed = equals(instance, cycles, worth, best.chosen)
    levels = [level(instance, bests, each) for each in allowed]
    assert any(np.array_equal(fair.chosen, each) for each in allowed)
    if not best.chosen.any():
        return
    highest = max(levels)
    most = max(total(instance, each) for each, floor in zip(allowed, levels, strict=True) if floor >= highest)
    assert fair.floor == highest
    assert fair.stages[-2:] == (Stage("floor", highest, highest), Stage("affinity", most, most))
    assert total(instance, fair.chosen) == most


@settings(max_examples=100, deadline=None)
@given(bruteforce.instances())
def test_among_equal_optima_the_worst_off_is_as_well_off_as_can_be(instance: Instance) -> None:
    rules = Rules()
    best = best_flow(instance, rules, 1)
    equal = equal_best(instance, best, rules)
    assert bruteforce.aims(instance, equal.chosen) == bruteforce.aims(instance, best.chosen)
    bests = own_bests(instance)
    allowed = equals(instance, False, total(instance, best.chosen), best.chosen)
    assert level(instance, bests, equal.chosen) == max(level(instance, bests, each) for each in allowed)
    assert least(instance, equal.chosen) >= least(instance, best.chosen)


@settings(max_examples=100, deadline=None)
@given(bruteforce.instances(), st.sampled_from(SHARES))
def test_the_floor_is_the_highest_within_its_share(instance: Instance, share: float) -> None:
    check(instance, share)


@settings(max_examples=40, deadline=None)
@given(bruteforce.instances(roles=True, companies=3), st.sampled_from(SHARES))
def test_floors_hold_together_with_crossing_roles_and_company_cycles(instance: Instance, share: float) -> None:
    check(instance, share, cycles=True)


@settings(max_examples=100, deadline=None)
@given(bruteforce.instances(roles=True))
def test_what_a_proposal_could_get_at_best_respects_its_roles(instance: Instance) -> None:
    assert own_bests(instance).tolist() == brute_bests(instance)


@settings(max_examples=100, deadline=None)
@given(bruteforce.instances())
def test_what_a_proposal_could_get_at_best_without_roles(instance: Instance) -> None:
    assert own_bests(instance).tolist() == brute_bests(instance)


def test_one_exotic_proposal_does_not_hold_the_others_down() -> None:
    """Nobody knows the second topic: its floor is its own best, the others still get theirs."""
    units = np.array([900_000, 400_000, 0, 0, 900_000, 399_000])
    instance = Instance(
        needs=np.array([1, 1, 1]),
        capacity=np.array([2, 1]),
        least=np.zeros(2, np.int64),
        load=np.zeros(2, np.int64),
        base=np.zeros(3, np.int64),
        proposal=np.repeat(np.arange(3), 2),
        reviewer=np.tile(np.arange(2), 3),
        units=units,
        kept=np.zeros(6, bool),
        caps=(),
        target=np.full(3, -1),
        source=np.zeros((2, 0), bool),
        traffic=np.zeros((0, 0), bool),
    )
    rules = Rules(floor_share=0.01)
    fair = highest_floor(instance, best_flow(instance, rules, 1), rules)
    assert fair.floor == 900_000
    assert instance.units[fair.chosen].tolist() == [900_000, 0, 900_000]


def test_a_run_out_of_time_keeps_what_it_had() -> None:
    instance = shared("preflib1")
    rules = Rules(floor_share=0.01)
    best = best_flow(instance, rules, 1)
    fair = highest_floor(instance, best, rules, deadline=1.0)
    assert np.array_equal(fair.chosen, best.chosen)
    floor, affinity = fair.stages[-2:]
    assert floor.bound > floor.value
    assert affinity.value == affinity.bound == 124_250_000


def test_the_published_methods_are_beaten_in_total_and_in_the_least_total() -> None:
    """FairFlow reaches 1339.50 with 1.25 there, FairSequence 1367.50 with 1.0."""
    instance, rules = shared("aamas2015"), Rules(floor_share=0.01)
    best = best_flow(instance, rules, 1)
    equal = equal_best(instance, best, rules)
    fair = highest_floor(instance, equal, rules)
    assert (total(instance, equal.chosen), least(instance, equal.chosen)) == (1_406_250_000, 1_000_000)
    assert (total(instance, fair.chosen), least(instance, fair.chosen)) == (1_403_750_000, 1_250_000)
    assert fair.stages[-2:] == (Stage("floor", 1_250_000, 1_250_000), Stage("affinity", 1_403_750_000, 1_403_750_000))
