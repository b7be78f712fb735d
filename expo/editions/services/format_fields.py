"""What the form of a format asks for, from the catalogue."""

from collections.abc import Mapping

from django.db import transaction

from expo.accounts.models import User
from expo.kit.errors import Invalid

from ..catalogue import CATALOGUE, DEFAULTS, FieldRule
from ..models import Edition, Format, FormatField
from ..queries import rules_of
from .parts import locked, own, record_change, require_set_up


@transaction.atomic
def save_format_fields(
    *,
    by: User | None,
    edition: Edition,
    format: Format,
    fields: Mapping[str, FieldRule],
    publishes_outline: bool | None = None,
) -> Format:
    """Say which fields a format asks for, and how much each may hold; what is not named stays as it is.

    Nothing that was written changes: a text that is already longer is refused only when it is saved again, and a field
    that is turned off keeps what it holds, unseen by reviewers, program and office.
    """
    require_set_up(by, edition)
    locked(edition)
    saved = own(Format, edition, format)
    assert saved is not None  # noqa: S101 - own() gives None only for None
    before = rules_of(saved)
    rules = {**before, **{name: _checked(name, rule) for name, rule in fields.items()}}
    publishes = saved.publishes_outline if publishes_outline is None else publishes_outline
    if publishes and not rules["outline"].is_asked:
        raise Invalid(
            "outline-not-asked",
            "The program cannot print an outline that the form does not ask for. "
            "Ask for the outline, or do not publish it.",
            field="publishes_outline",
        )
    changed = [name for name in CATALOGUE if rules[name] != before[name]]
    if publishes != saved.publishes_outline:
        saved.publishes_outline = publishes
        saved.save(update_fields=["publishes_outline"])
        changed.append("publishes_outline")
    _put(saved, rules)
    if changed:
        record_change("editions.format_fields_saved", by, saved, name=saved.name, fields=changed)
    return saved


def _put(format: Format, rules: Mapping[str, FieldRule]) -> None:
    """Rows for what differs from the catalogue's defaults, and no others."""
    format.fields.all().delete()
    FormatField.objects.bulk_create(
        FormatField(format=format, name=name, use=rule.use, limit=rule.limit)
        for name, rule in rules.items()
        if rule != DEFAULTS[name]
    )


def _checked(name: str, rule: FieldRule) -> FieldRule:
    if name not in CATALOGUE:
        raise Invalid("unknown-field", f"There is no field “{name}”. Choose from the table.")
    field = CATALOGUE[name]
    if field.is_always and not rule.is_required:
        raise Invalid(
            "always-asked",
            f"“{field.label}” is required in every format: nothing can be reviewed or printed without it.",
            field=f"use_{name}",
        )
    if not 1 <= rule.limit <= field.most:
        raise Invalid(
            "limit-out-of-range",
            f"The limit of “{field.label}” is a whole number from 1 to {field.most:,} {field.unit}.",
            field=f"limit_{name}",
        )
    return rule
