"""Every rule and objective beyond rooms and hours, against all timetables of small days; repairs and blocking sets."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expo.program.solver import objectives
from expo.program.solver.checker import score, violations
from expo.program.solver.infeasibility import placeable
from expo.program.solver.problem import (
    Away,
    Clash,
    Item,
    Link,
    Place,
    Problem,
    RivalTracks,
    RoamingTrack,
    Room,
    Span,
    Track,
    Walk,
    Wish,
)
from expo.program.solver.repair import repair
from expo.program.solver.search import Effort, solve
from tests.program import bruteforce

pytestmark = pytest.mark.slow

HALL, SMALL = 1, 2
DAYS = (Span(0, 120), Span(1440, 1560))
STARTS = (0, 60, 1440, 1500)
MAIN = Track(10, frozenset({1}))
slow = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
keys = st.integers(0, 2)
pairs = st.tuples(keys, keys).filter(lambda pair: pair[0] < pair[1])
wishes = st.builds(Wish, st.integers(1, 3), st.sampled_from([None, HALL, SMALL]), st.sampled_from([None, 60, 1440]))


@st.composite
def an_item(draw, key):
    return Item(
        id=key,
        format=1,
        minutes=draw(st.sampled_from([60, 60, 120])),
        sponsor=draw(st.integers(0, 1)),
        people=frozenset(draw(st.sets(st.sampled_from("ab"), max_size=1))),
        audience=draw(st.sampled_from([0, 40])),
        earliest=draw(st.sampled_from([None, 60, 1440])),
        latest=draw(st.sampled_from([None, None, 120])),
        starts=draw(st.sampled_from([None, None, frozenset({0, 60, 1440})])),
        setup=draw(st.sampled_from([0, 0, 60])),
        excluded=frozenset(draw(st.sampled_from([(), (), (HALL,), (SMALL,)]))),
        wishes=tuple(draw(st.lists(wishes, max_size=2))),
        roaming_track=draw(st.sampled_from([None, 0, 1])),
        merit_band=draw(st.integers(0, 1)),
    )


@st.composite
def a_conference(draw, count=3):
    """Three sessions, two rooms, two days of two hours, and a few rules."""
    links = st.builds(
        lambda kind, pair, cost: Link(kind, *pair, cost),
        st.sampled_from(["before", "same-day", "apart", "one-room", "larger"]),
        pairs,
        st.integers(0, 2),
    )
    return Problem(
        items=tuple(draw(an_item(key)) for key in range(count)),
        rooms=(Room(HALL, 100), Room(SMALL, 30)),
        tracks=(MAIN,),
        days=DAYS,
        grid=60,
        rest=draw(st.sampled_from([0, 0, 30])),
        walk=draw(st.sampled_from([0, 0, 30])),
        walks=(Walk(HALL, SMALL, 60),) if draw(st.booleans()) else (),
        prime=(Span(60, 120),) if draw(st.booleans()) else (),
        links=tuple(draw(st.lists(links, max_size=2))),
        clashes=tuple(draw(st.lists(pairs.map(lambda pair: Clash(*pair, 2)), max_size=2, unique=True))),
        roaming_tracks=(RoamingTrack(0, (Wish(2, HALL),), 1, 3, 5), RoamingTrack(1, (), 2, 1, 0)),
        rival_tracks=(RivalTracks(0, 1, 4),) if draw(st.booleans()) else (),
    )


def every_timetable(problem):
    return bruteforce.every_timetable(problem, [Place(room.id, at) for room in problem.rooms for at in STARTS], MAIN.id)


def counted(problem, chosen):
    """The objectives in their order, counted by the checker."""
    found = score(problem, chosen)
    return [found[key] for key in objectives.order(problem)]


def best(problem):
    return min(counted(problem, chosen) for chosen in every_timetable(problem))


@slow
@given(a_conference())
def test_every_rule_is_kept_and_every_aim_is_best_in_its_turn(problem):
    solution = solve(problem)
    assert violations(problem, solution.placed) == []
    assert [each.value for each in solution.objectives] == counted(problem, solution.places) == best(problem)
    # Rivals in several rooms at once may leave a gap, which shows as a bound below the value.
    assert all(each.bound <= each.value for each in solution.objectives)


@slow
@given(a_conference())
def test_neighbourhoods_keep_every_rule_and_their_bounds_hold(problem):
    solution = solve(problem, effort=Effort(large=0, rounds=8, patience=4))
    assert violations(problem, solution.placed) == []
    assert [each.value for each in solution.objectives] == counted(problem, solution.places)
    for each, (reached, lowest) in zip(
        solution.objectives, zip(counted(problem, solution.places), best(problem), strict=True), strict=True
    ):
        if reached != lowest:
            assert each.bound <= lowest
            break
        assert each.bound <= reached


@slow
@given(a_conference(), st.integers(0, 99))
def test_shuffled_rules_give_the_same_timetable(problem, seed):
    turned = replace(
        problem,
        items=problem.items[::-1],
        links=problem.links[::-1],
        clashes=problem.clashes[::-1],
        roaming_tracks=problem.roaming_tracks[::-1],
    )
    effort = Effort(large=0, rounds=5)
    assert solve(replace(turned, seed=seed), effort=effort) == solve(replace(problem, seed=seed), effort=effort)


@slow
@given(a_conference())
def test_a_blend_is_the_least_weighted_sum(problem):
    blended = replace(problem, blend=(("wishes", 3), ("overflow", 1), ("prime-time", 2)))
    assert [each.value for each in solve(blended).objectives] == best(blended)


@st.composite
def a_changed_day(draw):
    """A day that was fine, and then somebody is late, a room is lost or a talk grows."""
    before = draw(a_conference())
    present = solve(before).places
    items = [
        replace(item, present=present.get(item.id), is_announced=draw(st.booleans()), audience=0, wishes=())
        for item in before.items
    ]
    key = draw(keys)
    changed = {
        "late": replace(items[key], away=(Away("x", 0, draw(st.sampled_from([60, 120]))),)),
        "longer": replace(items[key], minutes=120),
        "room": replace(items[key], needs=frozenset({"screen"})),
        "excluded": replace(items[key], excluded=frozenset({SMALL})),
    }[draw(st.sampled_from(["late", "longer", "room", "excluded"]))]
    items[key] = changed
    rooms = (Room(HALL, 100), Room(SMALL, 30, frozenset({"screen"})))
    return replace(before, items=tuple(items), rooms=rooms, prime=(), clashes=(), rival_tracks=(), roaming_tracks=())


@slow
@given(a_changed_day())
def test_a_repair_loses_and_moves_the_fewest_and_says_whom(problem):
    repaired = repair(problem)
    assert violations(problem, repaired.placed) == []
    as_repair = replace(problem, is_repair=True)
    lowest = min(counted(as_repair, chosen)[:4] for chosen in every_timetable(problem))
    assert counted(as_repair, repaired.places)[:4] == lowest
    assert [each.value for each in repaired.objectives] == lowest
    assert repaired.is_minimal
    assert {move.item: (move.before, move.after) for move in repaired.moves} == {
        item.id: (item.present, repaired.places.get(item.id))
        for item in problem.items
        if item.present != repaired.places.get(item.id)
    }


def fit(problem, chosen_keys):
    """Whether these sessions have a timetable together, by trying all."""
    part = replace(problem, items=tuple(item for item in problem.items if item.id in chosen_keys))
    return any(len(chosen) == len(part.items) for chosen in every_timetable(part))


@slow
@given(a_conference(), st.sets(st.sampled_from(STARTS), min_size=2, max_size=4))
def test_a_set_is_placed_or_blocked_by_a_minimal_set(problem, closed):
    away = tuple(Away("x", start, start + 60) for start in sorted(closed))
    narrow = replace(problem, rooms=(Room(HALL, 100),), items=tuple(replace(i, away=away) for i in problem.items))
    answer = placeable(narrow, [0, 1, 2])
    assert answer.is_placeable == fit(narrow, {0, 1, 2})
    if answer.is_placeable:
        assert sorted(row.item for row in answer.placed) == [0, 1, 2]
        assert violations(narrow, answer.placed) == []
        return
    blocking = set(answer.blocking)
    assert not fit(narrow, blocking)
    assert all(fit(narrow, blocking - {key}) for key in blocking)
    for remedy in answer.remedies:
        assert remedy.item in blocking
        if remedy.kind == "leave-out":
            assert fit(narrow, {0, 1, 2} - {remedy.item})
