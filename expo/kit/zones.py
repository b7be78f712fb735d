"""Wall-clock times and time zones: which names exist, and what a typed time means there. No Django."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from .errors import Invalid

#: Where a day ends last; not an IANA name, so that no edition can be held in it.
ANYWHERE = "AoE"
_ANYWHERE = timezone(timedelta(hours=-12), "Anywhere on Earth (AoE)")


@cache
def names() -> frozenset[str]:
    """All zones with a place in their name, and UTC."""
    return frozenset(
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix"))
    ) | {"UTC"}


def check(name: str) -> str:
    """The name itself, or a refusal: only IANA names keep their meaning when clocks change."""
    if name not in names():
        raise Invalid(
            "unknown-time-zone",
            f"“{name}” is not a time zone. Use an IANA name such as Europe/Berlin or America/New_York.",
            field="time_zone",
        )
    return name


def named(name: str) -> tzinfo:
    """The zone of an IANA name, or Anywhere on Earth (UTC−12)."""
    return _ANYWHERE if name == ANYWHERE else ZoneInfo(name)


def moment(wall: datetime, zone: str, *, field: str | None = None) -> datetime:
    """The moment (UTC) a clock on that wall shows; the first of two when clocks go back."""
    there = named(zone)
    instant = wall.replace(tzinfo=there).astimezone(UTC)
    if instant.astimezone(there).replace(tzinfo=None) != wall:
        raise Invalid(
            "no-such-time",
            f"{wall:%d %B %Y, %H:%M} does not exist in {zone}: clocks skip it that night. Choose another time.",
            field=field,
        )
    return instant


def wall(at: datetime | None, zone: str) -> datetime | None:
    """What the clock on the wall shows at this moment, without a zone."""
    return at.astimezone(named(zone)).replace(tzinfo=None) if at else None
