"""The draw: no pair likelier than the cap, every matching a sound one, and replacements that keep the promise."""

import math
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from reviews.assignments.matching.engine import solve
from reviews.assignments.matching.flow import best_flow
from reviews.assignments.matching.instance import Cap, Instance, company_edges, counts, total, violating
from reviews.assignments.matching.lottery import (
    SCALE,
    Marginals,
    allowed,
    best_draw,
    marginals,
    parts_of,
    sample,
    yes_faces,
)
from reviews.assignments.matching.problem import Problem, Proposal, Reviewer, Rules, Stage, commitment
from reviews.assignments.matching.rounding import Circulation, draw

from .instances import DATA, instance, instances, shared

pytestmark = pytest.mark.slow

CAPS = st.sampled_from([0.1, 0.3, 1 / 3, 0.5, 0.75, 0.9, 1.0])


def stage(found: Marginals, name: str) -> Stage:
    return next(each for each in found.stages if each.name == name)


def deviation(draws: int, means: int) -> float:
    """No one of so many means of draws in [0, 1] is further off its expectation, but for odds of 1 to a million."""
    return math.sqrt(math.log(2 * means * 1_000_000) / (2 * draws))


def wrong_people(case: Instance, chosen: np.ndarray, cap: Cap) -> np.ndarray:
    taken = chosen & cap.members[case.reviewer]
    return np.bincount(case.proposal[taken], minlength=len(case.needs))


def expected(case: Instance, found: Marginals) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.bincount(case.proposal, found.chances, len(case.needs)),
        np.bincount(case.reviewer, found.chances, len(case.capacity)),
    )


def linear_optimum(case: Instance, q: float) -> tuple[float, float]:
    """The most expected coverage and, with it, the most expected affinity, by another solver."""
    rows = [(case.proposal == p, need) for p, need in enumerate(case.needs)]
    rows += [(case.reviewer == r, capacity) for r, capacity in enumerate(case.capacity)]
    for cap in case.caps:
        rows += [((case.proposal == p) & cap.members[case.reviewer], most) for p, most in enumerate(cap.most)]
    table, limits = np.array([row for row, _ in rows], dtype=float), [limit for _, limit in rows]
    size = len(case.units)
    most = -linprog(-np.ones(size), table, limits, bounds=(0, q)).fun
    table = np.vstack([table, -np.ones(size)])
    best = linprog(-case.units / 1_000_000, table, [*limits, -most + 1e-9], bounds=(0, q))
    return most, -best.fun


@settings(max_examples=100, deadline=None)
@given(instances(roles=True).filter(lambda each: each.units.size), st.sampled_from([0.1, 0.3, 0.5, 0.75, 1.0]))
def test_no_probabilities_under_the_cap_have_more_expected_coverage_and_then_affinity(case: Instance, q: float) -> None:
    found = marginals(case, Rules(chance=q))
    assert found.parts.max() <= q * SCALE
    assert all(each.is_proved for each in found.stages)
    coverage, affinity = stage(found, "coverage").value, stage(found, "affinity").value / 1_000_000
    assert (coverage, affinity) == pytest.approx((found.chances.sum(), case.units @ found.chances / 1_000_000))
    assert (coverage, affinity) == pytest.approx(linear_optimum(case, q), abs=1e-5)


@settings(max_examples=150, deadline=None)
@given(instances(least=True, roles=True), CAPS, st.integers(0, 2**63 - 1))
def test_every_draw_keeps_loads_coverage_and_roles(case: Instance, q: float, seed: int) -> None:
    found = marginals(case, Rules(chance=q))
    chosen = sample(found, seed)
    per_proposal, per_reviewer = counts(case, chosen)
    for got, wanted in zip((per_proposal, per_reviewer), expected(case, found), strict=True):
        assert (np.floor(wanted + 1e-6) <= got).all()
        assert (got <= np.ceil(wanted - 1e-6)).all()
    assert (per_proposal <= case.needs).all()
    assert (per_reviewer <= case.capacity).all()
    for cap in case.caps:
        assert (wrong_people(case, chosen, cap) <= cap.most).all()
    assert not chosen[found.parts == 0].any()
    assert chosen[found.parts == SCALE].all()


@settings(max_examples=8, deadline=None)
@given(instances(least=True, roles=True).filter(lambda each: each.units.size > 5), st.sampled_from([0.3, 0.5, 0.9]))
def test_over_many_draws_every_pair_comes_out_as_often_as_promised(case: Instance, q: float) -> None:
    found = marginals(case, Rules(chance=q))
    often = np.mean([sample(found, seed) for seed in range(1500)], axis=0)
    assert np.abs(often - found.chances).max() <= deviation(1500, len(often))


@settings(max_examples=60, deadline=None)
@given(instances(least=True, roles=True), st.integers(0, 1000))
def test_without_a_cap_the_draw_is_an_optimum_like_any_other(case: Instance, seed: int) -> None:
    drawn, plain = best_draw(case, Rules(), seed), best_flow(case, Rules(), seed)
    assert drawn.chosen.sum() == plain.chosen.sum()
    assert total(case, drawn.chosen) == total(case, plain.chosen)


def test_the_same_seed_draws_the_same_matching_and_other_seeds_draw_others() -> None:
    case = shared("preflib1")
    one, again = (best_draw(case, Rules(chance=0.5), seed=7).chosen for _ in range(2))
    assert (one == again).all()
    assert len({best_draw(case, Rules(chance=0.5), seed).chosen.tobytes() for seed in range(5)}) == 5


def test_a_draw_repeats_on_every_machine() -> None:
    """What a seed draws is a promise made in public, so it must never change."""
    case = instance([1] * 4, [1] * 4, {(p, r): 1 for p in range(4) for r in range(4)})
    quarter = marginals(case, Rules(chance=0.25))
    assert [case.reviewer[sample(quarter, seed)].tolist() for seed in (1, 2, 3)] == [
        [0, 1, 3, 2],
        [2, 0, 3, 1],
        [0, 1, 3, 2],
    ]


def test_a_cap_on_the_sure_thing_costs_coverage_and_says_so() -> None:
    case = instance([1], [1], {(0, 0): 500_000})
    outcome = best_draw(case, Rules(chance=0.6), seed=1)
    assert outcome.stages[0] == Stage("coverage", 0.6, 0.6)
    assert outcome.chances is not None
    assert outcome.chances.tolist() == [0.6]
    assert outcome.barred["drawn"].tolist() == (~outcome.chosen).tolist()


def test_offers_already_made_are_not_capped() -> None:
    units = {(p, r): 250_000 * r for p in range(2) for r in range(4)}
    case = instance([1, 1], [1] * 4, units, kept=frozenset({(0, 0)}))
    assert marginals(case, Rules(chance=0.5)).chances.tolist() == [1, 0, 0, 0, 0, 0, 0.5, 0.5]


def test_pins_and_what_is_agreed_are_not_capped() -> None:
    problem = Problem(
        (Proposal(1, 2), Proposal(2, 1)),
        tuple(Reviewer(100 + at, 1) for at in range(4)),
        locked=frozenset({(1, 100)}),
        pinned=frozenset({(1, 101)}),
        rules=Rules(chance=0.5),
    )
    solution = solve(problem)
    assert (1, 101) in solution.pairs
    assert solution.chances == {(1, 101): 1.0, (2, 102): 0.5, (2, 103): 0.5}


def test_a_barred_pair_has_no_chance() -> None:
    case = instance([1], [1, 1], {(0, 0): 9, (0, 1): 1})
    found = marginals(case, Rules(chance=0.75), barred=np.array([True, False]))
    assert found.chances.tolist() == [0.0, 0.75]


def test_roles_that_cross_cannot_be_drawn() -> None:
    case = instance([2], [1, 1, 1], {(0, r): 1 for r in range(3)})
    crossing = tuple(Cap(str(at), np.array(flags), np.array([1])) for at, flags in enumerate([(1, 1, 0), (0, 1, 1)]))
    with pytest.raises(ValueError, match="cross"):
        marginals(replace(case, caps=crossing), Rules(chance=0.5))


def test_a_flow_that_comes_from_nowhere_is_refused() -> None:
    one = np.array([0]), np.array([1]), np.array([5_000])
    with pytest.raises(ValueError, match="circulation"):
        draw(Circulation(*one, SCALE), seed=1)


@settings(max_examples=60, deadline=None)
@given(instances(), st.randoms(use_true_random=False), st.integers(0, 50))
def test_no_draw_closes_a_cycle_of_companies(case: Instance, random: Random, seed: int) -> None:
    case = replace(
        case,
        target=np.array([random.randrange(-1, 3) for _ in case.needs]),
        source=np.array([[random.random() < 0.4 for _ in range(3)] for _ in case.capacity]),
        traffic=np.zeros((3, 3), dtype=bool),
    )
    rules = Rules(chance=0.5, no_cycles=True)
    sound = np.zeros(len(case.units), dtype=bool)  # nobody reviews: no directions are fixed yet
    chosen = best_draw(case, rules, seed, surest=sound).chosen
    assert not violating(company_edges(case), chosen).any()


def test_without_cycles_a_draw_asks_for_directions() -> None:
    with pytest.raises(ValueError, match="directions"):
        best_draw(instance([1], [1], {(0, 0): 1}), Rules(chance=0.5, no_cycles=True), seed=1)


class TestReplacements:
    PAIRS = tuple((p, r) for p in range(5) for r in range(8))

    def test_drawn_or_allowed_is_as_likely_as_the_cap_and_no_likelier(self) -> None:
        """The worst that repairs can do is to use every allowed pair in the end."""
        case = instance([2] * 5, [2] * 8, {pair: (pair[0] * 7 + pair[1] * 3) % 10 * 100_000 for pair in self.PAIRS})
        found = marginals(case, Rules(chance=0.6))
        chances = dict(zip(self.PAIRS, found.chances.tolist(), strict=True))
        assert {0.0, 0.6} < set(chances.values())  # unlikely pairs, those at the cap, and some between
        often = np.zeros(len(self.PAIRS))
        for seed in range(4000):
            yes = allowed(self.PAIRS, chances, 0.6, seed)
            often += sample(found, seed) | np.array([pair in yes for pair in self.PAIRS])
        assert np.abs(often / 4000 - 0.6).max() <= deviation(4000, len(self.PAIRS))

    @given(st.floats(0, 1), st.floats(0, 1))
    def test_the_coin_makes_up_the_difference_exactly(self, x: float, q: float) -> None:
        """Enumerated over the coin's faces: x + (1 - x) P(yes) never exceeds q, unless x alone does."""
        drawn, most = round(x * SCALE), parts_of(q)
        faces = yes_faces(drawn, most)
        assert 0 <= faces <= 2**64
        ever = drawn * 2**64 + (SCALE - drawn) * faces
        assert ever <= max(most, drawn) * 2**64 or most == SCALE
        assert most == SCALE or most < drawn or ever + SCALE > most * 2**64

    def test_a_coin_never_changes_whoever_asks_for_what_else(self) -> None:
        chances = dict.fromkeys(self.PAIRS, 0.25)
        together = allowed(self.PAIRS, chances, 0.7, seed=3)
        alone = {pair for pair in self.PAIRS if allowed([pair], chances, 0.7, seed=3)}
        assert together == alone
        assert 0 < len(together) < len(self.PAIRS)

    def test_a_lower_cap_allows_fewer_of_the_same_pairs(self) -> None:
        low, high = (allowed(self.PAIRS, {}, q, seed=3) for q in (0.3, 0.6))
        assert low < high

    def test_a_pair_at_the_cap_is_never_allowed_and_without_a_cap_all_are(self) -> None:
        assert allowed(self.PAIRS, dict.fromkeys(self.PAIRS, 0.6), 0.6, seed=3) == set()
        assert allowed(self.PAIRS, {}, 1.0, seed=3) == set(self.PAIRS)


@pytest.mark.parametrize(("name", "optimum", "share"), [("preflib1", 124.25, 0.972), ("aamas2015", 1406.25, 0.974)])
def test_a_cap_of_nine_tenths_keeps_97_percent_of_the_real_optima(name: str, optimum: float, share: float) -> None:
    case = shared(name)
    found = marginals(case, Rules(chance=0.9))
    assert stage(found, "coverage") == Stage("coverage", case.needs.sum(), case.needs.sum())
    assert stage(found, "affinity").is_proved
    assert stage(found, "affinity").value / 1_000_000 >= share * optimum
    chosen = sample(found, seed=1)
    assert chosen.sum() == case.needs.sum()
    assert total(case, chosen) >= 0.96 * optimum * 1_000_000


class TestLyingBidders:
    """31 people bid once honestly and once to get a target paper; here each of them lies alone."""

    @pytest.fixture
    def bids(self) -> dict[str, np.ndarray]:
        with np.load(DATA / "malicious_bids.npz") as data:
            return {name: data[name] for name in ("honest", "malicious", "authored", "targets")}

    def test_a_cap_bounds_what_a_lie_can_reach(self, bids: dict[str, np.ndarray]) -> None:
        free = [self.likeliest_target(bids, liar, 1.0) for liar in range(31)]
        for q in (0.75, 0.5):
            capped = [self.likeliest_target(bids, liar, q) for liar in range(31)]
            assert max(capped) == q
            assert np.mean(capped) < np.mean(free)
        assert max(free) == 1.0

    def test_draws_give_a_liar_the_target_no_more_often_than_that(self, bids: dict[str, np.ndarray]) -> None:
        liar = next(one for one in range(31) if self.likeliest_target(bids, one, 1.0) == 1.0)
        case, targets = self.told_by(bids, liar)
        found = marginals(case, Rules(chance=0.5))
        often = np.mean([sample(found, seed)[targets] for seed in range(1000)], axis=0)
        assert often.max() <= 0.5 + deviation(1000, len(often))

    def likeliest_target(self, bids: dict[str, np.ndarray], liar: int, q: float) -> float:
        case, targets = self.told_by(bids, liar)
        return float(marginals(case, Rules(chance=q)).chances[targets].max())

    def told_by(self, bids: dict[str, np.ndarray], liar: int) -> tuple[Instance, np.ndarray]:
        """Three reviews per paper, three per person, nobody their own; and which arcs are the liar's targets."""
        stated = bids["honest"].copy()
        stated[liar] = bids["malicious"][liar]
        units = {
            (paper, person): int(stated[person, paper] + 1) * 500_000
            for person in range(31)
            for paper in range(28)
            if bids["authored"][person] != paper
        }
        case = instance([3] * 28, [3] * 31, units)
        targets = (case.reviewer == liar) & (bids["targets"][liar][case.proposal] == 1)
        return case, np.flatnonzero(targets)


def test_a_seed_is_promised_by_a_digest_that_anybody_can_check() -> None:
    assert commitment("salt", 42) == "4ea320b0329fa771b4a7adcd451df8d0abb8031d8705e5fa04efe94788f003cb"
    assert commitment("salt", 42) != commitment("salt", 43)
    assert commitment("salt", 42) != commitment("pepper", 42)
