"""A day's rooms as strips: what is on when, who is here, and the present moment as a line through all of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from expo.kit.charts import Scale

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
    last = max(row.ends_at for row in rows)
    scale = Scale(first.timestamp(), last.timestamp())
    marks = [first + index * HOUR for index in range(-(-(last - first) // HOUR))]
    return DayStrips(
        rooms=tuple(RoomStrip(each, _blocks(each, scale, zone), _words(each, zone)) for each in show.rooms),
        hours=tuple((scale.at(each.timestamp()), f"{each.astimezone(zone):%H}") for each in marks),
        now=scale.at(show.now.timestamp()) if first <= show.now < last else None,
    )


def _blocks(schedule: RoomSchedule, scale: Scale, zone: tzinfo) -> tuple[Block, ...]:
    return tuple(
        Block(
            row,
            scale.at(row.starts_at.timestamp()),
            scale.width(row.starts_at.timestamp(), row.ends_at.timestamp()),
            f"kind-{row.session.proposal.format.slug}" if row.session else f"is-{row.kind}",
            f"{_span(row, zone)}, {_name(row)}",
            tuple(_arrival(each.checked_in_at, is_missing=each.is_missing) for each in row.presenters),
        )
        for row in schedule.rows
        if row.kind != "gap"
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
