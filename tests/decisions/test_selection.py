"""Selection against every subset there is."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.scoring.selection import SCALE, Cause, Item, Problem, chosen_in, down, lines_of, solve, up

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
@settings(max_examples=150, deadline=None)
@given(problems())
def test_each_changes_sides_exactly_at_the_value_named_and_takes_exactly_those_named_with_it(problem):
    solution = solve(problem)
    assert chosen_in(problem) == solution.chosen
    assert lines_of(problem) == solution.lines
    for item in problem.items:
        answer = solution.suggestions[item.code]
        if item.fixed is not None or item.value is None:
            assert answer.flip is None
            continue
        assert answer.needs == (None if answer.chosen else answer.flip.value)
        if answer.flip.value is None:
            assert not answer.chosen
            assert chosen_in(raised(problem, item, 1000.0)) == solution.chosen
            continue
        flipped = solution.chosen.symmetric_difference({item.code}).union(answer.flip.comes_in)
        flipped -= set(answer.flip.goes_out)
        inside, outside = (solution.chosen, flipped) if answer.chosen else (flipped, solution.chosen)
        assert chosen_in(raised(problem, item, answer.flip.value)) == inside
        assert chosen_in(raised(problem, item, 1000.0)) == inside
        assert chosen_in(raised(problem, item, up(answer.flip.value))) == inside
        if answer.flip.value > 0:
            assert chosen_in(raised(problem, item, answer.flip.value - 1 / SCALE)) == outside
            assert chosen_in(raised(problem, item, 0.0)) == outside
            assert chosen_in(raised(problem, item, down(answer.flip.value) - 1 / SCALE)) == outside


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(problems(), st.data())
def test_a_pin_holds_like_a_decision_and_says_that_it_is_one(problem, data):
    code = data.draw(st.sampled_from([item.code for item in problem.items]))
    side = data.draw(st.booleans())

    def held(**more):
        items = (replace(item, fixed=side, **more) if item.code == code else item for item in problem.items)
        return solve(replace(problem, items=tuple(items)))

    pinned, decided = held(is_pinned=True), held()
    assert pinned.chosen == decided.chosen
    assert (code in pinned.chosen) == side
    assert (pinned.suggestions[code].cause, decided.suggestions[code].cause) == (Cause.PINNED, Cause.DECIDED)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 3), min_size=2, max_size=7), st.integers(1, 4))
def test_of_equal_totals_the_set_with_the_first_code_in_which_they_differ_is_taken(values, places):
    items = tuple(Item(f"T{i}", i, 1, "P", 1, float(value)) for i, value in enumerate(values))
    best = sorted(items, key=lambda item: (-item.value, item.code))[:places]
    problem = Problem(items, {"P": places}, {(item.sponsor, 1): 1 for item in items})
    assert chosen_in(problem) == {item.code for item in best}


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
    assert suggestions["T0"].why == (
        "In with 4.50: among the best that fit. It would be out below a score of 4.40, with all others unchanged."
    )
    assert suggestions["T1"].why == (
        "Out because of its sponsor's limit, not on merit: it would be in if the tier allowed one more. "
        "It would be in above a score of 4.50 (0.10 more), with all others unchanged."
    )
    assert suggestions["T2"].why == "It would be in from a score of 4.20 (1.20 more), with all others unchanged."


def test_reasons_say_what_a_cap_and_a_minimum_do():
    problem = talks(4.5, 4.4, 3.0, 2.0, sponsors=[1, 1, 2, 3], cap=1, bar=2.5)
    suggestions = solve(replace(problem, limits={(sponsor, 1): 2 for sponsor in (1, 2, 3)})).suggestions
    capped, low = suggestions["T1"], suggestions["T3"]
    assert (capped.cause, low.cause) == (Cause.CAP, Cause.BAR)
    assert capped.why == (
        "Out because of the cap that you set, not on merit: it would be in if the cap allowed one more. "
        "It would be in above a score of 4.50 (0.10 more), with all others unchanged."
    )
    assert low.why == (
        "Out: 2.00 is below the minimum of 2.50. "
        "It would be in above a score of 3.00 (1.00 more), with all others unchanged."
    )


def test_no_review_no_suggestion():
    assert solve(talks(None)).suggestions["T0"].why == "No suggestion: no review is in yet."


@pytest.mark.slow
def test_two_thousand_proposals_take_no_time():
    items = tuple(Item(f"X{i:04}", i % 150, i % 2, "P", 1, 1 + (i * 37 % 400) / 100) for i in range(2000))
    limits = {(s, f): 2 for s in range(150) for f in (0, 1)}
    solution = solve(Problem(items, {"P": 60}, limits))
    assert len(solution.chosen) == 60
