"""When a deadline has passed. No Django.

A deadline is typed to the minute and includes that minute: 23:59 counts until 24:00 exactly.
"""

from datetime import datetime


def minute_of(moment: datetime) -> datetime:
    """The beginning of the minute that a moment is in."""
    return moment.replace(second=0, microsecond=0)


def has_passed(deadline: datetime, now: datetime) -> bool:
    """Whether the deadline's minute is over. In a query the same is `deadline__lt=minute_of(now)`."""
    return deadline < minute_of(now)
