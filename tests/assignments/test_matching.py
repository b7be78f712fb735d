"""The matching against brute force: on small cases nothing is better, and nothing forbidden ever appears."""

import random
from collections import Counter
from functools import cache
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.assignments.matching.engine import solve
from reviews.assignments.matching.problem import Gap, Pair, Problem, Proposal, Reviewer, units_of


@st.composite
def problems(draw: st.DrawFn, least: bool = False) -> Problem:
    """Up to four proposals and four reviewers, with conflicts, agreed pairs and loads that may be too small."""
    proposals = [Proposal(10 + at, draw(st.integers(0, 3))) for at in range(draw(st.integers(1, 4)))]
    mosts = [draw(st.integers(0, 4)) for _ in range(draw(st.integers(1, 4)))]
    reviewers = [Reviewer(100 + at, most, draw(st.integers(0, most)) if least else 0) for at, most in enumerate(mosts)]
    pairs = [(p.id, r.id) for p in proposals for r in reviewers]
    fate = {pair: draw(st.sampled_from(["free", "free", "free", "forbidden", "locked"])) for pair in pairs}
    affinities = {pair: draw(st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 0.000001, 1.0])) for pair in pairs}
    return Problem(
        tuple(proposals),
        tuple(reviewers),
        affinities,
        frozenset(pair for pair, what in fate.items() if what == "forbidden"),
        frozenset(pair for pair, what in fate.items() if what == "locked"),
        seed=draw(st.integers(0, 5)),
    )


def brute_force(problem: Problem) -> tuple[int, int]:
    """The most new reviews there can be, and the most affinity with that many: every choice is tried."""
    taken = [sum(1 for _, r in problem.locked if r == each.id) for each in problem.reviewers]
    room = tuple(max(0, each.most - used) for each, used in zip(problem.reviewers, taken, strict=True))
    ids = [each.id for each in problem.reviewers]

    @cache
    def best(at: int, room: tuple[int, ...]) -> tuple[int, int]:
        if at == len(problem.proposals):
            return 0, 0
        proposal = problem.proposals[at]
        locked = sum(1 for p, _ in problem.locked if p == proposal.id)
        closed = problem.forbidden | problem.locked
        free = [n for n, left in enumerate(room) if left and (proposal.id, ids[n]) not in closed]
        options = []
        for size in range(min(len(free), max(0, proposal.needs - locked)) + 1):
            for chosen in combinations(free, size):
                count, units = best(at + 1, tuple(left - (n in chosen) for n, left in enumerate(room)))
                gain = sum(units_of(problem.affinities[proposal.id, ids[n]]) for n in chosen)
                options.append((count + size, units + gain))
        return max(options)

    return best(0, room)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(problems())
def test_nothing_covers_more_and_at_that_coverage_nothing_has_more_affinity(problem: Problem) -> None:
    solution = solve(problem)
    agreed = sum(units_of(problem.affinities[pair]) for pair in problem.locked)
    assert (solution.placed, solution.units - agreed) == brute_force(problem)
    assert solution.units == solution.bound_units
    assert all(stage.is_proved for stage in solution.stages)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(problems(least=True))
def test_the_rules_hold_whatever_the_input(problem: Problem) -> None:
    solution = solve(problem)
    pairs = set(solution.pairs)
    assert len(pairs) == solution.placed == brute_force(problem)[0]
    assert not pairs & problem.forbidden
    assert not pairs & problem.locked
    for proposal in problem.proposals:
        locked = sum(1 for p, _ in problem.locked if p == proposal.id)
        assert sum(1 for p, _ in pairs if p == proposal.id) <= max(0, proposal.needs - locked)
    for reviewer in problem.reviewers:
        locked = sum(1 for _, r in problem.locked if r == reviewer.id)
        assert sum(1 for _, r in pairs if r == reviewer.id) <= max(0, reviewer.most - locked)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(problem: Problem, chance: random.Random) -> None:
    proposals, reviewers, affinities = (
        list(problem.proposals),
        list(problem.reviewers),
        list(problem.affinities.items()),
    )
    for each in (proposals, reviewers, affinities):
        chance.shuffle(each)
    shuffled = Problem(
        tuple(proposals), tuple(reviewers), dict(affinities), problem.forbidden, problem.locked, seed=problem.seed
    )
    assert solve(shuffled) == solve(problem)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(problems())
def test_every_missing_review_is_a_gap_and_everybody_else_is_barred_or_full(problem: Problem) -> None:
    solution = solve(problem)
    assert sum(gap.missing for gap in solution.gaps) == solution.needed - solution.placed
    for gap in solution.gaps:
        has = {r for p, r in (*problem.locked, *solution.pairs) if p == gap.proposal}
        assert {*gap.forbidden, *gap.full, *has} == {each.id for each in problem.reviewers}
        for reviewer in gap.full:
            most = next(each.most for each in problem.reviewers if each.id == reviewer)
            assert sum(1 for _, r in (*problem.locked, *solution.pairs) if r == reviewer) >= most


def test_coverage_comes_before_affinity() -> None:
    pairs: dict[Pair, float] = {(1, 7): 1.0, (2, 7): 0.1, (1, 8): 0.0}
    problem = Problem(
        (Proposal(1, 1), Proposal(2, 1)), (Reviewer(7, 1), Reviewer(8, 1)), pairs, forbidden=frozenset({(2, 8)})
    )
    assert solve(problem).pairs == ((1, 8), (2, 7))


def test_least_loads_are_filled_before_affinity_and_after_coverage() -> None:
    pairs: dict[Pair, float] = {(1, 7): 1.0, (2, 7): 1.0, (1, 8): 0.2, (2, 8): 0.1}
    problem = Problem((Proposal(1, 1), Proposal(2, 1)), (Reviewer(7, 2), Reviewer(8, 2, least=1)), pairs)
    assert solve(problem).pairs == ((1, 8), (2, 7))


def test_a_gap_says_who_was_barred_and_who_is_full() -> None:
    problem = Problem(
        (Proposal(1, 1), Proposal(2, 2)),
        (Reviewer(7, 1), Reviewer(8, 4), Reviewer(9, 1)),
        {(1, 7): 1.0},
        forbidden=frozenset({(2, 8), (1, 8)}),
        locked=frozenset({(2, 9)}),
    )
    solution = solve(problem)
    assert solution.placed == 1
    assert {gap.missing for gap in solution.gaps} == {1}
    assert solution.gaps[0] in (Gap(1, 1, (8,), (7, 9)), Gap(2, 1, (8,), (7,)))


def test_reviews_outside_the_problem_count_towards_the_load() -> None:
    problem = Problem((Proposal(1, 1),), (Reviewer(7, 2), Reviewer(8, 2)), {(1, 7): 1.0}, elsewhere={7: 2})
    assert solve(problem).pairs == ((1, 8),)


def test_the_seed_decides_among_equals_and_nothing_else() -> None:
    proposals, reviewers = tuple(Proposal(n, 2) for n in range(8)), tuple(Reviewer(n, 4) for n in range(100, 106))
    flat = [solve(Problem(proposals, reviewers, {}, seed=seed)).pairs for seed in range(6)]
    assert len(set(flat)) > 1
    strict = {(p.id, r.id): ((p.id * 7 + r.id * 3) % 11) / 11 for p in proposals for r in reviewers}
    assert len({solve(Problem(proposals, reviewers, strict, seed=seed)).units for seed in range(6)}) == 1


def test_among_equally_good_matchings_the_evener_loads_win() -> None:
    proposals, reviewers = tuple(Proposal(n, 2) for n in range(6)), tuple(Reviewer(n, 12) for n in range(100, 104))
    locked = frozenset({(0, 100)})
    loads = Counter(r for _, r in (*locked, *solve(Problem(proposals, reviewers, {}, locked=locked)).pairs))
    assert set(loads.values()) == {3}
    keen = {(p.id, 100): 0.000001 for p in proposals}
    assert Counter(r for _, r in solve(Problem(proposals, reviewers, keen)).pairs)[100] == 6


def test_agreed_and_forbidden_at_once_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="agreed and forbidden"):
        solve(Problem((Proposal(1, 1),), (Reviewer(7, 1),), {}, frozenset({(1, 7)}), frozenset({(1, 7)})))


def test_nobody_and_nothing_give_an_empty_matching() -> None:
    assert solve(Problem((), ())).pairs == ()
    nobody = solve(Problem((Proposal(1, 3),), ()))
    assert (nobody.needed, nobody.gaps) == (3, (Gap(1, 3, (), ()),))
