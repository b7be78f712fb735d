"""Formats, tracks, rooms, topics, days and breaks: each form knows its edition, and its part when it changes one."""

from typing import Any

from django import forms

from expo.kit import zones
from expo.kit.forms import DateInput, TimeInput

from ..models import Edition
from .fields import WallClockField, attach_zone


class PartForm(forms.Form):
    """A form about one part of an edition."""

    position: forms.Field

    def __init__(self, *args: Any, edition: Edition, part: Any = None, **kwargs: Any) -> None:
        self.edition = edition
        if part is not None:
            kwargs.setdefault("initial", self.initial_of(part))
        super().__init__(*args, **kwargs)
        self.offer(edition)

    def initial_of(self, part: Any) -> dict[str, Any]:
        return {name: getattr(part, name) for name in self.base_fields}

    def offer(self, edition: Edition) -> None:
        """Fill choices from the edition."""


def _position() -> forms.IntegerField:
    return forms.IntegerField(
        required=False, min_value=0, max_value=1000, label="Place in lists", help_text="0 comes first; empty: last."
    )


class FormatForm(PartForm):
    name = forms.CharField(max_length=40, help_text="For example: Talk.")
    minutes = forms.IntegerField(min_value=5, max_value=600, label="Length in minutes")
    least_minutes = forms.IntegerField(
        required=False,
        min_value=5,
        max_value=600,
        label="Shortest",
        help_text="How far chairs may shorten one session. Empty: not at all.",
    )
    most_minutes = forms.IntegerField(
        required=False,
        min_value=5,
        max_value=600,
        label="Longest",
        help_text="How far chairs may lengthen one session. Empty: not at all.",
    )
    setup_minutes = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=240,
        label="Set-up in minutes",
        help_text="How long before its start a session needs its room.",
    )
    position = _position()


class TrackForm(PartForm):
    name = forms.CharField(max_length=60)
    formats = forms.ModelMultipleChoiceField(queryset=None, widget=forms.CheckboxSelectMultiple, label="Takes")
    room = forms.ModelChoiceField(queryset=None, required=False, empty_label="Any room", label="Runs in")
    position = _position()

    def offer(self, edition: Edition) -> None:
        self.fields["formats"].queryset = edition.formats.all()  # type: ignore[attr-defined]
        self.fields["room"].queryset = edition.rooms.all()  # type: ignore[attr-defined]

    def initial_of(self, part: Any) -> dict[str, Any]:
        return {**super().initial_of(part), "formats": [one.pk for one in part.formats.all()], "room": part.room_id}


class RoomForm(PartForm):
    name = forms.CharField(max_length=60)
    capacity = forms.IntegerField(required=False, min_value=1, max_value=100_000, label="Seats")
    equipment = forms.CharField(
        required=False, max_length=1000, help_text="With commas between: projector, sound, posters."
    )
    area = forms.CharField(
        required=False,
        max_length=40,
        help_text="Rooms of one area are next to one another, so nobody has to walk. Empty: apart from all others.",
    )
    position = _position()

    def initial_of(self, part: Any) -> dict[str, Any]:
        return {**super().initial_of(part), "equipment": ", ".join(part.equipment)}

    def clean_equipment(self) -> list[str]:
        return [thing.strip() for thing in self.cleaned_data["equipment"].split(",") if thing.strip()]


class TopicForm(PartForm):
    name = forms.CharField(max_length=60, help_text="What proposals are about and reviewers know.")


class DayForm(PartForm):
    date = forms.DateField(widget=DateInput)
    opens_at = forms.TimeField(widget=TimeInput, label="Opens", initial="09:00")
    closes_at = forms.TimeField(widget=TimeInput, label="Closes", initial="18:00")
    prime_from = forms.TimeField(
        required=False,
        widget=TimeInput,
        label="Prime time from",
        help_text="The scheduler shares prime time fairly between sponsors. Empty: no time is better than another.",
    )
    prime_until = forms.TimeField(required=False, widget=TimeInput, label="Prime time until")


class BreakForm(PartForm):
    name = forms.CharField(max_length=60, help_text="For example: Lunch.")
    starts_at = WallClockField(label="Starts")
    ends_at = WallClockField(label="Ends")
    room = forms.ModelChoiceField(queryset=None, required=False, empty_label="All rooms")

    def offer(self, edition: Edition) -> None:
        self.fields["room"].queryset = edition.rooms.all()  # type: ignore[attr-defined]

    def initial_of(self, part: Any) -> dict[str, Any]:
        zone = self.edition.time_zone
        times = {name: zones.wall(getattr(part, name), zone) for name in ("starts_at", "ends_at")}
        return {**super().initial_of(part), **times, "room": part.room_id}

    def clean(self) -> dict[str, Any]:
        super().clean()
        attach_zone(self, self.edition.time_zone, "starts_at", "ends_at")
        return self.cleaned_data
