"""A day's rooms as strips: what is on when, who is here, and the present moment as a line through all of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from .run_of_show import RoomSchedule, RunOfShow, ShowRow

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Block:
    """A session or a break on a strip: where it begins and how long it is, in per cent of the strip.

    `arrivals`: for each presenter whether they are "here", "missing" or "awaited".
    """

    row: ShowRow
    at: str
    width: str
    look: str
    words: str
    arrivals: tuple[str, ...] = ()


@dataclass(frozen=True)
class RoomStrip:
    """One room; `words` say what the strip shows."""

    schedule: RoomSchedule
    blocks: tuple[Block, ...]
    words: str


@dataclass(frozen=True)
class DayStrips:
    """All rooms on one scale. `hours` are its marks, `now` is None on another day."""

    rooms: tuple[RoomStrip, ...]
    hours: tuple[tuple[str, str], ...]
    now: str | None


def day_strips(show: RunOfShow, zone: tzinfo) -> DayStrips | None:
    """None for a day on which nothing is scheduled."""
    rows = [row for schedule in show.rooms for row in schedule.rows if row.kind != "gap"]
    if not rows:
        return None
    first = min(row.starts_at for row in rows).astimezone(zone).replace(minute=0, second=0, microsecond=0)
    scale = _Scale(first, max(row.ends_at for row in rows), zone)
    strips = tuple(RoomStrip(each, scale.blocks(each), _words(each, zone)) for each in show.rooms)
    is_on = scale.first <= show.now < scale.last
    return DayStrips(strips, scale.hours(), scale.at(show.now) if is_on else None)


@dataclass(frozen=True)
class _Scale:
    first: datetime
    last: datetime
    zone: tzinfo

    def share(self, span: timedelta) -> str:
        return f"{100 * (span / (self.last - self.first)):.2f}%"

    def at(self, moment: datetime) -> str:
        return self.share(moment - self.first)

    def hours(self) -> tuple[tuple[str, str], ...]:
        count = -(-(self.last - self.first) // HOUR)
        moments = [self.first + index * HOUR for index in range(count)]
        return tuple((self.at(each), f"{each.astimezone(self.zone):%H}") for each in moments)

    def blocks(self, schedule: RoomSchedule) -> tuple[Block, ...]:
        rows = [row for row in schedule.rows if row.kind != "gap"]
        return tuple(
            Block(
                row,
                self.at(row.starts_at),
                self.share(row.ends_at - row.starts_at),
                f"kind-{row.session.proposal.format.slug}" if row.session else f"is-{row.kind}",
                f"{_span(row, self.zone)}, {_name(row)}",
                tuple(_arrival(each.checked_in_at, is_missing=each.is_missing) for each in row.presenters),
            )
            for row in rows
        )


def _arrival(checked_in_at: datetime | None, *, is_missing: bool) -> str:
    return "here" if checked_in_at else "missing" if is_missing else "awaited"


def _name(row: ShowRow) -> str:
    return row.session.proposal.title if row.session else "hidden: conflict" if row.kind == "hidden" else row.name


def _span(row: ShowRow, zone: tzinfo) -> str:
    return f"{row.starts_at.astimezone(zone):%H:%M} to {row.ends_at.astimezone(zone):%H:%M}"


def _words(schedule: RoomSchedule, zone: tzinfo) -> str:
    spans = [f"{_span(row, zone)} {_name(row)}" for row in schedule.rows if row.kind != "gap"]
    return f"{schedule.room.name}: {'; '.join(spans) or 'nothing that day'}."
