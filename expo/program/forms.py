"""Where a session goes: a room and a start on the grid."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.db.models import QuerySet

from expo.editions.forms import WallClockField, attach_zone
from expo.editions.models import Edition, Format, Room
from expo.kit.forms import LongText
from expo.proposals.models import Proposal

from .models import Session
from .queries.timetable import start_choices
from .services import runs
from .states import LINK_WORDS

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
        start.choices = [("", "Choose a start"), *start_choices(edition, minutes)]  # type: ignore[attr-defined]
        start.coerce = moment_of  # type: ignore[attr-defined]
        start.help_text = f"In {edition.time_zone}. It takes {minutes} minutes."


class MoveForm(PlaceForm):
    """A place for a session that has one; `version` tells an old page from a fresh one."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class SwapForm(forms.Form):
    """The session to change places with, as `id-version`: what was seen of it when it was chosen."""

    other = forms.RegexField(
        r"^\d{1,18}-\d{1,9}$",
        label="Change places with",
        widget=forms.Select,
        error_messages={"invalid": "Choose one of the sessions in the timetable."},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, others: Iterable[Session], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.others = {row.pk: row for row in others}
        named = [(f"{row.pk}-{row.version}", f"{row.proposal.title}, {row.room.name}") for row in self.others.values()]
        self.fields["other"].widget.choices = [("", "Choose a session"), *named]  # type: ignore[attr-defined]

    def clean_other(self) -> tuple[Session, int]:
        key, _, version = self.cleaned_data["other"].partition("-")
        if int(key) not in self.others:
            raise forms.ValidationError("Choose one of the sessions in the timetable.")
        return self.others[int(key)], int(version)


class LengthForm(forms.Form):
    """How long a session takes."""

    minutes = forms.IntegerField(min_value=5, max_value=600, label="Minutes")
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, format: Format, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        least, most = format.lengths
        self.fields["minutes"].help_text = f"From {least} to {most}, in steps of 5."
        self.fields["minutes"].widget.attrs |= {"step": 5, "min": least, "max": most}


class CloseForm(forms.Form):
    """A room that takes no session for a while."""

    room = forms.ModelChoiceField(
        Room.objects.none(),
        required=False,
        empty_label="All rooms",
        error_messages={"invalid_choice": "Choose one of the rooms of this edition."},
    )
    starts_at = WallClockField(label="From")
    ends_at = WallClockField(label="Until")
    name = forms.CharField(max_length=60, label="What for")
    is_lost = forms.BooleanField(
        required=False,
        label="It is lost anyway",
        help_text="Sessions in it stay and are marked; a repair finds them other places.",
    )

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.edition = edition
        self.fields["room"].queryset = edition.rooms.all()  # type: ignore[attr-defined]
        self.fields["starts_at"].help_text = f"In {edition.time_zone}."

    def clean(self) -> dict[str, Any]:
        super().clean()
        attach_zone(self, self.edition.time_zone, "starts_at", "ends_at")
        return self.cleaned_data


class CheckForm(forms.Form):
    """A place somebody thinks of: a room and a start, or the place of another session."""

    room = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    starts_at = forms.RegexField(r"^\d{4}-\d\d-\d\dT\d\d:\d\dZ$", required=False)
    minutes = forms.IntegerField(required=False, min_value=5, max_value=600)
    other = forms.IntegerField(required=False, min_value=1, max_value=2**62)

    def clean_starts_at(self) -> datetime | None:
        try:
            return moment_of(self.cleaned_data["starts_at"]) if self.cleaned_data["starts_at"] else None
        except ValueError:
            raise forms.ValidationError("This is no moment of the calendar.") from None


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


class LinkForm(forms.Form):
    """What two sessions owe one another; only sessions that the chair may see are offered."""

    one = forms.ModelChoiceField(Proposal.objects.none(), label="First session", empty_label="Choose a session")
    kind = forms.ChoiceField(label="It", choices=[(kind.value, words) for kind, words in LINK_WORDS.items()])
    other = forms.ModelChoiceField(Proposal.objects.none(), label="Second session", empty_label="Choose a session")
    is_rule = forms.TypedChoiceField(
        label="How firmly",
        choices=[("rule", "a rule: it must hold"), ("wish", "a wish: it may be weighed against others")],
        coerce=lambda value: value == "rule",
    )
    note = forms.CharField(label="Why", required=False, max_length=200, help_text="For the other chairs.")

    def __init__(self, *args: Any, sessions: QuerySet[Proposal], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("one", "other"):
            field: Any = self.fields[name]
            field.queryset = sessions
            field.label_from_instance = lambda row: f"{row.title} ({row.sponsor.name})"
            field.error_messages["invalid_choice"] = "Choose one of the accepted sessions that you may see."


def ticked(rows: Iterable[str]) -> dict[int, int]:
    """Sessions with the versions that were read, from rows such as `17-3`; what is none is left out."""
    pairs = (row.partition("-") for row in rows if row.isascii() and len(row) < 30)
    return {int(one): int(two) for one, _, two in pairs if one.isdigit() and two.isdigit()}


def wished_places(rows: Iterable[str]) -> list[list[int | str]]:
    """Places such as `17:3:2027-07-18T13:00:00+00:00`, as a run is asked; it refuses what is none."""
    parts = [row[:80].split(":", 2) for row in rows]
    return [[int(key) if key.isascii() and key.isdigit() else key for key in each] for each in parts]


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
        max_value=runs.MOST_SEED,
        required=False,
        help_text="Another number may lead to another timetable that is as good.",
    )


class NameForm(forms.Form):
    """What a run is called."""

    name = forms.CharField(max_length=60, required=False)


def moment_of(value: str) -> datetime:
    """The moment a form's value stands for."""
    return datetime.strptime(value, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
