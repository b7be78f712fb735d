"""Fields that a draft may leave empty although they are needed to submit; so they do not say "(optional)"."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from expo.kit.forms import LongText

from .. import texts


class LaterField(forms.CharField):
    """A text with the house's limit for `name`; empty is fine until the proposal is submitted."""

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


class LaterName(forms.CharField):
    """A line about a presenter, needed to submit and not before."""

    def validate(self, value: str) -> None:
        """Nothing is demanded of a draft."""


class LaterEmail(forms.EmailField):
    """An address that may be missing for now but must not be wrong."""

    def validate(self, value: str) -> None:
        """Nothing is demanded of a draft."""


class TopicsField(forms.ModelMultipleChoiceField):
    """Topics to tick; none are fine until the proposal is submitted."""

    widget = forms.CheckboxSelectMultiple

    def clean(self, value: Any) -> QuerySet[Any]:
        """The chosen topics, not more than a proposal may have."""
        if not value:
            return self.queryset.none()
        chosen: QuerySet[Any] = super().clean(value)
        if len(chosen) > texts.MOST_TOPICS:
            sentence = f"Choose at most {texts.MOST_TOPICS} topics, those that matter most; {len(chosen)} are ticked."
            raise ValidationError(sentence, code="too-many-topics")
        return chosen
