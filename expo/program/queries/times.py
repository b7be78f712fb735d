"""Moments on the solver's clock, and what the set-up says about days and rooms."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from itertools import combinations
from math import floor

from expo.editions.models import Day, Edition
from expo.editions.models import Room as RoomRow

from ..solver import Span, Walk


def minute(at: datetime) -> int:
    """Whole minutes since 1970; seconds are cut off."""
    return floor(at.timestamp() / 60)


def moment(minutes: int) -> datetime:
    """The other way round."""
    return datetime.fromtimestamp(minutes * 60, UTC)


def up(at: datetime) -> int:
    """An end with seconds reaches into its minute."""
    return minute(at + timedelta(seconds=59))


def hours(day: Day, edition: Edition) -> Span:
    """Opening hours on the solver's clock, from wall-clock times in the edition's zone: a change of clocks counts."""
    return Span(_on(day, day.opens_at, edition), _on(day, day.closes_at, edition))


def prime_time(day: Day, edition: Edition) -> Span | None:
    """The part of the day that is shared fairly between sponsors."""
    if day.prime_from is None or day.prime_until is None:
        return None
    return Span(_on(day, day.prime_from, edition), _on(day, day.prime_until, edition))


def middles(days: Iterable[Day], edition: Edition) -> tuple[tuple[Span, Span], ...]:
    """Each day's hours before its middle, and after it."""
    spans = [hours(day, edition) for day in days]
    return tuple(
        (Span(span.start, middle), Span(middle, span.end))
        for span in spans
        for middle in [(span.start + span.end) // 2]
    )


def near(rooms: Iterable[RoomRow]) -> tuple[Walk, ...]:
    """Pairs of rooms in one area: nobody walks between them."""
    return tuple(
        Walk(one.pk, other.pk, 0) for one, other in combinations(rooms, 2) if one.area and one.area == other.area
    )


def _on(day: Day, at: time, edition: Edition) -> int:
    return minute(datetime.combine(day.date, at, edition.zone))
