"""The review's form, and what the address of a list of scores filters and sorts by."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeVar

from django import forms
from django.utils.html import escape

from expo.kit.forms import InlineRadios, LevelSelect, LongText
from expo.kit.lists import Column, Pick, WorkList
from reviews.assignments.forms import ReasonForm
from reviews.assignments.services.assignments import MOST_REASON
from reviews.rubrics.models import Criterion, PracticeProposal
from reviews.rubrics.queries import FormatRubric
from reviews.rubrics.services.practice import LONGEST as LONGEST_PRACTICE

from .models import Review
from .queries.ranking import CalibratedScore
from .services.discussion import LONGEST_COMMENT
from .services.reviews import LONGEST
from .states import CONFIDENCE


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
        help_text="What is good and what would make it better. The chairs may quote it without your name. "
        "The other reviewers of this proposal read it once theirs is submitted.",
    )
    for_chairs = forms.CharField(
        required=False,
        max_length=LONGEST,
        widget=LongText(rows=4),
        label="For the chairs",
        help_text="Only cochairs read it.",
    )
    confidence = forms.TypedChoiceField(
        coerce=int,
        choices=[(value, word.capitalize()) for value, word in CONFIDENCE.items()],
        widget=InlineRadios,
        label="How confident are you?",
        initial=2,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def __init__(self, *args: Any, criteria: Sequence[Criterion], demanding: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        if self.is_bound:
            self.data = _carried_over(self.data, criteria)
        for criterion, counts in FormatRubric(criteria=tuple(criteria)).with_weights:
            self.fields[f"criterion_{criterion.pk}"] = level_picker(criterion, counts, demanding=demanding)
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
        kept: dict[str, Any] = {
            name: data[name] for name in ("is_recruiting", "for_sponsor", "for_chairs", "version") if name in data
        }
        return {**kept, "scores": levels, "confidence": data.get("confidence") or 2}


class ExcludeForm(ReasonForm):
    """Why a review should not count."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "The other chairs read it. Neither the reviewer nor the sponsor does."


class PracticeAnswerForm(forms.Form):
    """A level for each criterion."""

    use_required_attribute = False

    def __init__(self, *args: Any, asked: FormatRubric, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked
        for criterion, counts in asked.with_weights:
            self.fields[f"criterion_{criterion.pk}"] = level_picker(criterion, counts)

    @property
    def pickers(self) -> list[forms.BoundField]:
        return [self[f"criterion_{each.pk}"] for each in self.asked.criteria]

    def levels(self) -> dict[str, int]:
        """The levels by the criteria's slugs."""
        return {each.slug: self.cleaned_data[f"criterion_{each.pk}"] for each in self.asked.criteria}


class PracticeForm(PracticeAnswerForm):
    """What chairs write."""

    title = forms.CharField(max_length=200)
    text = forms.CharField(
        max_length=LONGEST_PRACTICE,
        widget=LongText(rows=14, limit=LONGEST_PRACTICE),
        help_text="What reviewers read. Invented, or from an earlier year: never a proposal of this edition. Markdown.",
    )
    explanation = forms.CharField(
        label="Why the panel chose these levels",
        max_length=LONGEST_PRACTICE,
        widget=LongText(rows=8, limit=LONGEST_PRACTICE),
        help_text="Reviewers read it after they have answered, beside the panel's levels. Markdown.",
    )

    def texts(self) -> dict[str, str]:
        """What was typed beside the levels."""
        return {name: self.cleaned_data[name] for name in ("title", "text", "explanation")}


def initial_of_practice(practice: PracticeProposal | None, asked: FormatRubric) -> dict[str, Any]:
    """What the chairs' form shows at first."""
    if practice is None:
        return {}
    levels = {f"criterion_{each.pk}": practice.levels.get(each.slug) for each in asked.criteria}
    return {**{name: getattr(practice, name) for name in ("title", "text", "explanation")}, **levels}


def _carried_over(data: Any, criteria: Sequence[Criterion]) -> Any:
    """A page that was opened before a new version of the rubric was adopted names the criteria of the old one."""
    names = {f"criterion_{each.continues_id}": f"criterion_{each.pk}" for each in criteria if each.continues_id}
    old = {new: data[name] for name, new in names.items() if name in data and new not in data}
    if not old:
        return data
    data = data.copy()
    data.update(old)
    return data


class EnterForm(ReviewForm):
    """A review that came by mail, with where it came from."""

    source = forms.CharField(
        max_length=MOST_REASON,
        label="Where it came from",
        help_text="As in “a mail of 3 May”. Chairs and the reviewer read it.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["version"]  # there is no draft of it

    def verb_fields(self) -> dict[str, Any]:
        return {**super().verb_fields(), "source": self.cleaned_data["source"]}


class CommentForm(forms.Form):
    """Something to say in a discussion."""

    text = forms.CharField(
        max_length=LONGEST_COMMENT,
        widget=LongText(rows=4, limit=LONGEST_COMMENT),
        label="Your comment",
        error_messages={"required": "Write something first; the comment is empty."},
    )


class AskRevisionForm(forms.Form):
    """What a reviewer should reconsider."""

    note = forms.CharField(
        max_length=MOST_REASON,
        widget=LongText(rows=2, limit=MOST_REASON),
        label="What to reconsider",
        help_text="The reviewer and the other chairs read it. The reviewer gets an e-mail.",
    )


class KeepForm(forms.Form):
    """A word with the answer that a review stays as it is."""

    word = forms.CharField(
        required=False,
        max_length=MOST_REASON,
        widget=LongText(rows=2, limit=MOST_REASON),
        label="Why you keep it",
        help_text="The chairs read it.",
    )


def level_picker(criterion: Criterion, counts: str, *, demanding: bool = True) -> forms.Field:
    """Levels with their anchors; `counts`: how much it counts, in words, where that differs."""
    levels = list(criterion.levels.all())
    return forms.TypedChoiceField(
        label=criterion.name,
        help_text=escape(f"{criterion.question} Counts as {counts}." if counts else criterion.question),
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


def rounded(value: float | None) -> float | None:
    """A score or a share in a file, to three decimals."""
    return None if value is None else round(value, 3)


def score_columns(score_of: Callable[[Any], CalibratedScore]) -> tuple[Column, ...]:
    """What every file of scores says about a row's score."""
    return (
        ("Score", lambda row: rounded(score_of(row).merit)),
        ("Low", lambda row: rounded(score_of(row).low)),
        ("High", lambda row: rounded(score_of(row).high)),
        ("Above the line", lambda row: rounded(score_of(row).chance_above_line)),
    )


ABOUT_PROPOSAL: tuple[Column, ...] = (
    ("Code", lambda row: row.proposal.code),
    ("Title", lambda row: row.proposal.title),
    ("Format", lambda row: row.proposal.format.name),
    ("Track", lambda row: row.proposal.track.name if row.proposal.track else ""),
    ("Sponsor", lambda row: row.proposal.sponsor.name),
)
POOL = Pick("pool", "All pools", lambda row: [(row.score.pool.key, row.score.pool.name)], is_drawn=False)
FORMAT = Pick("format", "Any format", lambda row: [(row.proposal.format.slug, row.proposal.format.name)])


class ScoreList(WorkList[Row]):
    """A list of proposals with scores, pool by pool, because a line means something only in its pool."""

    noun = "proposals"
    sorts: ClassVar[dict[str, Callable[[Any], Any]]] = {
        "title": lambda row: row.proposal.title.casefold(),
        "sponsor": lambda row: row.proposal.sponsor.name.casefold(),
    }

    @staticmethod
    def search(row: Any) -> str:
        return f"{row.proposal.code} {row.proposal.title} {row.proposal.sponsor.name}"

    def score_of(self, row: Row) -> CalibratedScore:
        raise NotImplementedError

    def in_order(self, rows: Sequence[Row]) -> Sequence[Row]:
        """As asked inside each pool; the pools in the order of their formats."""

        def pool(row: Row) -> tuple[int, int]:
            first = self.score_of(row).pool.formats[0]
            return first.position, first.pk

        return sorted(super().in_order(rows), key=pool)

    def with_lines(self) -> list[dict[str, Any]]:
        """The page's rows with the pool that begins there, and the one whose line runs just above (by merit)."""
        below: set[str] = set()
        marked: list[dict[str, Any]] = []
        pools = [self.score_of(row).pool for row in self.all]
        several, last = len({pool.key for pool in pools}) > 1, ""
        for row in self.page_obj:
            score = self.score_of(row)
            begins = several and score.pool.key != last
            last = score.pool.key
            crosses = (
                not self.sort and score.merit is not None and not score.is_above_line and score.pool.key not in below
            )
            if crosses:
                below.add(score.pool.key)
            marked.append({"row": row, "line": score.pool if crosses else None, "pool": score.pool if begins else None})
        return marked


class RankingList(ScoreList[CalibratedScore]):
    """The ranking's filters: also track, topic, and what asks for a second look."""

    page = "scoring:standings"
    extra = ("picture",)
    picks = (
        FORMAT,
        Pick(
            "track",
            "Any track",
            lambda row: [(row.proposal.track.slug, row.proposal.track.name)] if row.proposal.track else [],
        ),
        Pick("topic", "Any topic", lambda row: row.topics),
        Pick(
            "flag",
            "Any mark",
            lambda row: [
                (code, "") for code in {flag.code for flag in row.flags} | ({"middle"} if row.is_in_middle else set())
            ],
            choices=(
                ("middle", "Close to the line"),
                ("recruiting", "Flagged as recruiting"),
                ("conflict", "Reviews under a conflict"),
                ("disagreement", "Reviewers disagree"),
                ("few-reviews", "Reviews missing"),
            ),
        ),
    )
    sorts: ClassVar[dict[str, Callable[[Any], Any]]] = {
        **ScoreList.sorts,
        "code": lambda score: score.proposal.code,
        "format": lambda score: score.proposal.format.name,
        "merit": lambda score: score.merit,
        "mean": lambda score: score.mean,
        "median": lambda score: score.median,
        "chance": lambda score: score.chance_above_line,
        "spread": lambda score: score.spread,
        "reviews": lambda score: score.reviews,
    }
    columns = (
        *ABOUT_PROPOSAL,
        ("Reviews", lambda score: score.reviews),
        ("Reviews wanted", lambda score: score.expected),
        ("Plain mean", lambda score: rounded(score.mean)),
        ("Median", lambda score: rounded(score.median)),
        *score_columns(lambda score: score),
        ("Spread", lambda score: rounded(score.spread)),
        ("Marks", lambda score: "; ".join(flag.text for flag in score.flags)),
    )

    def score_of(self, row: CalibratedScore) -> CalibratedScore:
        return row
