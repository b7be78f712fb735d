"""The one look of forms: the renderer named by FORM_RENDERER, and the widgets Django does not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting


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


class LevelSelect(forms.RadioSelect):
    """The levels of a criterion as rows: value, name, and the sentence that anchors the value."""

    template_name = "django/forms/widgets/levels.html"
    option_template_name = "django/forms/widgets/level.html"

    def __init__(self, *, anchors: Mapping[Any, str], examples: Mapping[Any, str] | None = None) -> None:
        super().__init__()
        self.anchors = {str(value): text for value, text in anchors.items()}
        self.examples = {str(value): text for value, text in (examples or {}).items()}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Django's option with its anchor and example."""
        option = super().create_option(name, value, *args, **kwargs)
        option["anchor"] = self.anchors.get(str(value), "")
        option["example"] = self.examples.get(str(value), "")
        return option
