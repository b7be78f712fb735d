"""What the conference office collects: organisers keep the edition's fields, sponsors answer for their sessions."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.memo import forget
from expo.kit.policy import require

from ..models import OfficeAnswer, OfficeField, Proposal
from ..queries.office import answers_of, fields_of
from ..states import PLACEABLE, OfficeFieldKind
from ..texts import tidy
from .common import locked, record_fact, require_not_archived

MOST_FIELDS = 40
MOST_OPTIONS = 20
#: Most characters of each part of a field, and of an answer by kind.
LIMITS = {"label": 120, "help": 240, "option": 80}
ANSWER_LIMITS = {OfficeFieldKind.LINE: 200, OfficeFieldKind.TEXT: 2000}
MOST_NUMBER = 1_000_000


@transaction.atomic
def save_field(
    *,
    by: User,
    edition: Edition,
    label: str,
    kind: str,
    help: str = "",
    options: Iterable[str] = (),
    is_required: bool = False,
    field: OfficeField | None = None,
) -> OfficeField:
    """Add a field to what the office collects, or change one; what was answered stays readable."""
    require(by, "proposals.set_office_fields", edition)
    edition = _locked(edition)
    row = OfficeField(edition=edition) if field is None else OfficeField.objects.get(pk=field.pk, edition=edition)
    if kind not in list(OfficeFieldKind):
        raise Invalid("unknown-kind", "Choose one of the kinds offered.", field="kind")
    if row.pk and kind != row.kind and row.answers.exists():
        sentence = "Some sponsors have answered it, so its kind stays. Add another field, then remove this one."
        raise Invalid("answered", sentence, field="kind")
    row.label, row.help = _line("label", label), _line("help", help)
    if not row.label:
        sentence = "Give it a name that sponsors understand, such as “Arrival of equipment”."
        raise Invalid("no-label", sentence, field="label")
    others = OfficeField.objects.filter(edition=edition).exclude(pk=row.pk)
    if others.filter(label__iexact=row.label).exists():
        raise Invalid("label-taken", f"There is already a field “{row.label}”. Choose another name.", field="label")
    if field is None:
        if others.count() >= MOST_FIELDS:
            raise Invalid("too-many-fields", f"The office may ask for {MOST_FIELDS} things. Remove one first.")
        row.position = (others.aggregate(last=Max("position"))["last"] or 0) + 1
    row.options = _options(row, kind, options)
    row.kind, row.is_required = kind, is_required
    row.save()
    _record("office_field_saved", by, row)
    return row


def _options(row: OfficeField, kind: str, options: Iterable[str]) -> list[str]:
    if kind != OfficeFieldKind.CHOICE:
        return []
    chosen = list(dict.fromkeys(filter(None, (_line("option", option, field="options") for option in options))))
    if not 2 <= len(chosen) <= MOST_OPTIONS:
        sentence = f"A choice needs from 2 to {MOST_OPTIONS} different options, one per line."
        raise Invalid("options", sentence, field="options")
    if row.pk and (lost := row.answers.exclude(value__in=chosen).values_list("value", flat=True).first()):
        raise Invalid("option-chosen", f"“{lost}” was chosen by a sponsor, so it stays an option.", field="options")
    return chosen


def _line(what: str, text: str, *, field: str = "") -> str:
    line, most = tidy(text, one_line=True), LIMITS[what]
    if len(line) > most:
        sentence = f"The {what} has {len(line)} characters and may have {most}. Shorten it."
        raise Invalid("too-long", sentence, field=field or what)
    return line


@transaction.atomic
def remove_field(*, by: User, edition: Edition, field: OfficeField) -> None:
    """Ask for it no longer; what was answered is deleted with it."""
    require(by, "proposals.set_office_fields", edition)
    row = OfficeField.objects.get(pk=field.pk, edition=_locked(edition))
    _record("office_field_removed", by, row)
    row.delete()


@transaction.atomic
def move_field(*, by: User, edition: Edition, field: OfficeField, up: bool) -> None:
    """One place up or down in the list; at its end nothing happens."""
    require(by, "proposals.set_office_fields", edition)
    edition = _locked(edition)
    rows = fields_of(edition)
    at = [row.pk for row in rows].index(OfficeField.objects.get(pk=field.pk, edition=edition).pk)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(rows):
        return
    rows[at], rows[to] = rows[to], rows[at]
    for position, row in enumerate(rows):
        row.position = position
    OfficeField.objects.bulk_update(rows, ["position"])
    _record("office_field_moved", by, rows[to])


def _locked(edition: Edition) -> Edition:
    """The edition's row, locked: its list changes one change after another."""
    row = Edition.objects.select_for_update(no_key=True).get(pk=edition.pk)
    require_not_archived(row)
    return row


def _record(fact: str, by: User, field: OfficeField) -> None:
    forget()
    record(f"proposals.{fact}", by=by, target=field, edition_id=field.edition_id, data={"label": field.label})


@transaction.atomic
def answer(*, by: User, proposal: Proposal, answers: Mapping[int, Any]) -> Proposal:
    """Answer what the office asks about an accepted session, by the field's id; what is not named stays as it is."""
    require(by, "proposals.edit", proposal)
    proposal = locked(proposal)
    require_not_archived(proposal.edition)
    if proposal.state not in PLACEABLE:
        state = proposal.state_for_sponsor.lower()
        raise WrongState("not-accepted", f"This proposal is {state}, and the office asks only about accepted ones.")
    fields = {field.pk: field for field in fields_of(proposal.edition)}
    unknown = set(answers) - set(fields)
    if unknown:
        raise Invalid("field-gone", "The office has changed what it asks. Open the page again; the rest is kept here.")
    before = answers_of(proposal)
    after = {pk: checked_answer(fields[pk], value) for pk, value in answers.items()}
    changed = [pk for pk, value in after.items() if before.get(pk, "") != value]
    for pk in changed:
        if after[pk]:
            values = {"value": after[pk], "answered_by": by, "answered_at": clock.now()}
            OfficeAnswer.objects.update_or_create(proposal=proposal, field=fields[pk], defaults=values)
        else:
            OfficeAnswer.objects.filter(proposal=proposal, field=pk).delete()
    if changed:
        record_fact("office_answered", proposal, by, fields=sorted(fields[pk].label for pk in changed))
    return proposal


def checked_answer(field: OfficeField, value: Any) -> str:
    """An answer as it is kept, or a refusal at its field; empty is no answer."""
    kind, at = OfficeFieldKind(field.kind), f"field-{field.pk}"
    text = tidy(str("" if value is None else value), one_line=kind != OfficeFieldKind.TEXT)
    if not text:
        return ""
    most = ANSWER_LIMITS.get(kind)
    if most is not None and len(text) > most:
        sentence = f"“{field.label}” has {len(text):,} characters and may have {most:,}. Shorten it."
        raise Invalid("too-long", sentence, field=at)
    if kind == OfficeFieldKind.NUMBER:
        return _number(field, text)
    if kind in (OfficeFieldKind.YES_NO, OfficeFieldKind.CHOICE):
        options = ["yes", "no"] if kind == OfficeFieldKind.YES_NO else field.options
        if text not in options:
            raise Invalid("unknown-option", f"Choose one of the options for “{field.label}”.", field=at)
    return text


def _number(field: OfficeField, text: str) -> str:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) <= MOST_NUMBER):
        sentence = f"“{field.label}” is a whole number from 0 to {MOST_NUMBER:,}."
        raise Invalid("not-a-number", sentence, field=f"field-{field.pk}")
    return str(int(text))
