"""Forms of the desk, of batches and of what-ifs; and what their addresses filter by and ask."""

import re
from collections.abc import Callable, Collection, Iterable
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict

from expo.editions.models import Format
from expo.kit.forms import InlineRadios, LongText
from expo.kit.lists import Column, Pick, WorkList
from expo.proposals.models import Proposal
from reviews.scoring.forms import ABOUT_PROPOSAL, POOL, ScoreList, score_columns
from reviews.scoring.queries.ranking import CalibratedScore, Ranking

from .models import Scenario
from .queries.desk import DeskRow
from .queries.scenarios import ComparedProposal, Comparison, criterion_name
from .services import scenarios
from .services.batches import MAX_NAME_LENGTH
from .services.decisions import MAX_LENGTH
from .services.notes import LONGEST_NOTE
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
    """What is done with the proposals chosen on the desk: a verdict, a batch, tags. Each with the version seen."""

    code = forms.MultipleChoiceField(error_messages={"required": "Choose at least one proposal."})
    verdict = forms.ChoiceField(choices=Verdict.choices(), required=False)
    batch = forms.ChoiceField(required=False)
    tag = forms.CharField(required=False, max_length=200)

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


class NotesForm(forms.Form):
    """A chair's own tags, with commas between them, and note."""

    tags = forms.CharField(required=False, max_length=400, label="Your tags", help_text="With commas between them.")
    note = forms.CharField(required=False, max_length=LONGEST_NOTE, widget=LongText(rows=3), label="Your note")


class MoveForm(forms.Form):
    """So many places on the waiting list, up if less than 0, from the one that was seen."""

    places = forms.IntegerField(min_value=-999, max_value=999)
    seen = forms.IntegerField(min_value=1, max_value=99_999)


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
        asked = self.data.getlist("code") if isinstance(self.data, QueryDict) else []
        seen = [value for value in asked if value.partition(":")[0] in codes]
        self.fields["code"].choices = [(value, value) for value in seen]  # type: ignore[attr-defined]

    def codes(self) -> list[str]:
        """The codes chosen, each once; a form that also sends the versions seen may be used."""
        return list(dict.fromkeys(value.partition(":")[0] for value in self.cleaned_data["code"]))


class DeskList(ScoreList[DeskRow]):
    """The desk's filters: also by decision."""

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
                ("not-opened", "Not opened by you"),
                ("unread", "Feedback unread"),
                *Verdict.choices(),
            ],
        ),
        POOL,
        Pick("tag", "Any tag of yours", lambda row: [(tag, tag) for tag in row.tags]),
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
        ("Your tags", lambda row: ", ".join(row.tags)),
        ("Your note", lambda row: row.note),
    )

    @staticmethod
    def search(row: Any) -> str:
        return f"{ScoreList.search(row)} {' '.join(row.tags)} {row.note}"

    def score_of(self, row: DeskRow) -> CalibratedScore:
        return row.score


def _views_of(row: DeskRow) -> list[str]:
    decided = [row.decision.verdict] if row.decision else ["undecided"]
    middle = ["middle"] if row.score.is_in_middle else []
    marks = {"flagged": bool(row.proposal.flags), "not-opened": not row.is_opened, "unread": row.is_unread}
    return [*decided, *middle, *(name for name, is_so in marks.items() if is_so)]


LONGEST_PINS = 4000


class PointsField(forms.FloatField):
    """Points of the rubric, written with a comma or a point."""

    def to_python(self, value: Any) -> float | None:  # type: ignore[override]  # Django's FloatField is an IntegerField
        return super().to_python(value if value is None else str(value).replace(",", "."))


class ScenarioForm(forms.Form):
    """Everything a what-if may ask, sent at once. Pools and criteria are the edition's; empty means: as it is."""

    name = forms.CharField(max_length=scenarios.MAX_NAME_LENGTH)
    pinned_in = forms.CharField(
        required=False,
        max_length=LONGEST_PINS,
        widget=LongText(rows=2),
        label="Held in",
        help_text="Codes of proposals that are in whatever their score, separated by spaces.",
    )
    pinned_out = forms.CharField(
        required=False,
        max_length=LONGEST_PINS,
        widget=LongText(rows=2),
        label="Held out",
        help_text="Codes of proposals that are out whatever their score.",
    )
    cap = forms.IntegerField(required=False, min_value=0, max_value=99_999, label="Most accepted per sponsor and pool")
    bar = PointsField(required=False, min_value=0, max_value=100, label="Minimum score")

    def __init__(self, *args: Any, ranking: Ranking, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes = {each.proposal.code for each in ranking.scores}
        self.pools = {f"places-{pool.key}": pool for pool in ranking.pools}
        self.weights = {f"weight-{each.pk}": each for each in ranking.rubrics.all_criteria}
        for name, pool in self.pools.items():
            known = "unknown" if pool.capacity is None else str(pool.capacity)
            self.fields[name] = forms.IntegerField(
                required=False,
                min_value=0,
                max_value=99_999,
                label=f"{pool.name}, {pool.unit}",
                widget=forms.NumberInput(attrs={"placeholder": known}),
            )
        for name, criterion in self.weights.items():
            self.fields[name] = forms.IntegerField(
                required=False,
                min_value=0,
                max_value=100,
                label=criterion_name(ranking, criterion),
                widget=forms.NumberInput(attrs={"placeholder": str(criterion.weight)}),
            )

    @property
    def rows(self) -> dict[str, str]:
        """Names of fields by section."""
        return {"pools": " ".join(self.pools), "weights": " ".join(self.weights)}

    def clean_pinned_in(self) -> list[str]:
        return self._codes("pinned_in")

    def clean_pinned_out(self) -> list[str]:
        return self._codes("pinned_out")

    def _codes(self, name: str) -> list[str]:
        typed = [code.upper() for code in re.split(r"[\s,;]+", self.cleaned_data[name]) if code]
        unknown = sorted(set(typed) - self.codes)
        if unknown:
            raise forms.ValidationError(f"You see no proposal with the code {unknown[0][:40]}.", code="unknown-code")
        return sorted(set(typed))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        both = sorted(set(cleaned.get("pinned_in", ())) & set(cleaned.get("pinned_out", ())))
        if both:
            self.add_error("pinned_out", f"{both[0]} is held in as well: choose one of the two.")
        self._refuse_no_weight(cleaned)
        return cleaned

    def _refuse_no_weight(self, cleaned: dict[str, Any]) -> None:
        """Each rubric keeps a criterion that counts."""
        left: dict[int, int] = {}
        for name, criterion in self.weights.items():
            typed = cleaned.get(name)
            left[criterion.rubric_id] = left.get(criterion.rubric_id, 0) + (
                criterion.weight if typed is None else typed
            )
        for name, criterion in self.weights.items():
            if left[criterion.rubric_id] == 0 and name not in self.errors:
                self.add_error(name, "At least one criterion of a rubric has to count: give one a weight above 0.")
                return

    def asked(self) -> dict[str, Any]:
        """The question as it is kept: only what was filled in."""
        typed = self.cleaned_data
        asked = {"in": typed["pinned_in"], "out": typed["pinned_out"], "cap": typed["cap"], "bar": typed["bar"]}
        asked["places"] = {pool.key: typed[name] for name, pool in self.pools.items() if typed[name] is not None}
        asked["weights"] = {str(each.pk): typed[name] for name, each in self.weights.items() if typed[name] is not None}
        return {name: value for name, value in asked.items() if value not in (None, [], {})}

    @staticmethod
    def initial_of(scenario: Scenario, codes: Collection[str]) -> dict[str, Any]:
        """A kept what-if as the form shows it; of its pins those that the viewer sees."""
        kept = scenario.asked
        shown = {side: " ".join(code for code in kept.get(side, ()) if code in codes) for side in ("in", "out")}
        return {
            "name": scenario.name,
            "pinned_in": shown["in"],
            "pinned_out": shown["out"],
            "cap": kept.get("cap"),
            "bar": kept.get("bar"),
            **{f"places-{key}": units for key, units in kept.get("places", {}).items()},
            **{f"weight-{key}": weight for key, weight in kept.get("weights", {}).items()},
        }


def chosen_scenarios(params: QueryDict, mine: Collection[Scenario], most: int) -> list[Scenario]:
    """Which of one's own the address asks for, in the order of the list; unknown ones are ignored."""
    asked = {part for value in params.getlist("s") for part in value[:200].split(".")}
    return [each for each in mine if str(each.pk) in asked][:most]


class ComparedList(WorkList[ComparedProposal]):
    """The proposals of a comparison: those that move, unless all are asked for."""

    noun = "proposals"
    search = staticmethod(lambda row: f"{row.proposal.code} {row.proposal.title} {row.proposal.sponsor}")
    picks = (
        Pick(
            "show",
            "All proposals",
            lambda row: [(kind, "") for kind in _kinds(row)],
            choices=[("moved", "Moved"), ("sides", "In or out has changed")],
        ),
        Pick("pool", "Any pool", lambda row: [(row.pool.key, row.pool.name)]),
    )
    sorts: ClassVar[dict[str, Callable[[Any], Any]]] = {
        "title": lambda row: row.proposal.title.casefold(),
        "score": lambda row: row.positions[0].score,
    }
    extra = ("s",)

    def __init__(self, params: QueryDict, comparison: Comparison) -> None:
        super().__init__(params, comparison.rows)
        columns: list[Column] = [
            ("Code", lambda row: row.proposal.code),
            ("Title", lambda row: row.proposal.title),
            ("Sponsor", lambda row: row.proposal.sponsor),
            ("Format", lambda row: row.proposal.format),
            ("Pool", lambda row: row.pool.name),
        ]
        for index, column in enumerate(comparison.columns):
            columns += _columns(index, column.name)
        self.columns = columns  # type: ignore[misc]  # a file's columns depend on what is compared


def _columns(index: int, name: str) -> list[Column]:
    columns: list[Column] = [
        (name, lambda row: "in" if row.positions[index].is_in else "out"),
        (f"{name}: score", lambda row: _rounded(row.positions[index].score)),
        (f"{name}: rank", lambda row: row.positions[index].rank),
    ]
    return [*columns, (f"{name}: moved", lambda row: row.positions[index].moved)] if index else columns


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 4)


def _kinds(row: ComparedProposal) -> list[str]:
    sides = ["sides"] if any(each.has_changed_sides for each in row.positions) else []
    return [*(["moved"] if row.has_moved else []), *sides]
