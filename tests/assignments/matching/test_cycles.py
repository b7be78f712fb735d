"""Which pairs lie on a cycle of two or three companies, and which directions may stay open."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.assignments.matching.exact import best_exact
from reviews.assignments.matching.instance import Instance, company_edges, ruled_out, violating
from reviews.assignments.matching.problem import Rules

from . import bruteforce

RULES = Rules(no_cycles=True)


def companies(traffic: set[tuple[int, int]]) -> Instance:
    """One proposal and one reviewer of each of three companies; everybody could review what is not their own."""
    table = np.zeros((3, 3), dtype=bool)
    for a, b in traffic:
        table[a, b] = True
    proposal, reviewer = np.nonzero(~np.eye(3, dtype=bool))
    return Instance(
        needs=np.ones(3, np.int64),
        capacity=np.ones(3, np.int64),
        least=np.zeros(3, np.int64),
        load=np.zeros(3, np.int64),
        base=np.zeros(3, np.int64),
        proposal=proposal,
        reviewer=reviewer,
        units=np.full(6, 500_000),
        kept=np.zeros(6, bool),
        caps=(),
        target=np.arange(3),
        source=np.eye(3, dtype=bool),
        traffic=table,
    )


def used(instance: Instance, chosen: np.ndarray) -> set[tuple[int, int]]:
    return set(zip(instance.reviewer[chosen].tolist(), instance.proposal[chosen].tolist(), strict=True))


def test_agreed_reviews_rule_out_the_opposite_direction() -> None:
    instance = companies({(0, 1)})
    assert used(instance, ruled_out(instance)) == {(1, 0)}


def test_agreed_reviews_along_two_companies_rule_out_the_way_back() -> None:
    instance = companies({(0, 1), (1, 2)})
    assert used(instance, ruled_out(instance)) == {(1, 0), (2, 1), (2, 0)}


def test_of_three_companies_in_a_ring_one_review_stays_missing() -> None:
    """Everybody's one reviewer is needed, and any way to use all three closes a cycle."""
    instance = companies(set())
    outcome = best_exact(instance, RULES, seed=1)
    assert outcome.chosen.sum() == 2
    assert outcome.stages[0].value == outcome.stages[0].bound == 2
    assert not bruteforce.has_cycle(instance, outcome.chosen)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(bruteforce.instances(companies=4), st.integers(0, 2**16))
def test_cycles_are_found_exactly_where_they_are(instance: Instance, bits: int) -> None:
    chosen = np.array([bool(bits >> at % 17 & 1) for at in range(len(instance.units))], dtype=bool)
    wrong = violating(company_edges(instance), chosen)
    assert bool(wrong.any()) == bruteforce.has_cycle(instance, chosen)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(bruteforce.instances(companies=4))
def test_whatever_is_drawn_among_the_open_directions_has_no_cycle(instance: Instance) -> None:
    outcome = best_exact(instance, RULES, seed=1)
    free = ~outcome.barred["cycle"]
    assert (free | ~outcome.chosen).all()
    assert not bruteforce.has_cycle(instance, free)
