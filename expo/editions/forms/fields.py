"""Fields that know the edition's clock."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils import timezone

from expo.kit import zones
from expo.kit.errors import Refused
from expo.kit.forms import DateTimeInput


class WallClockField(forms.DateTimeField):
    """Date and time as the clock on the edition's wall shows them; the form attaches the zone."""

    widget = DateTimeInput

    def to_python(self, value: Any) -> datetime | None:
        with timezone.override(UTC):  # else Django would read the time in the server's zone
            typed = super().to_python(value)
        return typed.replace(tzinfo=None) if typed else None

    def prepare_value(self, value: Any) -> Any:
        return value


def attach_zone(form: forms.Form, zone: str, *names: str) -> None:
    """Turn the form's wall-clock times into moments; a time that clocks skip becomes an error of its field."""
    for name in names:
        typed = form.cleaned_data.get(name)
        if typed is None:
            continue
        try:
            form.cleaned_data[name] = zones.moment(typed, zone, field=name)
        except Refused as refusal:
            form.add_error(name, refusal.message)
