"""What a sponsor's team finds on its home beside its proposals: every date, and what its tier makes possible."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from expo.editions.models import Day
from expo.kit import text
from expo.kit.deadlines import has_passed

from .allowance import Allowance
from .call import CallState, SponsorCall


@dataclass(frozen=True)
class SponsorDate:
    """A date to know: a moment on the clock of `zone`, or a day with its hours there."""

    label: str
    at: datetime | None = None
    zone: str = ""
    day: date | None = None
    hours: str = ""
    is_past: bool = False
    is_next: bool = False


def dates_of(call: SponsorCall, days: Iterable[Day]) -> list[SponsorDate]:
    """Every date that concerns a sponsor, in the order of the year; what is not set is promised to nobody."""
    edition, now = call.edition, call.now
    zone = edition.deadline_time_zone
    late = "Late submissions until" if call.state == CallState.GRACE else "Your team may submit until"
    close = None if call.is_closed and call.closed_at is None else edition.call_closes_at
    moments = [
        ("Call opens" if call.state == CallState.EARLY else "Call opened", edition.call_opens_at, edition.time_zone),
        ("Call closed" if call.is_closed else "Call closes", close, zone),
        (late, call.until if call.is_closed else None, zone),
        ("Verdicts by", edition.verdicts_at, zone),
        ("Confirm by", edition.confirm_by_at, zone),
        ("Ask for another slot until", edition.slots_freeze_at, zone),
    ]
    said = ("Call opened", "Call closed")  # these labels tell that it is past
    dates = [
        SponsorDate(label, at, zone, is_past=label not in said and has_passed(at, now))
        for label, at, zone in moments
        if at
    ]
    upcoming = next((at for _, at, _ in moments if at and not has_passed(at, now)), None)
    dates = [replace(each, is_next=each.at == upcoming) for each in dates]
    today = now.astimezone(edition.zone).date()
    return [
        *dates,
        *(
            SponsorDate(
                "Expo day",
                day=each.date,
                hours=f"{each.opens_at:%H:%M}–{each.closes_at:%H:%M}",
                is_past=each.date < today,
            )
            for each in days
        ),
    ]


def possible(allowances: Iterable[Allowance]) -> str:
    """What a tier may submit in all, such as "2 talks and 1 workshop"; empty where it includes nothing."""
    return text.listed(
        text.counted(each.may_submit, each.format.name.lower()) for each in allowances if each.may_submit
    )
