"""How late, and how the room makes up for it."""

from typing import Any

from django import forms

from .services.running_late import LEAST, MOST, STEP
from .shifts import Late
from .states import Way

WAYS = [
    (Way.SHIFT, "It starts later, and what follows moves as far as it must"),
    (Way.OVERRUN, "It is on and ends later, and what follows moves as far as it must"),
    (Way.SHORTEN, "It starts later and is cut, so that the next one starts on time"),
    (Way.EXTEND, "It is on and ends later, but only in the gap behind it"),
]


class LateForm(forms.Form):
    """What a chair wants to know the consequences of."""

    minutes = forms.TypedChoiceField(
        label="Minutes late",
        coerce=int,
        choices=[(minutes, f"{minutes} minutes") for minutes in range(LEAST, MOST + 1, STEP)],
        initial=10,
    )
    way = forms.TypedChoiceField(
        label="What happens", coerce=Way, choices=WAYS, initial=Way.SHIFT, widget=forms.RadioSelect
    )
    over_breaks = forms.BooleanField(
        required=False, label="Breaks may be cut", help_text="Else what would run into a break moves behind it."
    )
    cut_setup = forms.BooleanField(
        required=False, label="Set-up may be cut", help_text="Else each session keeps its whole set-up."
    )

    def late(self, proposal: int) -> Late:
        """The answers as the engine takes them."""
        given: dict[str, Any] = {key: self.cleaned_data[key] for key in ("minutes", "way", "over_breaks", "cut_setup")}
        return Late(proposal, **given)


class ApplyForm(LateForm):
    """The same with what the preview was based on."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
