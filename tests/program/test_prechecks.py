"""What is said before any search."""

from dataclasses import replace

from expo.program.solver.prechecks import PrecheckFinding, precheck
from expo.program.solver.problem import Break, Item, Place, Problem, Room, Span, Track

TALK = Item(id=1, format=1, minutes=60, sponsor=1)
DAY = Problem((TALK,), (Room(1),), (Track(1, frozenset({1})),), (Span(0, 120),))


def codes(problem):
    return [(finding.code, finding.item, finding.stops) for finding in precheck(problem)]


def test_a_sound_problem_has_no_findings():
    assert precheck(DAY) == []


def test_without_days_rooms_or_tracks_nothing_can_start():
    assert codes(replace(DAY, days=())) == [("no-days", None, True)]
    assert codes(replace(DAY, rooms=())) == [("no-rooms", None, True)]
    assert codes(replace(DAY, tracks=())) == [("no-tracks", None, True)]


def test_a_format_that_no_track_takes_is_named():
    assert codes(replace(DAY, items=(replace(TALK, format=2),))) == [("no-track", 1, False)]


def test_a_track_that_does_not_take_the_format_it_is_asked_for_is_named():
    assert codes(replace(DAY, items=(replace(TALK, track=9),)))[0] == ("wrong-track", 1, False)


def test_a_session_without_a_fitting_room_is_named():
    problem = replace(DAY, tracks=(Track(1, frozenset({1})), Track(2, frozenset({2}), 1)))
    assert codes(problem) == [("no-room", 1, False)]


def test_breaks_that_leave_no_stretch_are_named():
    assert codes(replace(DAY, breaks=(Break(30, 90),))) == [("breaks", 1, False)]


def test_more_minutes_than_there_are_is_counted_per_set_of_rooms():
    problem = replace(DAY, items=tuple(replace(TALK, id=key) for key in range(3)))
    assert precheck(problem) == [
        PrecheckFinding(
            "too-much", "The sessions do not fit: 180 minutes of sessions for one room that is open for 120 minutes."
        )
    ]


def test_pins_that_contradict_each_other_stop_the_run():
    two = (replace(TALK, pin=Place(1, 0)), replace(TALK, id=2, pin=Place(1, 30)))
    assert codes(replace(DAY, items=two)) == [("pins-contradict", None, True)]
