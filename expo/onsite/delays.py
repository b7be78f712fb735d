"""One room's day when a session runs late: which sessions move by how little, and what that does to everything else.

Pure. Times are whole minutes on the solver's clock (UTC, since 1970); lengths are minutes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from expo.program.solver.checker import faults
from expo.program.solver.problem import Place, Problem, Span

from .states import DelayStrategy

#: What PostgreSQL refuses, too; everything else a chair may accept.
HARD = frozenset({"on-stage", "too-far", "room-taken"})
SOFT = frozenset({"away", "too-late", "not-before", "not-same-day", "not-apart"})


@dataclass(frozen=True)
class RoomBooking:
    """A session in the room, which is its own from `setup` before its start; it may be cut to `shortest`."""

    id: int
    start: int
    end: int
    setup: int = 0
    shortest: int = 0

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(frozen=True)
class Delay:
    """Session `id` is so many `minutes` late; a chair may let what follows run `over_breaks` or lose set-up time."""

    id: int
    minutes: int
    strategy: DelayStrategy
    over_breaks: bool = False
    cut_setup: bool = False


@dataclass(frozen=True)
class ShiftedBooking:
    """A session that changes: its new span, and the set-up that is left to it."""

    booking: RoomBooking
    start: int
    end: int
    setup: int

    @property
    def later(self) -> int:
        """Minutes by which it starts later."""
        return self.start - self.booking.start


@dataclass(frozen=True)
class Obstacle:
    """Why a strategy does not work: `too-short` or `no-gap`, with the minutes that would be left, or are free."""

    code: str
    minutes: int


@dataclass(frozen=True)
class Shift:
    """What changes, in order of time, the late session first; or why nothing can."""

    bookings: tuple[ShiftedBooking, ...] = ()
    obstacle: Obstacle | None = None


def shift(bookings: Iterable[RoomBooking], breaks: Iterable[Span], closes: int, delay: Delay) -> Shift:
    """The least change of the room's day that makes up for the delay.

    The order stays. Nothing before the late session moves; what follows starts at its old time, or at the first
    minute at which the room is free and set up again and, unless the chair allows it, no break is in the way. As
    every start is the least possible after those before it, no other day delays any session less.
    """
    day = sorted(bookings, key=lambda booking: booking.start)
    at = next(index for index, booking in enumerate(day) if booking.id == delay.id)
    ordered = sorted(breaks)
    # The time behind the late session is over at the next session, break, or closing.
    limits = [booking.start - (0 if delay.cut_setup else booking.setup) for booking in day[at + 1 : at + 2]]
    limits += [closes] if delay.over_breaks else [*(each.start for each in ordered), closes]
    ends = day[at].end
    limit = min((limit for limit in limits if limit >= ends), default=ends + delay.minutes)
    late = _late_session(day[at], limit, delay)
    if isinstance(late, Obstacle):
        return Shift(obstacle=late)
    return Shift((late, *_following(day[at + 1 :], late.end, ordered, delay)))


def _late_session(booking: RoomBooking, limit: int, delay: Delay) -> ShiftedBooking | Obstacle:
    """The late session itself never jumps over a break, because people are sitting in it."""
    start = booking.start + delay.minutes if delay.strategy.begins_late else booking.start
    end = booking.end + delay.minutes
    if delay.strategy == DelayStrategy.SHORTEN:
        end = min(end, limit)
        if end - start < max(booking.shortest, 1):
            return Obstacle("too-short", max(end - start, 0))
    if delay.strategy == DelayStrategy.EXTEND and end > limit:
        return Obstacle("no-gap", limit - booking.end)
    return ShiftedBooking(booking, start, end, booking.setup)


def _following(
    bookings: Sequence[RoomBooking], free: int, breaks: Sequence[Span], delay: Delay
) -> list[ShiftedBooking]:
    """Those that must move; the first one that need not ends the search."""
    shifted: list[ShiftedBooking] = []
    for booking in bookings:
        start = max(booking.start, free + (0 if delay.cut_setup else booking.setup))
        if start > booking.start and not delay.over_breaks:
            # To the first start that runs into no break, except one that the session ran into before.
            for each in breaks:
                runs_into = each.meets(Span(start, start + booking.end - booking.start))
                start = each.end if runs_into and not each.meets(booking.span) else start
        setup = min(booking.setup, start - free)
        if (start, setup) == (booking.start, booking.setup):
            break
        free = start + booking.end - booking.start
        shifted.append(ShiftedBooking(booking, start, free, setup))
    return shifted


@dataclass(frozen=True)
class Consequence:
    """What a shift does to session `id`; `other` is the session it meets, `person` a mail address, `name` a break."""

    code: str
    id: int
    minutes: int = 0
    other: int | None = None
    person: str | None = None
    name: str = ""

    @property
    def is_hard(self) -> bool:
        return self.code in HARD


def consequences(
    shift: Shift, room: int, problem: Problem, places: Mapping[int, Place], breaks: Mapping[Span, str], closes: int
) -> list[Consequence]:
    """All new consequences, session by session. `places` are where the sessions are now."""
    by_id = {shifted.booking.id: shifted for shifted in shift.bookings}
    after = replace(
        problem,
        items=tuple(
            replace(item, minutes=moved.end - moved.start, setup=moved.setup) if (moved := by_id.get(item.id)) else item
            for item in problem.items
        ),
    )
    places_after = {**places, **{key: Place(room, shifted.start) for key, shifted in by_id.items()}}
    found: list[Consequence] = []
    for key, shifted in by_id.items():
        booking = shifted.booking
        for each, name in sorted(breaks.items()):
            minutes = _shared(each, Span(shifted.start, shifted.end))
            if minutes > _shared(each, booking.span):
                found.append(Consequence("in-break", key, minutes, name=name))
        if shifted.end > max(closes, booking.end):
            found.append(Consequence("past-closing", key, shifted.end - closes))
        if shifted.setup < booking.setup:
            found.append(Consequence("setup-cut", key, shifted.setup))
        if key in problem.item:
            known = set(faults(problem, problem.item[key], Place(room, shifted.booking.start), places))
            broken = faults(after, after.item[key], Place(room, shifted.start), places_after)
            found += [
                Consequence(fault.code, key, other=fault.other, person=fault.person)
                for fault in broken
                if fault not in known and fault.code in HARD | SOFT
            ]
    return found


def _shared(one: Span, other: Span) -> int:
    return max(0, min(one.end, other.end) - max(one.start, other.start))
