"""Forms of the queue."""

from typing import Any

from django import forms

from expo.editions.models import Edition, Topic
from expo.kit.forms import LongText

from .models import ReviewerProfile
from .services import MOST_LOAD, MOST_REASON, MOST_SEED


class ReasonForm(forms.Form):
    """Why an assignment ends, in a person's words."""

    reason = forms.CharField(max_length=MOST_REASON, widget=LongText(rows=2, limit=MOST_REASON))


class DeclineForm(ReasonForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "The cochairs read it; the sponsor does not."


class ReleaseForm(ReasonForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "Stays in the journal; the reviewer does not see it."


class StartForm(forms.Form):
    seed = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_SEED,
        help_text="Only to repeat an earlier run: the same input and seed give the same pairs.",
    )


class ProfileForm(forms.Form):
    """What a reviewer knows and takes on."""

    topics = forms.ModelMultipleChoiceField(
        queryset=Topic.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Proposals on these topics come to you first.",
    )
    max_load = forms.IntegerField(label="Most reviews you take on", required=False, min_value=0, max_value=MOST_LOAD)
    is_paused = forms.BooleanField(
        label="Pause", required=False, help_text="You get nothing new; what you accepted stays with you."
    )

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topics"].queryset = Topic.objects.filter(edition=edition)  # type: ignore[attr-defined]
        self.fields["max_load"].help_text = f"Empty: the edition's usual {edition.max_load}."


def initial_of(profile: ReviewerProfile) -> dict[str, Any]:
    """What the profile's form shows at first."""
    topics = [topic.pk for topic in profile.topics.all()] if profile.pk else []
    return {"topics": topics, "max_load": profile.max_load, "is_paused": profile.is_paused}
