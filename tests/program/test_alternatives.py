"""Other places and swaps of sessions, against all timetables of small days."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from expo.program.solver import objectives
from expo.program.solver.alternatives import STABILITY, alternatives
from expo.program.solver.checker import Fault, faults, score, violations
from expo.program.solver.explain import why_not
from expo.program.solver.problem import Item, Place, Placed, Problem, Room, Span, Track
from expo.program.solver.swaps import swap
from tests.program.test_solver_rules import MAIN, STARTS, a_conference, every_timetable

few = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


@st.composite
def a_timetable(draw, at_least=1):
    """A small conference with one of its allowed timetables."""
    problem = draw(a_conference())
    known = [chosen for chosen in every_timetable(problem) if len(chosen) >= at_least]
    assume(known)
    return problem, draw(st.sampled_from(known))


def compared(problem, before, after):
    """Every objective that differs, counted over the whole timetable."""
    then, now = score(problem, after), score(problem, before)
    keys = [key for key in objectives.order(problem) if key not in STABILITY]
    return tuple((key, then[key] - now[key]) for key in keys if then[key] != now[key])


@pytest.mark.slow
@few
@given(a_timetable())
def test_each_other_place_is_told_with_all_it_breaks_and_all_it_costs(drawn):
    problem, places = drawn
    for key, here in places.items():
        item, found = problem.item[key], alternatives(problem, problem.item[key], places)
        for each in found.weighed:
            assert list(each.breaks) == faults(problem, item, each.place, places)
            assert each.costs == compared(problem, places, {**places, key: each.place})
        starts = [start for start in STARTS if _ends_in_its_day(problem, item, start)]
        rooms = [room.id for room in problem.rooms if room.id not in item.excluded or room.id == here.room]
        allowed = {Place(room, start) for room in rooms for start in starts}
        assert {each.place for each in found.weighed} == allowed - {here}
        assert {each.place.start for each in found.rows} == {place.start for place in allowed - {here}}


def _ends_in_its_day(problem, item, start):
    return any(day.start <= start and start + item.minutes <= day.end for day in problem.days)


@pytest.mark.slow
@few
@given(a_timetable(at_least=2))
def test_making_room_is_the_best_single_step_of_whoever_is_in_the_way(drawn):
    problem, places = drawn
    for key in places:
        for each in alternatives(problem, problem.item[key], places).rows:
            if each.displacement is None:
                continue
            other, moved = each.displacement.other, {**places, key: each.place}
            steps = {
                place: compared(problem, places, {**moved, other: place})
                for room in problem.rooms
                for place in (Place(room.id, start) for start in STARTS)
                if not faults(problem, problem.item[other], place, moved) and place != moved[other]
            }
            assert (each.displacement.to is None) == (not steps)
            if steps:
                assert each.displacement.costs == steps[each.displacement.to]
                assert _worth(problem, each.displacement.costs) == min(
                    _worth(problem, costs) for costs in steps.values()
                )


def _worth(problem, costs):
    return [dict(costs).get(key, 0) for key in objectives.order(problem)]


@pytest.mark.slow
@few
@given(a_timetable(at_least=2))
def test_a_swap_breaks_what_is_told_or_takes_the_fewest_further_moves(drawn):
    problem, places = drawn
    one, other = sorted(places)[:2]
    answer = swap(problem, places, one, other)
    swapped = {**places, one: places[other], other: places[one]}
    allowed = violations(problem, [Placed(key, place, MAIN.id) for key, place in swapped.items()]) == []
    assert answer.is_allowed == allowed
    there = [
        sum(chosen[key] != places[key] for key in places) - 2
        for chosen in every_timetable(problem)
        if chosen.keys() == places.keys() and chosen[one] == swapped[one] and chosen[other] == swapped[other]
    ]
    assert (answer.further, answer.is_sure) == (min(there, default=None), True)
    after = {**places, **{move.item: move.after for move in answer.moves}}
    assert answer.costs == compared(problem, places, after)


def a_talk(key, **other):
    return Item(id=key, format=1, minutes=60, **{"sponsor": key, **other})


def a_day(*items, **other):
    return Problem(items, (Room(1), Room(2)), (Track(10, frozenset({1})),), (Span(0, 120),), **{"grid": 60, **other})


def test_a_better_looking_place_is_told_with_its_price():
    """Beside its own sponsor at the start of the day; the other start is taken, and its holder can only come late."""
    mine, twin = a_talk(1, sponsor=7), a_talk(2, sponsor=7)
    late = a_talk(3, earliest=60)
    places = {1: Place(1, 0), 2: Place(2, 0), 3: Place(1, 60)}
    rows = alternatives(a_day(mine, twin, late), mine, places).rows
    assert [(row.place, row.costs) for row in rows] == [
        (Place(2, 60), (("sponsor-parallel", -60), ("late-starts", 60))),
        (Place(2, 0), ()),
    ]
    assert [row.breaks for row in rows] == [(), (Fault("room-taken", other=2),)]
    taken = {**places, 4: Place(2, 60)}
    row = alternatives(a_day(mine, twin, late, a_talk(4)), mine, taken).rows[0]
    assert (row.place, row.breaks) == (Place(1, 60), (Fault("room-taken", other=3),))
    assert (row.displacement.other, row.displacement.to) == (3, None)


def test_a_pinned_session_swaps_only_when_it_is_let_go():
    problem = a_day(a_talk(1, pin=Place(1, 0)), a_talk(2))
    answer = swap(problem, {1: Place(1, 0), 2: Place(1, 60)}, 1, 2)
    assert (answer.breaks, answer.further, answer.is_sure) == (((1, Fault("pinned")),), None, True)


def test_two_that_may_swap_only_when_a_third_makes_way_are_told_so():
    """The speaker of 2 is on in 3 at the other start; 3 has another room and start to go to."""
    two, three = a_talk(2, people=frozenset({"ada"})), a_talk(3, people=frozenset({"ada"}))
    problem = a_day(a_talk(1), two, three)
    answer = swap(problem, {1: Place(1, 0), 2: Place(1, 60), 3: Place(2, 0)}, 1, 2)
    assert answer.breaks == ((2, Fault("on-stage", other=3, person="ada")),)
    assert (answer.further, answer.is_sure) == (1, True)
    assert {move.item: move.after for move in answer.moves}[3].start == 60


def test_hours_of_its_own_that_leave_no_place_are_a_reason_too():
    problem = a_day(a_talk(1, earliest=90))
    assert why_not(replace(problem), problem.items[0], {}).startswith("Its own hours")
