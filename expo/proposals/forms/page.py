"""The page on which a proposal is written: its form, its presenters, and buttons that keep what was typed."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Self

from expo.editions.models import Day
from expo.sponsors.models import Sponsor

from .. import texts
from ..models import Proposal, ProposalContent, WorkingCopy
from ..queries.allowance import allowances, format_choices
from ..queries.content import people_of
from . import writing
from .presenters import PresenterRows, rows_of


class WritingForm:
    """Both parts together, so that a view can ask once whether they are right and what they give."""

    def __init__(
        self,
        sponsor: Sponsor,
        *,
        data: Any = None,
        initial: Mapping[str, Any] | None = None,
        people: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self.sponsor = sponsor
        self.allowances = allowances(sponsor)
        self.places = format_choices(sponsor)
        self.days = list(Day.objects.filter(edition=sponsor.edition_id).select_related("edition"))
        first = {"place": self.places[0].key} if len(self.places) == 1 else {}
        self.main = writing.ProposalForm(
            data, initial={**first, **(initial or {})}, sponsor=sponsor, places=self.places, allowances=self.allowances
        )
        self.people = PresenterRows(self.days, data=data, initial=people)

    @classmethod
    def of(cls, source: ProposalContent) -> Self:
        """A saved draft, or a working copy, ready to be changed."""
        proposal = source.proposal if isinstance(source, WorkingCopy) else source
        assert isinstance(proposal, Proposal)  # noqa: S101 - there are these two
        made = cls(proposal.sponsor, initial=writing.initial_of(source))
        made.main.choose_fitting(source)
        made.people = PresenterRows(made.days, initial=rows_of(people_of(source), made.days))
        return made

    def is_valid(self) -> bool:
        return all([self.main.is_valid(), self.people.is_valid()])

    def given(self) -> dict[str, Any]:
        return {**self.main.given(), "presenters": self.people.given()}

    @property
    def wrong_rows(self) -> list[tuple[int, Any]]:
        """Wrong fields of the presenters with the number of their row, for the list on top."""
        if self.people.data is None or not self.main.is_bound:
            return []
        return [
            (number, field)
            for number, row in enumerate(self.people.rows, 1)
            for field in row.visible_fields()
            if field.errors
        ]

    def add_error(self, field: str | None, error: str) -> None:
        """Where a refusal of the service belongs on this page."""
        field = {"format": "place", "track": "place"}.get(field or "", field)
        self.main.add_error(field if field in self.main.fields else None, error)

    @property
    def fields(self) -> list[str]:
        return [*self.main.fields, "format", "track"]

    def rearranged(self, *, remove: int | None = None, add: bool = False) -> "WritingForm":
        """The same words with a presenter more or less; nothing is judged, since nothing is being saved."""
        rows = self.people.typed()
        if remove is not None and 0 <= remove < len(rows):
            rows.pop(remove)
        if add and len(rows) < texts.MOST_PRESENTERS:
            rows.append({})
        typed = {name: self.main[name].data for name in self.main.fields}
        return WritingForm(self.sponsor, initial=typed, people=rows)

    def typed_text(self, name: str) -> str:
        return texts.tidy(str(self.main[name].value() or ""))


def key_from(raw: str) -> uuid.UUID:
    """The form's own key; a broken one becomes a new one."""
    try:
        return uuid.UUID(raw)
    except ValueError:
        return uuid.uuid4()


def number_from(raw: str | None) -> int | None:
    """A small whole number, or nothing."""
    return int(raw) if raw and raw.isascii() and raw.isdigit() and len(raw) < 10 else None
