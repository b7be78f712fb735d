"""What a proposal says: its presenters, what is still missing, its revisions and what changed between them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any

from expo.editions.models import Topic
from expo.kit.text import listed

from .. import texts
from ..models import Presenter, Proposal, ProposalContent, Revision, WorkingCopy

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


# --- Revisions ------------------------------------------------------------------------------------------

LABELS = {
    "title": "Title",
    "format": "Format",
    "track": "Track",
    "abstract": "Review text",
    "takeaways": "What attendees learn",
    "topics": "Topics",
    "expected_audience": "Expected audience",
    "needs": "Needs",
    "presenters": "Presenters",
    "public_title": "Public title",
    "public_text": "Public text",
}
_words = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True)
class TextPart:
    """A stretch of text that is `same`, `added` or `removed`."""

    kind: str
    text: str


@dataclass(frozen=True)
class FieldChange:
    """What happened to one field; `kind` is added, removed or changed."""

    label: str
    kind: str
    parts: tuple[TextPart, ...]

    @property
    def sign(self) -> str:
        return {"added": "+", "removed": "−"}.get(self.kind, "~")


@dataclass(frozen=True)
class RevisionChanges:
    """A revision and its difference from the one before; the first has none."""

    revision: Revision
    changes: list[FieldChange]


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


def revisions(proposal: Proposal) -> list[RevisionChanges]:
    """All revisions, newest first."""
    rows = list(proposal.revisions.select_related("created_by").order_by("number"))
    changes = [[], *(compare(old.content, new.content) for old, new in pairwise(rows))]
    return [RevisionChanges(row, changed) for row, changed in zip(rows, changes, strict=False)][::-1]


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[FieldChange]:
    """The fields that differ, word by word, in the order of the form."""
    pairs = ((label, _as_text(old.get(name)), _as_text(new.get(name))) for name, label in LABELS.items())
    return [
        FieldChange(
            label, "changed" if before and after else "added" if after else "removed", tuple(_parts(before, after))
        )
        for label, before, after in pairs
        if before != after
    ]


def written(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Everything it says, in the order of the form."""
    rows = ((label, _as_text(content.get(name))) for name, label in LABELS.items())
    return [(label, text) for label, text in rows if text]


def _as_text(value: Any) -> str:
    """A frozen value as text: one presenter or topic per line."""
    if isinstance(value, list):
        return "\n".join(_as_text(each) for each in value)
    if isinstance(value, Mapping):
        who = f"{value.get('name', '')} <{value.get('email', '')}>"
        return ", ".join(filter(None, [who, value.get("affiliation", "")]))
    return "" if value is None else str(value)


def _parts(before: str, after: str) -> Iterator[TextPart]:
    old, new = _words.findall(before), _words.findall(after)
    for tag, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        if tag == "equal":
            yield TextPart("same", "".join(old[a:b]))
            continue
        if b > a:
            yield TextPart("removed", "".join(old[a:b]))
        if d > c:
            yield TextPart("added", "".join(new[c:d]))
