"""Forms of the set-up: the edition itself, its parts, roles, and CSV files. Wall-clock times get their zone here."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils import timezone

from expo.accounts.forms.oneself import TimeZoneField
from expo.accounts.states import Sector
from expo.kit import csv_import, zones
from expo.kit.errors import Refused
from expo.kit.form_sections import Section, SectionState
from expo.kit.forms import Chips, DateInput, DateTimeInput, LongText, TimeInput
from expo.kit.lists import Pick, QueryList

from . import queries
from .catalogue import CATALOGUE, CatalogueField, FieldRule
from .models import DEADLINES, MOST_GRACE, MOST_SESSIONS, Edition, Format, Room
from .states import GRIDS, FieldUse, RoleKind


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


class CreateForm(forms.Form):
    """What an edition needs to exist."""

    name = forms.CharField(max_length=120, help_text="For example: ICML 2027 Expo.")
    slug = forms.SlugField(
        max_length=40,
        label="Address",
        help_text="The edition's page is at /e/…/. Letters, digits and hyphens: icml-2027.",
    )
    conference = forms.CharField(max_length=60, help_text="For example: ICML.")
    place = forms.CharField(max_length=120, required=False, help_text="City and venue.")
    time_zone = TimeZoneField(initial="UTC", help_text="All times of this edition are shown in it.")


class CalendarForm(forms.Form):
    """Names, dates and review settings. Times are those on the wall in the zone chosen on the same form."""

    SECTIONS = (
        Section(
            "The edition", "name+conference place+contact_email call_text", ("place", "contact_email", "call_text")
        ),
        Section(
            "Dates",
            "time_zone deadlines_anywhere call_opens_at+call_closes_at+call_grace_minutes"
            " reviews_due_at+verdicts_at+confirm_by_at",
            ("call_closes_at", "reviews_due_at", "verdicts_at", "confirm_by_at"),
            lead="A deadline includes the minute that it names: 23:59 counts until 24:00.",
        ),
        Section(
            "Reviews",
            "reviews_per_proposal+max_load+conflict_years hide_sponsor_until_scored names_reviewers needs_second_chair",
            ("reviews_per_proposal", "max_load", "conflict_years"),
        ),
        Section(
            "Timetable",
            "grid_minutes+rest_minutes walk_minutes+slots_freeze_at presenter_limit",
            ("grid_minutes", "rest_minutes", "walk_minutes"),
        ),
    )

    name = forms.CharField(max_length=120)
    conference = forms.CharField(max_length=60)
    place = forms.CharField(max_length=120, required=False)
    call_text = forms.CharField(
        required=False, max_length=20_000, widget=LongText(rows=12), help_text="The call for proposals, in Markdown."
    )
    contact_email = forms.EmailField(
        required=False,
        label="Contact address",
        help_text="Public, on the call's page. Replies to the edition's mails go there. Needed to open the call.",
    )
    time_zone = TimeZoneField(help_text="Times are in this zone: the opening, the program, and deadlines unless below.")
    deadlines_anywhere = forms.BooleanField(
        required=False,
        label="Deadlines are Anywhere on Earth (AoE, UTC−12)",
        help_text="A day ends there 12 hours after it ends in UTC. The deadlines here, that slots are final too, keep "
        "the date and time that you see and are meant in that zone; everybody reads them so, with their own time "
        "beside. The opening and the program stay in the zone above.",
    )
    call_opens_at = WallClockField(required=False, label="Call opens", help_text="Empty: when you open it.")
    call_closes_at = WallClockField(required=False, label="Call closes", help_text="A deadline: sponsors read it.")
    call_grace_minutes = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_GRACE,
        label="Grace in minutes",
        help_text="So long after its close the call still takes proposals, and then closes by itself. Sponsors read "
        "of it only once the deadline has passed. Empty or 0: none.",
    )
    reviews_due_at = WallClockField(required=False, label="Reviews due")
    verdicts_at = WallClockField(required=False, label="Verdicts by", help_text="When sponsors may expect a verdict.")
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
        label="Years a past employer counts",
        help_text="As a conflict of interest, from the last day there.",
    )
    hide_sponsor_until_scored = forms.BooleanField(
        required=False,
        label="Hide sponsor and tier until the reviewer has scored",
    )
    names_reviewers = forms.BooleanField(
        required=False,
        label="Reviewers of a proposal read each other's names",
        help_text="Once their own review is submitted. Without it, each is a letter to the others; chairs always read "
        "names. To be decided before the call opens; later it can only be taken off.",
    )
    needs_second_chair = forms.BooleanField(
        required=False,
        label="A second chair signs every decision off before its release",
        help_text="Another cochair without a conflict of interest than the one who decided.",
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
        label="Rest time in minutes",
        help_text="What a presenter needs between two sessions in one room.",
    )
    walk_minutes = forms.IntegerField(
        min_value=0,
        max_value=240,
        label="Walking time in minutes",
        help_text="What a presenter needs from one area of the venue to another.",
    )
    slots_freeze_at = WallClockField(
        required=False,
        label="Slots are final",
        help_text="Until then presenters may ask for another slot. Empty: until the program is published.",
    )

    presenter_limit = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_SESSIONS,
        label="Sessions per presenter",
        help_text="How many proposals and sessions one person may confirm to present. Naming somebody does not count. "
        "Empty: any number. A lower number takes no confirmation back.",
    )

    @staticmethod
    def initial_of(edition: Edition) -> dict[str, Any]:
        """The edition's values, times as the wall shows them."""
        values = {name: getattr(edition, name) for name in CalendarForm.base_fields}
        opens, zone = zones.wall(edition.call_opens_at, edition.time_zone), edition.deadline_time_zone
        return {**values, "call_opens_at": opens, **{name: zones.wall(values[name], zone) for name in DEADLINES}}

    @property
    def sections(self) -> list[SectionState]:
        return [section.state(self) for section in self.SECTIONS]

    def clean_call_grace_minutes(self) -> int:
        return self.cleaned_data["call_grace_minutes"] or 0

    def clean(self) -> dict[str, Any]:
        """What is typed is a time on the wall, so that it stays as typed when another zone is chosen with it."""
        super().clean()
        zone = self.cleaned_data.get("time_zone")
        if zone:
            attach_zone(self, zone, "call_opens_at")
            attach_zone(self, zones.ANYWHERE if self.cleaned_data["deadlines_anywhere"] else zone, *DEADLINES)
        return self.cleaned_data


class PartForm(forms.Form):
    """A form about one part of an edition."""

    position: forms.Field
    #: Its fields, those joined by + side by side; empty: one below the other.
    rows = ""

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
        required=False, min_value=0, max_value=1000, label="Position in lists", help_text="0 comes first; empty: last."
    )


class FormatForm(PartForm):
    rows = "name minutes+setup_minutes least_minutes+most_minutes position"
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


class FormatFieldsForm(forms.Form):
    """The catalogue's fields, each off, optional or required, with how much it may hold."""

    publishes_outline = forms.BooleanField(
        required=False,
        label="The program prints the outline",
        help_text="Each part with its minutes and who presents it, such as the sub-sessions of a workshop.",
    )

    def __init__(self, data: Any = None, *, format: Format) -> None:
        super().__init__(data, initial={"publishes_outline": format.publishes_outline})
        rules = queries.rules_of(format)
        for name, field in CATALOGUE.items():
            if not field.is_always:
                self.fields[f"use_{name}"] = forms.ChoiceField(
                    choices=FieldUse.choices(), initial=rules[name].use, label=f"{field.label}: asked for"
                )
            if field.most > 1:
                self.fields[f"limit_{name}"] = forms.IntegerField(
                    min_value=1, max_value=field.most, initial=rules[name].limit, label=f"{field.label}: limit"
                )

    @property
    def rows(self) -> Iterator[tuple[CatalogueField, forms.BoundField | None, forms.BoundField | None]]:
        """Each field of the catalogue with its two controls, where it has them."""
        for name, field in CATALOGUE.items():
            names = (f"use_{name}", f"limit_{name}")
            use, limit = (self[each] if each in self.fields else None for each in names)
            yield field, use, limit

    def rules(self) -> dict[str, FieldRule]:
        """What was chosen; where there is no choice, the catalogue's."""
        return {
            name: FieldRule(
                FieldUse(self.cleaned_data.get(f"use_{name}", FieldUse.REQUIRED)),
                self.cleaned_data.get(f"limit_{name}", field.limit),
            )
            for name, field in CATALOGUE.items()
        }


class TrackForm(PartForm):
    name = forms.CharField(max_length=60)
    formats = forms.ModelMultipleChoiceField(Format.objects.none(), widget=Chips, label="Takes")
    room = forms.ModelChoiceField(Room.objects.none(), required=False, empty_label="Any room", label="Runs in")
    position = _position()

    def offer(self, edition: Edition) -> None:
        self.fields["formats"].queryset = edition.formats.all()  # type: ignore[attr-defined]
        self.fields["room"].queryset = edition.rooms.all()  # type: ignore[attr-defined]

    def initial_of(self, part: Any) -> dict[str, Any]:
        return {**super().initial_of(part), "formats": [one.pk for one in part.formats.all()], "room": part.room_id}


class RoomForm(PartForm):
    rows = "name capacity+area equipment position"
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
    rows = "date opens_at+closes_at prime_from+prime_until"
    date = forms.DateField(widget=DateInput)
    opens_at = forms.TimeField(widget=TimeInput, label="Opens", initial="09:00")
    closes_at = forms.TimeField(widget=TimeInput, label="Closes", initial="18:00")
    prime_from = forms.TimeField(
        required=False,
        widget=TimeInput,
        label="Prime time from",
        help_text="The scheduler shares prime time fairly between sponsors. Empty: no time is preferred.",
    )
    prime_until = forms.TimeField(required=False, widget=TimeInput, label="Prime time until")


class BreakForm(PartForm):
    rows = "name starts_at+ends_at room"
    name = forms.CharField(max_length=60, help_text="For example: Lunch.")
    starts_at = WallClockField(label="Starts")
    ends_at = WallClockField(label="Ends")
    room = forms.ModelChoiceField(Room.objects.none(), required=False, empty_label="All rooms")

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


class RoleList(QueryList):
    """Who has which role."""

    page, noun = "editions:roles", "roles"
    search_in = ("user__name__icontains", "user__email__icontains")
    picks = (
        Pick("role", "Any role", choices=RoleKind.choices(), lookup="kind"),
        Pick("sector", "Any sector", choices=Sector.choices(), lookup="sector"),
    )
    orders = {"person": "user__name", "role": "kind", "sector": "sector"}
    columns = (
        ("Name", lambda role: role.user.name),
        ("E-mail", lambda role: role.user.email),
        ("Role", lambda role: role.get_kind_display()),
        ("Sector", lambda role: role.get_sector_display()),
        ("Senior", lambda role: role.is_senior),
    )


class RoleForm(forms.Form):
    """Whom to invite in which role."""

    email = forms.EmailField(max_length=254, label="E-mail address")
    name = forms.CharField(max_length=120, required=False, help_text="Used if the person has no account yet.")
    kind = forms.ChoiceField(choices=RoleKind.choices(), label="Role", initial=RoleKind.REVIEWER)
    sector = forms.ChoiceField(
        choices=Sector.choices(), help_text="Cochairs can require reviewers from both industry and academia."
    )
    is_senior = forms.BooleanField(required=False, label="Senior reviewer")


class UploadForm(forms.Form):
    """A CSV file."""

    file = forms.FileField(label="CSV file", allow_empty_file=True)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > csv_import.MOST_BYTES:
            raise forms.ValidationError(
                f"This file has {file.size // 1000} kB; {csv_import.MOST_BYTES // 1000} kB is the most. Split it."
            )
        return file
