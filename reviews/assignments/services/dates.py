"""When an offer has to be answered and a review is due. Days away are not held against anybody."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from expo.editions.models import Edition
from expo.kit import clock

from ..queries import lookups

#: A review that is offered late still has this much time.
LEAST_TIME = timedelta(days=3)
Away = Iterable[tuple[date, date]]


@dataclass(frozen=True)
class Dates:
    """The dates of offers that are made now in an edition."""

    now: datetime
    zone: ZoneInfo
    to_answer: timedelta
    reviews_due_at: datetime | None

    @classmethod
    def of(cls, edition: Edition) -> "Dates":
        days = lookups.settings_of(edition).answer_days
        return cls(clock.now(), edition.zone, timedelta(days=days), edition.reviews_due_at)

    @property
    def due_at(self) -> datetime | None:
        return max(self.reviews_due_at, self.now + LEAST_TIME) if self.reviews_due_at else None

    def answer_by(self, away: Away) -> datetime:
        """After the days to answer, past absences, and never later than the review is due."""
        asked = moved_past(self.now + self.to_answer, away, self.zone)
        return min(asked, self.due_at) if self.due_at else asked


def moved_past(moment: datetime, away: Away, zone: ZoneInfo) -> datetime:
    """A moment that falls into an absence moves to the same hour of the day after the first full day back."""
    for first, last in sorted(away):
        there = moment.astimezone(zone)
        if first <= there.date() <= last:
            moment = datetime.combine(last + timedelta(days=2), there.time(), zone)
    return moment
