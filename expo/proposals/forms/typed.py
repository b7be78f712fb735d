"""What was typed into the page, field by field: what can be kept of it, as a revision would keep it, and to copy."""

import re
from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from django.db.models import Model
from django.forms.formsets import BaseFormSet
from django.http import QueryDict

from expo.sponsors.models import Sponsor

from ..comparison import LABELS, label_of
from ..models import Proposal
from .drafts import WritingForm

#: The fields that are rows, with their name in `WritingForm`.
ROWS = {"presenters": "people", "outline": "outline", "links": "links"}
#: The fields that are choices from a list, not words.
CHOICES = frozenset({"format", "track", "topics", "level", "preferred_rooms", "excluded_rooms"})
_row = re.compile(r"(presenter|outline|links)-(\d{1,3})-(?!day)(\w+)")


def readable(sponsor: Sponsor, data: QueryDict, proposal: Proposal | None) -> tuple[WritingForm, dict[str, str]]:
    """The form without the fields that cannot be read, and what is wrong with those, by field."""
    form = WritingForm(sponsor, data=data, proposal=proposal)
    if form.is_valid():
        return form, {}
    wrong = {name: str(errors[0]) for name, errors in form.main.errors.items()}
    left = data.copy()
    for name in wrong:
        left.pop(name, None)
    for name, attribute in ROWS.items():
        rows = getattr(form, attribute)
        if not rows.is_valid():
            wrong[name] = _first_error(rows)
            for key in [each for each in left if each.startswith(f"{rows.prefix}-")]:
                del left[key]
    return WritingForm(sponsor, data=left, proposal=proposal), wrong


def _first_error(rows: "BaseFormSet[Any]") -> str:
    errors = [str(error) for row in rows for found in row.errors.values() for error in found]
    return next(iter([*errors, *map(str, rows.non_form_errors())]), "Please check these rows.")


def as_frozen(value: Any) -> Any:
    """A cleaned value as a revision keeps it: names of choices, rows as plain values."""
    if isinstance(value, Model):
        return str(value.name)  # type: ignore[attr-defined]
    if is_dataclass(value):
        return {each.name: as_frozen(getattr(value, each.name)) for each in fields(value) if each.name != "away"}
    if isinstance(value, list | tuple):
        return [as_frozen(each) for each in value]
    return "" if value is None else value


def to_copy(data: Mapping[str, Any], only: Collection[str] = ()) -> list[tuple[str, str]]:
    """The words that a request carries, by field and in the order of the form; `only` of these fields, if any."""
    texts = [(name, label_of(name), name) for name in LABELS if name not in CHOICES]
    fields_of_rows = {"presenter": "presenters"}
    rows = [(match, name) for name in data if (match := _row.fullmatch(name))]
    for match, name in sorted(rows, key=lambda each: (each[0][1], int(each[0][2]))):
        what, number, part = match.groups()
        noun = {"presenter": "Presenter", "outline": "Part of the outline", "links": "Link"}[what]
        label = f"{noun} {int(number) + 1}: {part.replace('_', ' ')}"
        texts.append((name, label, fields_of_rows.get(what, what)))
    words = ((label, str(data.get(name) or ""), field) for name, label, field in texts)
    return [(label, text) for label, text, field in words if text.strip() and (not only or field in only)]
