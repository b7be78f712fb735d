"""Which day is meant, and which moments belong to it."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from expo.editions.models import Day, Edition

Bounds = tuple[datetime, datetime]


def days_of(edition: Edition) -> list[Day]:
    """The edition's days in order."""
    return list(edition.days.all())


def chosen_day(days: Sequence[Day], asked: str, today: date) -> Day | None:
    """The day somebody asked for; else today, the next one to come, or the last one."""
    named = next((day for day in days if day.date.isoformat() == asked), None)
    coming = next((day for day in days if day.date >= today), None)
    return named or coming or (days[-1] if days else None)


def bounds(edition: Edition, on: date) -> Bounds:
    """From midnight to midnight on the edition's clock: what starts in between is of that day."""
    first = datetime.combine(on, time(), edition.zone)
    return first, datetime.combine(on + timedelta(days=1), time(), edition.zone)
