"""The engine of a delay against brute force: no overlaps, nothing before it moves, nobody more than must be."""

from dataclasses import replace
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expo.onsite.delays import Delay, Obstacle, RoomBooking, shift
from expo.onsite.states import DelayStrategy
from expo.program.solver.problem import Span

CLOSES = 1000
small = st.integers(0, 3)


@st.composite
def days(draw):
    """Up to four sessions in one room, breaks somewhere, and one of the sessions delay."""
    bookings, at = [], 0
    for key in range(draw(st.integers(1, 4))):
        setup = draw(small)
        start = at + setup + draw(small)
        at = start + draw(st.integers(1, 4))
        bookings.append(RoomBooking(key, start, at, setup, shortest=1))
    breaks = [
        Span(start, start + length)
        for start, length in draw(st.lists(st.tuples(st.integers(0, 24), st.integers(1, 4)), max_size=2))
    ]
    delay = Delay(
        draw(st.sampled_from(bookings)).id,
        draw(st.integers(1, 5)),
        draw(st.sampled_from(list(DelayStrategy))),
        over_breaks=draw(st.booleans()),
        cut_setup=draw(st.booleans()),
    )
    return bookings, breaks, delay


def day_after(bookings, found):
    """Every session as it stands afterwards."""
    changed = {
        each.booking.id: RoomBooking(each.booking.id, each.start, each.end, each.setup) for each in found.bookings
    }
    return [changed.get(booking.id, booking) for booking in bookings]


@given(days())
@settings(max_examples=60)
def test_no_two_sessions_meet_and_nothing_before_the_late_one_moves(case):
    bookings, breaks, delay = case
    found = shift(bookings, breaks, CLOSES, delay)
    after = day_after(bookings, found)
    assert all(one.end <= two.start - two.setup for one, two in pairwise(after))
    assert after[: delay.id] == bookings[: delay.id]
    assert all(each.start >= each.booking.start for each in found.bookings)
    assert all(each.end - each.start == each.booking.end - each.booking.start for each in found.bookings[1:])
    if not delay.cut_setup:
        assert all(each.setup == each.booking.setup for each in found.bookings)


def fits(booking: RoomBooking, start: int, free: int, breaks, delay: Delay) -> bool:
    """Whether a follower may start here, when the room is free from then on."""
    span = Span(start, start + booking.end - booking.start)
    bars = [] if delay.over_breaks or start == booking.start else [p for p in breaks if not p.meets(booking.span)]
    return start - (0 if delay.cut_setup else booking.setup) >= free and not any(bar.meets(span) for bar in bars)


@pytest.mark.slow
@given(days())
@settings(max_examples=80)
def test_no_other_day_moves_anybody_less(case):
    """All other starts of those that follow, up to what was found: none is valid and shorter for anybody."""
    bookings, breaks, delay = case
    delay = replace(
        delay,
        strategy=DelayStrategy.OVERRUN
        if delay.strategy in (DelayStrategy.SHORTEN, DelayStrategy.EXTEND)
        else delay.strategy,
    )
    after = day_after(bookings, shift(bookings, breaks, CLOSES, delay))
    behind = list(zip(bookings, after, strict=True))[delay.id + 1 :]
    for starts in product(*[range(old.start, new.start + 1) for old, new in behind]):
        free, valid = after[delay.id].end, True
        for (old, _), start in zip(behind, starts, strict=True):
            valid = valid and fits(old, start, free, breaks, delay)
            free = start + old.end - old.start
        assert not valid or starts == tuple(new.start for _, new in behind)


@pytest.mark.slow
@given(days())
def test_a_gap_that_is_long_enough_keeps_the_next_session_where_it_is(case):
    bookings, breaks, delay = case
    delay = replace(delay, strategy=DelayStrategy.SHIFT)
    nearest = bookings[delay.id + 1 : delay.id + 2]
    shifted = shift(bookings, breaks, CLOSES, delay).bookings
    if nearest and shifted[0].end <= nearest[0].start - nearest[0].setup:
        assert len(shifted) == 1


@pytest.mark.slow
@given(days())
def test_cut_and_extended_sessions_move_nobody_else(case):
    bookings, breaks, delay = case
    for way in (DelayStrategy.SHORTEN, DelayStrategy.EXTEND):
        found = shift(bookings, breaks, CLOSES, replace(delay, strategy=way, cut_setup=False))
        assert len(found.bookings) == (0 if found.obstacle else 1)


DAY = [
    RoomBooking(1, 600, 660, shortest=45),
    RoomBooking(2, 660, 720, 15),
    RoomBooking(3, 780, 840),
    RoomBooking(4, 900, 960),
]
DAY[1] = replace(DAY[1], start=680, end=740)
LUNCH = Span(745, 780)


def shifted_by(*args, **fields) -> list[tuple[int, int, int, int]]:
    found = shift(DAY, [LUNCH], CLOSES, Delay(*args, **fields))
    return [(each.booking.id, each.start, each.end, each.setup) for each in found.bookings]


def test_gaps_take_up_the_delay_session_by_session():
    """Five minutes are free behind the first, then a set-up; what would run into lunch waits for its end."""
    assert shifted_by(1, 5, DelayStrategy.SHIFT) == [(1, 605, 665, 0)]
    assert shifted_by(1, 10, DelayStrategy.SHIFT) == [(1, 610, 670, 0), (2, 685, 745, 15)]
    assert shifted_by(1, 15, DelayStrategy.SHIFT) == [(1, 615, 675, 0), (2, 780, 840, 15), (3, 840, 900, 0)]
    assert shifted_by(1, 15, DelayStrategy.SHIFT, over_breaks=True) == [(1, 615, 675, 0), (2, 690, 750, 15)]
    assert shifted_by(1, 15, DelayStrategy.SHIFT, cut_setup=True) == [(1, 615, 675, 0), (2, 680, 740, 5)]


def test_a_session_that_is_on_ends_later_and_starts_as_it_did():
    assert shifted_by(1, 10, DelayStrategy.OVERRUN) == [(1, 600, 670, 0), (2, 685, 745, 15)]
    assert shifted_by(4, 100, DelayStrategy.OVERRUN) == [(4, 900, 1060, 0)]


def test_a_cut_session_ends_where_the_next_begins_its_set_up_and_never_below_its_least():
    assert shifted_by(1, 20, DelayStrategy.SHORTEN) == [(1, 620, 665, 0)]
    assert shift(DAY, [LUNCH], CLOSES, Delay(1, 25, DelayStrategy.SHORTEN)).obstacle == Obstacle("too-short", 40)
    assert shifted_by(1, 25, DelayStrategy.SHORTEN, cut_setup=True) == [(1, 625, 680, 0), (2, 680, 740, 0)]


@pytest.mark.parametrize(
    ("key", "minutes", "free"), [(1, 10, 5), (2, 10, 5), (4, 45, 40)], ids=["next", "break", "closing"]
)
def test_a_gap_that_is_too_short_is_told(key, minutes, free):
    assert shift(DAY, [LUNCH], CLOSES, Delay(key, minutes, DelayStrategy.EXTEND)).obstacle == Obstacle("no-gap", free)
    assert shifted_by(key, free, DelayStrategy.EXTEND)[0][2] == {1: 665, 2: 745, 4: 1000}[key]
