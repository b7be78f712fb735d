"""Seats against audiences: each room over a day as a strip, a block a session."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from expo.editions.models import Room
from expo.kit import display
from expo.kit.chart_rows import ChartRow, Mark, RowChart
from expo.kit.charts import Scale
from expo.kit.text import counted

#: The height of a row stands for so many times the seats of its room; a larger audience is drawn as high.
FULL = 1.5
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class SeatedSession:
    """A session that the viewer may see, with its audience; 0: nobody has said how many are expected."""

    room: int
    starts_at: datetime
    ends_at: datetime
    title: str
    audience: int


def seats_chart(day: date, sessions: Iterable[SeatedSession], rooms: Iterable[Room], zone: ZoneInfo) -> RowChart:
    """One day, by room; rooms of unknown size hold any audience, so they have no row."""
    ordered = sorted(sessions, key=lambda each: each.starts_at)
    midnight = datetime.combine(day, time(), zone)
    first = min((each.starts_at for each in ordered), default=midnight)
    last = max((each.ends_at for each in ordered), default=midnight)
    rows = [
        _row(room.name, room.capacity, [each for each in ordered if each.room == room.pk], first)
        for room in rooms
        if room.capacity
    ]
    unseated = sum(max(0, int(row.cells[2])) for row in rows)
    said = f"{counted(unseated, 'person', 'people')} without a seat" if unseated else "There is a seat for everybody"
    hours = max(1, -(-(last - first) // HOUR))
    step = 1 if hours <= 6 else 2
    return RowChart(
        title=f"Seats and audiences, {display.formatted(day, 'day')}",
        summary=f"{said}, as far as audiences are known.",
        heads=("Room", "Seats", "Largest audience", "Without a seat"),
        rows=tuple(rows) if ordered else (),
        scale=Scale(0, (last - first) / HOUR),
        steps=tuple(
            (float(hour), f"{(first + hour * HOUR).astimezone(zone):%H:%M}") for hour in range(0, hours + 1, step)
        ),
        legend=(
            ("", "expected audience"),
            ("warn", "more than the seats"),
            ("part-asked", "audience unknown"),
            ("dashed", "seats of the room"),
        ),
    )


def _row(name: str, seats: int, sessions: Sequence[SeatedSession], first: datetime) -> ChartRow:
    over = sum(max(0, each.audience - seats) for each in sessions)
    return ChartRow(
        label=name,
        marks=tuple(_block(each, seats, first) for each in sessions),
        cells=(str(seats), str(max((each.audience for each in sessions), default=0) or "–"), str(over)),
        value=counted(seats, "seat"),
        word=f"{over} too many" if over else "",
        look="warn" if over else "",
        level=1 / FULL,
    )


def _block(each: SeatedSession, seats: int, first: datetime) -> Mark:
    expected = counted(each.audience, "person", "people") + " expected" if each.audience else "audience unknown"
    return Mark(
        "block",
        (each.starts_at - first) / HOUR,
        (each.ends_at - first) / HOUR,
        "part-asked" if not each.audience else "warn" if each.audience > seats else "",
        f"{each.title}: {expected}, {counted(seats, 'seat')}",
        level=min(1.0, each.audience / seats / FULL) if each.audience else 0.15,
    )
