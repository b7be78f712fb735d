"""Selection against every subset there is."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.scoring.selection import Item, Problem, solve

LENGTHS = {1: 1, 2: 1, 3: 2}


@st.composite
def problems(draw, mixed=True):
    """Up to eight proposals of three sponsors in two pools, some decided already."""
    items = tuple(
        Item(
            code=f"C{index}",
            sponsor=draw(st.integers(1, 3)),
            format=(format_ := draw(st.integers(1, 3 if mixed else 2))),
            pool=draw(st.sampled_from(["A", "B"])),
            size=30 * LENGTHS[format_],
            value=draw(st.none() | st.integers(10, 50).map(lambda tenth: tenth / 10)),
            fixed=draw(st.sampled_from([None, None, None, None, True, False])),
        )
        for index in range(draw(st.integers(1, 8)))
    )
    limits = {(s, f): draw(st.integers(0, 2)) for s in (1, 2, 3) for f in (1, 2, 3)}
    units = {"A": 30 * draw(st.integers(0, 5)), "B": 30 * draw(st.integers(0, 3))}
    return Problem(items, units, limits, cap=draw(st.none() | st.integers(0, 3)), bar=draw(st.none() | st.just(2.0)))


def free(problem):
    return [
        item
        for item in problem.items
        if item.fixed is None and item.value is not None and (problem.bar is None or item.value >= problem.bar)
    ]


def keeps(problem, chosen):
    """Whether the chosen fit beside what is decided; that may itself exceed a limit, and then leaves none."""
    decided = [item for item in problem.items if item.fixed]

    def room(limit, test):
        return sum(map(test, chosen)) <= max(0, limit - sum(map(test, decided)))

    def minutes(pool, items):
        return sum(item.size for item in items if item.pool == pool)

    pools = all(
        minutes(pool, chosen) <= max(0, units - minutes(pool, decided)) for pool, units in problem.capacities.items()
    )
    limits = all(
        sum(i.sponsor == s and i.format == f and i.pool == p for i in chosen)
        <= max(0, limit - sum(i.sponsor == s and i.format == f and i.pool == p for i in decided))
        for (s, f), limit in problem.limits.items()
        for p in problem.capacities
    )
    caps = problem.cap is None or all(
        room(problem.cap, lambda item, s=s, p=p: item.sponsor == s and item.pool == p) for s in (1, 2, 3) for p in "AB"
    )
    return pools and limits and caps


def best_total(problem):
    candidates = free(problem)
    subsets = (subset for size in range(len(candidates) + 1) for subset in combinations(candidates, size))
    return max(round(sum(item.value for item in subset), 6) for subset in subsets if keeps(problem, subset))


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(problems())
def test_no_other_set_that_keeps_the_limits_is_worth_more(problem):
    solution = solve(problem)
    chosen = [item for item in free(problem) if item.code in solution.chosen]
    assert keeps(problem, chosen)
    assert round(solution.total, 6) == best_total(problem)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(problems())
def test_whoever_is_out_is_in_from_the_value_named_and_not_below(problem):
    for item in free(problem):
        answer = solve(problem).suggestions[item.code]
        if answer.chosen:
            continue
        if answer.needs is None:
            assert item.code not in solve(raised(problem, item, 1000.0)).chosen
            continue
        assert item.code in solve(raised(problem, item, answer.needs + 0.001)).chosen
        if answer.needs - 0.001 >= max(0, problem.bar or 0):
            assert item.code not in solve(raised(problem, item, answer.needs - 0.001)).chosen


def raised(problem, item, value):
    changed = tuple(replace(each, value=value) if each is item else each for each in problem.items)
    return replace(problem, items=changed)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(problem, random):
    mixed = list(problem.items)
    random.shuffle(mixed)
    assert solve(problem).suggestions == solve(replace(problem, items=tuple(mixed))).suggestions


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(problems())
def test_held_by_the_limit_means_one_more_entitlement_lets_it_in(problem):
    solution = solve(problem)
    for item in free(problem):
        if "tier allowed one more" in solution.suggestions[item.code].why:
            key = (item.sponsor, item.format)
            held = sum(
                each.fixed is True and (each.sponsor, each.format, each.pool) == (*key, item.pool)
                for each in problem.items
            )
            wider = {**problem.limits, key: max(problem.limits[key], held) + 1}
            assert item.code in solve(replace(problem, limits=wider)).chosen


def talks(*values, sponsors=None, **more):
    items = tuple(Item(f"T{i}", (sponsors or range(10, 30))[i], 1, "Talks", 1, value) for i, value in enumerate(values))
    return Problem(items, {"Talks": 2}, {(item.sponsor, 1): 1 for item in items}, **more)


def test_equal_values_go_to_the_first_codes():
    assert solve(talks(3.0, 3.0, 3.0)).chosen == {"T0", "T1"}


def test_the_line_is_the_least_value_that_got_in():
    assert solve(talks(4.5, 3.2, 3.0)).lines == {"Talks": 3.2}
    assert solve(talks(4.5, 3.2)).lines == {}


def test_whom_only_a_limit_leaves_out_draws_no_line():
    assert solve(talks(4.5, 4.4, sponsors=[1, 1])).lines == {}
    assert solve(talks(4.5, 4.4, 3.1, 3.0, sponsors=[1, 1, 2, 3])).lines == {"Talks": 3.1}


def test_reasons_say_what_would_have_let_a_proposal_in():
    suggestions = solve(talks(4.5, 4.4, 3.0, 4.2, sponsors=[1, 1, 2, 3])).suggestions
    assert suggestions["T0"].why == "In with 4.50: among the best that fit."
    assert suggestions["T1"].why == (
        "Out because of its sponsor's limit, not on merit: it would be in if the tier allowed one more. "
        "It would be in from a score of 4.50 (0.10 more), with all others unchanged."
    )
    assert suggestions["T2"].why == "It would be in from a score of 4.20 (1.20 more), with all others unchanged."


def test_no_review_no_suggestion():
    assert solve(talks(None)).suggestions["T0"].why == "No suggestion: no review is in yet."


@pytest.mark.slow
def test_two_thousand_proposals_take_no_time():
    items = tuple(Item(f"X{i:04}", i % 150, i % 2, "P", 1, 1 + (i * 37 % 400) / 100) for i in range(2000))
    limits = {(s, f): 2 for s in range(150) for f in (0, 1)}
    solution = solve(Problem(items, {"P": 60}, limits))
    assert len(solution.chosen) == 60
