"""What is typed and sent on the pages of this app."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.db.models import QuerySet

from expo.editions.forms import WallClockField, attach_zone
from expo.editions.models import Edition, Format, Room
from expo.kit.forms import LongText
from expo.kit.lists import Pick, WorkList
from expo.proposals.models import Proposal

from .models import Session
from .queries.sessions import LinkRow
from .queries.slots import FILTERS, SlotRow
from .queries.timetable import start_choices
from .services import runs
from .states import LINK_LABELS

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
    """A new place for a scheduled session; `version` tells an old page from a fresh one."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class SwapForm(forms.Form):
    """The session to swap places with, as `id-version`: as it was when it was chosen."""

    other = forms.RegexField(
        r"^\d{1,18}-\d{1,9}$",
        label="Swap places with",
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


class AddBreakForm(forms.Form):
    """A time in which a room or all rooms hold no session."""

    room = forms.ModelChoiceField(
        Room.objects.none(),
        required=False,
        empty_label="All rooms",
        error_messages={"invalid_choice": "Choose one of the rooms of this edition."},
    )
    starts_at = WallClockField(label="From")
    ends_at = WallClockField(label="Until")
    name = forms.CharField(max_length=60, label="Name", help_text="E.g. “Lunch”.")
    is_lost = forms.BooleanField(
        required=False,
        label="Room is unavailable: keep sessions and flag them",
        help_text="Without it, a break cannot be added over sessions. A repair looks for other slots for flagged ones.",
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
    """A place to check: a room and a start, or the place of another session."""

    room = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    starts_at = forms.RegexField(r"^\d{4}-\d\d-\d\dT\d\d:\d\dZ$", required=False)
    minutes = forms.IntegerField(required=False, min_value=5, max_value=600)
    other = forms.IntegerField(required=False, min_value=1, max_value=2**62)

    def clean_starts_at(self) -> datetime | None:
        try:
            return moment_of(self.cleaned_data["starts_at"]) if self.cleaned_data["starts_at"] else None
        except ValueError:
            raise forms.ValidationError("This is not a valid date and time.") from None


class VersionForm(forms.Form):
    """What a button sends along."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    pinned = forms.BooleanField(required=False)


class AcceptSlotForm(forms.Form):
    """`number` is the slot that was read."""

    number = forms.IntegerField(widget=forms.HiddenInput)


class AskForm(forms.Form):
    """Another slot, in the presenters' words; `number` is the slot they read."""

    use_required_attribute = False

    number = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(
        label="What would suit you",
        error_messages={"required": "Say what would suit you, so that the chairs can look for it."},
        widget=LongText(rows=4, limit=1000),
        help_text="E.g. “any time after 11:00, Ada lands at 9:40”. The chairs read it.",
    )


class DeclineForm(forms.Form):
    """Why another slot is not possible."""

    use_required_attribute = False

    number = forms.IntegerField(widget=forms.HiddenInput)
    reply = forms.CharField(
        label="Your reply",
        error_messages={"required": "Say why it is not possible: the presenters read it."},
        widget=LongText(rows=4, limit=1000),
        help_text="The presenters read it.",
    )


class LinkForm(forms.Form):
    """How two sessions are linked; only sessions that the chair may see are offered."""

    one = forms.ModelChoiceField(Proposal.objects.none(), label="First session", empty_label="Choose a session")
    kind = forms.ChoiceField(label="Relation", choices=[(kind.value, label) for kind, label in LINK_LABELS.items()])
    other = forms.ModelChoiceField(Proposal.objects.none(), label="Second session", empty_label="Choose a session")
    is_rule = forms.TypedChoiceField(
        label="Required or preferred",
        choices=[("rule", "Required: it must hold"), ("wish", "Preferred: it is weighed against other wishes")],
        coerce=lambda value: value == "rule",
    )
    note = forms.CharField(label="Reason", required=False, max_length=200, help_text="For the other chairs.")

    def __init__(self, *args: Any, sessions: QuerySet[Proposal], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("one", "other"):
            field: Any = self.fields[name]
            field.queryset = sessions
            field.label_from_instance = lambda row: f"{row.title} ({row.sponsor.name})"
            field.error_messages["invalid_choice"] = "Choose one of the accepted sessions that you may see."


class EntryForm(forms.Form):
    """A journal entry that the page's script knows; what is no number counts as none."""

    entry = forms.IntegerField(required=False, min_value=0, max_value=2**62)

    @property
    def number(self) -> int | None:
        return self.cleaned_data["entry"] if self.is_valid() else None


def ticked(rows: Iterable[str]) -> dict[int, int]:
    """Sessions with the versions that were read, from rows such as `17-3`; what is none is left out."""
    matches = (re.fullmatch(r"(\d{1,18})-(\d{1,9})", row, re.ASCII) for row in rows)
    return {int(match[1]): int(match[2]) for match in matches if match}


def wished_places(rows: Iterable[str]) -> list[list[int | str]]:
    """Places such as `17:3:2027-07-18T13:00:00+00:00`, as a run is asked; it refuses what is none."""
    matches = [(row, re.fullmatch(r"(\d{1,18}):(\d{1,18}):(.{1,40})", row, re.ASCII)) for row in rows]
    return [[int(match[1]), int(match[2]), match[3]] if match else [row[:80]] for row, match in matches]


class DraftForm(forms.Form):
    """How another draft is to be made; what is left empty has its usual value."""

    name = forms.CharField(max_length=60, required=False, help_text="To tell it apart from the others.")
    effort = forms.ChoiceField(
        label="How long to search",
        choices=[("quick", "Quick: a first idea"), ("usual", "As usual"), ("thorough", "Thorough: up to an hour")],
        initial="usual",
        required=False,
    )
    fresh = forms.BooleanField(
        label="Start from scratch", required=False, help_text="Only pinned sessions keep their places."
    )
    seed = forms.IntegerField(
        label="Seed",
        min_value=0,
        max_value=runs.MOST_SEED,
        required=False,
        help_text="Another number may lead to another timetable that is just as good.",
    )


class NameForm(forms.Form):
    """What a run is called."""

    name = forms.CharField(max_length=60, required=False)


def moment_of(value: str) -> datetime:
    """The moment that a form's value means."""
    return datetime.strptime(value, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)


class SlotList(WorkList[SlotRow]):
    """Sessions with the slots that their presenters were notified of."""

    page, noun = "program:slots", "sessions"
    search = staticmethod(lambda row: f"{row.proposal.code} {row.proposal.title} {row.proposal.sponsor.name}")
    picks = (
        Pick("state", "Any state", lambda row: [(key, FILTERS[key]) for key in row.kinds], tuple(FILTERS.items())),
        Pick("kind", "Any format", lambda row: [(row.proposal.format.slug, row.proposal.format.name)]),
        Pick("room", "Any room", lambda row: [(str(each.room_id), each.room.name) for each in [row.session] if each]),
    )
    sorts = {
        "title": lambda row: row.proposal.title.casefold(),
        "now": lambda row: row.session.starts_at if row.session else None,
        "announced": lambda row: row.slot.told_at if row.slot else None,
        "state": lambda row: row.slot.label if row.slot else None,
    }
    columns = (
        ("Code", lambda row: row.proposal.code),
        ("Session", lambda row: row.proposal.title),
        ("Format", lambda row: row.proposal.format.name),
        ("Sponsor", lambda row: row.proposal.sponsor.name),
        ("Scheduled now", lambda row: row.now),
        ("Slot notified of", lambda row: row.announced),
        ("Notified at", lambda row: row.slot.told_at.astimezone(row.zone).isoformat() if row.slot else ""),
        ("Answer", lambda row: row.slot.label if row.slot else ""),
        ("What they ask", lambda row: row.slot.note if row.slot else ""),
        ("Reply", lambda row: row.slot.reply if row.slot else ""),
    )


class LinkList(WorkList[LinkRow]):
    """Links, and whether the current timetable breaks them."""

    page, noun = "program:links", "links"
    search = staticmethod(lambda row: f"{row.link.one.title} {row.link.other.title} {row.link.note}")
    picks = (
        Pick("kind", "Any relation", lambda row: [(row.link.kind, row.link.label)]),
        Pick(
            "is",
            "Required or not",
            lambda row: [("rule", "Required") if row.link.is_rule else ("wish", "Preferred")],
        ),
        Pick(
            "now", "Kept or not", lambda row: [("broken", "Broken or not met") if row.is_broken else ("kept", "Kept")]
        ),
    )
    sorts = {"one": lambda row: row.link.one.title.casefold(), "other": lambda row: row.link.other.title.casefold()}
    columns = (
        ("First", lambda row: row.link.one.title),
        ("Relation", lambda row: row.link.label),
        ("Second", lambda row: row.link.other.title),
        ("It is", lambda row: "required" if row.link.is_rule else "preferred"),
        ("Now", lambda row: "broken" if row.is_broken else ""),
        ("Reason", lambda row: row.link.note),
        ("Added by", lambda row: str(row.link.made_by)),
    )
