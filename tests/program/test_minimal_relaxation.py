"""The smallest set of rules to relax, against every set of rules of small days."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from expo.program.solver.candidates import placed
from expo.program.solver.checker import faults, violations
from expo.program.solver.minimal_relaxation import relax
from expo.program.solver.problem import Away, Break, Item, Link, Place, Problem, Room, Span, Track, Walk
from expo.program.solver.relaxation_model import RelaxationModel, Rule, price, relaxed_problem, room_groups, rules_for
from tests.program.test_solver_rules import a_conference, every_timetable

few = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def fits(problem, chosen=None):
    """Whether all sessions find a place, by trying all of them."""
    chosen = chosen or {}
    left = [item for item in problem.items if item.id not in chosen]
    if not left:
        return True
    item = left[0]
    anywhere = [
        Place(room.id, start)
        for day in problem.days
        for start in range(day.start, day.end, problem.grid)
        for room in problem.rooms
    ]
    for place in anywhere if item.pin is None else [item.pin]:
        broken = [
            fault for fault in faults(problem, item, place, chosen) if item.pin is None or fault.other is not None
        ]
        if not broken and fits(problem, {**chosen, item.id: place}):
            return True
    return False


@st.composite
def a_session_left_out(draw):
    """A small conference with breaks and pins, a timetable of two of its sessions, and the third one."""
    problem = draw(a_conference())
    breaks = draw(
        st.lists(st.sampled_from([Break(0, 60), Break(1440, 1560, 1), Break(60, 120)]), max_size=2, unique=True)
    )
    item = replace(
        problem.items[0],
        away=draw(st.sampled_from([(), (Away("a", 0, 1500),)])),
        needs=draw(st.sampled_from([frozenset(), frozenset("x")])),
    )
    problem = replace(problem, breaks=tuple(sorted(breaks)), items=(item, *problem.items[1:]))
    known = [chosen for chosen in every_timetable(problem) if chosen.keys() == {1, 2}]
    assume(known)
    places = draw(st.sampled_from(known))
    pinned = tuple(
        replace(each, pin=places[each.id]) if each.id in places and draw(st.booleans()) else each
        for each in problem.items
    )
    return replace(problem, items=pinned, clashes=()).sorted(), item, places


@pytest.mark.slow
@few
@given(a_session_left_out())
def test_the_first_answer_is_the_smallest_and_each_is_needed_whole(drawn):
    problem, item, places = drawn
    found = relax(problem, item, places)
    rules = [rule for rule in rules_for(problem, item) if not rule.loses_a_session]
    sets = sorted(
        (few for size in range(3) for few in combinations(rules, size)),
        key=lambda few: (len(few), sum(price(problem, rule) for rule in few)),
    )
    smallest = next((few for few in sets if fits(relaxed_problem(problem, item, few))), None)
    if smallest is not None:
        first = found.answers[0]
        assert found.is_sure
        assert len(first.rules) == len(smallest)
        assert sum(price(problem, rule) for rule in first.rules) == sum(price(problem, rule) for rule in smallest)
    for answer in found.answers:
        trial = relaxed_problem(problem, item, answer.rules)
        assert violations(trial, placed(trial, dict(answer.places))) == []
        assert answer.places.keys() == {each.id for each in trial.items}
        assert not any(
            fits(relaxed_problem(problem, item, [r for r in answer.rules if r != rule])) for rule in answer.rules
        )


def a_talk(key, **other):
    return Item(id=key, format=1, minutes=60, sponsor=key, **other)


def a_day(*items, **other):
    return Problem(items, (Room(1),), (Track(10, frozenset({1})),), (Span(0, 120),), **{"grid": 60, **other})


def rules_of(found):
    return [answer.rules for answer in found.answers]


def test_what_only_needs_moves_needs_no_rule():
    """The late one can only come at the end, where the other stands."""
    late, other = a_talk(1, earliest=60), a_talk(2)
    found = relax(a_day(late, other), late, {2: Place(1, 60)})
    assert rules_of(found) == [()]
    assert [(move.item, move.after) for move in found.answers[0].moves] == [(2, Place(1, 0))]
    assert found.answers[0].places == {1: Place(1, 60), 2: Place(1, 0)}


def test_the_cheapest_of_equals_comes_first_and_a_lost_session_last():
    ada = a_talk(1, people=frozenset({"ada"}), away=(Away("ada", 0, 60),))
    pinned = a_talk(2, pin=Place(1, 60))
    found = relax(a_day(ada, pinned), ada, {2: Place(1, 60)})
    assert rules_of(found) == [(Rule("unpin", 2),), (Rule("away", 1, 0),), (Rule("closing", 0, 0),)]
    assert found.is_sure


def test_rules_that_only_help_together_are_told_together():
    one = a_talk(1, earliest=60, people=frozenset({"ada"}), away=(Away("ada", 60, 240),), needs=frozenset({"stage"}))
    found = relax(a_day(one), one, {})
    assert rules_of(found)[0] == (Rule("earliest", 1), Rule("equipment", 1))


def test_the_only_free_room_may_be_one_that_it_excluded():
    one, other = a_talk(1, excluded=frozenset({2}), latest=60), a_talk(2, pin=Place(1, 0))
    rooms = (Room(1), Room(2))
    found = relax(replace(a_day(one, other), rooms=rooms), one, {2: Place(1, 0)})
    assert rules_of(found) == [(Rule("unpin", 2),), (Rule("latest", 1),), (Rule("room", 1),)]


def test_when_no_rule_helps_another_session_would_have_to_go():
    """The next day, a short one, begins where the long one ends, and its presenter is away on it."""
    one, other = a_talk(1, earliest=0, latest=60, starts=frozenset({0})), a_talk(2, merit=300, latest=60)
    tight = replace(a_day(one, other), days=(Span(0, 60), Span(60, 90)), breaks=(Break(60, 200),))
    found = relax(tight, one, {2: Place(1, 0)})
    assert rules_of(found) == [(Rule("leave-out", 2),)]
    assert (found.is_sure, dict(found.answers[0].places)) == (True, {1: Place(1, 0)})


def test_a_rule_about_two_sessions_and_the_way_between_rooms_may_give_way():
    one, other = a_talk(1, people=frozenset({"ada"})), a_talk(2, people=frozenset({"ada"}), pin=Place(1, 0))
    linked = a_day(one, other, links=(Link("before", 1, 2),))
    assert (Rule("link", index=0),) in rules_of(relax(linked, one, {2: Place(1, 0)}))
    rested = a_day(one, other, rest=30)
    assert (Rule("rest"),) in rules_of(relax(rested, one, {2: Place(1, 0)}))
    walked = replace(a_day(one, replace(other, pin=Place(2, 0)), walk=30), rooms=(Room(1), Room(2)))
    full = relax(replace(walked, breaks=(Break(60, 120, 2),)), one, {2: Place(2, 0)})
    assert (Rule("walk"),) in rules_of(full)


def test_no_answer_touches_what_is_fixed():
    """Unpinning it would be cheapest, and taking it out the last resort; neither is offered when it may not move."""
    one, other = a_talk(1, latest=60), a_talk(2, pin=Place(1, 0))
    free = {rule for rules in rules_of(relax(a_day(one, other), one, {2: Place(1, 0)})) for rule in rules}
    assert Rule("unpin", 2) in free
    tight = replace(a_day(one, other), breaks=(Break(60, 200),), days=(Span(0, 60),))
    offered = [relax(each, one, {2: Place(1, 0)}, fixed=[2]) for each in (a_day(one, other), tight)]
    assert not {rule.item for found in offered for rules in rules_of(found) for rule in rules} & {2}
    assert rules_of(offered[0])[0] == (Rule("latest", 1),)


class TestPools:
    """Rooms that nothing tells apart are counted, and nothing else is."""

    @staticmethod
    def of(problem, item):
        return room_groups(problem, RelaxationModel(problem, item, rules_for(problem, item)).offers)

    def test_equipment_breaks_pins_and_walks_tell_rooms_apart(self):
        one, pinned = a_talk(1, needs=frozenset({"stage"})), a_talk(2, pin=Place(5, 0))
        rooms = tuple(Room(key, equipment=frozenset({"stage"} if key < 4 else ())) for key in range(1, 8))
        day = replace(a_day(one, pinned), rooms=rooms, breaks=(Break(0, 60, 3),))
        assert self.of(day, one) == {1: [1, 2], 3: [3], 4: [4, 6, 7], 5: [5]}
        walked = replace(day, walk=30, walks=(Walk(1, 2, 0), Walk(6, 7, 0)))
        assert self.of(walked, one) == {1: [1, 2], 3: [3], 4: [4], 5: [5], 6: [6, 7]}

    def test_what_fits_into_a_pool_is_seated_in_it_however_the_lengths_mix(self):
        """Three rooms, full but for the last hour of one; the long one fits once the short ones make way."""
        shorts = [replace(a_talk(key), present=None) for key in range(2, 8)]
        long = replace(a_talk(1), minutes=120)
        day = replace(a_day(long, *shorts), rooms=(Room(1), Room(2), Room(3)), days=(Span(0, 180),))
        places = {key: Place(1 + key % 3, 60 * (key // 3)) for key in range(2, 8)}
        found = relax(day, long, places)
        assert (rules_of(found), found.is_sure) == ([()], True)
        assert violations(found.problem, placed(found.problem, dict(found.answers[0].places))) == []


def test_it_tells_how_far_it_is_in_words_that_name_nobody():
    reports = []
    one, other = a_talk(1, latest=60), a_talk(2, pin=Place(1, 0))
    relax(a_day(one, other), one, {2: Place(1, 0)}, progress=lambda share, words: reports.append((share, words)))
    assert reports == [(0.1, "Looking for the fewest rules to relax"), (0.6, "Looking for other solutions")]
