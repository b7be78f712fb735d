"""Hours of the program's days to choose from, told in the edition's zone."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from expo.editions.models import Day
from expo.kit import display

Choices = list[tuple[str, str | list[tuple[str, str]]]]
FORM = "%Y-%m-%dT%H:%MZ"
#: Hours nearer to one another than this make the list long and help nobody.
STEP = 15


def hour_choices(days: Sequence[Day], grid: int, saved: datetime | None) -> Choices:
    """Every step of each day from opening to closing, and the hour that is saved already, wherever it lies."""
    step = timedelta(minutes=max(grid, STEP))
    groups: Choices = [("", "any time")]
    known: set[str] = set()
    for day in days:
        options = _options(day, step)
        known |= {value for value, _ in options}
        groups.append((display.formatted(day.date, "day"), options))
    if saved is not None and value_of(saved) not in known and days:
        there = saved.astimezone(days[0].edition.zone)
        groups.append((value_of(saved), display.formatted(there, "full")))
    return groups


def _options(day: Day, step: timedelta) -> list[tuple[str, str]]:
    at, closes = _moment(day, day.opens_at), _moment(day, day.closes_at)
    options = []
    while at <= closes:
        there = at.astimezone(day.edition.zone)
        options.append((value_of(at), f"{display.formatted(there, 'clock')}{', again' if there.fold else ''}"))
        at += step
    return options


def _moment(day: Day, at: time) -> datetime:
    return datetime.combine(day.date, at, tzinfo=day.edition.zone).astimezone(UTC)


def value_of(at: datetime | None) -> str:
    """How an hour is written in the form."""
    return at.astimezone(UTC).strftime(FORM) if at else ""


def moment_of(value: str) -> datetime:
    """The moment a form's value stands for."""
    return datetime.strptime(value, FORM).replace(tzinfo=UTC)
