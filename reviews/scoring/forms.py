"""The review's form: the rubric's levels, the flag, the comments."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.html import escape

from expo.kit.forms import InlineRadios, LevelSelect, LongText
from reviews.assignments.forms import ReasonForm
from reviews.rubrics.models import Criterion

from .models import Review
from .services import LONGEST

CONFIDENCE = [(1, "Low"), (2, "Medium"), (3, "High")]


class ReviewForm(forms.Form):
    """One level picker per criterion. `demanding` asks for all of them; a draft asks for nothing."""

    use_required_attribute = False
    #: Something newer was saved since this form was opened.
    is_behind = False

    is_recruiting = forms.BooleanField(
        required=False,
        label="This is recruiting or sales",
        help_text="A flag for the chairs, not a score. They look at the proposal before anything follows from it.",
    )
    for_sponsor = forms.CharField(
        required=False,
        max_length=LONGEST,
        widget=LongText(rows=5),
        label="For the sponsor",
        help_text="What is good, what would make it better. The chairs may use it in their feedback, not your name.",
    )
    for_chairs = forms.CharField(
        required=False,
        max_length=LONGEST,
        widget=LongText(rows=4),
        label="For the chairs",
        help_text="Only cochairs read it.",
    )
    confidence = forms.TypedChoiceField(
        coerce=int, choices=CONFIDENCE, widget=InlineRadios, label="How sure are you?", initial=2
    )
    version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def __init__(self, *args: Any, criteria: Sequence[Criterion], demanding: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        for criterion in criteria:
            self.fields[f"criterion_{criterion.pk}"] = _picker(criterion, demanding)
        self.fields["confidence"].required = demanding

    @property
    def pickers(self) -> list[forms.BoundField]:
        return [self[f"criterion_{criterion.pk}"] for criterion in self.criteria]

    def verb_fields(self) -> dict[str, Any]:
        """The keyword arguments of `save_review` and `submit_review`."""
        data = self.cleaned_data
        chosen = {criterion: data.get(f"criterion_{criterion.pk}") for criterion in self.criteria}
        levels = {
            criterion.pk: level.pk
            for criterion, value in chosen.items()
            for level in criterion.levels.all()
            if level.value == value
        }
        kept = {name: data[name] for name in ("is_recruiting", "for_sponsor", "for_chairs", "version")}
        return {**kept, "scores": levels, "confidence": data.get("confidence") or 2}


class ExcludeForm(ReasonForm):
    """Why a review should not count."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "The other chairs read it. Neither the reviewer nor the sponsor does."


def _picker(criterion: Criterion, demanding: bool) -> forms.Field:
    levels = list(criterion.levels.all())
    return forms.TypedChoiceField(
        label=criterion.name,
        help_text=escape(criterion.question),
        required=demanding,
        coerce=int,
        empty_value=None,
        choices=[(level.value, level.label) for level in levels],
        widget=LevelSelect(
            anchors={level.value: level.anchor for level in levels},
            examples={level.value: level.example for level in levels if level.example},
        ),
        error_messages={"required": "Choose a level. All criteria need one before you submit."},
    )


def initial_of(review: Review | None) -> dict[str, Any]:
    """What the form shows before anything is typed."""
    if review is None:
        return {}
    levels = {f"criterion_{score.criterion_id}": score.level.value for score in review.scores.all()}
    names = ("is_recruiting", "for_sponsor", "for_chairs", "confidence", "version")
    return {**levels, **{name: getattr(review, name) for name in names}}
