"""Forms of the desk: a verdict, a batch."""

from typing import Any

from django import forms

from expo.kit.forms import InlineRadios, LongText

from .services.deciding import LONGEST
from .states import Reason, Verdict


class DecisionForm(forms.Form):
    """`drafted` names the draft that the feedback began as; empty: the chair's own words."""

    verdict = forms.ChoiceField(choices=Verdict.choices(), widget=InlineRadios)
    reason = forms.ChoiceField(
        choices=[("", "Choose a reason"), *Reason.choices()], help_text="A code that can be counted later."
    )
    feedback = forms.CharField(
        required=False,
        max_length=LONGEST,
        widget=LongText(rows=12),
        label="Feedback to the sponsor",
        help_text="Leaves with the verdict. It starts as a draft for this verdict and reason: make it yours. Markdown.",
    )
    note = forms.CharField(
        required=False,
        max_length=LONGEST,
        widget=LongText(rows=3),
        label="Note",
        help_text="For the cochairs' record only.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, initial=0)
    drafted = forms.CharField(required=False, max_length=120, widget=forms.HiddenInput)


class QuickForm(forms.Form):
    """One click on the desk, with the reason shown beside each verdict."""

    verdict = forms.ChoiceField(choices=Verdict.choices())
    version = forms.IntegerField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for verdict in Verdict:
            self.fields[f"reason-{verdict}"] = forms.ChoiceField(choices=Reason.choices(), required=False)


class BatchForm(forms.Form):
    name = forms.CharField(
        max_length=80, label="Name of the batch", widget=forms.TextInput(attrs={"placeholder": "First verdicts"})
    )


class CodesForm(forms.Form):
    """Which proposals go into a batch, or out of it."""

    code = forms.MultipleChoiceField(error_messages={"required": "Choose at least one proposal."})

    def __init__(self, *args: Any, codes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]
