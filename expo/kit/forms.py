"""The one look of forms: the renderer named by FORM_RENDERER, and the widgets Django does not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.forms.utils import flatatt


class Renderer(TemplatesSetting):
    """Draws forms with templates/django/forms; built-in widgets come from the `django.forms` app."""

    form_template_name = "django/forms/div.html"
    field_template_name = "django/forms/field.html"


class DateTimeInput(forms.DateTimeInput):
    """The browser's own date and time picker, to the minute."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class DateInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """The browser's own time picker, to the minute."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class LongText(forms.Textarea):
    """A text area that counts towards its limit while one types; `unit` is characters or words."""

    def __init__(self, *, rows: int = 8, limit: int | None = None, unit: str = "characters") -> None:
        counted = {"data-count": limit, "data-unit": unit} if limit else {}
        super().__init__({"rows": rows, **counted})


class InlineRadios(forms.RadioSelect):
    """A few short choices on one line."""

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = ()) -> None:
        super().__init__({"class": "options inline", **(attrs or {})}, choices)


class Chips(forms.CheckboxSelectMultiple):
    """Many short choices as chips in columns; `most` says how many may be chosen, and they are counted."""

    template_name = "django/forms/widgets/chips.html"

    def __init__(self, *, most: int | None = None) -> None:
        super().__init__()
        self.most = most

    def get_context(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Django's context with the limit."""
        context = super().get_context(*args, **kwargs)
        context["widget"]["most"] = self.most
        return context


class ChoiceCards(forms.RadioSelect):
    """A few choices as cards: a name and, by its value in `notes`, a line about it."""

    template_name = "django/forms/widgets/cards.html"

    def __init__(self) -> None:
        super().__init__()
        self.notes: dict[str, str] = {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Django's option with its line."""
        option = super().create_option(name, value, *args, **kwargs)
        option["note"] = self.notes.get(str(value), "")
        return option


class FollowingSelect(forms.Select):
    """A list of which a script offers only what fits the choice in another field, by the values in `fits`."""

    def __init__(self, follows: str) -> None:
        super().__init__({"data-follows": follows})
        self.fits: dict[str, str] = {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Django's option with the values of the other field that it fits; none: all of them."""
        option = super().create_option(name, value, *args, **kwargs)
        if fits := self.fits.get(str(value)):
            option["attrs"]["data-fits"] = fits
        return option


class LevelSelect(forms.RadioSelect):
    """The levels of a criterion as joined segments; the sentence that anchors the chosen level stands below.

    All sentences show once the levels are unfolded. One template draws all levels: one for each would be half the
    time of the page.
    """

    template_name = "django/forms/widgets/levels.html"
    #: Whether every level's sentence shows from the start.
    is_unfolded = False

    def __init__(self, *, anchors: Mapping[Any, str], examples: Mapping[Any, str] | None = None) -> None:
        super().__init__()
        self.anchors = {str(value): text for value, text in anchors.items()}
        self.examples = {str(value): text for value, text in (examples or {}).items()}

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Django's context, with the levels laid flat for the template."""
        context = super().get_context(name, value, attrs)
        groups = context["widget"]["optgroups"]
        levels = [self._level(option) for _, options, _ in groups for option in options]
        folding = {"has_anchors": any(self.anchors.values()), "is_unfolded": self.is_unfolded}
        context["widget"] |= {"levels": levels, **folding}
        return context

    def _level(self, option: dict[str, Any]) -> dict[str, Any]:
        value, own = str(option["value"]), option["attrs"]
        anchor, anchor_id = self.anchors.get(value, ""), f"{own.get('id', option['name'] + value)}_anchor"
        about = {"aria-describedby": anchor_id} if anchor else {}
        return {
            "value": value,
            "label": option["label"],
            "anchor": anchor,
            "anchor_id": anchor_id,
            "example": self.examples.get(value, ""),
            "attributes": flatatt({"type": "radio", "name": option["name"], "value": value, **own, **about}),
        }
