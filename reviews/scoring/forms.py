"""The review's form, and what the address of a list of scores filters and sorts by."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from django import forms
from django.http import QueryDict
from django.utils.html import escape

from expo.kit.forms import InlineRadios, LevelSelect, LongText
from reviews.assignments.forms import ReasonForm
from reviews.rubrics.models import Criterion

from .models import Review
from .queries.ranking import CalibratedScore, Ranking
from .services import LONGEST

CONFIDENCE = [(1, "Low"), (2, "Medium"), (3, "High")]


class ReviewForm(forms.Form):
    """One level picker per criterion. `demanding` asks for all of them; a draft asks for nothing."""

    use_required_attribute = False
    #: Something newer was saved since this form was opened.
    is_behind = False

    is_recruiting = forms.BooleanField(
        required=False,
        label="This is recruiting or sales",
        help_text="A flag for the chairs, not a score. They check the proposal before they act on it.",
    )
    for_sponsor = forms.CharField(
        required=False,
        max_length=LONGEST,
        widget=LongText(rows=5),
        label="For the sponsor",
        help_text="What is good and what would make it better. The chairs may quote it without your name.",
    )
    for_chairs = forms.CharField(
        required=False,
        max_length=LONGEST,
        widget=LongText(rows=4),
        label="For the chairs",
        help_text="Only cochairs read it.",
    )
    confidence = forms.TypedChoiceField(
        coerce=int, choices=CONFIDENCE, widget=InlineRadios, label="How confident are you?", initial=2
    )
    version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def __init__(self, *args: Any, criteria: Sequence[Criterion], demanding: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        for criterion in criteria:
            self.fields[f"criterion_{criterion.pk}"] = _picker(criterion, demanding)
        self.fields["confidence"].required = demanding

    @property
    def pickers(self) -> list[forms.BoundField]:
        return [self[f"criterion_{criterion.pk}"] for criterion in self.criteria]

    @property
    def scored(self) -> int:
        """How many criteria have a level so far."""
        return sum(picker.value() not in (None, "") for picker in self.pickers)

    @property
    def most_levels(self) -> int:
        """The highest level of any criterion: up to where the keys choose."""
        return max((level.value for criterion in self.criteria for level in criterion.levels.all()), default=0)

    def unfold(self) -> None:
        """Show what every level means, for somebody who has not used this rubric yet."""
        for picker in self.pickers:
            picker.field.widget.is_unfolded = True

    def verb_fields(self) -> dict[str, Any]:
        """The keyword arguments of `save_review` and `submit_review`."""
        data = self.cleaned_data
        chosen = {criterion: data.get(f"criterion_{criterion.pk}") for criterion in self.criteria}
        levels = {
            criterion.pk: level.pk
            for criterion, value in chosen.items()
            for level in criterion.levels.all()
            if level.value == value
        }
        kept = {name: data[name] for name in ("is_recruiting", "for_sponsor", "for_chairs", "version")}
        return {**kept, "scores": levels, "confidence": data.get("confidence") or 2}


class ExcludeForm(ReasonForm):
    """Why a review should not count."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "The other chairs read it. Neither the reviewer nor the sponsor does."


def _picker(criterion: Criterion, demanding: bool) -> forms.Field:
    levels = list(criterion.levels.all())
    return forms.TypedChoiceField(
        label=criterion.name,
        help_text=escape(criterion.question),
        required=demanding,
        coerce=int,
        empty_value=None,
        choices=[(level.value, level.label) for level in levels],
        widget=LevelSelect(
            anchors={level.value: level.anchor for level in levels},
            examples={level.value: level.example for level in levels if level.example},
        ),
        error_messages={"required": "Choose a level. All criteria need one before you submit."},
    )


def initial_of(review: Review | None) -> dict[str, Any]:
    """What the form shows before anything is typed."""
    if review is None:
        return {}
    levels = {f"criterion_{score.criterion_id}": score.level.value for score in review.scores.all()}
    names = ("is_recruiting", "for_sponsor", "for_chairs", "confidence", "version")
    return {**levels, **{name: getattr(review, name) for name in names}}


Row = TypeVar("Row")
Choices = list[tuple[str, str]]


class ScoreListFilters(Generic[Row]):
    """What the address asks of a list of proposals with scores: text, format, order.

    Unknown values are ignored: a bad address shows everything, never an error.
    """

    #: What to sort by, by the name in the address.
    sorts: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "title": lambda row: row.proposal.title.casefold(),
        "sponsor": lambda row: row.proposal.sponsor.name.casefold(),
    }

    def __init__(self, params: QueryDict, rows: Sequence[Row]) -> None:
        self.all = rows
        self.text = params.get("q", "").strip()
        self.format = params.get("format", "")
        self.sort = params.get("sort", "")

    def score_of(self, row: Row) -> CalibratedScore:
        raise NotImplementedError

    def matches(self, row: Row) -> bool:
        proposal = self.score_of(row).proposal
        text = f"{proposal.code} {proposal.title} {proposal.sponsor.name}".casefold()
        return self.text.casefold() in text and self.format in ("", proposal.format.slug)

    @property
    def formats(self) -> Choices:
        formats = (self.score_of(row).proposal.format for row in self.all)
        return sorted_choices((format.slug, format.name) for format in formats)

    def rows(self) -> list[Row]:
        """The rows that match, in the order asked for; best first when none was. What is unknown comes last."""
        rows = [row for row in self.all if self.matches(row)]
        key = self.sorts.get(self.sort.removeprefix("-"))
        if key is None:
            return rows
        known = [row for row in rows if key(row) is not None]
        known.sort(key=key, reverse=self.sort.startswith("-"))
        return known + [row for row in rows if key(row) is None]

    def with_lines(self, rows: Iterable[Row]) -> list[dict[str, Any]]:
        """Rows with the pool whose line runs just above; only in the order of merit, where a line means something."""
        below: set[str] = set()
        marked = []
        for row in rows:
            score = self.score_of(row)
            crosses = (
                not self.sort and score.merit is not None and not score.is_above_line and score.pool.key not in below
            )
            if crosses:
                below.add(score.pool.key)
            marked.append({"row": row, "line": score.pool if crosses else None})
        return marked


class RankingFilters(ScoreListFilters[CalibratedScore]):
    """The ranking's filters: also track, topic, and what asks for a second look."""

    sorts = {
        **ScoreListFilters.sorts,
        "code": lambda score: score.proposal.code,
        "format": lambda score: score.proposal.format.name,
        "merit": lambda score: score.merit,
        "mean": lambda score: score.mean,
        "median": lambda score: score.median,
        "chance": lambda score: score.chance_above_line,
        "spread": lambda score: score.spread,
        "reviews": lambda score: score.reviews,
    }
    flags: Choices = [
        ("middle", "Close to the line"),
        ("recruiting", "Flagged as recruiting"),
        ("conflict", "Reviews under a conflict"),
        ("disagreement", "Reviewers disagree"),
        ("few-reviews", "Reviews missing"),
    ]

    def __init__(self, params: QueryDict, ranking: Ranking) -> None:
        super().__init__(params, ranking.scores)
        self.track = params.get("track", "")
        self.topic = params.get("topic", "")
        self.flag = params.get("flag", "")

    def score_of(self, row: CalibratedScore) -> CalibratedScore:
        return row

    @property
    def tracks(self) -> Choices:
        tracks = (score.proposal.track for score in self.all)
        return sorted_choices((track.slug, track.name) for track in tracks if track)

    @property
    def topics(self) -> Choices:
        return sorted_choices((topic.slug, topic.name) for score in self.all for topic in score.proposal.topics.all())

    @property
    def is_active(self) -> bool:
        return any((self.text, self.format, self.track, self.topic, self.flag))

    def matches(self, row: CalibratedScore) -> bool:
        proposal = row.proposal
        flags = {flag.code for flag in row.flags} | ({"middle"} if row.is_in_middle else set())
        return (
            super().matches(row)
            and self.track in ("", proposal.track.slug if proposal.track else "")
            and self.topic in ("", *(topic.slug for topic in proposal.topics.all()))
            and self.flag in ("", *flags)
        )


def sorted_choices(pairs: Iterable[tuple[str, str]]) -> Choices:
    return sorted(set(pairs), key=lambda pair: pair[1])
