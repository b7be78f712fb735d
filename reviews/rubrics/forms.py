"""Forms of the rubric. Levels are a formset that works without script: empty rows are left out."""

from typing import Any

from django import forms

from expo.kit.forms import LongText

from .models import Criterion
from .services.criteria import MOST_LEVELS, LevelText


class TextsForm(forms.Form):
    """What stands around the criteria."""

    introduction = forms.CharField(
        label="Introduction",
        required=False,
        max_length=4000,
        widget=LongText(rows=6, limit=4000),
        help_text="Shown above the criteria: the standard, in your own words. Markdown.",
    )
    commercial_content = forms.CharField(
        label="What counts as commercial content",
        required=False,
        max_length=4000,
        widget=LongText(rows=10, limit=4000),
        help_text="For sponsors as well: what is welcome, and what is to be left out. Markdown.",
    )


class CriterionForm(forms.Form):
    name = forms.CharField(max_length=60, help_text="Two or three words.")
    question = forms.CharField(max_length=240, help_text="What reviewers answer by choosing a level.")
    weight = forms.IntegerField(
        min_value=1,
        max_value=100,
        initial=1,
        help_text="How much it counts compared with the other criteria. If all are 1, all count the same.",
    )
    position = forms.IntegerField(
        min_value=0, max_value=100, required=False, help_text="Position in the list; if empty, at the end."
    )
    is_wording_only = forms.BooleanField(
        label="Only the wording changed",
        required=False,
        help_text="The question and each level still mean the same, so scores given before count on. Else a changed "
        "question or level makes it a new criterion without scores. Name, weight and examples may always change.",
    )


class LevelForm(forms.Form):
    label = forms.CharField(max_length=40, required=False)
    anchor = forms.CharField(
        label="Sentence",
        max_length=240,
        required=False,
        help_text="What is true of a proposal at this level.",
    )
    example = forms.CharField(max_length=240, required=False)

    def as_level(self) -> LevelText | None:
        """The level as typed; None for an empty row."""
        texts = {name: str(self.cleaned_data.get(name, "")).strip() for name in ("label", "anchor", "example")}
        return LevelText(**texts) if any(texts.values()) else None


LevelFormSet = forms.formset_factory(
    LevelForm, extra=0, max_num=MOST_LEVELS, validate_max=True, absolute_max=MOST_LEVELS
)


def initial_of(criterion: Criterion | None) -> dict[str, Any]:
    """The initial values of the criterion's form."""
    if criterion is None:
        return {}
    return {name: getattr(criterion, name) for name in ("name", "question", "weight", "position")}


def levels_of(criterion: Criterion | None) -> list[dict[str, str]]:
    """One row for each level, and empty rows for more."""
    if criterion is None:
        return [{} for _ in range(MOST_LEVELS)]
    rows = [{"label": each.label, "anchor": each.anchor, "example": each.example} for each in criterion.levels.all()]
    return [*rows, {}, {}][:MOST_LEVELS]
