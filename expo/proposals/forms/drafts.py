"""The page on which a proposal is written: its fields, its presenters, and buttons that keep what was typed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import ModelChoiceIterator

from expo.editions.models import Day, Format, Topic, Track
from expo.kit.form_sections import Need, Section, SectionState
from expo.kit.forms import Chips, ChoiceCards, FollowingSelect, LongText
from expo.kit.text import listed
from expo.sponsors.models import Sponsor

from .. import texts
from ..models import Proposal, ProposalContent, WorkingCopy
from ..queries.allowance import Allowance, FormatChoice, allowances, format_choices
from ..queries.content import people_of
from .presenters import PresenterFormSet, presenter_rows

PLAIN = ("title", "abstract", "takeaways", "expected_audience", "needs", "public_title", "public_text")

SECTIONS = (
    Section("The session", "format track", ("format",)),
    Section(
        "For reviewers",
        "title abstract takeaways topics",
        ("title", "abstract", "takeaways", "topics"),
        lead="Reviewers read this. It is never published.",
    ),
    Section("The room", "expected_audience+needs"),
    Section("Presenters", ""),  # rows of their own
    Section(
        "For the public",
        "public_title public_text approve",
        ("public_title", "public_text"),
        lead="A separate text: what convinces a reviewer is not always meant for everybody.",
    ),
)


class LaterField(forms.CharField):
    """A text with the limit for `name`, needed to submit and not before; so it does not say "(optional)"."""

    def __init__(self, name: str, *, rows: int = 0, **kwargs: Any) -> None:
        limit = texts.LIMITS[name]
        widget = LongText(rows=rows, limit=limit) if rows else forms.TextInput({"maxlength": limit})
        super().__init__(widget=widget, **kwargs)
        self.limited = name

    def validate(self, value: str) -> None:
        """Nothing is demanded of a draft."""

    def clean(self, value: Any) -> str:
        """The text as it will be kept, refused when it is too long."""
        text = texts.tidy(str(value or ""), one_line=self.limited in texts.ONE_LINE)
        sentence = texts.too_long(self.limited, text)
        if sentence:
            raise ValidationError(sentence, code="too-long")
        return text


class _LoadedChoices(ModelChoiceIterator):
    """The choices of a field from the rows its page has read already, where Django reads them anew."""

    def __iter__(self) -> Iterator[tuple[Any, str]]:
        return map(self.choice, self.queryset)


class TopicsField(forms.ModelMultipleChoiceField):
    """Topics to tick; none are fine until the proposal is submitted."""

    iterator = _LoadedChoices
    widget = Chips(most=texts.MOST_TOPICS)

    def clean(self, value: Any) -> QuerySet[Any]:
        """The chosen topics, not more than a proposal may have."""
        if not value:
            return Topic.objects.none()
        chosen: QuerySet[Any] = super().clean(value)
        if len(chosen) > texts.MOST_TOPICS:
            sentence = f"Choose at most {texts.MOST_TOPICS} topics, those that matter most; {len(chosen)} are ticked."
            raise ValidationError(sentence, code="too-many-topics")
        return chosen


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
    title = LaterField(
        "title", label="Title", help_text="For reviewers. Say what it is about, without the company's name."
    )
    abstract = LaterField(
        "abstract",
        rows=12,
        label="Review text",
        help_text="What is the research? What is the evidence, and what did not work? What will people learn? "
        "No sales, no recruiting. Markdown. Reviewers read this; it is never published.",
    )
    takeaways = LaterField(
        "takeaways",
        rows=4,
        label="What attendees learn",
        help_text="Two or three things that people can use in their own work, one per line.",
    )
    topics = TopicsField(
        Topic.objects.none(),
        label="Topics",
        help_text=f"Up to {texts.MOST_TOPICS}; they find you reviewers who know the field.",
    )
    expected_audience = forms.IntegerField(
        label="Expected audience",
        required=False,
        min_value=1,
        max_value=texts.MOST_PEOPLE,
        help_text="How many people you think will come: it helps to choose the room.",
    )
    needs = LaterField(
        "needs",
        rows=3,
        required=False,
        label="Needs",
        help_text="For example power for demo hardware, tables in groups, captioning. The organisers read it.",
    )
    public_title = LaterField("public_title", label="Public title", help_text="As it will appear in the program.")
    public_text = LaterField(
        "public_text",
        rows=7,
        label="Public text",
        help_text="For the program page. Markdown. Leave out what only reviewers may read.",
    )
    approve = forms.BooleanField(
        label="We approve the public title and text for publication",
        required=False,
        help_text="You can do this later too. Changing them takes the approval back.",
    )

    def __init__(
        self, *args: Any, sponsor: Sponsor, choices: Sequence[FormatChoice], allowances: Sequence[Allowance], **kw: Any
    ) -> None:
        super().__init__(*args, **{"auto_id": "id_%s", **kw})
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
        self.fields["topics"].queryset = Topic.objects.filter(edition=sponsor.edition_id)  # type: ignore[attr-defined]

    def clean_track(self) -> Track | None:
        """The track; where only one takes the format, that one."""
        chosen = self.formats.get(self.cleaned_data.get("format", ""))
        only = chosen.tracks[0] if chosen and len(chosen.tracks) == 1 else None
        return self.tracks.get(self.cleaned_data["track"], only)

    def content(self) -> dict[str, Any]:
        """The cleaned fields as the services take them."""
        data = self.cleaned_data
        return {
            **{name: data[name] for name in PLAIN},
            "topics": list(data["topics"]),
            "format": self.formats[data["format"]].format,
            "track": data["track"],
            "approve": data["approve"],
        }


def days_of(sponsor: Sponsor) -> list[Day]:
    """The days of the program on which a presenter may be away."""
    return list(sponsor.edition.days.all())


def _note(allowance: Allowance) -> str:
    return f"{allowance.format.minutes} minutes · {allowance.left} of {allowance.may_submit} left"


class WritingForm:
    """Both parts together, so that a view can ask once whether they are right and what they say."""

    def __init__(
        self,
        sponsor: Sponsor,
        *,
        data: Any = None,
        initial: Mapping[str, Any] | None = None,
        people: Sequence[Mapping[str, Any]] = (),
        days: list[Day] | None = None,
    ) -> None:
        self.sponsor = sponsor
        self.allowances = allowances(sponsor)
        choices = format_choices(sponsor, self.allowances)
        self.days = days_of(sponsor) if days is None else days
        first = {"format": str(choices[0].format.pk)} if len(choices) == 1 else {}
        self.main = ProposalForm(
            data, initial={**first, **(initial or {})}, sponsor=sponsor, choices=choices, allowances=self.allowances
        )
        self.people = PresenterFormSet(data, days=self.days, initial=people)

    @classmethod
    def of(cls, source: ProposalContent) -> Self:
        """A saved draft, or a working copy, ready to be changed."""
        proposal = source.proposal if isinstance(source, WorkingCopy) else source
        assert isinstance(proposal, Proposal)  # noqa: S101 - there are these two
        days = days_of(proposal.sponsor)
        initial: dict[str, Any] = {name: getattr(source, name) for name in PLAIN}
        initial |= {"format": str(source.format_id), "track": str(source.track_id or "")}
        initial["topics"] = list(source.topics.values_list("pk", flat=True))
        initial["approve"] = source.public_text_approved_at is not None
        return cls(proposal.sponsor, initial=initial, people=presenter_rows(people_of(source), days), days=days)

    def is_valid(self) -> bool:
        return all([self.main.is_valid(), self.people.is_valid()])

    def content(self) -> dict[str, Any]:
        return {**self.main.content(), "presenters": self.people.content()}

    @property
    def wrong_rows(self) -> list[tuple[int, Any]]:
        """Wrong fields of the presenters with the number of their row, for the list on top."""
        if not self.people.is_bound:
            return []
        rows = enumerate(self.people, 1)
        return [(number, field) for number, row in rows for field in row.visible_fields() if field.errors]

    def add_error(self, field: str | None, error: str) -> None:
        """Where a refusal of the service belongs on this page."""
        self.main.add_error(field if field in self.main.fields else None, error)

    @property
    def fields(self) -> list[str]:
        return list(self.main.fields)

    @property
    def parts(self) -> Iterator[Section]:
        """What the page consists of; an edition without topics asks for none."""
        has_topics = bool(self.main["topics"].field.queryset)  # type: ignore[attr-defined]
        for each in SECTIONS:
            yield replace(each, needed=tuple(name for name in each.needed if has_topics or name != "topics"))

    @property
    def sections(self) -> list[SectionState]:
        """The page's sections, each with what a submission will ask for and these words lack."""
        people = tuple(
            Need(field.html_name, f"{field.label} of presenter {number}", not field.value())
            for number, row in enumerate(self.people, 1)
            for field in (row["name"], row["email"])
        )
        presenters = SectionState("Presenters", people, len(self.wrong_rows))
        return [each.state(self.main) if each.rows else presenters for each in self.parts]

    def rearranged(self, *, remove: int | None = None, add: bool = False) -> "WritingForm":
        """The same words with a presenter more or less; nothing is judged, since nothing is being saved."""
        typed = {name: self.main[name].data for name in self.main.fields}
        return WritingForm(self.sponsor, initial=typed, people=self.people.rearranged(remove=remove, add=add))

    def typed_text(self, name: str) -> str:
        return texts.tidy(str(self.main[name].value() or ""))


class PageForm(forms.Form):
    """What comes with the fields of a page: the version that was read, the form's key, buttons that save nothing.

    What is wrong counts as not sent.
    """

    version = forms.IntegerField(required=False, min_value=0)
    form_key = forms.UUIDField(required=False)
    remove_presenter = forms.IntegerField(required=False, min_value=0)
    add_presenter = forms.BooleanField(required=False)
    preview = forms.BooleanField(required=False)

    @classmethod
    def sent(cls, data: Any) -> dict[str, Any]:
        """The values by name; None for what was not sent."""
        form = cls(data)
        form.is_valid()
        return {name: form.cleaned_data.get(name) for name in form.fields}
