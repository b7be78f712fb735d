"""Forms of the desk: a verdict, a batch; and what its address filters by and asks."""

from typing import Any

from django import forms
from django.http import QueryDict

from expo.kit.forms import InlineRadios, LongText
from reviews.scoring.forms import ScoreListFilters
from reviews.scoring.queries.ranking import CalibratedScore

from .queries.decision_basis import WhatIf
from .queries.desk import Desk, DeskRow
from .services.batches import MAX_NAME_LENGTH
from .services.decisions import MAX_LENGTH
from .states import Reason, Verdict


class DecisionForm(forms.Form):
    """`drafted` names the draft that the feedback began as; empty: the chair's own words."""

    verdict = forms.ChoiceField(choices=Verdict.choices(), widget=InlineRadios)
    reason = forms.ChoiceField(
        choices=[("", "Choose a reason"), *Reason.choices()],
        help_text="Kept on record. The mail of a rejection or of the waiting list gives it in words.",
    )
    feedback = forms.CharField(
        required=False,
        max_length=MAX_LENGTH,
        widget=LongText(rows=12),
        label="Feedback to the sponsor",
        help_text="Sent with the verdict. It starts as a draft for this verdict and reason: edit it. Markdown.",
    )
    note = forms.CharField(
        required=False,
        max_length=MAX_LENGTH,
        widget=LongText(rows=3),
        label="Note",
        help_text="Only cochairs read it.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, initial=0)
    drafted = forms.CharField(required=False, max_length=120, widget=forms.HiddenInput)


class BackForm(forms.Form):
    """Where a decision was made from: a batch's page, or the desk as it was left. What makes no sense is dropped."""

    batch = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    back = forms.CharField(required=False, widget=forms.HiddenInput)

    def values(self) -> tuple[int | None, str]:
        """The batch's id, and the desk's query string: nothing else of an address is taken over."""
        self.is_valid()
        return self.cleaned_data.get("batch"), QueryDict(self.cleaned_data.get("back", "")[:500]).urlencode()


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
        max_length=MAX_NAME_LENGTH,
        label="Name of the batch",
        widget=forms.TextInput(attrs={"placeholder": "First verdicts"}),
    )


class CodesForm(forms.Form):
    """Which proposals go into a batch, or out of it."""

    code = forms.MultipleChoiceField(error_messages={"required": "Choose at least one proposal."})

    def __init__(self, *args: Any, codes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]


class PointsField(forms.FloatField):
    """Points of the rubric, written with a comma or a point."""

    def to_python(self, value: Any) -> float | None:  # type: ignore[override]  # Django's FloatField is an IntegerField
        return super().to_python(str(value).replace(",", "."))


class WhatIfForm(forms.Form):
    """Capacity by pool (`places-3-4=7`), a cap per sponsor, a minimum score; nonsense counts as not asked."""

    cap = forms.IntegerField(required=False, min_value=0, max_value=99_999)
    bar = PointsField(required=False, min_value=0, max_value=100)

    def __init__(self, params: QueryDict) -> None:
        super().__init__(params)
        self.pools = [name for name in params if name.startswith("places-")]
        for name in self.pools:
            self.fields[name] = forms.IntegerField(required=False, min_value=0, max_value=99_999)

    def what_if(self) -> WhatIf:
        self.is_valid()
        asked = self.cleaned_data
        capacities = {name.removeprefix("places-"): asked[name] for name in self.pools if asked.get(name) is not None}
        return WhatIf(capacities, asked.get("cap"), asked.get("bar"))


class DeskFilters(ScoreListFilters[DeskRow]):
    """The desk's filters: also by decision."""

    sorts = {
        **ScoreListFilters.sorts,
        "merit": lambda row: row.score.merit,
        "chance": lambda row: row.score.chance_above_line,
        "verdict": lambda row: row.decision.verdict if row.decision else None,
    }
    labels = {
        "": "All",
        "undecided": "Undecided",
        "middle": "Close to the line",
        **{verdict.value: verdict.label for verdict in Verdict},
    }

    def __init__(self, params: QueryDict, desk: Desk) -> None:
        super().__init__(params, desk.rows)
        self.view = params.get("view", "") if params.get("view", "") in self.labels else ""
        self.address = params.urlencode()

    def score_of(self, row: DeskRow) -> CalibratedScore:
        return row.score

    @property
    def views(self) -> list[tuple[str, str, int]]:
        return [(key, label, sum(_in_view(row, key) for row in self.all)) for key, label in self.labels.items()]

    def matches(self, row: DeskRow) -> bool:
        return _in_view(row, self.view) and super().matches(row)


def _in_view(row: DeskRow, view: str) -> bool:
    if view == "undecided":
        return not row.is_decided
    if view == "middle":
        return row.score.is_in_middle
    return not view or (row.decision is not None and row.decision.verdict == view)
