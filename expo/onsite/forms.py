"""How late, and how the room makes up for it."""

from django import forms

from .delays import Delay
from .services import LEAST, MOST, STEP
from .states import DelayStrategy

STRATEGIES = [
    (DelayStrategy.SHIFT, "It starts later, and later sessions move only as far as they must"),
    (DelayStrategy.OVERRUN, "It has begun and ends later, and later sessions move only as far as they must"),
    (DelayStrategy.SHORTEN, "It starts later and is cut short, so that the next session starts on time"),
    (DelayStrategy.EXTEND, "It has begun and ends later, but only into the free time after it"),
]


class DelayForm(forms.Form):
    """A delay whose consequences a chair wants to see."""

    minutes = forms.TypedChoiceField(
        label="Minutes late",
        coerce=int,
        choices=[(minutes, f"{minutes} minutes") for minutes in range(LEAST, MOST + 1, STEP)],
        initial=10,
    )
    way = forms.TypedChoiceField(
        label="What happens",
        coerce=DelayStrategy,
        choices=STRATEGIES,
        initial=DelayStrategy.SHIFT,
        widget=forms.RadioSelect,
    )
    over_breaks = forms.BooleanField(
        required=False,
        label="Sessions may run into breaks",
        help_text="Otherwise a session that would run into a break starts after it.",
    )
    cut_setup = forms.BooleanField(
        required=False, label="Set-up may be cut", help_text="Otherwise each session keeps its whole set-up."
    )

    def delay(self, proposal: int) -> Delay:
        """The answers as the engine takes them."""
        cleaned = self.cleaned_data
        return Delay(
            proposal,
            cleaned["minutes"],
            cleaned["way"],
            over_breaks=cleaned["over_breaks"],
            cut_setup=cleaned["cut_setup"],
        )


class ApplyForm(DelayForm):
    """The same with the fingerprint of the preview."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
