"""Taking sessions and giving them places at once, against brute force; and why sessions block one another."""

from dataclasses import replace
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expo.program.solver import candidates
from expo.program.solver.checker import faults, violations
from expo.program.solver.infeasibility import RELAXATIONS, causes, placeable
from expo.program.solver.joint import joint
from expo.program.solver.prechecks import precheck
from expo.program.solver.problem import Away, Break, Item, Link, Place, Problem, Quota, Room, Span, Track
from expo.program.solver.search import Effort, first_timetable, solve
from expo.program.solver.time_blocks import TimeBlockModel

TALK, HALL, SIDE = 1, 1, 2
MAIN = Track(10, frozenset({TALK}))


def a_talk(key, minutes=60, **other):
    return Item(id=key, format=TALK, minutes=minutes, sponsor=other.pop("sponsor", key), **other)


def a_day(*items, rooms=1, hours=2, **other):
    halls = tuple(Room(key) for key in (HALL, SIDE)[:rooms])
    return Problem(items, halls, (MAIN,), (Span(0, 60 * hours),), grid=60, **other)


def keep_quotas(problem, taken):
    return all(len(taken & set(quota.items)) <= quota.most for quota in problem.quotas)


def has_timetable(problem, taken):
    """Every combination of places, judged by the checker."""
    items = [item for item in problem.items if item.id in taken]
    for places in product(*(candidates.allowed_places(problem, item) for item in items)):
        chosen = {item.id: place for item, place in zip(items, places, strict=True)}
        if not any(faults(problem, item, chosen[item.id], chosen) for item in items):
            return True
    return False


def worth(problem, taken, must=()):
    """Smaller is better: what is missing of the must, then merit band by merit band, then merit."""
    out = [item for item in problem.items if item.id not in taken]
    bands = sorted({item.merit_band for item in problem.items})
    free = [item for item in out if item.id not in must]
    return [
        len(out) - len(free),
        *(sum(item.merit_band == band for item in free) for band in bands),
        sum(item.merit for item in out),
    ]


def every_set(problem):
    keys = [item.id for item in problem.items]
    for size in range(len(keys) + 1):
        for chosen in combinations(keys, size):
            if keep_quotas(problem, set(chosen)) and has_timetable(problem, set(chosen)):
                yield set(chosen)


@st.composite
def small_days(draw):
    count = draw(st.integers(2, 5))
    items = tuple(
        a_talk(
            key,
            minutes=draw(st.sampled_from([60, 120])),
            people=frozenset(draw(st.sets(st.sampled_from("abc"), max_size=2))),
            away=(Away("a", 0, 60),) if draw(st.booleans()) else (),
            merit_band=draw(st.integers(0, 2)),
            merit=draw(st.integers(0, 4)),
        )
        for key in range(count)
    )
    members = st.sets(st.integers(0, count - 1), min_size=1).map(lambda keys: tuple(sorted(keys)))
    quotas = draw(st.lists(st.builds(Quota, members, st.integers(0, 2)), max_size=2))
    return a_day(*items, rooms=draw(st.integers(1, 2)), quotas=tuple(quotas))


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(small_days(), st.sets(st.integers(0, 4), max_size=1))
def test_no_set_is_better_than_the_joint_one(problem, must):
    found = joint(problem, must)

    assert violations(problem, found.placed) == []
    assert found.is_proved
    assert worth(problem, found.taken, must) == min(worth(problem, taken, must) for taken in every_set(problem))


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(small_days())
def test_a_first_timetable_keeps_every_quota(problem):
    assert violations(problem, candidates.placed(problem, first_timetable(problem))) == []


def test_the_checker_sees_a_quota_that_the_others_have_used_up():
    problem = a_day(a_talk(1), a_talk(2), quotas=(Quota((1, 2), 1),))

    codes = [each.code for each in faults(problem, problem.item[2], Place(HALL, 60), {1: Place(HALL, 0)})]

    assert codes == ["over-quota"]


def test_more_pins_than_a_quota_lets_in_are_told_before_any_search():
    pinned = [a_talk(key, pin=Place(HALL, 60 * key)) for key in (0, 1)]

    assert "pins-over-quota" in [each.code for each in precheck(a_day(*pinned, quotas=(Quota((0, 1), 1),)))]


def test_the_search_in_parts_and_its_bounds_know_quotas():
    items = tuple(a_talk(key, merit=key) for key in range(12))
    problem = a_day(*items, rooms=2, hours=6, quotas=(Quota(tuple(range(6, 12)), 2),))

    solution = solve(problem, effort=Effort(work=1, large=4, rounds=10, round_work=0.1, most_choices=0))

    assert len(solution.placed) == 8
    assert (solution.objectives[0].key, solution.objectives[0].value, solution.objectives[0].bound) == (
        "left-out-0",
        4,
        4,
    )


def test_a_problem_of_blocks_keeps_quotas_too():
    items = tuple(a_talk(key) for key in range(4))
    problem = a_day(*items, rooms=2, hours=2, time_blocks=True, quotas=(Quota((0, 1, 2), 1),))

    assert TimeBlockModel(problem).cp.proto.constraints
    assert len(solve(problem).placed) == len(first_timetable(problem)) == 2


def test_of_equal_sets_the_preferred_one_is_taken():
    problem = a_day(a_talk(1, merit=5), a_talk(2, merit=5), a_talk(3, merit=5))

    assert joint(problem, prefer={2, 3}).taken == {2, 3}


def test_a_quota_may_name_sessions_that_are_not_asked_about():
    problem = a_day(a_talk(1), a_talk(2), quotas=(Quota((1, 2, 99), 1),))

    assert joint(problem).taken in ({1}, {2})
    assert replace(problem, quotas=(Quota((99, 2, 1), 1),)).fingerprint() == problem.fingerprint()


CAUSES = {
    "rooms": a_day(a_talk(1), a_talk(2), a_talk(3)),
    "on-stage": a_day(*(a_talk(key, people=frozenset("a")) for key in (1, 2, 3)), rooms=2),
    "away": a_day(a_talk(1, people=frozenset("a"), away=(Away("a", 0, 120),))),
    "pins": a_day(a_talk(1, pin=Place(HALL, 0)), a_talk(2, pin=Place(HALL, 0))),
    "links": a_day(a_talk(1), a_talk(2), links=(Link("before", 1, 2), Link("before", 2, 1))),
    "excluded": a_day(a_talk(1, excluded=frozenset({HALL}))),
    "equipment": a_day(a_talk(1, needs=frozenset({"stage"}))),
    "tracks": a_day(a_talk(1, track=11)),
    "pauses": a_day(a_talk(1, setup=60), a_talk(2, setup=60)),
    "breaks": a_day(a_talk(1), breaks=(Break(0, 120),)),
}


def test_more_rooms_like_one_that_is_excluded_would_not_help():
    problem = a_day(*(a_talk(key, excluded=frozenset({HALL})) for key in (1, 2)))
    assert causes(problem, problem.item) == ("excluded",)


@pytest.mark.parametrize("kind", RELAXATIONS)
def test_what_blocks_is_named_by_the_rule_without_which_it_would_not(kind):
    problem = CAUSES[kind]
    answer = placeable(problem, problem.item)

    assert set(answer.blocking) == set(problem.item)
    assert kind in causes(problem, answer.blocking)
