"""Days of the program, and the breaks in them."""

from datetime import UTC, date, datetime, time

from django.db import transaction

from expo.accounts.models import User
from expo.accounts.services import checked_name
from expo.kit import zones
from expo.kit.errors import WrongState
from expo.kit.policy import require
from expo.kit.text import are, counted

from ..models import Break, Day, Edition, Room
from . import parts


@transaction.atomic
def save_day(
    *,
    by: User | None,
    edition: Edition,
    date: date,
    opens_at: time,
    closes_at: time,
    prime_from: time | None = None,
    prime_until: time | None = None,
    day: Day | None = None,
) -> Day:
    """Add a day, or change its hours; times are the edition's own."""
    parts.require_set_up(by, edition)
    edition = parts.locked(edition)
    current = parts.own(Day, edition, day)
    parts.refuse_if(closes_at <= opens_at, "closes-before-opening", "The day must close after it opens.", "closes_at")
    parts.refuse_if(
        (prime_from is None) != (prime_until is None),
        "half-a-span",
        "Prime time has a start and an end.",
        "prime_until",
    )
    inside = prime_from is None or prime_until is None or opens_at <= prime_from < prime_until <= closes_at
    parts.refuse_if(
        not inside, "prime-outside-day", "Prime time lies within the day's hours, start first.", "prime_from"
    )
    taken = Day.objects.filter(edition=edition, date=date).exclude(pk=current.pk if current else 0)
    parts.refuse_if(
        taken.exists(), "day-twice", f"{date:%d %B %Y} is already a day of this edition. Change that one.", "date"
    )
    saved = current or Day(edition=edition)
    if current:
        first, last = _moment(edition, date, opens_at), _moment(edition, date, closes_at)
        if any(starts < first or last < ends for starts, ends in _sessions_on(current, edition)):
            raise WrongState("day-in-use", "Some sessions are scheduled outside these hours. Move them first.")
    saved.date, saved.opens_at, saved.closes_at = date, opens_at, closes_at
    saved.prime_from, saved.prime_until = prime_from, prime_until
    saved.save()
    parts.record_change("editions.day_saved", by, saved, opens_at=f"{opens_at:%H:%M}", closes_at=f"{closes_at:%H:%M}")
    return saved


def _sessions_on(day: Day, edition: Edition) -> list[tuple[datetime, datetime]]:
    """Start and end of what is scheduled that day. (Reverse relation: `program` is a higher layer.)"""
    span = (_moment(edition, day.date, day.opens_at), _moment(edition, day.date, day.closes_at))
    sessions = edition.sessions.filter(starts_at__gte=span[0], starts_at__lt=span[1])
    return list(sessions.values_list("starts_at", "ends_at"))


def _moment(edition: Edition, on: date, at: time) -> datetime:
    return zones.moment(datetime.combine(on, at), edition.time_zone).astimezone(UTC)


@transaction.atomic
def remove_day(*, by: User | None, edition: Edition, day: Day) -> None:
    """Remove a day on which nothing is placed, with its breaks."""
    parts.require_set_up(by, edition)
    edition = parts.locked(edition)
    placed = len(_sessions_on(day, edition))
    if placed:
        raise WrongState(
            "in-use",
            f"{counted(placed, 'session')} {are(placed)} scheduled on this day. Empty the day first.",
        )
    span = (_moment(edition, day.date, day.opens_at), _moment(edition, day.date, day.closes_at))
    edition.breaks.filter(starts_at__gte=span[0], starts_at__lt=span[1]).delete()
    parts.remove_part(day, by=by, edition=edition, noun="day", used_by="sessions")


@transaction.atomic
def save_break(
    *,
    by: User | None,
    edition: Edition,
    name: str,
    starts_at: datetime,
    ends_at: datetime,
    room: Room | None = None,
    break_: Break | None = None,
) -> Break:
    """Add a break within a day's hours, in all rooms or in one; or change one."""
    parts.require_set_up(by, edition)
    edition = parts.locked(edition)
    current = parts.own(Break, edition, break_)
    parts.refuse_if(ends_at <= starts_at, "ends-before-start", "The break must end after it starts.", "ends_at")
    refuse_outside(edition, starts_at, ends_at)
    saved = current or Break(edition=edition)
    saved.name, saved.room = checked_name(name, "name", 60), parts.own(Room, edition, room)
    saved.starts_at, saved.ends_at = starts_at, ends_at
    saved.save()
    parts.record_change("editions.break_saved", by, saved, starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat())
    return saved


def refuse_outside(edition: Edition, starts_at: datetime, ends_at: datetime) -> None:
    """A break is part of one day."""
    inside = any(
        _moment(edition, day.date, day.opens_at) <= starts_at and ends_at <= _moment(edition, day.date, day.closes_at)
        for day in edition.days.all()
    )
    parts.refuse_if(not inside, "outside-day", "The break must lie within the hours of one of the days.", "starts_at")


@transaction.atomic
def remove_break(*, by: User | None, edition: Edition, break_: Break) -> None:
    """Remove a break; its time is free again."""
    parts.remove_part(break_, by=by, edition=edition, noun="break", used_by="sessions")


@transaction.atomic
def add_break(
    *, by: User, edition: Edition, name: str, starts_at: datetime, ends_at: datetime, room: Room | None = None
) -> Break:
    """Add a break in one room (or in all), as cochairs may while they build the timetable."""
    require(by, "editions.add_break", edition)
    edition = parts.locked(edition)
    parts.refuse_if(ends_at <= starts_at, "ends-before-start", "The break must end after it starts.", "ends_at")
    refuse_outside(edition, starts_at, ends_at)
    name, room = checked_name(name, "name", 60), parts.own(Room, edition, room)
    overlapping = Break.objects.filter(edition=edition, room=room, starts_at__lt=ends_at, ends_at__gt=starts_at).first()
    parts.refuse_if(
        overlapping is not None,
        "closed-already",
        f"There is already the break “{overlapping}” at that time. Choose another time.",
    )
    saved = Break.objects.create(edition=edition, name=name, room=room, starts_at=starts_at, ends_at=ends_at)
    parts.record_change("editions.room_closed", by, saved, starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat())
    return saved


@transaction.atomic
def cancel_break(*, by: User, edition: Edition, break_: Break) -> None:
    """Remove such a break, or any other, so that its time can hold sessions again."""
    require(by, "editions.add_break", edition)
    edition = parts.locked(edition)
    current = Break.objects.select_for_update(of=("self",)).filter(edition=edition, pk=break_.pk).first()
    if current is None:
        raise WrongState(
            "open-already", "This break has been removed already. Reload the timetable to see what changed."
        )
    parts.record_change("editions.room_opened", by, current)
    current.delete()
