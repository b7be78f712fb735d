"""Forms of the desk: a verdict, a batch; and what its address filters by and asks."""

import re
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict

from expo.editions.models import Format
from expo.kit.forms import InlineRadios, LongText
from expo.kit.lists import Pick
from expo.proposals.models import Proposal
from reviews.scoring.forms import ABOUT_PROPOSAL, FORMAT, ScoreList, score_columns
from reviews.scoring.queries.ranking import CalibratedScore

from .queries.decision_basis import WhatIf
from .queries.desk import DeskRow
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
    format = forms.ModelChoiceField(
        Format.objects.none(),
        required=False,
        label="Accept it as",
        help_text="Another format is an offer: its sponsor confirms it or declines.",
        error_messages={"invalid_choice": "Choose one of the formats that its tier may have accepted."},
    )
    shows_criteria = forms.BooleanField(
        required=False,
        initial=True,
        label="Say where the reviews put it, by criterion",
        help_text="With a rejection or the waiting list, in the rubric's words: no scores, no reviewers.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, initial=0)
    drafted = forms.CharField(required=False, max_length=120, widget=forms.HiddenInput)

    def __init__(self, *args: Any, proposal: Proposal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["format"]
        tier = proposal.sponsor.tier_id
        allowed = Format.objects.filter(entitlements__tier=tier, entitlements__may_be_accepted__gt=0)
        field.queryset = allowed.exclude(pk=proposal.format_id)
        field.empty_label = f"{proposal.format.name}, as submitted"


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


class VersionForm(forms.Form):
    """Which version of a decision somebody saw."""

    version = forms.IntegerField(min_value=0, max_value=2**31 - 1)


class WaitingListForm(VersionForm):
    """One click on a proposal of the waiting list: as the next in line, or chosen before it."""

    is_next = forms.BooleanField(required=False)


#: A proposal as the desk sends it: its code, and the version of the decision that was seen.
CHOSEN = re.compile(r"[^:]+:\d{1,9}", re.ASCII)


class SeveralForm(forms.Form):
    """What is done with the proposals chosen on the desk: a verdict, or a batch. Each comes with the version seen."""

    code = forms.MultipleChoiceField(error_messages={"required": "Choose at least one proposal."})
    verdict = forms.ChoiceField(choices=Verdict.choices(), required=False)
    batch = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, codes: Iterable[str], batches: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = self.data.getlist("code") if isinstance(self.data, QueryDict) else []
        known = set(codes)
        seen = [value for value in asked if CHOSEN.fullmatch(value) and value.partition(":")[0] in known]
        self.fields["code"].choices = [(value, value) for value in seen]  # type: ignore[attr-defined]
        self.fields["batch"].choices = [(str(pk), str(pk)) for pk in batches]  # type: ignore[attr-defined]

    def chosen(self) -> list[tuple[str, int]]:
        """Codes, each once and with the version of the decision that the chair saw."""
        rows = [each.partition(":") for each in reversed(self.cleaned_data["code"])]
        return [*reversed({code: int(version) for code, _, version in rows}.items())]


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


class DeskList(ScoreList[DeskRow]):
    """The desk's filters: also by decision; and what it asks "what if" about."""

    page = "decisions:desk"
    picks = (
        Pick(
            "view",
            "Any verdict",
            lambda row: [(view, "") for view in _views_of(row)],
            choices=[
                ("undecided", "Undecided"),
                ("middle", "Close to the line"),
                ("flagged", "Found by the checks"),
                *Verdict.choices(),
            ],
        ),
        FORMAT,
    )
    sorts: ClassVar[dict[str, Callable[[Any], Any]]] = {
        **ScoreList.sorts,
        "merit": lambda row: row.score.merit,
        "chance": lambda row: row.score.chance_above_line,
        "verdict": lambda row: row.decision.verdict if row.decision else None,
    }
    columns = (
        *ABOUT_PROPOSAL,
        *score_columns(lambda row: row.score),
        ("Suggestion", lambda row: row.suggested),
        ("Verdict", lambda row: Verdict(row.decision.verdict).label if row.decision else ""),
        ("Reason", lambda row: Reason(row.decision.reason).label if row.decision else ""),
        ("Batch", lambda row: row.decision.batch.name if row.decision and row.decision.batch else ""),
        ("State", lambda row: row.proposal.get_state_display()),
    )
    extra = ("cap", "bar", "places-")

    def score_of(self, row: DeskRow) -> CalibratedScore:
        return row.score


def _views_of(row: DeskRow) -> list[str]:
    decided = [row.decision.verdict] if row.decision else ["undecided"]
    middle = ["middle"] if row.score.is_in_middle else []
    return [*decided, *middle, *(["flagged"] if row.proposal.flags else [])]
