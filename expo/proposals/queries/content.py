"""What a proposal says, to whom, and what is still missing; its whole content as a revision freezes it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from expo.editions.catalogue import CATALOGUE, OF_PRESENTERS, Rules
from expo.editions.models import Room, Topic
from expo.editions.queries import rules_of
from expo.editions.states import Reader
from expo.kit.text import listed

from .. import links, outlines
from ..links import ProposalLink
from ..models import Presenter, Proposal, ProposalContent, WorkingCopy
from ..outlines import OutlinePart
from ..states import AudienceLevel

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class PresenterData:
    """A presenter as typed: `away` holds the spans in which they cannot be on stage, `picture` a picture's digest."""

    name: str
    email: str = ""
    affiliation: str = ""
    away: tuple[Span, ...] = ()
    biography: str = ""
    link: str = ""
    picture: str = ""

    @property
    def printed(self) -> tuple[str, ...]:
        """What the program prints of them: a presenter confirms it, and a change of it asks them again."""
        return (self.name, self.affiliation, self.biography, self.link, self.picture)


def proposal_of(source: ProposalContent) -> Proposal:
    """The proposal itself, or the one whose working copy this is."""
    proposal = source.proposal if isinstance(source, WorkingCopy) else source
    assert isinstance(proposal, Proposal)  # noqa: S101 - there are these two
    return proposal


def presenters_of(proposal: Proposal) -> list[Presenter]:
    """Who is on stage, with the spans in which they cannot be."""
    rows = proposal.presenters.select_related("picture").defer("picture__data")
    return list(rows.prefetch_related("away"))


def data_of(row: Presenter) -> PresenterData:
    """A saved presenter as data."""
    picture, away = row.picture.digest if row.picture else "", spans_of(row)
    return PresenterData(row.name, row.email, row.affiliation, away, row.biography, row.link, picture)


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
                *(row.get(name, "") for name in ("biography", "link", "picture")),
            )
            for row in source.people
        ]
    return [data_of(row) for row in presenters_of(proposal_of(source))]


def to_json(person: PresenterData) -> dict[str, Any]:
    """How a working copy keeps a presenter."""
    away = [[moment.isoformat() for moment in span] for span in sorted(set(person.away))]
    return {**asdict(person), "away": away}


# --- What a format asks ----------------------------------------------------------------------------------

ROOMS = ("preferred_rooms", "excluded_rooms")
#: The catalogue's field that decides whether one of a proposal is asked for, where the names differ.
_RULE_OF = dict.fromkeys(ROOMS, "rooms")


def is_asked(rules: Rules, name: str) -> bool:
    """Whether a format asks for a column of a proposal, or for its rooms or topics."""
    return name in ("format", "track") or rules[_RULE_OF.get(name, name)].is_asked


def length_of(source: ProposalContent) -> int:
    """Minutes on the program, also of a working copy; a length agreed for another format does not count."""
    proposal = proposal_of(source)
    return proposal.length if proposal.format_id == source.format_id else source.format.minutes


def outline_of(source: ProposalContent) -> list[OutlinePart]:
    """Its parts in order, if the format asks for them; who presents which only where that is published."""
    if not rules_of(source.format)["outline"].is_asked:
        return []
    parts = outlines.read(source.outline)
    return parts if source.format.publishes_outline else [replace(part, presenters=()) for part in parts]


def links_of(source: ProposalContent) -> list[ProposalLink]:
    """Its links for the program, if the format asks for them."""
    return links.read(source.links) if rules_of(source.format)["links"].is_asked else []


def published_of(source: ProposalContent) -> dict[str, Any]:
    """What its team approves for publication: a change of it takes the approval back."""
    return {
        "public_title": source.public_title,
        "public_text": source.public_text,
        "links": links_of(source),
        "outline": outline_of(source) if source.format.publishes_outline else [],
    }


# --- What reviewers read ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReviewField:
    """A field as reviewers read it: a text in Markdown, or the parts of the outline."""

    name: str
    label: str
    text: str = ""
    parts: tuple[OutlinePart, ...] = ()

    @property
    def minutes(self) -> int:
        """How long the parts take together."""
        return outlines.total(self.parts)


def for_review(source: ProposalContent) -> list[ReviewField]:
    """All that reviewers read below title and topics, in the order of the form, without what is empty.

    The one place that decides it: no presenters, not even of the outline's parts, no links, nothing for the office.
    """
    rules = rules_of(source.format)
    names = [
        name
        for name, field in CATALOGUE.items()
        if field.reader == Reader.REVIEWERS and name not in ("title", "topics") and rules[name].is_asked
    ]
    fields = (_for_review(source, name) for name in names)
    return [field for field in fields if field.text or field.parts]


def for_office(source: ProposalContent) -> list[ReviewField]:
    """What organisers and chairs read beside it, to plan the session; without what is empty."""
    rules = rules_of(source.format)
    names = [name for name, field in CATALOGUE.items() if field.reader == Reader.OFFICE and rules[name].is_asked]
    fields = [ReviewField(name, CATALOGUE[name].label, _for_office(source, name)) for name in names if name != "rooms"]
    if "rooms" in names:
        rooms = {name: ", ".join(getattr(source, name).values_list("name", flat=True)) for name in ROOMS}
        fields.append(ReviewField("preferred_rooms", "Would like", rooms["preferred_rooms"]))
        fields.append(ReviewField("excluded_rooms", "Impossible", rooms["excluded_rooms"]))
    return [field for field in fields if field.text]


def _for_office(source: ProposalContent, name: str) -> str:
    value = getattr(source, name)
    return f"{value:,} people" if isinstance(value, int) else value or ""


def _for_review(source: ProposalContent, name: str) -> ReviewField:
    label = CATALOGUE[name].label
    if name == "outline":
        return ReviewField(name, label, parts=tuple(replace(part, presenters=()) for part in outline_of(source)))
    value = getattr(source, name)
    return ReviewField(name, label, AudienceLevel(value).label if name == "level" and value else value)


# --- What is missing ------------------------------------------------------------------------------------

_NEEDED = {
    "title": "Give it a title.",
    "abstract": "Write the review text: what the research is, what the evidence is, what people will learn.",
    "takeaways": "Say what attendees learn.",
    "outline": "Write the outline: the parts of the session with their minutes.",
    "level": "Choose the level.",
    "audience": "Say who it is for.",
    "prerequisites": "Say what attendees need to know beforehand, or that they need nothing.",
    "evidence": "Say what was measured, and what others can check.",
    "hands_on": "Say what attendees do themselves.",
    "topics": "Choose at least one topic, so that it finds reviewers who know the field.",
    "expected_audience": "Say how many people you expect.",
    "needs": "Say what equipment you bring and need, or that you need nothing.",
    "wishes": "Say what you wish for the schedule, or that you wish for nothing.",
    "rooms": "Choose at least one room that you would like, or that is impossible.",
    "presenters": "Name at least one presenter.",
    "links": "Give at least one link.",
    "public_title": "Give it a public title: it is printed in the program.",
    "public_text": "Write the public text: it is printed in the program.",
}
#: What a format may ask of each presenter: the name of it here, and what a presenter lacks without.
_OF_EACH = {
    "biography": ("biography", "a biography"),
    "presenter_link": ("link", "a page"),
    "picture": ("picture", "a picture"),
}
_ANCHORS = {
    "outline": "outline",
    "level": "id_level_0",
    "topics": "id_topics_0",
    "rooms": "id_preferred_rooms_0",
    "presenters": "presenters",
    "links": "links",
}
_ORDER = list(CATALOGUE)


@dataclass(frozen=True)
class MissingPart:
    """Something missing or wrong, in a sentence, and the form field where it is put right."""

    field: str
    sentence: str

    @property
    def anchor(self) -> str:
        """Where the form has this field."""
        return _ANCHORS.get(self.field, f"id_{self.field}")


def missing_parts(source: ProposalContent) -> list[MissingPart]:
    """Everything that stands between a proposal, or its working copy, and its submission, in the order of the form."""
    rules, people = rules_of(source.format), people_of(source)
    required = [name for name in _NEEDED if rules[name].is_required]
    missing = [MissingPart(name, _NEEDED[name]) for name in required if _lacks(source, name, people)]
    more = [each for field, each in _OF_EACH.items() if rules[field].is_required]
    for number, person in enumerate(people, 1):
        parts = (("name", "a name"), ("email", "an e-mail address"), *more)
        lacks = [what for name, what in parts if not getattr(person, name)]
        if lacks:
            known = person.name or person.email or "empty"
            missing.append(MissingPart("presenters", f"Presenter {number} ({known}) needs {listed(lacks)}."))
    missing += [MissingPart("outline", sentence) for sentence in outline_gaps(source, people)]
    missing += [MissingPart("links", sentence) for sentence in links.gaps(links_of(source))]
    return sorted(missing, key=lambda part: _ORDER.index(part.field))


def outline_gaps(source: ProposalContent, people: Sequence[PresenterData]) -> list[str]:
    """What its outline lacks, in sentences: minutes that add up, titles, and `people` for whom it names."""
    addresses = {person.email for person in people} if source.format.publishes_outline else None
    noun = source.format.name.lower()
    return list(outlines.gaps(outline_of(source), length=length_of(source), noun=noun, presenters=addresses))


def unprintable(source: ProposalContent) -> list[MissingPart]:
    """What keeps outline and links from being printed, where the format prints them."""
    gaps = outline_gaps(source, people_of(source)) if source.format.publishes_outline else []
    missing = [MissingPart("outline", sentence) for sentence in gaps]
    return missing + [MissingPart("links", sentence) for sentence in links.gaps(links_of(source))]


def _lacks(source: ProposalContent, name: str, people: Sequence[PresenterData]) -> bool:
    """Whether a required field is empty; an edition without topics or rooms asks for none."""
    if name == "presenters":
        return not people
    if name == "topics":
        return not source.topics.exists() and Topic.objects.filter(edition=source.format.edition_id).exists()
    if name == "rooms":
        chosen = source.preferred_rooms.exists() or source.excluded_rooms.exists()
        return not chosen and Room.objects.filter(edition=source.format.edition_id).exists()
    value = getattr(source, name)
    return not (value.strip() if isinstance(value, str) else value)


# --- What a revision freezes ----------------------------------------------------------------------------

_CONTENT = (
    "title",
    "format",
    "track",
    *(name for each in CATALOGUE if each not in OF_PRESENTERS and each != "title"
      for name in (ROOMS if each == "rooms" else (each,))),
)  # fmt: skip


def content_of(source: ProposalContent) -> dict[str, Any]:
    """What a revision freezes: everything the sponsor wrote that its format asks for, in plain values."""
    rules = rules_of(source.format)
    return {name: _frozen(source, name) for name in _CONTENT if is_asked(rules, name)}


def frozen_people(people: Sequence[PresenterData], rules: Rules) -> list[dict[str, str]]:
    """Presenters as a revision freezes them: what is asked of each, without what is empty."""
    more = [name for field, (name, _) in _OF_EACH.items() if rules[field].is_asked]
    return [
        {
            "name": each.name,
            "email": each.email,
            "affiliation": each.affiliation,
            **{name: value for name in more if (value := getattr(each, name))},
        }
        for each in people
    ]


def _frozen(source: ProposalContent, name: str) -> Any:
    if name == "presenters":
        return frozen_people(people_of(source), rules_of(source.format))
    if name in ("topics", *ROOMS):
        return list(getattr(source, name).values_list("name", flat=True))
    if name == "format":
        return source.format.name
    if name == "track":
        return source.track.name if source.track else ""
    if name == "outline":
        return outlines.to_json(outline_of(source))
    return getattr(source, name)
