"""What a reader asks of the program, and what a chair fills in to publish."""

from collections import Counter
from datetime import date
from typing import Any, NamedTuple

from django import forms

from expo.kit.lists import Pick, WorkList

from .queries import ReleasePreview
from .snapshot import Session, Term


class LegendEntry(NamedTuple):
    """A format of the program: how many sessions it has, and where only these are shown, or all again."""

    term: Term
    sessions: int
    is_chosen: bool
    address: str


class ProgramList(WorkList[Session]):
    """The sessions of a program, searched and narrowed as the address asks.

    Unlike in other lists an unknown value lets nothing through: a shared address never shows what it did not name.
    """

    noun = "sessions"
    search = staticmethod(lambda each: f"{each.title} {each.who} {each.sponsor} {each.topic_names} {each.code}")
    picks = (
        Pick("day", "Any day", lambda each: [(each.starts.date().isoformat(), _day_name(each.starts.date()))]),
        Pick("track", "Any track", lambda each: [(each.track.slug, each.track.name)]),
        Pick("format", "Any format", lambda each: [(each.format.slug, each.format.name)]),
        Pick("topic", "Any topic", lambda each: [(term.slug, term.name) for term in each.topics]),
    )

    def options_of(self, pick: Pick) -> list[tuple[str, str, int | None]]:
        """None where there is nothing to choose between; days in their order."""
        options = super().options_of(pick)
        if pick.name == "day":
            options.sort()
        return options if len(options) > 1 or self.params.get(pick.name) else []

    @property
    def asks_for_unknown(self) -> bool:
        return any(self.params.get(pick.name) and not self.chosen[pick.name].value for pick in self.picks)

    @property
    def legend(self) -> list[LegendEntry]:
        """Each format with its number, and the address that shows only these; chosen already: that shows all."""
        chosen = self.chosen["format"].value
        counted = Counter(each.format for each in self.all)
        terms = sorted(counted, key=lambda term: (term.name, term.slug))
        return [
            LegendEntry(
                term,
                counted[term],
                term.slug == chosen,
                self.address(format=None if term.slug == chosen else term.slug),
            )
            for term in terms
        ]


def _day_name(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"


class PublishForm(forms.Form):
    """A note for the public, and a tick box for each session that is not ready and may be left out."""

    note = forms.CharField(
        required=False,
        max_length=200,
        help_text="For the public: say why something moved. It cannot be changed later.",
    )
    leave_out = forms.TypedMultipleChoiceField(
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        label="Publish without",
        error_messages={"invalid_choice": "One of these is not in the list any more. Look at the list again."},
    )

    def __init__(self, *args: Any, preview: ReleasePreview, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(each.proposal.pk, each.session.code) for each in preview.not_ready]
        field = self.fields["leave_out"]
        assert isinstance(field, forms.TypedMultipleChoiceField)  # noqa: S101 - tells mypy
        field.choices = choices
        if not choices:
            del self.fields["leave_out"]

    @property
    def left_out(self) -> set[str]:
        """What is ticked, by id as it is sent."""
        return set(self["leave_out"].value() or ()) if "leave_out" in self.fields else set()
