"""The page on which a proposal is written: what its format asks for, in sections, and buttons that save nothing.

What the format does not ask for goes along unseen, so that changing the format and back loses nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import ModelChoiceIterator

from expo.editions.catalogue import CATALOGUE, DEFAULTS, TEXTS, FieldRule, Rules, limit_of
from expo.editions.models import Day, Format, Room, Topic, Track
from expo.editions.queries import rules_of
from expo.kit.form_sections import EMPTY, Need, Section, SectionState
from expo.kit.forms import Chips, ChoiceCards, FollowingSelect, InlineRadios, LongText
from expo.kit.text import listed
from expo.sponsors.models import Sponsor

from .. import outlines, texts
from ..models import Proposal, ProposalContent
from ..queries.allowance import Allowance, FormatChoice, allowances, format_choices
from ..queries.content import people_of, proposal_of
from ..services.fields import liked_and_impossible, too_many_topics
from ..states import AudienceLevel
from .presenters import PresenterFormSet, presenter_rows
from .rows import LaterNumber, LinkFormSet, Move, OutlineFormSet, outline_rows

ROWS = {
    "abstract": 12,
    "takeaways": 4,
    "audience": 3,
    "prerequisites": 3,
    "evidence": 5,
    "hands_on": 5,
    "needs": 3,
    "wishes": 3,
    "public_text": 7,
}
MARKDOWN = frozenset({"abstract", "takeaways", "evidence", "hands_on", "public_text"})
ROOMS = {
    "preferred_rooms": ("Rooms you would like", "The scheduler tries to give you one of them; nobody can promise it."),
    "excluded_rooms": ("Rooms that are impossible", "Only where the session cannot take place, such as up the stairs."),
}


@dataclass(frozen=True)
class DraftSection(Section):
    """A section of the page; `template` draws one that consists of rows."""

    template: str = ""


SECTIONS = (
    DraftSection("The session", "format track", ("format",)),
    DraftSection(
        "For reviewers",
        "title abstract takeaways level audience prerequisites evidence hands_on topics",
        lead="Reviewers read this. It is never published. Leave out who you are: no names of companies or people.",
    ),
    DraftSection("Outline", "", template="expo/proposals/_outline.html"),
    DraftSection(
        "Room and equipment",
        "expected_audience needs wishes preferred_rooms excluded_rooms",
        lead="Organisers and chairs read this. Reviewers do not.",
    ),
    DraftSection("Presenters", "", template="expo/proposals/_presenters.html"),
    DraftSection("Links", "", template="expo/proposals/_links.html"),
    DraftSection(
        "For the public",
        "public_title public_text approve",
        lead="A separate text: what convinces a reviewer is not always meant for everybody.",
    ),
)


class LaterField(forms.CharField):
    """A text of the catalogue, needed to submit and not before."""

    def __init__(self, name: str, *, limit: int, **kwargs: Any) -> None:
        rows = ROWS.get(name)
        widget = LongText(rows=rows, limit=limit) if rows else forms.TextInput({"data-count": limit})
        super().__init__(widget=widget, **kwargs)
        self.limited, self.limit = name, limit

    def validate(self, value: str) -> None:
        """Nothing is demanded of a draft."""

    def clean(self, value: Any) -> str:
        """The text as it will be kept, refused when it is too long."""
        text = texts.tidy(str(value or ""), one_line=self.limited in texts.ONE_LINE)
        sentence = texts.too_long(self.limited, text, self.limit)
        if sentence:
            raise ValidationError(sentence, code="too-long")
        return text


class LevelField(forms.ChoiceField):
    """How much attendees should know already; a draft may leave it open."""

    def validate(self, value: str) -> None:
        if value:
            super().validate(value)


class _LoadedChoices(ModelChoiceIterator):
    """The choices of a field from the rows its page has read already, where Django reads them anew."""

    def __iter__(self) -> Iterator[tuple[Any, str]]:
        return map(self.choice, self.queryset)


class SeveralField(forms.ModelMultipleChoiceField):
    """Topics or rooms to tick; none are fine until the proposal is submitted."""

    iterator = _LoadedChoices

    def __init__(self, rows: QuerySet[Any], *, most: int, **kwargs: Any) -> None:
        super().__init__(rows, widget=Chips(most=most), **kwargs)
        self.rows, self.most = rows, most

    def clean(self, value: Any) -> QuerySet[Any]:
        """The chosen ones."""
        chosen: QuerySet[Any] = super().clean(value) if value else self.rows.none()
        return chosen


class TopicsField(SeveralField):
    def clean(self, value: Any) -> QuerySet[Any]:
        """The chosen topics, not more than the format takes."""
        chosen = super().clean(value)
        if len(chosen) > self.most:
            raise ValidationError(too_many_topics(len(chosen), self.most), code="too-many-topics")
        return chosen


def help_on(name: str, limit: int) -> str:
    """What to write, and how much of it: the counter beside it needs script."""
    field = CATALOGUE[name]
    parts = [field.help, "Markdown." if name in MARKDOWN else ""]
    parts += [f"At most {limit:,} {field.unit}." if field.unit in ("characters", "topics") else ""]
    return " ".join(filter(None, parts))


def approval_label(format: Format | None, rules: Rules) -> str:
    """What a team says yes to, by what the format prints."""
    published = ["title", "text"]
    published += ["outline"] if format and format.publishes_outline and rules["outline"].is_asked else []
    published += ["links"] if rules["links"].is_asked else []
    return f"We approve the public {listed(published)} for publication"


def _ruled_fields(edition_id: int, rules: Rules) -> Iterator[tuple[str, forms.Field]]:
    """The fields of the catalogue, but for rows, as this format asks for them."""
    for name, field in CATALOGUE.items():
        rule, limit = rules[name], limit_of(rules, name)
        common: dict[str, Any] = {
            "label": field.label, "required": rule.is_required, "help_text": help_on(name, limit)
        }  # fmt: skip
        if name in TEXTS:
            yield name, LaterField(name, limit=limit, **common)
        elif name == "topics":
            yield name, TopicsField(Topic.objects.filter(edition=edition_id), most=limit, **common)
        elif name == "level":
            known = [(each.value, each.label) for each in AudienceLevel]
            choices = known if rule.is_required else [("", "Not said"), *known]
            yield name, LevelField(choices=choices, widget=InlineRadios(), **common)
        elif name == "expected_audience":
            yield name, LaterNumber(min_value=1, max_value=limit, **common)
        elif name == "rooms":
            rooms = Room.objects.filter(edition=edition_id)
            for each, (label, help_text) in ROOMS.items():
                yield each, SeveralField(rooms, most=limit, **{**common, "label": label, "help_text": help_text})


def _rule(rules: Rules, name: str) -> FieldRule:
    return rules["rooms" if name in ROOMS else name]


class ProposalForm(forms.Form):
    """What the sponsor writes. Saving asks for nothing but a format; submitting names what is missing."""

    use_required_attribute = False

    format = forms.ChoiceField(
        label="Format",
        widget=ChoiceCards,
        error_messages={
            "required": "Choose a format: talk, demo or workshop.",
            "invalid_choice": "This choice is not on the list any more. Choose one that is.",
        },
    )
    track = forms.ChoiceField(
        label="Track",
        required=False,
        widget=FollowingSelect("format"),
        error_messages={"invalid_choice": "This track is not on the list any more. Choose one that is."},
    )
    approve = forms.BooleanField(
        required=False,
        help_text="You can do this later too. Changing any of it takes the approval back.",
    )

    def __init__(
        self,
        *args: Any,
        sponsor: Sponsor,
        choices: Sequence[FormatChoice],
        allowances: Sequence[Allowance],
        format: Format | None,
        drawn: Format | None,
        **kw: Any,
    ) -> None:
        super().__init__(*args, **{"auto_id": "id_%s", **kw})
        self.rules = rules_of(format) if format else DEFAULTS
        self.drawn = rules_of(drawn) if drawn else self.rules
        self.ruled: list[str] = []
        for name, field in _ruled_fields(sponsor.edition_id, self.rules):
            if not _rule(self.rules, name).is_asked:
                field.widget = field.hidden_widget()
            self.fields[name] = field
            self.ruled.append(name)
        heads = {each.format.pk: each for each in allowances}
        self.formats = {str(each.format.pk): each for each in choices}
        self.tracks = {str(track.pk): track for each in choices for track in each.tracks}
        cards, follow = self.fields["format"], self.fields["track"]
        cards.choices = [(key, each.format.name) for key, each in self.formats.items()]  # type: ignore[attr-defined]
        cards.widget.notes = {key: _note(heads[each.format.pk]) for key, each in self.formats.items()}  # type: ignore[attr-defined]
        takes: dict[str, list[Format]] = defaultdict(list)
        for each in choices:
            for track in each.tracks:
                takes[str(track.pk)].append(each.format)
        names = [(key, f"{track} ({listed(one.name for one in takes[key])})") for key, track in self.tracks.items()]
        follow.choices = [("", "Any track that fits"), *names]  # type: ignore[attr-defined]
        follow.widget.fits = {key: " ".join(str(one.pk) for one in formats) for key, formats in takes.items()}  # type: ignore[attr-defined]
        self.fields["approve"].label = approval_label(format, self.rules)

    def clean_track(self) -> Track | None:
        """The track; where only one takes the format, that one."""
        chosen = self.formats.get(self.cleaned_data.get("format", ""))
        only = chosen.tracks[0] if chosen and len(chosen.tracks) == 1 else None
        return self.tracks.get(self.cleaned_data["track"], only)

    def clean(self) -> dict[str, Any]:
        """No room on both lists; and what is wrong with a field that is not to be seen is said on top."""
        data = super().clean() or {}
        if both := liked_and_impossible(data.get("preferred_rooms") or (), data.get("excluded_rooms") or ()):
            self.add_error("excluded_rooms", both)
        for name in self.ruled:
            if self.fields[name].widget.is_hidden and name in self.errors:
                for sentence in self.errors.pop(name):
                    self.add_error(None, sentence)
        return data

    def content(self) -> dict[str, Any]:
        """The cleaned fields as the services take them; what the page neither asked for nor sent stays as it was."""
        data = self.cleaned_data
        written = [
            name for name in self.ruled if _rule(self.drawn, name).is_asked or self.add_prefix(name) in self.data
        ]
        several = [name for name in written if isinstance(self.fields[name], SeveralField)]
        return {
            **{name: data[name] for name in written},
            **{name: list(data[name]) for name in several},
            "format": self.formats[data["format"]].format,
            "track": data["track"],
            "approve": data["approve"],
        }

    @property
    def unseen(self) -> list[forms.BoundField]:
        """What the format does not ask for and holds something."""
        return [self[name] for name in self.ruled if self[name].is_hidden and self[name].value() not in EMPTY]

    def asks(self, name: str) -> bool:
        """Whether the page shows this field; an edition without topics or rooms has none to show."""
        if name in self.ruled and not _rule(self.rules, name).is_asked:
            return False
        field = self.fields[name]
        return not isinstance(field, SeveralField) or bool(field.queryset)


def days_of(sponsor: Sponsor) -> list[Day]:
    """The days of the program on which a presenter may be away."""
    return list(sponsor.edition.days.all())


def _note(allowance: Allowance) -> str:
    return f"{allowance.format.minutes} minutes · {allowance.offer}"


class WritingForm:
    """All parts together, so that a view can ask once whether they are right and what they say."""

    def __init__(
        self,
        sponsor: Sponsor,
        *,
        data: Any = None,
        initial: Mapping[str, Any] | None = None,
        people: Sequence[Mapping[str, Any]] = (),
        outline: Sequence[Mapping[str, Any]] = (),
        links: Sequence[Mapping[str, Any]] = (),
        days: list[Day] | None = None,
        proposal: Proposal | None = None,
    ) -> None:
        self.sponsor, self.proposal = sponsor, proposal
        self.allowances = allowances(sponsor)
        choices = format_choices(sponsor, self.allowances)
        self.days = days_of(sponsor) if days is None else days
        first = {"format": str(choices[0].format.pk)} if len(choices) == 1 else {}
        initial = {**first, **{name: value for name, value in (initial or {}).items() if value or name not in first}}
        formats = {str(each.format.pk): each.format for each in self.allowances}
        drawn = None if data is None else formats.get(str(data.get("asked")))
        chosen = formats.get(str((initial if data is None else data).get("format"))) or drawn
        if chosen is None and data is not None and choices:
            chosen = choices[0].format  # so that the words are shown again
        self.format = chosen
        self.main = ProposalForm(
            data,
            initial=initial,
            sponsor=sponsor,
            choices=choices,
            allowances=self.allowances,
            format=chosen,
            drawn=drawn,
        )
        rules = self.main.rules
        self.people = PresenterFormSet(data, days=self.days, initial=people)
        self.outline = OutlineFormSet(data, limit=limit_of(rules, "outline"), initial=outline, empty=3)
        self.links = LinkFormSet(data, limit=limit_of(rules, "links"), initial=links)

    @classmethod
    def of(cls, source: ProposalContent) -> Self:
        """A saved draft, or a working copy, ready to be changed."""
        proposal = proposal_of(source)
        days, people = days_of(proposal.sponsor), people_of(source)
        initial: dict[str, Any] = {name: getattr(source, name) for name in (*TEXTS, "level", "expected_audience")}
        initial |= {"format": str(source.format_id), "track": str(source.track_id or "")}
        for name in ("topics", *ROOMS):
            initial[name] = list(getattr(source, name).values_list("pk", flat=True))
        initial["approve"] = source.public_text_approved_at is not None
        return cls(
            proposal.sponsor,
            initial=initial,
            people=presenter_rows(people, days),
            outline=outline_rows(outlines.read(source.outline), people),
            links=source.links,
            days=days,
            proposal=proposal,
        )

    def is_valid(self) -> bool:
        parts: list[Any] = [self.main, self.people, self.outline, self.links]
        return not [part for part in parts if not part.is_valid()]  # each of them is judged

    def content(self) -> dict[str, Any]:
        people = self.people.content()
        content = {**self.main.content(), "presenters": people}
        if self.outline.is_sent:
            content["outline"] = self.outline.content(people)
        if self.links.is_sent:
            content["links"] = self.links.content()
        return content

    @property
    def wrong_rows(self) -> list[tuple[str, Any]]:
        """Wrong fields of rows with what their row is called, for the list on top."""
        people = enumerate(self.people, 1) if self.people.is_bound else ()
        wrong = [
            (f"Presenter {number}", field) for number, row in people for field in row.visible_fields() if field.errors
        ]
        wrong += [(f"Part {number} of the outline", field) for number, field in self.outline.wrong]
        return wrong + [(f"Link {number}", field) for number, field in self.links.wrong]

    def add_error(self, field: str | None, error: str) -> None:
        """Where a refusal of the service belongs on this page."""
        is_there = field in self.main.fields and not self.main.fields[field].widget.is_hidden
        self.main.add_error(field if is_there else None, error)

    @property
    def fields(self) -> list[str]:
        return list(self.main.fields)

    @property
    def length(self) -> int:
        """Minutes that the outline has to fill."""
        if self.format is None:
            return 0
        is_agreed = self.proposal is not None and self.proposal.format_id == self.format.pk
        return self.proposal.length if self.proposal is not None and is_agreed else self.format.minutes

    @property
    def publishes_outline(self) -> bool:
        return self.format is not None and self.format.publishes_outline

    @property
    def asks_outline(self) -> bool:
        return self.main.rules["outline"].is_asked

    @property
    def hides_outline(self) -> bool:
        """Whether an outline goes along that this format does not ask for."""
        return not self.asks_outline and self.outline.is_filled

    @property
    def hides_links(self) -> bool:
        return not self.main.rules["links"].is_asked and self.links.is_filled

    @property
    def parts(self) -> Iterator[DraftSection]:
        """What the page consists of: the format first, then what it asks for."""
        for each in SECTIONS:
            if self.format is None and each is not SECTIONS[0]:
                return
            rows = [name for name in each.rows.split() if self.main.asks(name)]
            if (each.template and not self.main.rules[each.title.lower()].is_asked) or not (rows or each.template):
                continue
            needed = [name for name in rows if name in TEXTS or name in ("topics", "level", "expected_audience")]
            asked = tuple(name for name in needed if self.main.rules[name].is_required)
            yield replace(each, rows=" ".join(rows), needed=each.needed + asked)

    @property
    def sections(self) -> list[SectionState]:
        """The page's sections, each with what a submission will ask for and these words lack."""
        return [self._state(each) for each in self.parts]

    def _state(self, section: DraftSection) -> SectionState:
        wrong = [where for where, _ in self.wrong_rows]
        if section.title == "Presenters":
            people = (
                Need(field.html_name, f"{field.label} of presenter {number}", not field.value())
                for number, row in enumerate(self.people, 1)
                for field in (row["name"], row["email"])
            )
            return SectionState(section.title, tuple(people), sum(where.startswith("Presenter") for where in wrong))
        if section.title == "Outline":
            is_asked = self.main.rules["outline"].is_required or self.outline.is_filled
            sums = Need("outline-adds-up", f"{self.length} minutes in all", self.outline.total != self.length)
            return SectionState(section.title, (sums,) if is_asked else (), sum("outline" in where for where in wrong))
        if section.title == "Links":
            first = Need("links-0-url", "a link", not self.links.is_filled)
            needs = (first,) if self.main.rules["links"].is_required else ()
            return SectionState(section.title, needs, sum(where.startswith("Link") for where in wrong))
        state = section.state(self.main)
        if "preferred_rooms" in section.rows and self.main.rules["rooms"].is_required:
            is_missing = not any(self.main[name].value() for name in ROOMS)
            return replace(state, needs=(*state.needs, Need(" ".join(ROOMS), "Rooms", is_missing)))
        return state

    def rearranged(self, *, move: Move | None = None, **rows: Any) -> "WritingForm":
        """The same words with a row more, less or moved, or in the form of another format; nothing is judged or saved.

        `rows` is what happens to the presenters' rows, see `PresenterFormSet.rearranged`.
        """
        return WritingForm(
            self.sponsor,
            initial={name: self.main[name].data for name in self.main.fields},
            people=self.people.rearranged(move=move, **rows),
            outline=self.outline.typed(move),
            links=self.links.typed(move),
            days=self.days,
            proposal=self.proposal,
        )


class PageForm(forms.Form):
    """What comes with the fields of a page: the version that was read, the one that others' changes were `seen` in, the
    form's key, buttons that save nothing.

    What is wrong counts as not sent.
    """

    version = forms.IntegerField(required=False, min_value=0)
    form_key = forms.UUIDField(required=False)
    seen = forms.IntegerField(required=False, min_value=0)
    remove_presenter = forms.IntegerField(required=False, min_value=0)
    add_presenter = forms.BooleanField(required=False)
    i_present = forms.BooleanField(required=False)
    move = forms.CharField(required=False)
    redraw = forms.BooleanField(required=False)
    check = forms.BooleanField(required=False)

    @classmethod
    def sent(cls, data: Any) -> dict[str, Any]:
        """The values by name; None for what was not sent."""
        form = cls(data)
        form.is_valid()
        return {name: form.cleaned_data.get(name) for name in form.fields}
