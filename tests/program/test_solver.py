"""The scheduler against brute force, its own checker, and shuffled input."""

import random
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expo.program.solver import candidates, greedy, objectives
from expo.program.solver.checker import Fault, faults, score, violations
from expo.program.solver.explain import why_here, why_not
from expo.program.solver.problem import Away, Break, Item, Objective, Place, Problem, Room, Span, Track
from expo.program.solver.search import solve
from tests.program import bruteforce

pytestmark = pytest.mark.slow

TALK, WORKSHOP = 1, 2
HALL, SMALL = 1, 2
MAIN = Track(10, frozenset({TALK, WORKSHOP}))


ONE_ROOM = (Room(HALL, 100),)


def a_day(*items, rooms=ONE_ROOM, hours=3, tracks=(MAIN,), **other):
    return Problem(items, rooms, tracks, (Span(0, 60 * hours),), **{"grid": 60, **other})


def a_talk(key, minutes=60, **other):
    return Item(id=key, format=TALK, minutes=minutes, sponsor=other.pop("sponsor", key), **other)


def an_icml_day(seed=1, talks=8, workshops=4):
    """One track of hour-long talks, two of four-hour workshops; 40 proposals gave these twelve."""
    chance = random.Random(seed)
    rooms = tuple(Room(key, chance.choice([80, 150, 300])) for key in (1, 2, 3))
    tracks = (Track(10, frozenset({TALK}), 1), Track(20, frozenset({WORKSHOP}), 2), Track(21, frozenset({WORKSHOP}), 3))
    items = tuple(
        Item(
            id=key,
            format=TALK if key < talks else WORKSHOP,
            minutes=60 if key < talks else 240,
            sponsor=chance.randrange(6),
            people=frozenset(f"person{chance.randrange(12)}" for _ in range(2)),
            topics=frozenset(chance.sample(range(8), 2)),
            away=(Away("person1", 540, 780),) if chance.random() < 0.2 else (),
            merit_band=chance.randrange(3),
            merit=chance.randrange(100, 500),
            audience=chance.choice([50, 100, 200]),
        )
        for key in range(talks + workshops)
    )
    return Problem(items, rooms, tracks, (Span(540, 1080),), (Break(780, 840),), grid=30)


def shuffled(problem, seed):
    items, breaks = list(problem.items), list(problem.breaks)
    random.Random(seed).shuffle(items)
    random.Random(seed).shuffle(breaks)
    return replace(problem, items=tuple(items), breaks=tuple(breaks))


spans = st.tuples(st.integers(0, 3), st.integers(1, 2)).map(lambda pair: (60 * pair[0], 60 * (pair[0] + pair[1])))


@st.composite
def tiny(draw, pins=False):
    """Up to four sessions, two rooms and four hours: small enough to try every timetable."""
    rooms = (Room(HALL, 100), Room(SMALL, 30))[: draw(st.integers(1, 2))]
    items = []
    for key in range(draw(st.integers(1, 4))):
        people = frozenset(draw(st.sets(st.sampled_from("abc"), max_size=2)))
        away = tuple(Away(person, *draw(spans)) for person in sorted(people) if draw(st.booleans()))
        items.append(
            Item(
                id=key,
                format=TALK,
                minutes=draw(st.sampled_from([60, 120])),
                sponsor=draw(st.integers(0, 1)),
                people=people,
                topics=frozenset(draw(st.sets(st.integers(0, 1)))),
                away=away,
                merit_band=draw(st.integers(0, 1)),
                merit=draw(st.integers(0, 3)),
                audience=draw(st.sampled_from([0, 50])),
                present=draw(st.none() | st.builds(Place, st.sampled_from([HALL]), st.sampled_from([0, 60]))),
            )
        )
    breaks = tuple(Break(*draw(spans), draw(st.sampled_from([None, HALL]))) for _ in range(draw(st.integers(0, 1))))
    problem = a_day(*items, rooms=rooms, hours=4, breaks=breaks, is_published=draw(st.booleans()))
    return _with_a_pin(problem) if pins else problem


def _with_a_pin(problem):
    first = problem.items[0]
    pinned = replace(first, pin=Place(HALL, 60), present=Place(HALL, 60), away=())
    return replace(problem, items=(pinned, *problem.items[1:]))


def every_timetable(problem):
    return bruteforce.every_timetable(
        problem, [Place(r.id, at) for r in problem.rooms for at in range(0, 240, 60)], MAIN.id
    )


def counted(problem, chosen):
    """The objectives in their order, counted by the checker."""
    found = score(problem, chosen)
    return [found[key] for key in objectives.order(problem)]


@settings(max_examples=60, deadline=None)
@given(tiny())
def test_no_timetable_is_better_than_the_solvers(problem):
    solution = solve(problem)
    assert violations(problem, solution.placed) == []
    assert [each.value for each in solution.objectives] == counted(problem, solution.places)
    assert [each.value for each in solution.objectives] == min(
        counted(problem, each) for each in every_timetable(problem)
    )
    assert all(each.is_proved for each in solution.objectives)


@settings(max_examples=25, deadline=None)
@given(tiny(pins=True))
def test_pins_hold_whatever_they_cost(problem):
    solution = solve(problem)
    assert solution.places[problem.items[0].id] == Place(HALL, 60)
    assert violations(problem, solution.placed) == []
    assert [each.value for each in solution.objectives] == min(
        counted(problem, each) for each in every_timetable(problem)
    )


@settings(max_examples=25, deadline=None)
@given(tiny(), st.integers(0, 99))
def test_the_order_of_the_input_changes_nothing(problem, seed):
    assert solve(shuffled(problem, seed)) == solve(problem)
    assert shuffled(problem, seed).fingerprint() == problem.fingerprint()


@settings(max_examples=60, deadline=None)
@given(tiny())
def test_the_first_timetable_keeps_every_rule(problem):
    chosen = greedy.first_timetable(problem.sorted())
    assert violations(problem, candidates.placed(problem, chosen)) == []
    assert objectives.values(problem, chosen) == counted(problem, chosen)


@pytest.mark.parametrize("seed", range(4))
def test_an_icml_day_is_proved_best_in_every_aim_within_five_seconds_and_repeats(seed):
    problem, began = an_icml_day(seed), time.process_time()
    solution = solve(problem)
    spent = time.process_time() - began
    assert violations(problem, solution.placed) == []
    assert [each for each in solution.objectives if not each.is_proved] == []
    assert spent < 5
    assert solve(shuffled(problem, seed + 1)) == solution


def test_better_sessions_go_first_when_not_all_fit():
    problem = a_day(
        a_talk(1, merit=300, merit_band=1), a_talk(2, merit=390, merit_band=1), a_talk(3, merit=400), hours=2
    )
    solution = solve(problem)
    assert sorted(solution.places) == [2, 3]
    assert solution.objectives[:3] == (
        Objective("left-out-0", 0, 0),
        Objective("left-out-1", 1, 1),
        Objective("merit-left-out", 300, 300),
    )


def test_a_published_timetable_is_kept_before_it_is_polished():
    rooms = (Room(HALL, 100), Room(SMALL, 30))
    here = Place(SMALL, 60)
    crowded = a_talk(1, audience=90, present=here)
    assert solve(a_day(crowded, rooms=rooms, is_published=True)).places == {1: here}
    assert solve(a_day(crowded, rooms=rooms)).places == {1: Place(HALL, 60)}


def test_a_track_with_a_room_runs_there_and_keeps_the_room_to_itself():
    tracks = (Track(10, frozenset({TALK}), HALL), Track(20, frozenset({WORKSHOP})))
    workshop = Item(id=2, format=WORKSHOP, minutes=60, sponsor=2)
    rooms = (Room(HALL), Room(SMALL))
    solution = solve(a_day(a_talk(1), workshop, rooms=rooms, tracks=tracks))
    assert {row.item: (row.place.room, row.track) for row in solution.placed} == {1: (HALL, 10), 2: (SMALL, 20)}


def test_the_checker_names_every_broken_rule():
    item = a_talk(1, people=frozenset({"ada"}), away=(Away("ada", 0, 30),), needs=frozenset({"piano"}))
    other = a_talk(2, people=frozenset({"ada"}))
    wrong = replace(item, format=9)
    problem = a_day(wrong, other, breaks=(Break(50, 70),))
    assert faults(problem, wrong, Place(HALL, 10), {2: Place(HALL, 60)}) == [
        Fault("off-grid"),
        Fault("in-break"),
        Fault("wrong-track"),
        Fault("lacks-equipment"),
        Fault("away", person="ada"),
        Fault("room-taken", other=2),
        Fault("on-stage", other=2, person="ada"),
    ]
    assert faults(problem, other, Place(HALL, 150), {}) == [Fault("closed")]
    kept_out = replace(other, excluded=frozenset({HALL}))
    assert faults(problem, kept_out, Place(HALL, 0), {}) == [Fault("in-break"), Fault("excluded-room")]


def test_every_session_left_out_is_told_why():
    hopeless = a_talk(1, minutes=600)
    absent = a_talk(2, people=frozenset({"ada"}), away=(Away("ada", 0, 600),))
    crowded = [a_talk(key, people=frozenset({"bob"})) for key in (3, 4)]
    problem = a_day(hopeless, absent, *crowded, hours=1)
    solution = solve(problem)
    assert {
        item.id: why_not(problem, item, solution.places) for item in problem.items if item.id not in solution.places
    } == {
        1: "It takes 600 minutes, and the longest day is open for 60 minutes.",
        2: "Its presenters are away whenever a room it fits is open.",
        4: "Its only allowed slot is not free: the room is taken. "
        "Unpin, shorten or unschedule a session, or open a room for longer.",
    }


def test_every_placed_session_is_told_why():
    one, two = a_talk(1, people=frozenset({"ada"})), a_talk(2, people=frozenset({"ada"}))
    problem = a_day(one, two, rooms=(Room(HALL), Room(SMALL)))
    solution = solve(problem)
    assert solution.places == {1: Place(HALL, 0), 2: Place(HALL, 60)}
    assert why_here(problem, two, solution.places) == [
        "Besides this slot, 5 others are allowed by format, hours, breaks and presenters.",
        "In one of them a presenter is on stage elsewhere.",
        "In 2 of them it would start later in the day.",
        "In one of them the room is taken.",
        "One of them would be as good for every goal.",
    ]
