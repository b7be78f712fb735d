"""What the conference office collects for each accepted session: the edition's fields, and what was answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.memo import once_per_request

from ..models import OfficeAnswer, OfficeField, Proposal
from ..states import PLACEABLE, OfficeFieldKind
from .listing import for_chairs

YES_NO = {"yes": "Yes", "no": "No"}


@dataclass(frozen=True)
class OfficeRow:
    """A session with its answers, by the field's id, as people read them."""

    proposal: Proposal
    answers: Mapping[int, str]
    cells: tuple[str, ...]
    missing: tuple[str, ...]


def fields_of(edition: Edition) -> list[OfficeField]:
    """The edition's fields in their order."""
    return list(OfficeField.objects.filter(edition=edition))


def answers_of(proposal: Proposal) -> dict[int, str]:
    """What was answered for one session, by the field's id."""
    return dict(OfficeAnswer.objects.filter(proposal=proposal).values_list("field_id", "value"))


def shown(field: OfficeField, value: str) -> str:
    """An answer as people read it."""
    return YES_NO.get(value, value) if field.kind == OfficeFieldKind.YES_NO else value


@once_per_request
def lacking(edition: Edition) -> frozenset[int]:
    """The sessions of an edition for which a required answer is missing; asked once for all rows of a page."""
    required = OfficeField.objects.filter(edition=edition, is_required=True).count()
    if not required:
        return frozenset()
    placed = Proposal.objects.filter(edition=edition, state__in=PLACEABLE)
    given = OfficeAnswer.objects.filter(proposal__in=placed, field__is_required=True)
    complete = given.values("proposal").annotate(n=Count("pk")).filter(n=required).values("proposal")
    return frozenset(placed.exclude(pk__in=complete).values_list("pk", flat=True))


def office_table(user: User, edition: Edition, fields: Sequence[OfficeField]) -> list[OfficeRow]:
    """Every session with a place in the program that this person may see, with what its sponsor answered."""
    rows = for_chairs(user, edition).filter(state__in=PLACEABLE).select_related("sponsor", "format")
    return [_row(each, fields) for each in rows.prefetch_related("office_answers").order_by("sponsor__name", "id")]


def _row(proposal: Proposal, fields: Sequence[OfficeField]) -> OfficeRow:
    answers = {answer.field_id: answer.value for answer in proposal.office_answers.all()}
    cells = tuple(shown(field, answers.get(field.pk, "")) for field in fields)
    missing = tuple(field.label for field in fields if field.is_required and field.pk not in answers)
    return OfficeRow(proposal, answers, cells, missing)


def answered(user: User, edition: Edition, field: OfficeField) -> int:
    """For how many sessions that this person may see a field was answered."""
    return for_chairs(user, edition).filter(office_answers__field=field).count()
