"""The edition itself: where and when, and how it is reviewed."""

from typing import Any

from django import forms

from expo.accounts.forms import TimeZoneField
from expo.kit import zones
from expo.kit.forms import LongText

from ..models import Edition
from ..states import GRIDS
from .fields import WallClockField, attach_zone

TIMES = ("call_opens_at", "call_closes_at", "reviews_due_at", "verdicts_at", "confirm_by_at", "slots_freeze_at")


class CreateForm(forms.Form):
    """What an edition needs to exist."""

    name = forms.CharField(max_length=120, help_text="For example: ICML 2027 Expo.")
    slug = forms.SlugField(
        max_length=40, label="Address", help_text="The edition lives at /e/…/. Letters, digits, hyphens: icml-2027."
    )
    conference = forms.CharField(max_length=60, help_text="For example: ICML.")
    place = forms.CharField(max_length=120, required=False, help_text="City and venue.")
    time_zone = TimeZoneField(initial="UTC", help_text="All times of this edition are shown in it.")


class CalendarForm(forms.Form):
    """Names, dates and review settings. Times are those on the wall in the zone chosen on the same form."""

    name = forms.CharField(max_length=120)
    conference = forms.CharField(max_length=60)
    place = forms.CharField(max_length=120, required=False)
    call_text = forms.CharField(
        required=False, max_length=20_000, widget=LongText(rows=12), help_text="The call for proposals, in Markdown."
    )
    contact_email = forms.EmailField(
        required=False,
        label="Contact address",
        help_text="Public, on the call's page. Answers to the edition's mails go there. Needed to open the call.",
    )
    time_zone = TimeZoneField(help_text="The times below are meant in this zone.")
    call_opens_at = WallClockField(required=False, label="Call opens", help_text="Empty: when you open it.")
    call_closes_at = WallClockField(required=False, label="Call closes", help_text="It closes by itself at this time.")
    reviews_due_at = WallClockField(required=False, label="Reviews due")
    verdicts_at = WallClockField(
        required=False, label="Answers to sponsors", help_text="When they may expect a verdict."
    )
    confirm_by_at = WallClockField(
        required=False, label="Confirmations", help_text="By when sponsors should confirm what was accepted."
    )
    reviews_per_proposal = forms.IntegerField(min_value=1, max_value=10)
    max_load = forms.IntegerField(
        min_value=1, max_value=100, label="Most reviews per reviewer", help_text="Reviewers may set their own number."
    )
    conflict_years = forms.IntegerField(
        min_value=0,
        max_value=20,
        label="Years a past employer is a conflict",
        help_text="Counted from the last day there.",
    )
    hide_sponsor_until_scored = forms.BooleanField(
        required=False,
        label="Hide sponsor and tier until the reviewer has scored",
    )
    grid_minutes = forms.TypedChoiceField(
        coerce=int,
        choices=[(step, f"every {step} minutes") for step in GRIDS],
        label="Sessions start",
        help_text="The timetable's grid.",
    )
    rest_minutes = forms.IntegerField(
        min_value=0,
        max_value=240,
        label="Rest in minutes",
        help_text="What a presenter needs between two sessions in one room.",
    )
    walk_minutes = forms.IntegerField(
        min_value=0,
        max_value=240,
        label="Walk in minutes",
        help_text="What a presenter needs from one area of the venue to another.",
    )
    slots_freeze_at = WallClockField(
        required=False,
        label="Slots are final",
        help_text="Until then presenters may ask for another slot. Empty: until the program is published.",
    )

    @staticmethod
    def initial_of(edition: Edition) -> dict[str, Any]:
        """The edition's values, times as the wall shows them."""
        values = {name: getattr(edition, name) for name in CalendarForm.base_fields}
        return {**values, **{name: zones.wall(values[name], edition.time_zone) for name in TIMES}}

    def clean(self) -> dict[str, Any]:
        super().clean()
        zone = self.cleaned_data.get("time_zone")
        if zone:
            attach_zone(self, zone, *TIMES)
        return self.cleaned_data
