"""The page on which a proposal is written: its fields, its presenters, and buttons that keep what was typed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Self

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from expo.editions.models import Day, Topic
from expo.kit.forms import LongText
from expo.sponsors.models import Sponsor

from .. import texts
from ..models import Proposal, ProposalContent, WorkingCopy
from ..queries.allowance import Allowance, FormatChoice, allowances, format_choices
from ..queries.content import people_of
from .presenters import PresenterFormSet, presenter_rows

PLAIN = ("title", "abstract", "takeaways", "expected_audience", "needs", "public_title", "public_text")


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


class TopicsField(forms.ModelMultipleChoiceField):
    """Topics to tick; none are fine until the proposal is submitted."""

    widget = forms.CheckboxSelectMultiple

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

    place = forms.ChoiceField(
        label="Format and track",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose a format: talk, demo or workshop.",
            "invalid_choice": "This choice is not on the list any more. Choose one that is.",
        },
    )
    title = LaterField(
        "title", label="Title", help_text="For reviewers. Say what it is about, without the company's name."
    )
    abstract = LaterField(
        "abstract",
        rows=16,
        label="Review text",
        help_text="What is the research? What is the evidence, and what did not work? What will people learn? "
        "No sales, no recruiting. Markdown. Reviewers read this; it is never published.",
    )
    takeaways = LaterField(
        "takeaways",
        rows=5,
        label="Takeaways",
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
        rows=4,
        required=False,
        label="Needs",
        help_text="For example power for demo hardware, tables in groups, captioning. The organisers read it.",
    )
    public_title = LaterField("public_title", label="Public title", help_text="As it will appear in the program.")
    public_text = LaterField(
        "public_text",
        rows=9,
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
        self.choices = {choice.key: choice for choice in choices}
        heads = {each.format.pk: each for each in allowances}
        self.fields["place"].choices = _grouped(choices, heads)  # type: ignore[attr-defined]
        topics = Topic.objects.filter(edition=sponsor.edition_id)
        self.fields["topics"].queryset = topics  # type: ignore[attr-defined]

    def clean_place(self) -> FormatChoice:
        """The format and track that the chosen key stands for."""
        return self.choices[self.cleaned_data["place"]]

    def content(self) -> dict[str, Any]:
        """The cleaned fields as the services take them."""
        data = self.cleaned_data
        return {
            **{name: data[name] for name in PLAIN},
            "topics": list(data["topics"]),
            "format": data["place"].format,
            "track": data["place"].track,
            "approve": data["approve"],
        }


def _grouped(
    choices: Sequence[FormatChoice], allowances: Mapping[int, Allowance]
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Choices under their format, each head saying how much the tier still allows."""
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for choice in choices:
        format, allowance = choice.format, allowances[choice.format.pk]
        head = f"{format.name}, {format.minutes} minutes: {allowance.left} of {allowance.may_submit} left"
        groups[head].append((choice.key, f"{format.name} in {choice.track or 'any track that fits'}"))
    return list(groups.items())


class WritingForm:
    """Both parts together, so that a view can ask once whether they are right and what they say."""

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
        choices = format_choices(sponsor)
        self.days = list(Day.objects.filter(edition=sponsor.edition_id).select_related("edition"))
        first = {"place": choices[0].key} if len(choices) == 1 else {}
        self.main = ProposalForm(
            data, initial={**first, **(initial or {})}, sponsor=sponsor, choices=choices, allowances=self.allowances
        )
        self.people = PresenterFormSet(data, days=self.days, initial=people)

    @classmethod
    def of(cls, source: ProposalContent) -> Self:
        """A saved draft, or a working copy, ready to be changed."""
        proposal = source.proposal if isinstance(source, WorkingCopy) else source
        assert isinstance(proposal, Proposal)  # noqa: S101 - there are these two
        days = list(proposal.edition.days.select_related("edition"))
        initial: dict[str, Any] = {name: getattr(source, name) for name in PLAIN}
        initial["place"] = FormatChoice(source.format, source.track).key
        initial["topics"] = list(source.topics.values_list("pk", flat=True))
        initial["approve"] = source.public_text_approved_at is not None
        form = cls(proposal.sponsor, initial=initial, people=presenter_rows(people_of(source), days))
        if initial["place"] not in form.main.choices:  # no choice any more: begin with the first one of the format
            fitting = (key for key, choice in form.main.choices.items() if choice.format == source.format)
            form.main.initial["place"] = next(fitting, "")
        return form

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
        field = {"format": "place", "track": "place"}.get(field or "", field)
        self.main.add_error(field if field in self.main.fields else None, error)

    @property
    def fields(self) -> list[str]:
        return [*self.main.fields, "format", "track"]

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
