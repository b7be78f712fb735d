"""The engine of a delay against brute force: no overlaps, nothing before it moves, nobody more than must be."""

from dataclasses import replace
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expo.onsite.shifts import Late, Stay, Stop, shift
from expo.onsite.states import Way
from expo.program.solver.problem import Span

CLOSES = 1000
small = st.integers(0, 3)


@st.composite
def days(draw):
    """Up to four sessions in one room, breaks somewhere, and one of the sessions late."""
    stays, at = [], 0
    for key in range(draw(st.integers(1, 4))):
        setup = draw(small)
        start = at + setup + draw(small)
        at = start + draw(st.integers(1, 4))
        stays.append(Stay(key, start, at, setup, least=1))
    pauses = [
        Span(start, start + length)
        for start, length in draw(st.lists(st.tuples(st.integers(0, 24), st.integers(1, 4)), max_size=2))
    ]
    late = Late(
        draw(st.sampled_from(stays)).id,
        draw(st.integers(1, 5)),
        draw(st.sampled_from(list(Way))),
        over_breaks=draw(st.booleans()),
        cut_setup=draw(st.booleans()),
    )
    return stays, pauses, late


def day_after(stays, found):
    """Every session as it stands afterwards."""
    changed = {step.stay.id: Stay(step.stay.id, step.start, step.end, step.setup) for step in found.steps}
    return [changed.get(stay.id, stay) for stay in stays]


@given(days())
@settings(max_examples=60)
def test_no_two_sessions_meet_and_nothing_before_the_late_one_moves(case):
    stays, pauses, late = case
    found = shift(stays, pauses, CLOSES, late)
    after = day_after(stays, found)
    assert all(one.end <= two.start - two.setup for one, two in pairwise(after))
    assert after[: late.id] == stays[: late.id]
    assert all(step.start >= step.stay.start for step in found.steps)
    assert all(step.end - step.start == step.stay.end - step.stay.start for step in found.steps[1:])
    if not late.cut_setup:
        assert all(step.setup == step.stay.setup for step in found.steps)


def fits(stay: Stay, start: int, free: int, pauses, late: Late) -> bool:
    """Whether a follower may start here, when the room is free from then on."""
    span = Span(start, start + stay.end - stay.start)
    bars = [] if late.over_breaks or start == stay.start else [p for p in pauses if not p.meets(stay.span)]
    return start - (0 if late.cut_setup else stay.setup) >= free and not any(bar.meets(span) for bar in bars)


@pytest.mark.slow
@given(days())
@settings(max_examples=80)
def test_no_other_day_moves_anybody_less(case):
    """All other starts of those that follow, up to what was found: none is valid and shorter for anybody."""
    stays, pauses, late = case
    late = replace(late, way=Way.OVERRUN if late.way in (Way.SHORTEN, Way.EXTEND) else late.way)
    after = day_after(stays, shift(stays, pauses, CLOSES, late))
    behind = list(zip(stays, after, strict=True))[late.id + 1 :]
    for starts in product(*[range(old.start, new.start + 1) for old, new in behind]):
        free, valid = after[late.id].end, True
        for (old, _), start in zip(behind, starts, strict=True):
            valid = valid and fits(old, start, free, pauses, late)
            free = start + old.end - old.start
        assert not valid or starts == tuple(new.start for _, new in behind)


@pytest.mark.slow
@given(days())
def test_a_gap_that_is_long_enough_keeps_the_next_session_where_it_is(case):
    stays, pauses, late = case
    late = replace(late, way=Way.SHIFT)
    nearest = stays[late.id + 1 : late.id + 2]
    steps = shift(stays, pauses, CLOSES, late).steps
    if nearest and steps[0].end <= nearest[0].start - nearest[0].setup:
        assert len(steps) == 1


@pytest.mark.slow
@given(days())
def test_cut_and_extended_sessions_move_nobody_else(case):
    stays, pauses, late = case
    for way in (Way.SHORTEN, Way.EXTEND):
        found = shift(stays, pauses, CLOSES, replace(late, way=way, cut_setup=False))
        assert len(found.steps) == (0 if found.stop else 1)


DAY = [Stay(1, 600, 660, least=45), Stay(2, 660, 720, 15), Stay(3, 780, 840), Stay(4, 900, 960)]
DAY[1] = replace(DAY[1], start=680, end=740)
LUNCH = Span(745, 780)


def told(*args, **fields) -> list[tuple[int, int, int, int]]:
    found = shift(DAY, [LUNCH], CLOSES, Late(*args, **fields))
    return [(step.stay.id, step.start, step.end, step.setup) for step in found.steps]


def test_gaps_take_up_the_delay_session_by_session():
    """Five minutes are free behind the first, then a set-up; what would run into lunch waits for its end."""
    assert told(1, 5, Way.SHIFT) == [(1, 605, 665, 0)]
    assert told(1, 10, Way.SHIFT) == [(1, 610, 670, 0), (2, 685, 745, 15)]
    assert told(1, 15, Way.SHIFT) == [(1, 615, 675, 0), (2, 780, 840, 15), (3, 840, 900, 0)]
    assert told(1, 15, Way.SHIFT, over_breaks=True) == [(1, 615, 675, 0), (2, 690, 750, 15)]
    assert told(1, 15, Way.SHIFT, cut_setup=True) == [(1, 615, 675, 0), (2, 680, 740, 5)]


def test_a_session_that_is_on_ends_later_and_starts_as_it_did():
    assert told(1, 10, Way.OVERRUN) == [(1, 600, 670, 0), (2, 685, 745, 15)]
    assert told(4, 100, Way.OVERRUN) == [(4, 900, 1060, 0)]


def test_a_cut_session_ends_where_the_next_begins_its_set_up_and_never_below_its_least():
    assert told(1, 20, Way.SHORTEN) == [(1, 620, 665, 0)]
    assert shift(DAY, [LUNCH], CLOSES, Late(1, 25, Way.SHORTEN)).stop == Stop("too-short", 40)
    assert told(1, 25, Way.SHORTEN, cut_setup=True) == [(1, 625, 680, 0), (2, 680, 740, 0)]


@pytest.mark.parametrize(
    ("key", "minutes", "free"), [(1, 10, 5), (2, 10, 5), (4, 45, 40)], ids=["next", "break", "closing"]
)
def test_a_gap_that_is_too_short_is_told(key, minutes, free):
    assert shift(DAY, [LUNCH], CLOSES, Late(key, minutes, Way.EXTEND)).stop == Stop("no-gap", free)
    assert told(key, free, Way.EXTEND)[0][2] == {1: 665, 2: 745, 4: 1000}[key]
