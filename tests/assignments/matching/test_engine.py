"""The way from a problem with ids to its solution: pins, what stays, roles, gaps, alternatives."""

import random
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.assignments.matching.engine import solve
from reviews.assignments.matching.problem import UNIT, Gap, Pair, Problem, Proposal, Reviewer, Rules, Solution, units_of

FATES = ["free", "free", "free", "forbidden", "locked", "kept", "kept", "pinned"]


@st.composite
def problems(draw: st.DrawFn, fates: tuple[str, ...] = tuple(FATES), roles: bool = False) -> Problem:
    """Up to three proposals and four reviewers with every state a pair can be in."""
    proposals = [Proposal(10 + at, draw(st.integers(0, 3))) for at in range(draw(st.integers(1, 3)))]
    reviewers = [
        Reviewer(
            100 + at,
            most := draw(st.integers(0, 3)),
            draw(st.integers(0, most)),
            is_senior=draw(st.booleans()),
            sector=draw(st.sampled_from(["academia", "industry"])),
        )
        for at in range(draw(st.integers(1, 4)))
    ]
    pairs = [(p.id, r.id) for p in proposals for r in reviewers]
    fate = {pair: draw(st.sampled_from(fates)) for pair in pairs}
    those = {what: frozenset(pair for pair in pairs if fate[pair] == what) for what in set(FATES)}
    return Problem(
        tuple(proposals),
        tuple(reviewers),
        {pair: draw(st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 0.000001, 1.0])) for pair in pairs},
        those["forbidden"],
        those["locked"],
        those["kept"],
        those["pinned"],
        rules=Rules(wants_senior=roles and draw(st.booleans()), wants_sectors=roles and draw(st.booleans())),
        seed=draw(st.integers(0, 3)),
    )


def live(problem: Problem, solution: Solution) -> set[Pair]:
    """Every pair there is once the solution is carried out."""
    return {*problem.locked, *(problem.kept - set(solution.withdrawn)), *solution.pairs}


def is_allowed(problem: Problem, pairs: set[Pair]) -> bool:
    """Loads, needs and roles, with what is agreed never to blame."""
    if pairs & problem.forbidden or not problem.locked <= pairs:
        return False
    for reviewer in problem.reviewers:
        agreed = sum(1 for _, r in problem.locked if r == reviewer.id)
        if sum(1 for _, r in pairs if r == reviewer.id) > max(agreed, reviewer.most):
            return False
    return all(_proposal_is_allowed(problem, proposal, pairs) for proposal in problem.proposals)


def _proposal_is_allowed(problem: Problem, proposal: Proposal, pairs: set[Pair]) -> bool:
    who = {each.id: each for each in problem.reviewers}
    mine = [who[r] for p, r in pairs if p == proposal.id]
    agreed = [who[r] for p, r in problem.locked if p == proposal.id]
    if len(mine) > max(len(agreed), proposal.needs):
        return False
    wanted = ["senior"] * problem.rules.wants_senior
    wanted += ["academia", "industry"] * (problem.rules.wants_sectors and proposal.needs >= 2)
    return all(_leaves_a_seat(proposal.needs, mine, agreed, role) for role in wanted)


def _leaves_a_seat(needs: int, mine: list[Reviewer], agreed: list[Reviewer], role: str) -> bool:
    def others(these: list[Reviewer]) -> int:
        return sum(1 for each in these if not (each.is_senior if role == "senior" else each.sector == role))

    return others(mine) <= max(others(agreed), needs - 1)


def aims(problem: Problem, pairs: set[Pair]) -> tuple[int, int, int, int, int]:
    """Pins, coverage, kept pairs, least loads, affinity: in this order."""
    new = pairs - problem.locked
    loads = {each.id: sum(1 for _, r in pairs if r == each.id) for each in problem.reviewers}
    towards = sum(min(loads[each.id], each.least) for each in problem.reviewers)
    units = sum(units_of(problem.affinities[pair]) for pair in pairs)
    return len(new & problem.pinned), len(new), len(new & problem.kept), towards, units


def best(problem: Problem) -> tuple[int, int, int, int, int]:
    free = sorted(set(problem.affinities) - problem.forbidden - problem.locked)
    every = ({*problem.locked, *some} for n in range(len(free) + 1) for some in combinations(free, n))
    return max(aims(problem, pairs) for pairs in every if is_allowed(problem, pairs))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(problems(("free", "free", "free", "forbidden", "locked", "kept", "kept")))
def test_as_few_kept_pairs_as_possible_are_given_up_for_coverage(problem: Problem) -> None:
    solution = solve(problem)
    assert is_allowed(problem, live(problem, solution))
    assert aims(problem, live(problem, solution)) == best(problem)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(problems(("free", "free", "forbidden", "locked", "kept"), roles=True))
def test_roles_are_kept_and_cost_no_more_than_they_must(problem: Problem) -> None:
    solution = solve(problem)
    assert is_allowed(problem, live(problem, solution))
    assert aims(problem, live(problem, solution)) == best(problem)
    assert solution.units == solution.bound_units == aims(problem, live(problem, solution))[4]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(problems(roles=True))
def test_as_many_pins_as_fit_come_out_whatever_else_there_is(problem: Problem) -> None:
    solution = solve(problem)
    assert is_allowed(problem, live(problem, solution))
    reached, most = aims(problem, live(problem, solution)), best(problem)
    assert reached[0] == most[0]
    assert reached == most or most[0] < len(problem.pinned)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(problems(roles=True), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(problem: Problem, chance: random.Random) -> None:
    proposals, reviewers, values = list(problem.proposals), list(problem.reviewers), list(problem.affinities.items())
    for each in (proposals, reviewers, values):
        chance.shuffle(each)
    other = replace(problem, proposals=tuple(proposals), reviewers=tuple(reviewers), affinities=dict(values))
    assert solve(other) == solve(problem)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(problems(roles=True))
def test_every_gap_tells_of_everybody_who_is_not_on_the_proposal_once(problem: Problem) -> None:
    solution = solve(problem)
    assert sum(gap.missing for gap in solution.gaps) == solution.needed - solution.placed
    for gap in solution.gaps:
        named = (*gap.forbidden, *gap.full, *gap.role, *gap.cycle, *gap.drawn, *gap.spare)
        has = [r for p, r in live(problem, solution) if p == gap.proposal]
        assert sorted((*named, *has)) == sorted(each.id for each in problem.reviewers)
        assert gap.cycle == gap.drawn == ()


def people(count: int, most: int = 2) -> tuple[Reviewer, ...]:
    return tuple(Reviewer(100 + at, most) for at in range(count))


def test_a_pin_comes_before_affinity_and_before_what_is_kept() -> None:
    problem = Problem(
        (Proposal(1, 1),), people(2), {(1, 100): 1.0}, kept=frozenset({(1, 100)}), pinned=frozenset({(1, 101)})
    )
    solution = solve(problem)
    assert (solution.pairs, solution.withdrawn) == (((1, 101),), ((1, 100),))
    assert [(stage.name, stage.value) for stage in solution.stages][:2] == [("pinned", 1), ("coverage", 1)]


def test_a_pin_that_is_forbidden_or_has_no_room_is_told_by_its_stage() -> None:
    problem = Problem(
        (Proposal(1, 2),),
        (Reviewer(100, 0), Reviewer(101, 1), Reviewer(102, 1)),
        forbidden=frozenset({(1, 102)}),
        pinned=frozenset({(1, 100), (1, 101), (1, 102)}),
    )
    solution = solve(problem)
    assert solution.pairs == ((1, 101),)
    assert (solution.stages[0].name, solution.stages[0].value) == ("pinned", 1)


def test_a_pin_counts_towards_the_least_load_the_role_and_the_evenness() -> None:
    reviewers = (Reviewer(100, 2, least=1), Reviewer(101, 2), Reviewer(102, 2, is_senior=True))
    problem = Problem(
        (Proposal(1, 2), Proposal(2, 1)),
        reviewers,
        {(2, 101): 0.5, (2, 102): 0.25, (1, 101): 1.0},
        pinned=frozenset({(1, 100), (2, 102)}),
        rules=Rules(wants_senior=True),
    )
    assert solve(problem).pairs == ((1, 100), (1, 102), (2, 102))
    free = replace(problem, rules=Rules(), pinned=frozenset({(1, 100)}), affinities={(2, 101): 0.5})
    assert (2, 101) in solve(free).pairs
    even = replace(free, proposals=(Proposal(1, 1), Proposal(2, 1)), affinities={}, reviewers=reviewers[:2])
    assert solve(even).pairs == ((1, 100), (2, 101))


def test_a_decline_touches_no_other_offer_where_a_plain_run_would_move_many() -> None:
    proposals, reviewers = tuple(Proposal(n, 2) for n in range(12)), people(10, most=3)
    values = {(p.id, r.id): ((p.id * 7 + r.id * 3) % 11) / 11 for p in proposals for r in reviewers}
    first = Problem(proposals, reviewers, values)
    offers = solve(first).pairs
    declined = offers[5]
    again = solve(replace(first, forbidden=frozenset({declined}), kept=frozenset(offers) - {declined}))
    assert again.withdrawn == ()
    assert [proposal for proposal, _ in again.pairs] == [declined[0]]


def test_a_stay_bonus_moves_an_offer_only_for_a_clear_gain() -> None:
    def pairs(better: float) -> tuple[Pair, ...]:
        values = {(1, 100): 0.5, (1, 101): 0.5 + better, (2, 100): 0.0, (2, 102): 1.0}
        kept = frozenset({(1, 100), (2, 102)})
        return solve(
            Problem((Proposal(1, 1), Proposal(2, 1)), people(3), values, kept=kept, rules=Rules(stay="bonus"))
        ).pairs

    assert pairs(better=0.04) == ()
    assert pairs(better=0.06) == ((1, 101),)


def test_a_role_leaves_a_seat_empty_rather_than_give_it_to_somebody_else() -> None:
    problem = Problem((Proposal(1, 2),), people(3), rules=Rules(wants_senior=True))
    solution = solve(problem)
    assert solution.placed == 1
    taken = solution.pairs[0][1]
    assert solution.gaps == (Gap(1, 1, role=tuple(sorted({100, 101, 102} - {taken}))),)


def test_a_proposal_with_one_review_is_not_asked_for_two_sectors() -> None:
    assert solve(Problem((Proposal(1, 1),), people(1), rules=Rules(wants_sectors=True))).placed == 1


def test_an_agreed_senior_leaves_all_other_seats_open() -> None:
    senior = Reviewer(200, 2, is_senior=True)
    problem = Problem(
        (Proposal(1, 3),), (*people(2), senior), locked=frozenset({(1, 200)}), rules=Rules(wants_senior=True)
    )
    assert solve(problem).pairs == ((1, 100), (1, 101))


def test_a_company_cycle_is_named_where_it_leaves_a_gap() -> None:
    problem = Problem(
        (Proposal(1, 1, company=7),),
        (Reviewer(100, 1, companies=frozenset({8})),),
        traffic=frozenset({(7, 8)}),
        rules=Rules(no_cycles=True),
    )
    assert solve(problem).gaps == (Gap(1, 1, cycle=(100,)),)


def test_alternatives_are_the_three_others_that_cost_least() -> None:
    values = {(1, 100): 1.0, (1, 101): 0.9, (1, 102): 0.75, (1, 103): 0.5, (1, 104): 0.25}
    solution = solve(Problem((Proposal(1, 1),), people(5), values))
    others = [(each.reviewer, each.affinity, each.loss) for each in solution.alternatives[1, 100]]
    assert others == [(101, 0.9, 100_000), (102, 0.75, 250_000), (103, 0.5, 500_000)]


def test_the_least_counts_what_is_agreed() -> None:
    problem = Problem(
        (Proposal(1, 2), Proposal(2, 1)),
        people(2),
        {(1, 100): 0.5, (1, 101): 0.25, (2, 100): 0.5},
        locked=frozenset({(1, 100)}),
    )
    solution = solve(problem)
    assert (solution.least, solution.units) == (0.5, units_of(0.5) + units_of(0.25) + units_of(0.5))
    assert solution.bound == solution.total_affinity == 1.25


def test_a_draw_tells_the_chance_of_every_pair_and_what_it_held_back() -> None:
    problem = Problem((Proposal(1, 1),), people(2), {(1, 100): 1.0}, rules=Rules(chance=0.6), seed=4)
    solution = solve(problem)
    assert solution.chances == {(1, 100): 0.6, (1, 101): 0.4}
    short = solve(replace(problem, reviewers=people(1)))
    assert short.chances == {(1, 100): 0.6}
    if not short.pairs:
        assert short.gaps == (Gap(1, 1, drawn=(100,)),)


def test_a_pin_is_certain_in_a_draw() -> None:
    problem = Problem(
        (Proposal(1, 1),), people(2), {(1, 100): 1.0}, pinned=frozenset({(1, 100)}), rules=Rules(chance=0.6)
    )
    assert (solve(problem).pairs, solve(problem).chances) == (((1, 100),), {(1, 100): 1.0})


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_floor_raises_the_least_within_its_share(share: float) -> None:
    values = {(1, 100): 1.0, (2, 100): 0.75, (1, 101): 0.5, (2, 101): 0.0}
    solution = solve(
        Problem((Proposal(1, 1), Proposal(2, 1)), people(2, most=1), values, rules=Rules(floor_share=share, seconds=4))
    )
    assert (solution.units, solution.least) == (UNIT + UNIT // 4, 0.5)
