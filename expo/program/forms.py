"""Where a session goes: a room and a start on the grid."""

from datetime import UTC, datetime
from typing import Any

from django import forms

from expo.editions.models import Edition, Room

from . import queries

OFFERED = "Choose one of the starts offered: they lie on the grid and end before the day does."


class PlaceForm(forms.Form):
    """`minutes` long, in this edition; the values survive a refusal."""

    room = forms.ModelChoiceField(
        Room.objects.none(),
        empty_label="Choose a room",
        error_messages={"invalid_choice": "Choose one of the rooms of this edition."},
    )
    starts_at = forms.TypedChoiceField(label="Day and time", error_messages={"invalid_choice": OFFERED})

    def __init__(self, *args: Any, edition: Edition, minutes: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        room, start = self.fields["room"], self.fields["starts_at"]
        room.queryset = edition.rooms.all()  # type: ignore[attr-defined]
        start.choices = [("", "Choose a start"), *queries.start_choices(edition, minutes)]  # type: ignore[attr-defined]
        start.coerce = moment_of  # type: ignore[attr-defined]
        start.help_text = f"In {edition.time_zone}. It takes {minutes} minutes."


class MoveForm(PlaceForm):
    """A place for a session that has one; `version` tells an old page from a fresh one."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class VersionForm(forms.Form):
    """What a button sends along."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    pinned = forms.BooleanField(required=False)


def moment_of(value: str) -> datetime:
    """The moment a form's value stands for."""
    return datetime.strptime(value, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
