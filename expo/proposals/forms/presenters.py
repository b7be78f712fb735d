"""Presenters as rows that can be added and removed without script, each with the hours in which they cannot come."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet, ManagementForm
from django.forms.renderers import get_default_renderer

from expo.accounts.models import User
from expo.editions.catalogue import CATALOGUE
from expo.editions.models import Day
from expo.kit.forms import LongText, TimeInput

from .. import texts
from ..queries.content import PresenterData, Span
from .rows import Move, swap

PREFIX = "presenter"
WORDS = ("name", "email", "affiliation", "biography", "link", "picture")
EMAIL_ERROR = "This is not an e-mail address. Write it like name@example.org."
MOST_SPANS_A_DAY = 6


class AwayForm(forms.Form):
    """Hours in which one presenter cannot be on stage, per day of the program, in the edition's zone."""

    use_required_attribute = False

    def __init__(self, *args: Any, days: Sequence[Day], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.days = days
        for day, number in self.slots():
            self.fields[_name(day, number, "from")] = forms.TimeField(
                label=f"{day.date:%A} {day.date.day} {day.date:%B}: away from",
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
            while number < MOST_SPANS_A_DAY and self._has(day, number):
                yield day, number
                number += 1
            if number < MOST_SPANS_A_DAY and not (self.is_bound and number):
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
        data = super().clean() or {}
        for day, number in self.slots():
            start, end = self._ends(day, number)
            if start is not None and end is not None and end <= start:
                self.add_error(
                    _name(day, number, "to"), "This ends before it starts. Swap the two times or clear both."
                )
        return data

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
        spans = (
            (_moment(day, start), _moment(day, end))
            for day, start, end in ends
            if start is not None and end is not None
        )
        return tuple(sorted(set(spans)))


def _name(day: Day, number: int, end: str) -> str:
    return f"day{day.pk}-{number}-{end}"


def _moment(day: Day, at: time) -> datetime:
    return datetime.combine(day.date, at, tzinfo=day.edition.zone)


def away_initial(away: Sequence[Span], days: Sequence[Day]) -> dict[str, time]:
    """A presenter's saved spans as the form's first values, cut to each day."""
    values: dict[str, time] = {}
    for day in days:
        whole = (_moment(day, time.min), _moment(day, time.max))
        spans = [(start, end) for start, end in away if start < whole[1] and end > whole[0]]
        for number, (start, end) in enumerate(spans):
            values[_name(day, number, "from")] = max(start, whole[0]).astimezone(day.edition.zone).time()
            values[_name(day, number, "to")] = min(end, whole[1]).astimezone(day.edition.zone).time()
    return values


class LaterName(forms.CharField):
    """A line about a presenter, needed to submit and not before; so it does not say "(optional)"."""

    def validate(self, value: str) -> None:
        """Nothing is demanded of a draft."""


class LaterEmail(forms.EmailField):
    """An address that may be missing for now but must not be wrong."""

    def validate(self, value: str) -> None:
        """Nothing is demanded of a draft."""


class PresenterForm(AwayForm):
    """One presenter. A row left empty is no presenter."""

    name = LaterName(label="Name", max_length=120)
    email = LaterEmail(label="E-mail", error_messages={"invalid": EMAIL_ERROR})
    affiliation = forms.CharField(label="Affiliation", max_length=160, required=False)
    biography = forms.CharField(
        label="Biography",
        required=False,
        max_length=CATALOGUE["biography"].most,
        widget=LongText(rows=3),
        help_text="For the program page. The presenter may correct it.",
    )
    link = forms.CharField(
        label="Presenter's page", required=False, max_length=200, help_text="In full, like https://example.org/me."
    )
    picture = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)  # sent on a page of its own

    def person(self) -> PresenterData | None:
        """What was typed, or nothing for an empty row."""
        data, away = self.cleaned_data, self.away()
        words = {name: data.get(name, "") for name in WORDS}
        return PresenterData(**words, away=away) if any(words.values()) or away else None


class PresenterFormSet(BaseFormSet):  # type: ignore[type-arg] # Django has it without a parameter
    """The rows of the page. Nobody is named twice; a broken number of rows counts as one."""

    form = PresenterForm
    extra, min_num = 0, 0
    max_num = absolute_max = texts.MOST_PRESENTERS
    can_order = can_delete = can_delete_extra = validate_min = validate_max = False
    renderer = get_default_renderer()
    name = PREFIX

    def __init__(self, data: Any = None, *, days: Sequence[Day], initial: Sequence[Mapping[str, Any]] = ()) -> None:
        if data is not None:
            sent = ManagementForm(data, prefix=PREFIX)
            number = (sent.cleaned_data["TOTAL_FORMS"] or 1) if sent.is_valid() else 1
            data = data.copy()
            data[f"{PREFIX}-TOTAL_FORMS"] = str(min(max(number, 1), texts.MOST_PRESENTERS))
            data[f"{PREFIX}-INITIAL_FORMS"] = "0"  # every row may be left empty
        first = None if data is not None else [dict(row) for row in initial] or [{}]
        super().__init__(data, prefix=PREFIX, initial=first, form_kwargs={"days": days})

    @property
    def is_full(self) -> bool:
        return len(self.forms) >= texts.MOST_PRESENTERS

    def clean(self) -> None:
        """No address is named twice."""
        addresses: set[str] = set()
        for row in self.forms:
            address = row.cleaned_data.get("email", "").lower() if row.is_valid() else ""
            if address and address in addresses:
                row.add_error("email", f"{address} is named twice. Each presenter needs an address of their own.")
            addresses.add(address)

    def content(self) -> list[PresenterData]:
        return [person for person in (row.person() for row in self.forms) if person is not None]

    def rearranged(
        self,
        *,
        remove: int | None = None,
        add: bool = False,
        move: Move | None = None,
        me: User | None = None,
    ) -> list[dict[str, Any]]:
        """Every row's words as they were typed, right or wrong, with a row more, less, or in another place.

        `me` presents: in the first row without a name or address, or in a new one.
        """
        rows = [{name: row[name].data for name in row.fields} for row in self.forms]
        if remove is not None and remove < len(rows):
            rows.pop(remove)
        if move is not None and move[0] == PREFIX:
            swap(rows, *move[1:])
        if me is not None and me.email.lower() not in {(row.get("email") or "").strip().lower() for row in rows}:
            empty = next((row for row in rows if not row.get("name") and not row.get("email")), None)
            if empty is not None:
                empty |= {"name": me.name, "email": me.email}
            elif not self.is_full:
                rows.append({"name": me.name, "email": me.email})
        if add and not self.is_full:
            rows.append({})
        return rows


def presenter_rows(people: Sequence[PresenterData], days: Sequence[Day]) -> list[dict[str, Any]]:
    """Saved presenters as first values of the rows."""
    return [{**{name: getattr(each, name) for name in WORDS}, **away_initial(each.away, days)} for each in people]
