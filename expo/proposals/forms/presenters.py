"""Presenters as rows that can be added and removed without script, each with the hours in which they cannot come."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from typing import Any

from django import forms

from expo.editions.models import Day
from expo.kit.forms import TimeInput

from .. import texts
from ..queries.content import PresenterData, Span
from .fields import LaterEmail, LaterName

EMAIL_ERROR = "This is not an e-mail address. Write it like name@example.org."


class AwayForm(forms.Form):
    """Hours in which one presenter cannot be on stage, per day of the program, in the edition's zone."""

    use_required_attribute = False

    def __init__(self, *args: Any, days: Sequence[Day], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.days = days
        for day, number in self.slots():
            told = f"{day.date:%A} {day.date.day} {day.date:%B}"
            self.fields[_name(day, number, "from")] = forms.TimeField(
                label=f"{told}: away from",
                required=False,
                widget=TimeInput,
                error_messages={"invalid": "Write a time like 09:30."},
            )
            self.fields[_name(day, number, "to")] = forms.TimeField(
                label="until", required=False, widget=TimeInput, error_messages={"invalid": "Write a time like 17:00."}
            )

    def slots(self) -> Iterator[tuple[Day, int]]:
        """Every saved span of a day, and one more to fill in."""
        for day in self.days:
            number = 0
            while number < 6 and self._has(day, number):
                yield day, number
                number += 1
            if number < 6 and not (self.is_bound and number):
                yield day, number

    def _has(self, day: Day, number: int) -> bool:
        names = [self.add_prefix(_name(day, number, end)) for end in ("from", "to")]
        if self.is_bound:
            return any(name in self.data for name in names)
        return any(self.initial.get(_name(day, number, end)) for end in ("from", "to"))

    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The two ends of each span, for the page."""
        return [(self[_name(day, number, "from")], self[_name(day, number, "to")]) for day, number in self.slots()]

    @property
    def away_is_set(self) -> bool:
        """Whether there is something to show at once."""
        return any(end.value() for pair in self.pairs() for end in pair)

    def clean(self) -> dict[str, Any]:
        """Refuse a span that ends before it starts, where it was typed."""
        found = super().clean() or {}
        for day, number in self.slots():
            start, end = self._ends(day, number)
            if start is not None and end is not None and end <= start:
                self.add_error(
                    _name(day, number, "to"), "This ends before it starts. Swap the two times or clear both."
                )
        return found

    def _ends(self, day: Day, number: int) -> tuple[time | None, time | None]:
        """An open end means the day's own; two open ends mean no span."""
        start: time | None = self.cleaned_data.get(_name(day, number, "from"))
        end: time | None = self.cleaned_data.get(_name(day, number, "to"))
        if start is None:
            return (None, None) if end is None else (min(day.opens_at, end), end)
        return start, end or max(day.closes_at, start)

    def away(self) -> tuple[Span, ...]:
        """The spans as moments."""
        ends = ((day, *self._ends(day, number)) for day, number in self.slots())
        found = (
            (_moment(day, start), _moment(day, end))
            for day, start, end in ends
            if start is not None and end is not None
        )
        return tuple(sorted(set(found)))


def _name(day: Day, number: int, end: str) -> str:
    return f"day{day.pk}-{number}-{end}"


def _moment(day: Day, at: time) -> datetime:
    return datetime.combine(day.date, at, tzinfo=day.edition.zone)


def away_initial(away: Sequence[Span], days: Sequence[Day]) -> dict[str, time]:
    """A presenter's saved spans as the form's first values, cut to each day."""
    found: dict[str, time] = {}
    for day in days:
        whole = (_moment(day, time.min), _moment(day, time.max))
        spans = [(start, end) for start, end in away if start < whole[1] and end > whole[0]]
        for number, (start, end) in enumerate(spans):
            found[_name(day, number, "from")] = max(start, whole[0]).astimezone(day.edition.zone).time()
            found[_name(day, number, "to")] = min(end, whole[1]).astimezone(day.edition.zone).time()
    return found


class PresenterForm(AwayForm):
    """One presenter. A row left empty is no presenter."""

    name = LaterName(label="Name", max_length=120)
    email = LaterEmail(label="E-mail", error_messages={"invalid": EMAIL_ERROR})
    affiliation = forms.CharField(label="Affiliation", max_length=160, required=False)

    def data_of(self) -> PresenterData | None:
        """What was typed, or nothing for an empty row."""
        found = self.cleaned_data
        person = PresenterData(found["name"], found["email"], found["affiliation"], self.away())
        return person if person.name or person.email or person.affiliation or person.away else None


class PresenterRows:
    """The rows of the page; `add` and `remove` change their number and keep every word."""

    prefix = "presenter"

    def __init__(
        self, days: Sequence[Day], *, data: Mapping[str, Any] | None = None, initial: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        self.days, self.data = days, data
        count = self._count(data) if data is not None else max(1, len(initial))
        self.rows = [
            PresenterForm(
                data,
                prefix=f"{self.prefix}-{number}",
                days=days,
                initial=dict(initial[number]) if number < len(initial) else {},
            )
            for number in range(count)
        ]

    def _count(self, data: Mapping[str, Any]) -> int:
        raw = str(data.get(f"{self.prefix}-count", ""))
        return min(int(raw), texts.MOST_PRESENTERS) if raw.isascii() and raw.isdigit() and len(raw) < 4 else 1

    @property
    def is_full(self) -> bool:
        return len(self.rows) >= texts.MOST_PRESENTERS

    def is_valid(self) -> bool:
        """Every row is right and no address is named twice."""
        answers = [row.is_valid() for row in self.rows]  # every row, so that every mistake is named at once
        if not all(answers):
            return False
        seen: set[str] = set()
        for row in self.rows:
            address = row.cleaned_data["email"].lower()
            if address and address in seen:
                row.add_error("email", f"{address} is named twice. Each presenter needs an address of their own.")
            seen.add(address)
        return all(not row.errors for row in self.rows)

    def given(self) -> list[PresenterData]:
        return [person for person in (row.data_of() for row in self.rows) if person is not None]

    def typed(self) -> list[dict[str, Any]]:
        """Every row's words as they were typed, right or wrong."""
        return [{name: row[name].data for name in row.fields} for row in self.rows]


def rows_of(people: Sequence[PresenterData], days: Sequence[Day]) -> list[dict[str, Any]]:
    """Saved presenters as first values of the rows."""
    return [
        {"name": each.name, "email": each.email, "affiliation": each.affiliation, **away_initial(each.away, days)}
        for each in people
    ]
