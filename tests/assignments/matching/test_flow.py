"""The aims solved as flows, against every matching there is."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.assignments.matching import flow
from reviews.assignments.matching.engine import solve_instance
from reviews.assignments.matching.flow import Network, best_flow
from reviews.assignments.matching.instance import (
    Instance,
    Matching,
    binding,
    counts,
    laminar,
    outer_first,
    total,
    totals,
)
from reviews.assignments.matching.problem import Rules

from . import bruteforce
from .instances import instance, nested_caps, shared


@st.composite
def nested(draw: st.DrawFn) -> Instance:
    """Everything at once, with caps that nest."""
    case = draw(bruteforce.instances())
    return replace(case, caps=draw(nested_caps(len(case.needs), len(case.capacity))))


def reached(matching: Matching, names: tuple[str, ...]) -> tuple[float, ...]:
    values = {stage.name: stage.value for stage in matching.stages}
    return tuple(values.get(name, 0) for name in names)


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(nested())
def test_every_aim_is_as_good_as_the_ones_before_it_allow(case: Instance) -> None:
    matching = best_flow(case, Rules(), seed=3)
    assert (matching.chosen == bruteforce.matchings(case)).all(axis=1).any()
    assert bruteforce.aims(case, matching.chosen) == bruteforce.best(case)
    assert reached(matching, ("coverage", "stay", "least", "affinity")) == bruteforce.best(case)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(nested(), st.sampled_from([None, 0.3]))
def test_a_pinned_pair_costs_at_least_its_price_where_the_aims_before_affinity_come_out_alike(
    case: Instance, floor: float | None
) -> None:
    rules = Rules(floor_share=floor, seconds=5)
    matching = solve_instance(case, rules, seed=3)
    *before, affinity = bruteforce.aims(case, matching.chosen)
    for arc in np.flatnonzero(matching.prices > 0):
        pinned = np.arange(len(case.units)) == arc
        chosen = solve_instance(case, rules, seed=3, pinned=pinned).chosen
        *after, left = bruteforce.aims(case, chosen)
        if chosen[arc] and after == before:
            assert left <= affinity - matching.prices[arc]


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(nested(), st.sampled_from(["keep", "bonus"]))
def test_every_aim_brings_a_bound_that_equals_it(case: Instance, stay: str) -> None:
    matching = best_flow(case, Rules(stay=stay), seed=3)
    assert [stage.bound for stage in matching.stages] == [stage.value for stage in matching.stages]


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(nested())
def test_a_bonus_weighs_what_is_kept_by_a_twentieth_of_the_range(case: Instance) -> None:
    matching = best_flow(case, Rules(stay="bonus"), seed=3)
    bonus = (int(case.units.max() - case.units.min()) // 20) if len(case.units) else 0

    def worth(aims: Iterable[int]) -> tuple[int, int, int]:
        covered, kept, towards, units = aims
        return covered, towards, units + bonus * kept

    every = bruteforce.all_aims(case, bruteforce.matchings(case)).tolist()
    assert worth(bruteforce.aims(case, matching.chosen)) == max(worth(aims) for aims in every)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(nested())
def test_loads_are_even_among_equals(case: Instance) -> None:
    case = replace(case, units=case.units // 500_000)
    matching = best_flow(case, Rules(), seed=3)

    def unevenness(new: np.ndarray) -> np.ndarray:
        return (case.load * new + new * (new + 1) // 2).sum(axis=-1)

    every = bruteforce.matchings(case)
    equals = every[(bruteforce.all_aims(case, every) == bruteforce.best(case)).all(axis=1)]
    assert unevenness(counts(case, matching.chosen)[1]) == unevenness(bruteforce.loads(case, equals)).min()


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(nested())
def test_a_price_is_never_more_than_what_taking_the_pair_would_cost(case: Instance) -> None:
    matching = best_flow(case, Rules(), seed=3)
    *first, best = bruteforce.best(case)
    every = bruteforce.matchings(case)
    aims = bruteforce.all_aims(case, every)
    alike = (aims[:, :3] == first).all(axis=1)
    for arc, price in enumerate(matching.prices):
        others = aims[alike & every[:, arc], 3]
        if price < 0:
            assert not len(others)
        elif len(others):
            assert price <= best - others.max()


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(nested(), st.integers(0, 3))
def test_trying_the_likely_arcs_first_changes_no_value(case: Instance, seed: int) -> None:
    many, flow.MANY = flow.MANY, 0
    try:
        quick = best_flow(case, Rules(), seed)
    finally:
        flow.MANY = many
    assert quick.stages == best_flow(case, Rules(), seed).stages


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e6], ids=["tiny", "plain", "huge"])
def test_the_size_of_affinities_does_not_matter(size: float) -> None:
    unit = int(size * 1_000_000_000)
    case = instance([1, 1], [1, 1], {(0, 0): 3 * unit, (0, 1): 2 * unit, (1, 0): 2 * unit, (1, 1): -unit})
    matching = best_flow(case, Rules(), seed=0)
    assert (total(case, matching.chosen), matching.bound("affinity")) == (4 * unit, 4 * unit)


def test_negative_affinities_are_taken_when_coverage_asks_for_them() -> None:
    case = instance([1, 1], [2, 1], {(0, 0): -5, (1, 0): -9, (1, 1): -3})
    matching = best_flow(case, Rules(), seed=0)
    assert [int(n) for n in np.flatnonzero(matching.chosen)] == [0, 2]
    assert totals(case, matching.chosen).tolist() == [-5, -3]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "optimum"), [("preflib1", 124.25), ("aamas2015", 1406.25)])
def test_real_sets_reach_their_published_optimum(name: str, optimum: float) -> None:
    case = shared(name)
    matching = best_flow(case, Rules(), seed=0)
    assert total(case, matching.chosen) == matching.bound("affinity") == optimum * 1_000_000
    assert int(matching.chosen.sum()) == int(case.needs.sum())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["preflib1", "aamas2015"])
def test_a_repair_after_one_decline_touches_nothing_else(name: str) -> None:
    case = shared(name)
    chosen = best_flow(case, Rules(), seed=0).chosen
    for declined in np.flatnonzero(chosen)[::400]:
        left = np.arange(len(chosen)) != declined
        arcs = {each: getattr(case, each)[left] for each in ("proposal", "reviewer", "units")}
        rest = replace(case, kept=chosen[left], **arcs)
        mended = best_flow(rest, Rules(stay="keep"), seed=0).chosen
        assert mended[rest.kept].all()
        assert int(mended.sum()) == int(chosen.sum())


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(nested())
def test_families_are_laminar_as_long_as_none_cross(case: Instance) -> None:
    assert laminar(case.caps)
    for cap, around in outer_first(binding(case.caps, case.needs)):
        if around >= 0:
            outer = outer_first(binding(case.caps, case.needs))[around][0]
            assert not (cap.members & ~outer.members).any()


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(nested())
def test_a_network_has_its_edges_in_the_solvers_order(case: Instance) -> None:
    network = Network(case)
    keys = network.start * network.nodes + network.end
    assert (np.diff(keys) >= 0).all()
    places = np.concatenate([network.pair, network.missing, network.seats, network.gates])
    assert sorted(places.tolist()) == list(range(len(keys)))
