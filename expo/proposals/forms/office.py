"""The office's fields: one to set up, all of them to answer, and the table of answers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms

from expo.kit.errors import Invalid
from expo.kit.forms import InlineRadios, LongText
from expo.kit.lists import Pick, WorkList

from ..models import OfficeField
from ..queries.office import YES_NO, OfficeRow
from ..services.office import ANSWER_LIMITS, checked_answer
from ..states import OfficeFieldKind


class OfficeFieldForm(forms.Form):
    """One thing that the office collects."""

    label = forms.CharField(max_length=120, label="What sponsors are asked for", help_text="E.g. Arrival of equipment.")
    help = forms.CharField(max_length=240, required=False, label="Explanation", help_text="Shown below it.")
    kind = forms.ChoiceField(label="Kind of answer", choices=OfficeFieldKind.choices())
    options = forms.CharField(
        required=False, widget=LongText(rows=4), label="Options", help_text="Of a choice only, one per line."
    )
    is_required = forms.BooleanField(required=False, label="Every accepted session needs an answer")

    @classmethod
    def of(cls, field: OfficeField, data: Any = None) -> "OfficeFieldForm":
        """A field ready to be changed."""
        initial = {name: getattr(field, name) for name in ("label", "help", "kind", "is_required")}
        return cls(data, initial={**initial, "options": "\n".join(field.options)})

    def content(self) -> dict[str, Any]:
        """What the service takes."""
        return {**self.cleaned_data, "options": self.cleaned_data["options"].splitlines()}


class OfficeAnswersForm(forms.Form):
    """What the office needs for one session; required answers may be given later."""

    use_required_attribute = False

    def __init__(self, data: Any, *, fields: Sequence[OfficeField], answers: Mapping[int, str]) -> None:
        super().__init__(data, initial={f"field-{pk}": value for pk, value in answers.items()})
        self.asked = fields
        for field in fields:
            self.fields[f"field-{field.pk}"] = _control(field)

    def clean(self) -> dict[str, Any]:
        """Every answer as it will be kept, each refused at its own field."""
        data = super().clean() or {}
        for field in self.asked:
            name = f"field-{field.pk}"
            try:
                data[name] = checked_answer(field, data.get(name))
            except Invalid as refusal:
                self.add_error(name, refusal.message)
        return data

    def content(self) -> dict[int, str]:
        """What the service takes."""
        return {field.pk: self.cleaned_data[f"field-{field.pk}"] for field in self.asked}


def _control(field: OfficeField) -> forms.Field:
    kind = OfficeFieldKind(field.kind)
    about: dict[str, Any] = {"label": field.label, "help_text": field.help, "required": False}
    if kind == OfficeFieldKind.TEXT:
        return forms.CharField(widget=LongText(rows=4, limit=ANSWER_LIMITS[kind]), **about)
    if kind == OfficeFieldKind.NUMBER:
        return forms.CharField(widget=forms.TextInput({"inputmode": "numeric"}), **about)
    if kind == OfficeFieldKind.YES_NO:
        choices = [("", "No answer yet"), *YES_NO.items()]
        return forms.CharField(widget=InlineRadios(choices=choices), **about)
    if kind == OfficeFieldKind.CHOICE:
        choices = [("", "Choose"), *((option, option) for option in field.options)]
        return forms.CharField(widget=forms.Select(choices=choices), **about)
    return forms.CharField(widget=forms.TextInput({"maxlength": ANSWER_LIMITS[kind]}), **about)


def _completeness(row: OfficeRow) -> Iterator[tuple[str, str]]:
    yield ("missing", "Something is missing") if row.missing else ("complete", "Complete")


class OfficeList(WorkList[OfficeRow]):
    """What sponsors answered, a session a row; the file has a column per field."""

    page, noun = "proposals:office", "sessions"
    search = staticmethod(lambda row: f"{row.proposal.code} {row.proposal.name} {row.proposal.sponsor.name}")
    picks = (
        Pick("answers", "Complete or not", lambda row: list(_completeness(row))),
        Pick("format", "Any format", lambda row: [(str(row.proposal.format_id), row.proposal.format.name)]),
    )
    sorts = {
        "title": lambda row: row.proposal.name.casefold(),
        "sponsor": lambda row: row.proposal.sponsor.name.casefold(),
        "missing": lambda row: len(row.missing),
    }
    columns = (
        ("Code", lambda row: row.proposal.code),
        ("Title", lambda row: row.proposal.name),
        ("Format", lambda row: row.proposal.format.name),
        ("Sponsor", lambda row: row.proposal.sponsor.name),
        ("Missing", lambda row: ", ".join(row.missing)),
    )

    def __init__(self, params: Any, rows: Sequence[OfficeRow], fields: Sequence[OfficeField]) -> None:
        super().__init__(params, rows)
        own = [(field.label, lambda row, at=at: row.cells[at]) for at, field in enumerate(fields)]
        self.columns = (*type(self).columns, *own)  # type: ignore[misc, assignment]
