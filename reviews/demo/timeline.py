"""When things happened in the demo edition, counted back from today. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

STAGES = ("call", "review", "decide", "schedule", "published")


@dataclass(frozen=True)
class Timeline:
    """Moments of the edition's life, for the stage that it has reached today."""

    set_up: datetime
    opens: datetime
    closes: datetime
    assigned: datetime
    reviews_due: datetime
    verdicts: datetime
    planned: datetime
    released: datetime
    slots_freeze: datetime
    expo_day: date


#: How many days ago (or ahead, if negative) the call closed, per stage.
CLOSED_AGO = {"call": -12, "review": 9, "decide": 26, "schedule": 40, "published": 55}


def timeline(stage: str, now: datetime) -> Timeline:
    """The timeline of a stage; the call closes at the end of a day, three weeks before reviews are due."""
    closes = now.replace(hour=23, minute=59, second=0, microsecond=0) - timedelta(days=CLOSED_AGO[stage])

    def after(days: float) -> datetime:
        return min(closes + timedelta(days=days), now)

    return Timeline(
        set_up=closes - timedelta(days=40),
        opens=closes - timedelta(days=35),
        closes=closes,
        assigned=after(1),
        reviews_due=closes + timedelta(days=21),
        verdicts=closes + timedelta(days=32),
        planned=after(40),
        released=after(50),
        slots_freeze=closes + timedelta(days=70),
        expo_day=_sunday_after((closes + timedelta(days=84)).date()),
    )


def _sunday_after(day: date) -> date:
    """Expo Days are Sundays."""
    return day + timedelta(days=6 - day.weekday())
