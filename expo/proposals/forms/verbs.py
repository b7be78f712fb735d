"""Forms of single verbs."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms

from expo.accounts.models import User
from expo.editions.forms import WallClockField, attach_zone
from expo.editions.models import Day, Edition, Room
from expo.editions.queries import rules_of
from expo.kit import display
from expo.kit.forms import Chips, InlineRadios, LongText
from expo.kit.lists import Pick, WorkList
from expo.sponsors.models import Sponsor

from ..models import Proposal
from ..queries.coverage import NEEDED
from ..queries.listing import equipment_offered, visible_to
from ..states import DayHalf
from .drafts import ROOMS

HALVES = [("", "no preference"), (DayHalf.MORNING.value, "morning"), (DayHalf.AFTERNOON.value, "afternoon")]


class DecidedList(WorkList[Proposal]):
    """What was decided or withdrawn."""

    page, noun = "proposals:after", "proposals"
    search = staticmethod(lambda proposal: f"{proposal.code} {proposal.name} {proposal.sponsor.name}")
    picks = (
        Pick("state", "Any state", lambda proposal: [(proposal.state, proposal.get_state_display())]),
        Pick("format", "Any format", lambda proposal: [(str(proposal.format_id), proposal.format.name)]),
    )
    sorts = {
        "title": lambda proposal: proposal.name.casefold(),
        "sponsor": lambda proposal: proposal.sponsor.name.casefold(),
        "state": lambda proposal: proposal.get_state_display(),
    }
    columns = (
        ("Code", lambda proposal: proposal.code),
        ("Title", lambda proposal: proposal.name),
        ("Format", lambda proposal: proposal.format.name),
        ("Sponsor", lambda proposal: proposal.sponsor.name),
        ("State", lambda proposal: proposal.get_state_display()),
        ("Asks to restore it", lambda proposal: proposal.is_asked),
    )


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        required=False,
        widget=LongText(rows=4, limit=500),
        help_text="The organisers read it: it helps to know whether somebody else could come instead.",
    )


class AnswerNoForm(WithdrawForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "The chairs read it. You may leave it empty."


class RestoreForm(WithdrawForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "Its team, the organisers and the chairs read it."


class LateLinkForm(forms.Form):
    """Until when a sponsor may still submit; the time is on the wall of the zone of deadlines."""

    expires_at = WallClockField(label="May submit until")
    reason = forms.CharField(
        max_length=500, widget=LongText(rows=3, limit=500), help_text="The team reads it in the mail."
    )

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = edition.deadline_time_zone
        name = "Anywhere on Earth (UTC−12)" if edition.deadlines_anywhere else self.zone
        self.fields["expires_at"].help_text = f"That minute included, in {name}."

    def clean(self) -> dict[str, Any]:
        super().clean()
        attach_zone(self, self.zone, "expires_at")
        return self.cleaned_data


class ChangeRequestForm(forms.Form):
    reason = forms.CharField(
        label="Why it should change",
        max_length=500,
        widget=LongText(rows=4, limit=500),
        help_text="The chairs who answer read it.",
    )


class ChangeAnswerForm(forms.Form):
    """Which fields of a change request are accepted; none refuses it."""

    change = forms.IntegerField(
        widget=forms.HiddenInput, error_messages={"required": "Reload the page, read the request and answer it there."}
    )
    accept = forms.MultipleChoiceField(required=False)
    answer = forms.CharField(
        label="Reason",
        max_length=500,
        required=False,
        widget=LongText(rows=3, limit=500),
        help_text="Its team reads it. Needed when you accept nothing.",
    )

    def __init__(self, *args: Any, names: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accept: Any = self.fields["accept"]
        accept.choices = [(name, name) for name in names]


class SettleForm(forms.Form):
    reason = forms.CharField(label="Reason", max_length=200, help_text="Other chairs read it.")


class AppointForm(forms.Form):
    """Whom site staff bring in."""

    email = forms.EmailField(max_length=254, label="E-mail address")
    name = forms.CharField(max_length=120, required=False, help_text="Used if the person has no account yet.")
    kind = forms.ChoiceField(choices=[(each.value, each.label) for each in NEEDED], label="Role")


class ConstraintsForm(forms.Form):
    """What a session asks of its place. Hours are chosen from the edition's days, so they are shown in its zone."""

    equipment = forms.MultipleChoiceField(
        label="Equipment its room must have",
        required=False,
        widget=Chips,
        error_messages={"invalid_choice": "No room of this edition has that. Choose from the list."},
    )
    earliest_at = forms.TypedChoiceField(label="Starts not before", required=False, empty_value=None)
    latest_at = forms.TypedChoiceField(label="Ends by", required=False, empty_value=None)
    prefers = forms.ChoiceField(label="Preferred half-day", required=False, choices=HALVES, widget=InlineRadios)
    preferred_rooms = forms.ModelMultipleChoiceField(
        Room.objects.none(),
        label=ROOMS["preferred_rooms"][0],
        required=False,
        widget=Chips,
        help_text=ROOMS["preferred_rooms"][1],
    )
    excluded_rooms = forms.ModelMultipleChoiceField(
        Room.objects.none(), label=ROOMS["excluded_rooms"][0], required=False, widget=Chips
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, proposal: Proposal, **kwargs: Any) -> None:
        saved = {name: getattr(proposal, name) for name in ("equipment", "prefers", "version")}
        hours = {name: value_of(getattr(proposal, name)) for name in ("earliest_at", "latest_at")}
        super().__init__(*args, **{"initial": {**saved, **hours}, **kwargs})
        things = dict.fromkeys([*equipment_offered(proposal.edition), *sorted(proposal.equipment)])
        self.fields["equipment"].choices = [(thing, thing) for thing in things]  # type: ignore[attr-defined]
        if not things:
            del self.fields["equipment"]
        self._offer_rooms(proposal)
        days = list(proposal.edition.days.select_related("edition"))
        for name in ("earliest_at", "latest_at"):
            field: Any = self.fields[name]
            field.choices = hour_choices(days, proposal.edition.grid_minutes, getattr(proposal, name))
            field.coerce = moment_of
            field.error_messages["invalid_choice"] = "Choose one of the times offered: they lie on the program's days."

    def constraints(self) -> dict[str, Any]:
        """What the service takes."""
        data = {"equipment": [], **self.cleaned_data}
        rooms = {name: data.pop(name) for name in ROOMS if name in self.fields}
        return {**data, "rooms": rooms or None}

    def _offer_rooms(self, proposal: Proposal) -> None:
        """Where the format asks for rooms; also where some were chosen before, so that they can be taken back."""
        saved = {name: list(getattr(proposal, name).all()) for name in ROOMS}
        asks = rules_of(proposal.format)["rooms"].is_asked and proposal.edition.rooms.exists()
        for name in ROOMS:
            if asks or any(saved.values()):
                field: Any = self.fields[name]
                field.queryset = proposal.edition.rooms.all()
                self.initial.setdefault(name, saved[name])
            else:
                del self.fields[name]


class ConflictForm(forms.Form):
    """Declare a conflict with a sponsor, or with a proposal that one may see."""

    sponsor = forms.ModelChoiceField(
        Sponsor.objects.none(),
        label="Sponsor",
        empty_label="Choose a sponsor",
        error_messages={
            "required": "Choose the sponsor you have a conflict with.",
            "invalid_choice": "This sponsor is not on the list. Choose one that is.",
        },
    )
    code = forms.CharField(
        label="Only one proposal",
        required=False,
        max_length=6,
        help_text="Its code, e.g. K7M2QX, if the conflict is with that proposal and not with the sponsor as a whole.",
    )
    detail = forms.CharField(
        label="Why",
        required=False,
        max_length=200,
        help_text="E.g. joint paper, close family, shares. Chairs read it; the sponsor does not.",
    )

    def __init__(self, *args: Any, user: User, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sponsor"].queryset = Sponsor.objects.filter(edition=edition)  # type: ignore[attr-defined]
        self.visible = visible_to(user, edition)

    def clean(self) -> dict[str, Any]:
        """Find the proposal among those the person may see; absent and hidden sound the same."""
        data = super().clean() or {}
        code, sponsor = (data.get("code") or "").strip().upper(), data.get("sponsor")
        data["proposal"] = self._proposal(code, sponsor) if code and sponsor else None
        return data

    def _proposal(self, code: str, sponsor: Sponsor) -> Proposal | None:
        proposal = self.visible.filter(code=code, sponsor=sponsor).first()
        if proposal is None:
            sentence = (
                "You see no proposal of this sponsor with this code. Leave it empty to declare the whole sponsor. "
                "For a proposal that you were asked to review, use the button on the page of its review."
            )
            self.add_error("code", sentence)
        return proposal


Choices = list[tuple[str, str | list[tuple[str, str]]]]
FORM = "%Y-%m-%dT%H:%MZ"
#: Hours nearer to one another than this make the list long and help nobody.
STEP = 15


def hour_choices(days: Sequence[Day], grid: int, saved: datetime | None) -> Choices:
    """Every step of each day from opening to closing, and the hour that is saved already, wherever it lies."""
    step = timedelta(minutes=max(grid, STEP))
    groups: Choices = [("", "any time")]
    known: set[str] = set()
    for day in days:
        options = _options(day, step)
        known |= {value for value, _ in options}
        groups.append((display.formatted(day.date, "day"), options))
    if saved is not None and value_of(saved) not in known and days:
        there = saved.astimezone(days[0].edition.zone)
        groups.append((value_of(saved), display.formatted(there, "full")))
    return groups


def _options(day: Day, step: timedelta) -> list[tuple[str, str]]:
    at, closes = _moment(day, day.opens_at), _moment(day, day.closes_at)
    options = []
    while at <= closes:
        there = at.astimezone(day.edition.zone)
        options.append((value_of(at), f"{display.formatted(there, 'clock')}{', again' if there.fold else ''}"))
        at += step
    return options


def _moment(day: Day, at: time) -> datetime:
    return datetime.combine(day.date, at, tzinfo=day.edition.zone).astimezone(UTC)


def value_of(at: datetime | None) -> str:
    """How an hour is written in the form."""
    return at.astimezone(UTC).strftime(FORM) if at else ""


def moment_of(value: str) -> datetime:
    """The moment a form's value stands for."""
    return datetime.strptime(value, FORM).replace(tzinfo=UTC)
