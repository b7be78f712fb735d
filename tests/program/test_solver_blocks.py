"""Time blocks of talks: one track to a room, talks one after another, against all timetables of small conferences."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expo.program.solver import objectives
from expo.program.solver.checker import score, violations
from expo.program.solver.problem import Clash, Item, Place, Problem, RivalTracks, RoamingTrack, Room, Span, Track, Wish
from expo.program.solver.search import Effort, solve
from tests.program import bruteforce

pytestmark = pytest.mark.slow

BLOCKS = (Span(0, 40), Span(1440, 1480))
STARTS = (0, 20, 1440, 1460)
few = settings(max_examples=40, deadline=None)


@st.composite
def a_program(draw, count=3):
    """Three talks of one or two slots, two tracks, two rooms in two blocks of two slots."""
    items = tuple(
        Item(
            id=key,
            format=1,
            minutes=draw(st.sampled_from([20, 20, 40])),
            sponsor=-key,
            roaming_track=draw(st.integers(0, 1)),
            order=draw(st.sampled_from([0, 0, 0, 1])),
            wishes=tuple(
                Wish(cost, start=day.start, end=day.end) for day in BLOCKS if (cost := draw(st.integers(0, 2)))
            ),
        )
        for key in range(count)
    )
    cells = [
        Wish(cost, room, day.start, day.end) for room in (1, 2) for day in BLOCKS if (cost := draw(st.integers(0, 2)))
    ]
    return Problem(
        items=items,
        rooms=(Room(1), Room(2)),
        tracks=(Track(0, frozenset({1})),),
        days=BLOCKS,
        grid=20,
        roaming_tracks=(RoamingTrack(0, tuple(cells), 1, 2, 3), RoamingTrack(1, (), 2, 1, 1)),
        rival_tracks=tuple(draw(st.lists(st.just(RivalTracks(0, 1, 4)), max_size=1))),
        clashes=tuple(draw(st.lists(st.sampled_from([Clash(0, 1, 3), Clash(1, 2, 2)]), max_size=2, unique=True))),
        time_blocks=True,
        blend=(("strands", 1), ("clashes", 1), ("wishes", 1), ("sequence", 1)),
    )


def every_timetable(problem):
    return bruteforce.every_timetable(problem, [Place(room, start) for room in (1, 2) for start in STARTS], 0)


def counted(problem, chosen):
    found = score(problem, chosen)
    return [found[key] for key in objectives.order(problem)]


def judge(problem, solution):
    """No rule is broken, values equal the recount, and what is called proved is optimal."""
    reached = counted(problem, solution.places)
    least = min(counted(problem, chosen) for chosen in every_timetable(problem))
    assert violations(problem, solution.placed) == []
    assert [each.value for each in solution.objectives] == reached
    assert reached[0] == least[0]
    assert solution.objectives[1].bound <= least[1] <= reached[1]
    return reached, least


@few
@given(a_program())
def test_blocks_keep_every_rule_and_their_bounds_hold(problem):
    reached, least = judge(problem, solve(problem))
    if not any(item.order for item in problem.items) and not problem.clashes:
        assert reached == least


@few
@given(a_program())
def test_blocks_in_neighbourhoods_keep_every_rule_and_their_bounds_hold(problem):
    judge(problem, solve(problem, effort=Effort(large=0, rounds=6)))


def test_talks_of_a_track_are_in_their_sequence():
    talks = [
        Item(id=key, format=1, minutes=20, sponsor=-key, roaming_track=0, order=order)
        for key, order in ((1, 2), (2, 1))
    ]
    problem = Problem(
        tuple(talks),
        (Room(1),),
        (Track(0, frozenset({1})),),
        BLOCKS[:1],
        grid=20,
        roaming_tracks=(RoamingTrack(0),),
        time_blocks=True,
        blend=(("sequence", 1),),
    )
    assert solve(problem).places == {1: Place(1, 20), 2: Place(1, 0)}
