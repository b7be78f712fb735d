"""The fields of a draft, except its presenters."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django import forms

from expo.editions.models import Topic
from expo.sponsors.models import Sponsor

from .. import texts
from ..models import ProposalContent
from ..queries.allowance import Allowance, FormatChoice
from .fields import LaterField, TopicsField

PLAIN = ("title", "abstract", "takeaways", "expected_audience", "needs", "public_title", "public_text")


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
        help_text="Two or three things that people can use at home, one per line.",
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
        help_text="Power for demo hardware, tables in groups, captioning. The organisers read it.",
    )
    public_title = LaterField("public_title", label="Public title", help_text="As it will stand in the program.")
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
        self, *args: Any, sponsor: Sponsor, places: Sequence[FormatChoice], allowances: Sequence[Allowance], **kw: Any
    ) -> None:
        super().__init__(*args, auto_id="id_%s", **kw)
        self.places = {place.key: place for place in places}
        self.fields["place"].choices = grouped(places, {each.format.pk: each for each in allowances})  # type: ignore[attr-defined]
        topics = Topic.objects.filter(edition=sponsor.edition_id)
        self.fields["topics"].queryset = topics  # type: ignore[attr-defined]

    def choose_fitting(self, source: ProposalContent) -> None:
        """Where the saved format and track are no choice any more, begin with the first one of the format."""
        if self.initial["place"] not in self.places:
            fitting = (key for key, place in self.places.items() if place.format == source.format)
            self.initial["place"] = next(fitting, "")

    def clean_place(self) -> FormatChoice:
        """The format and track that the chosen key stands for."""
        return self.places[self.cleaned_data["place"]]

    def given(self) -> dict[str, Any]:
        """The cleaned words as the services take them."""
        place = self.cleaned_data["place"]
        found = {name: self.cleaned_data[name] for name in PLAIN}
        topics = list(self.cleaned_data["topics"])
        return {
            **found,
            "topics": topics,
            "format": place.format,
            "track": place.track,
            "approve": self.cleaned_data["approve"],
        }


def grouped(
    places: Sequence[FormatChoice], allowances: dict[int, Allowance]
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Choices under their format, each head saying how much the tier still allows."""
    groups: dict[int, list[tuple[str, str]]] = defaultdict(list)
    heads = {}
    for place in places:
        heads[place.format.pk] = _head(allowances[place.format.pk])
        groups[place.format.pk].append((place.key, _label(place)))
    return [(heads[format], rows) for format, rows in groups.items()]


def _head(allowance: Allowance) -> str:
    format, left = allowance.format, allowance.left
    return f"{format.name}, {format.minutes} minutes: {left} of {allowance.may_submit} left"


def _label(place: FormatChoice) -> str:
    return f"{place.format.name} in {place.track or 'any track that fits'}"


def initial_of(source: ProposalContent) -> dict[str, Any]:
    """A saved draft, or a working copy, as the form's first values."""
    found: dict[str, Any] = {name: getattr(source, name) for name in PLAIN}
    found["place"] = FormatChoice(source.format, source.track).key
    found["topics"] = list(source.topics.values_list("pk", flat=True))
    found["approve"] = source.public_text_approved_at is not None
    return found
