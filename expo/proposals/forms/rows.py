"""The outline's parts and the links as rows that can be added, moved and removed without script."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import BaseFormSet, ManagementForm
from django.forms.renderers import get_default_renderer

from expo.editions.catalogue import CATALOGUE
from expo.kit.forms import LongText

from .. import links, outlines, texts
from ..links import ProposalLink
from ..outlines import OutlinePart
from ..queries.content import PresenterData

#: A button that rearranges rows: which, how, and the number of the row.
Move = tuple[str, str, int]
_move = re.compile(r"(presenter|outline|links) (up|down|remove|add) (\d{1,3})", re.ASCII)


class TidyText(forms.CharField):
    """A text as it will be kept, refused when it is too long; `subject` begins the sentence about it."""

    def __init__(self, *, limit: int, subject: str, rows: int = 0, counts: bool = True, **kwargs: Any) -> None:
        counted = {"data-count": limit} if counts else {}
        widget = LongText(rows=rows, limit=limit) if rows else forms.TextInput(counted)
        super().__init__(widget=widget, **kwargs)
        self.limit, self.subject, self.is_one_line = limit, subject, not rows

    def validate(self, value: str) -> None:
        """Nothing is demanded of a draft."""

    def clean(self, value: Any) -> str:
        """The text, tidied."""
        text = texts.tidy(str(value or ""), one_line=self.is_one_line)
        if sentence := texts.over_limit(self.subject, text, self.limit):
            raise ValidationError(sentence, code="too-long")
        return text


class LaterNumber(forms.IntegerField):
    """A number that is needed to submit and not before."""

    def validate(self, value: int | None) -> None:
        """Nothing is demanded of a draft."""


class OutlineRow(forms.Form):
    """One part of the outline. A row left empty is no part."""

    use_required_attribute = False

    minutes = LaterNumber(
        label="Minutes",
        min_value=1,
        max_value=outlines.MOST_MINUTES,
        widget=forms.NumberInput({"data-minutes": "", "inputmode": "numeric"}),
        error_messages={"invalid": "Write the minutes as a whole number, like 15."},
    )
    title = TidyText(limit=outlines.TITLE_LIMIT, subject="The title", counts=False, label="Title of the part")
    text = TidyText(limit=outlines.TEXT_LIMIT, subject="The text", rows=2, label="What happens in it", required=False)
    presenters = TidyText(
        limit=outlines.MOST_NAMES * outlines.NAME_LIMIT,
        subject="This list",
        counts=False,
        label="Who presents it",
        required=False,
        help_text="Names or addresses of its presenters, separated by commas.",
    )

    def part(self, people: Sequence[PresenterData]) -> OutlinePart:
        """What was typed; names of presenters on the same page become their addresses."""
        data = self.cleaned_data  # holds nothing for a row left empty
        names = [name.strip() for name in re.split(r"[,;]", data.get("presenters", "")) if name.strip()]
        who = tuple(_address(name, people) for name in names)
        return OutlinePart(data.get("minutes"), data.get("title", ""), data.get("text", ""), who)


def _address(name: str, people: Sequence[PresenterData]) -> str:
    """The address of the one presenter who is called this; otherwise what was typed, which a submission refuses."""
    known = [each.email for each in people if each.email and each.name.casefold() == name.casefold()]
    return known[0] if len(known) == 1 else name


class ProposalLinkRow(forms.Form):
    """One link. A row left empty is no link."""

    use_required_attribute = False

    url = TidyText(
        limit=links.URL_LIMIT,
        subject="The address",
        counts=False,
        label="Address",
        help_text="In full, like https://example.org/paper.",
    )
    label = TidyText(
        limit=links.LABEL_LIMIT,
        subject="The label",
        counts=False,
        label="Label",
        required=False,
        help_text="What the program prints; empty: the address's host.",
    )

    def clean_url(self) -> str:
        """Only what can be printed."""
        url: str = self.cleaned_data["url"]
        if sentence := links.problem(url):
            raise ValidationError(sentence, code="bad-link")
        return url

    def link(self) -> ProposalLink:
        """What was typed."""
        data = self.cleaned_data  # holds nothing for a row left empty
        return ProposalLink(data.get("label", ""), data.get("url", ""))


class RowFormSet(BaseFormSet):  # type: ignore[type-arg] # Django has it without a parameter
    """Rows of a page, at most as many as a format may ever allow; a broken number of rows counts as most."""

    extra, min_num = 0, 0
    can_order = can_delete = can_delete_extra = validate_min = validate_max = False
    renderer = get_default_renderer()
    #: The field of the catalogue, the rows' prefix and the name of their section.
    name = ""

    def __init__(
        self, data: Any = None, *, limit: int, initial: Iterable[Mapping[str, Any]] = (), empty: int = 1
    ) -> None:
        self.limit = limit
        self.is_sent = data is not None and f"{self.name}-TOTAL_FORMS" in data
        if data is not None:
            sent = ManagementForm(data, prefix=self.name)
            number = sent.cleaned_data["TOTAL_FORMS"] if sent.is_valid() else -1
            number = self.max_num if number is None or number < 0 else min(number, self.max_num)
            number = number if self.is_sent else 0  # a form without a format yet has no rows
            data = data.copy()
            data[f"{self.name}-TOTAL_FORMS"] = str(number)
            data[f"{self.name}-INITIAL_FORMS"] = "0"  # every row may be left empty
        first = None if data is not None else [dict(row) for row in initial] or [{} for _ in range(empty)]
        super().__init__(data, prefix=self.name, initial=first)

    @property
    def is_full(self) -> bool:
        return len(self.forms) >= self.limit

    @property
    def is_filled(self) -> bool:
        """Whether anything stands in a row."""
        return any(field.value() for row in self.forms for field in row)

    @property
    def wrong(self) -> list[tuple[int, Any]]:
        """The wrong fields with the number of their row."""
        if not self.is_bound:
            return []
        return [(number, field) for number, row in enumerate(self.forms, 1) for field in row if field.errors]

    def typed(self, move: Move | None = None) -> list[dict[str, Any]]:
        """Every row's words as they were typed, right or wrong; `move` is a button that rearranges them."""
        rows = [{name: row[name].data for name in row.fields} for row in self.forms]
        if move is None or move[0] != self.name:
            return rows
        _, verb, at = move
        if verb == "add" and not self.is_full:
            rows.append({})
        elif verb == "remove" and at < len(rows):
            rows.pop(at)
        else:
            swap(rows, verb, at)
        return rows


def swap(rows: list[dict[str, Any]], verb: str, at: int) -> None:
    """Move a row one place up or down; where there is no such row or place, and for any other verb, nothing happens."""
    to = at + {"up": -1, "down": 1}.get(verb, 0)
    if at < len(rows) and 0 <= to < len(rows):
        rows[at], rows[to] = rows[to], rows[at]


def move_of(button: str) -> Move | None:
    """Which rows a button rearranges, and how; None for what no button sends."""
    match = _move.fullmatch(button)
    return (match[1], match[2], int(match[3])) if match else None


class OutlineFormSet(RowFormSet):
    """The parts of the outline."""

    form, name = OutlineRow, "outline"
    max_num = absolute_max = CATALOGUE["outline"].most

    @property
    def total(self) -> int:
        """The minutes typed so far, as far as they are numbers."""
        typed = (str(row["minutes"].value() or "").strip() for row in self.forms)
        return sum(int(minutes) for minutes in typed if re.fullmatch(r"\d{1,3}", minutes, re.ASCII))

    def content(self, people: Sequence[PresenterData]) -> list[OutlinePart]:
        """The parts as the service takes them."""
        return [row.part(people) for row in self.forms if row.has_changed()]


def outline_rows(parts: Iterable[OutlinePart], people: Sequence[PresenterData]) -> list[dict[str, Any]]:
    """Saved parts as first values of the rows; presenters by name where one name is one person."""
    names = [each.name.casefold() for each in people]
    by_address = {
        each.email: each.name
        for each in people
        if each.name and names.count(each.name.casefold()) == 1 and not re.search("[,;]", each.name)
    }
    return [
        {**asdict(part), "presenters": ", ".join(by_address.get(each, each) for each in part.presenters)}
        for part in parts
    ]


class LinkFormSet(RowFormSet):
    """The links for the program."""

    form, name = ProposalLinkRow, "links"
    max_num = absolute_max = CATALOGUE["links"].most

    def content(self) -> list[ProposalLink]:
        """The links as the service takes them."""
        return [row.link() for row in self.forms if row.has_changed()]
