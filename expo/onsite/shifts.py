"""One room's day when a session runs late: which sessions move, and by how little.

Pure. Times are whole minutes on the solver's clock (UTC, since 1970); lengths are minutes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from expo.program.solver.problem import Span

from .states import Way


@dataclass(frozen=True)
class Stay:
    """A session in the room, which is its own from `setup` before its start; it may be cut to `least`."""

    id: int
    start: int
    end: int
    setup: int = 0
    least: int = 0

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(frozen=True)
class Late:
    """Session `id` is so many `minutes` late; a chair may let what follows run `over_breaks` or lose of its set-up."""

    id: int
    minutes: int
    way: Way
    over_breaks: bool = False
    cut_setup: bool = False


@dataclass(frozen=True)
class Step:
    """A session that changes: its new span, and the set-up that is left to it."""

    stay: Stay
    start: int
    end: int
    setup: int

    @property
    def later(self) -> int:
        """Minutes by which it starts later."""
        return self.start - self.stay.start


@dataclass(frozen=True)
class Stop:
    """Why this way does not work: `too-short` or `no-gap`, with the minutes that would be left, or are free."""

    code: str
    minutes: int


@dataclass(frozen=True)
class Shift:
    """What changes, in order of time, the late session first; or why nothing can."""

    steps: tuple[Step, ...] = ()
    stop: Stop | None = None


def shift(stays: Iterable[Stay], pauses: Iterable[Span], closes: int, late: Late) -> Shift:
    """The least change of the room's day that makes up for the delay.

    The order stays. What stands before the late session does not move; what follows starts at its old time, or at the
    first minute at which the room is free and set up again and, unless the chair lets it, no break is in the way. As
    every start is the least possible after those before it, no other day delays any session less.
    """
    day = sorted(stays, key=lambda stay: stay.start)
    at = next(place for place, stay in enumerate(day) if stay.id == late.id)
    ahead = sorted(pauses)
    first = _first(day[at], _limit(day, at, ahead, closes, late), late)
    if isinstance(first, Stop):
        return Shift(stop=first)
    return Shift((first, *_following(day[at + 1 :], first.end, ahead, late)))


def _limit(day: Sequence[Stay], at: int, pauses: Sequence[Span], closes: int, late: Late) -> int:
    """When the time behind the late session is over: at the next session, break, or closing."""
    ends = day[at].end
    limits = [stay.start - (0 if late.cut_setup else stay.setup) for stay in day[at + 1 : at + 2]]
    limits += [] if late.over_breaks else [pause.start for pause in pauses]
    return min((limit for limit in [*limits, closes] if limit >= ends), default=ends + late.minutes)


def _first(stay: Stay, limit: int, late: Late) -> Step | Stop:
    """The late session itself: it never jumps over a break, because it is the one people sit in."""
    start = stay.start + late.minutes if late.way.begins_late else stay.start
    end = stay.end + late.minutes
    if late.way == Way.SHORTEN:
        end = min(end, limit)
        if end - start < max(stay.least, 1):
            return Stop("too-short", max(end - start, 0))
    if late.way == Way.EXTEND and end > limit:
        return Stop("no-gap", limit - stay.end)
    return Step(stay, start, end, stay.setup)


def _following(after: Sequence[Stay], free: int, pauses: Sequence[Span], late: Late) -> list[Step]:
    """Those that must give way; the first one that needs not ends the search."""
    steps: list[Step] = []
    for stay in after:
        start = max(stay.start, free + (0 if late.cut_setup else stay.setup))
        if start > stay.start and not late.over_breaks:
            start = _past(start, stay, pauses)
        setup = min(stay.setup, start - free)
        if (start, setup) == (stay.start, stay.setup):
            break
        free = start + stay.end - stay.start
        steps.append(Step(stay, start, free, setup))
    return steps


def _past(start: int, stay: Stay, pauses: Sequence[Span]) -> int:
    """The first start from here on that runs into no break; one in which the session stood already does not count."""
    length = stay.end - stay.start
    for pause in pauses:
        if pause.meets(Span(start, start + length)) and not pause.meets(stay.span):
            start = pause.end
    return start
