"""Where a session goes: a room and a start on the grid."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django import forms

from expo.editions.models import Edition, Room
from expo.kit.forms import LongText

from . import queries, services

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


class AskForm(forms.Form):
    """Another slot, in the presenters' words; `number` is the slot they read."""

    use_required_attribute = False

    number = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(
        label="What would suit you",
        required=False,
        widget=LongText(rows=4, limit=1000),
        help_text="E.g. “any time after 11:00, Ada lands at 9:40”. The chairs read it.",
    )


class TurnDownForm(forms.Form):
    """Why another slot is not possible."""

    use_required_attribute = False

    number = forms.IntegerField(widget=forms.HiddenInput)
    reply = forms.CharField(
        label="Your reply", required=False, widget=LongText(rows=4, limit=1000), help_text="The presenters read it."
    )


def ticked(rows: Iterable[str]) -> dict[int, int]:
    """Sessions with the versions that were read, from rows such as `17-3`; what is none is left out."""
    pairs = (row.partition("-") for row in rows if row.isascii() and len(row) < 30)
    return {int(one): int(two) for one, _, two in pairs if one.isdigit() and two.isdigit()}


class DraftForm(forms.Form):
    """How another draft is to be made; what is left empty is as usual."""

    name = forms.CharField(max_length=60, required=False, help_text="To tell it from the others.")
    effort = forms.ChoiceField(
        label="How long to search",
        choices=[("quick", "Quick: a first idea"), ("usual", "As usual"), ("thorough", "Thorough: up to an hour")],
        initial="usual",
        required=False,
    )
    fresh = forms.BooleanField(
        label="Forget the present places", required=False, help_text="Pinned sessions stay all the same."
    )
    seed = forms.IntegerField(
        label="Seed",
        min_value=0,
        max_value=services.MOST_SEED,
        required=False,
        help_text="Another number may lead to another timetable that is as good.",
    )


class NameForm(forms.Form):
    """What a run is called."""

    name = forms.CharField(max_length=60, required=False)


def moment_of(value: str) -> datetime:
    """The moment a form's value stands for."""
    return datetime.strptime(value, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
