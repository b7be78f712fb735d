"""Which rooms and starts a form offers."""

from datetime import UTC, datetime, timedelta

from expo.editions.models import Edition, Room
from expo.kit import display

from .times import hours, moment

Choices = list[tuple[str, list[tuple[str, str]]]]


def room_choices(edition: Edition) -> list[Room]:
    return list(edition.rooms.all())


def start_choices(edition: Edition, minutes: int) -> Choices:
    """Starts on the grid, grouped by day, told in the edition's zone; the value is the moment in UTC."""
    grouped = []
    for day in edition.days.all():
        span = hours(day, edition)
        starts = range(span.start, span.end - minutes + 1, edition.grid_minutes)
        options = [(value_of(moment(start)), _told(moment(start), edition, minutes)) for start in starts]
        grouped.append((display.formatted(day.date, "day"), options))
    return grouped


def value_of(at: datetime) -> str:
    """How a start is written in forms and in the grid."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def _told(at: datetime, edition: Edition, minutes: int) -> str:
    start, end = at.astimezone(edition.zone), (at + timedelta(minutes=minutes)).astimezone(edition.zone)
    zone = f" {start.tzname()}" if start.utcoffset() != end.utcoffset() or start.fold else ""
    return f"{start:%H:%M} to {end:%H:%M}{zone}"
