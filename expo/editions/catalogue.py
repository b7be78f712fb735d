"""What the form of a proposal may ask: a fixed catalogue of fields, in the order of the form. Plain Python.

Each format says which of them are off, optional or required, and how long each may be (`FormatField`). Where it says
nothing, the field's own defaults hold. No form builder: a field has a meaning for reviewers, program or office.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from .states import FieldUse, Reader


@dataclass(frozen=True)
class CatalogueField:
    """A field with its defaults; `limit` and `most` count `unit`: how much it may hold, and the highest such limit."""

    name: str
    label: str
    reader: Reader
    use: FieldUse
    limit: int
    most: int
    help: str
    unit: str = "characters"
    noun: str = ""
    is_always: bool = False

    @property
    def subject(self) -> str:
        """What a sentence calls it: "The review text has 6,500 characters"."""
        return self.noun or self.label.lower()

    @property
    def default(self) -> "FieldRule":
        """What holds for a format that says nothing about it."""
        return FieldRule(self.use, self.limit)


class FieldRule(NamedTuple):
    """What a format says about a field."""

    use: FieldUse
    limit: int

    @property
    def is_asked(self) -> bool:
        return self.use != FieldUse.OFF

    @property
    def is_required(self) -> bool:
        return self.use == FieldUse.REQUIRED


Rules = Mapping[str, FieldRule]


_REQUIRED, _OPTIONAL, _OFF = FieldUse.REQUIRED, FieldUse.OPTIONAL, FieldUse.OFF
_REVIEW, _PUBLIC, _OFFICE = Reader.REVIEWERS, Reader.PUBLIC, Reader.OFFICE

CATALOGUE: Mapping[str, CatalogueField] = {
    each.name: each
    for each in (
        CatalogueField(
            "title",
            "Title",
            _REVIEW,
            _REQUIRED,
            160,
            160,
            "What it is about, without the company's name.",
            is_always=True,
        ),
        CatalogueField(
            "abstract",
            "Review text",
            _REVIEW,
            _REQUIRED,
            6000,
            20_000,
            "What is the research? What is the evidence, and what did not work? What will people learn?",
            is_always=True,
        ),
        CatalogueField(
            "takeaways",
            "What attendees learn",
            _REVIEW,
            _REQUIRED,
            2000,
            6000,
            "Two or three things that people can use in their own work, one per line.",
            noun="text on what attendees learn",
        ),
        CatalogueField(
            "outline",
            "Outline",
            _REVIEW,
            _OFF,
            20,
            40,
            "The parts of the session with their minutes, which add up to its length.",
            unit="parts",
        ),
        CatalogueField(
            "level",
            "Level",
            _REVIEW,
            _OFF,
            1,
            1,
            "How much of the subject attendees should know already.",
            unit="choice",
        ),
        CatalogueField(
            "audience",
            "Who it is for",
            _REVIEW,
            _OFF,
            600,
            2000,
            "For example: people who serve large models.",
            noun="text on who it is for",
        ),
        CatalogueField(
            "prerequisites",
            "Prerequisites",
            _REVIEW,
            _OFF,
            600,
            2000,
            "What attendees need to know beforehand.",
            noun="list of prerequisites",
        ),
        CatalogueField(
            "evidence",
            "Evidence and openness",
            _REVIEW,
            _OFF,
            2000,
            6000,
            "What was measured and how; what others can check: paper, code, data, model.",
            noun="text on evidence and openness",
        ),
        CatalogueField(
            "hands_on",
            "Hands-on part",
            _REVIEW,
            _OFF,
            2000,
            6000,
            "What attendees do themselves, and what they need to bring.",
            noun="text on the hands-on part",
        ),
        CatalogueField(
            "topics",
            "Topics",
            _REVIEW,
            _REQUIRED,
            5,
            20,
            "They find reviewers who know the field.",
            unit="topics",
        ),
        CatalogueField(
            "expected_audience",
            "Expected audience",
            _OFFICE,
            _OPTIONAL,
            100_000,
            100_000,
            "How many people you think will come: it helps to choose the room.",
            unit="people",
        ),
        CatalogueField(
            "needs",
            "Equipment and other needs",
            _OFFICE,
            _OPTIONAL,
            2000,
            6000,
            "What you bring and what you need, such as power, a large screen, tables in groups, captioning.",
            noun="list of needs",
        ),
        CatalogueField(
            "wishes",
            "Wishes",
            _OFFICE,
            _OFF,
            1000,
            3000,
            "What else the chairs should know when they schedule it.",
            noun="text on wishes",
        ),
        CatalogueField(
            "rooms",
            "Rooms",
            _OFFICE,
            _OFF,
            20,
            20,
            "Rooms that you would like, and rooms that are impossible.",
            unit="rooms",
        ),
        CatalogueField(
            "presenters",
            "Presenters",
            _PUBLIC,
            _REQUIRED,
            12,
            40,
            "Who is on stage.",
            unit="presenters",
            is_always=True,
        ),
        CatalogueField(
            "biography",
            "Biography",
            _PUBLIC,
            _OFF,
            1000,
            3000,
            "Of each presenter, for the program page.",
        ),
        CatalogueField(
            "presenter_link",
            "Presenter's page",
            _PUBLIC,
            _OFF,
            200,
            200,
            "A page about the presenter.",
        ),
        CatalogueField(
            "picture",
            "Picture",
            _PUBLIC,
            _OFF,
            1,
            1,
            "Of each presenter, for the program page.",
            unit="picture",
        ),
        CatalogueField(
            "links",
            "Links",
            _PUBLIC,
            _OFF,
            5,
            20,
            "Paper, code, data: printed in the program.",
            unit="links",
        ),
        CatalogueField(
            "public_title",
            "Public title",
            _PUBLIC,
            _REQUIRED,
            160,
            160,
            "As it will appear in the program.",
            is_always=True,
        ),
        CatalogueField(
            "public_text",
            "Public text",
            _PUBLIC,
            _REQUIRED,
            3000,
            10_000,
            "For the program page. Leave out what only reviewers may read.",
            is_always=True,
        ),
    )
}

#: Asked of each presenter, not of the proposal.
OF_PRESENTERS = frozenset({"biography", "presenter_link", "picture"})
#: Free texts of a proposal, in the order of the form.
TEXTS = tuple(name for name, field in CATALOGUE.items() if field.unit == "characters" and name not in OF_PRESENTERS)
DEFAULTS: Rules = {name: field.default for name, field in CATALOGUE.items()}


def rules_from(said: Iterable[tuple[str, str, int]]) -> Rules:
    """What a format asks, from what it says (name, use, limit); elsewhere the catalogue's own defaults hold."""
    return {**DEFAULTS, **{name: FieldRule(FieldUse(use), limit) for name, use, limit in said if name in CATALOGUE}}


def limit_of(rules: Rules, name: str) -> int:
    """How much a field may hold; what its format does not ask for is kept up to the highest limit there is."""
    return rules[name].limit if rules[name].is_asked else CATALOGUE[name].most
