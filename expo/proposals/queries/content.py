"""What a proposal says: its presenters, what is still missing, and its whole content as a revision freezes it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from expo.editions.models import Topic
from expo.kit.text import listed

from .. import texts
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
        return [
            PresenterData(
                row["name"],
                row["email"],
                row["affiliation"],
                tuple((datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in row["away"]),
            )
            for row in source.people
        ]
    assert isinstance(source, Proposal)  # noqa: S101 - there are these two
    return [PresenterData(row.name, row.email, row.affiliation, spans_of(row)) for row in presenters_of(source)]


def to_json(person: PresenterData) -> dict[str, Any]:
    """How a working copy keeps a presenter."""
    away = [[moment.isoformat() for moment in span] for span in sorted(set(person.away))]
    return {"name": person.name, "email": person.email, "affiliation": person.affiliation, "away": away}


# --- What is missing ------------------------------------------------------------------------------------

_NEEDED = {
    "title": "Give it a title.",
    "abstract": "Write the review text: what the research is, what the evidence is, what people will learn.",
    "takeaways": "Say what attendees learn.",
    "public_title": "Give it a public title: it is printed in the program.",
    "public_text": "Write the public text: it is printed in the program.",
}
_ORDER = ("title", "abstract", "takeaways", "topics", "presenters", "public_title", "public_text")


@dataclass(frozen=True)
class MissingPart:
    """Something missing or wrong, in a sentence, and the form field where it is put right."""

    field: str
    sentence: str

    @property
    def anchor(self) -> str:
        """Where the form has this field."""
        return {"presenters": "presenters", "topics": "id_topics_0"}.get(self.field, f"id_{self.field}")


def missing_parts(source: ProposalContent) -> list[MissingPart]:
    """Everything that stands between a proposal, or its working copy, and its submission, in the order of the form."""
    missing = [MissingPart(name, sentence) for name, sentence in _NEEDED.items() if not getattr(source, name).strip()]
    if not source.topics.exists() and Topic.objects.filter(edition=source.format.edition_id).exists():
        missing.append(
            MissingPart("topics", "Choose at least one topic, so that it finds reviewers who know the field.")
        )
    people = people_of(source)
    if not people:
        missing.append(MissingPart("presenters", "Name at least one presenter."))
    for number, person in enumerate(people, 1):
        lacks = [what for value, what in ((person.name, "a name"), (person.email, "an e-mail address")) if not value]
        if lacks:
            known = person.name or person.email or "empty"
            missing.append(MissingPart("presenters", f"Presenter {number} ({known}) needs {listed(lacks)}."))
    objections = texts.objections(source.public_title, source.public_text)
    missing += [MissingPart("public_text", each.sentence) for each in objections if each.stops]
    return sorted(missing, key=lambda part: _ORDER.index(part.field))


# --- What a revision freezes ----------------------------------------------------------------------------


def content_of(source: ProposalContent) -> dict[str, Any]:
    """What a revision freezes: everything the sponsor wrote, in plain values."""
    people = [{"name": each.name, "email": each.email, "affiliation": each.affiliation} for each in people_of(source)]
    return {
        "title": source.title,
        "format": source.format.name,
        "track": source.track.name if source.track else "",
        "abstract": source.abstract,
        "takeaways": source.takeaways,
        "topics": list(source.topics.values_list("name", flat=True)),
        "expected_audience": source.expected_audience,
        "needs": source.needs,
        "presenters": people,
        "public_title": source.public_title,
        "public_text": source.public_text,
    }
