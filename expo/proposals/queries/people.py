"""Who presents: as rows of a proposal, and as plain values that a working copy can hold too."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..models import Presenter, Proposal, ProposalContent, WorkingCopy

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class PresenterData:
    """A presenter as typed: `away` holds the spans in which they cannot be on stage."""

    name: str
    email: str = ""
    affiliation: str = ""
    away: tuple[Span, ...] = ()


def presenters_of(proposal: Proposal) -> list[Presenter]:
    """Who is on stage, with the spans in which they cannot be."""
    return list(proposal.presenters.prefetch_related("away"))


def spans_of(presenter: Presenter) -> tuple[Span, ...]:
    """When a presenter cannot be on stage."""
    return tuple((span.starts_at, span.ends_at) for span in presenter.away.all())


def people_of(source: ProposalContent) -> list[PresenterData]:
    """The presenters of a proposal or of its working copy."""
    if isinstance(source, WorkingCopy):
        return [_from_json(row) for row in source.people]
    assert isinstance(source, Proposal)  # noqa: S101 - there are these two
    return [PresenterData(row.name, row.email, row.affiliation, spans_of(row)) for row in presenters_of(source)]


def to_json(person: PresenterData) -> dict[str, Any]:
    """How a working copy keeps a presenter."""
    away = [[moment.isoformat() for moment in span] for span in sorted(set(person.away))]
    return {"name": person.name, "email": person.email, "affiliation": person.affiliation, "away": away}


def _from_json(row: dict[str, Any]) -> PresenterData:
    away = tuple((datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in row["away"])
    return PresenterData(row["name"], row["email"], row["affiliation"], away)
