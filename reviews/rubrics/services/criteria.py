"""What is written into a rubric: into the current one until its first review is submitted, then into a new version."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, ProtectedError
from django.utils.text import slugify

from expo.accounts.models import User
from expo.editions.models import Edition, Format
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require

from ..defaults import COMMERCIAL_CONTENT, CRITERIA, INTRODUCTION
from ..models import Criterion, Level, Rubric
from ..queries import rubrics_of

LEAST_LEVELS, MOST_LEVELS, MOST_CRITERIA = 2, 7, 12


@dataclass(frozen=True)
class LevelText:
    """A level as typed; its value is its position in the list, from 1."""

    label: str
    anchor: str
    example: str = ""


@transaction.atomic
def set_up_default(*, by: User | None, edition: Edition) -> Rubric:
    """Give the edition the rubric an Expo starts with."""
    _require(by, edition)
    rubric = lock_writable(edition, None)
    if rubric.criteria.exists():
        raise WrongState(
            "rubric-exists", "This edition already has a rubric. Change its criteria, or remove them first."
        )
    rubric.introduction, rubric.commercial_content = INTRODUCTION, COMMERCIAL_CONTENT
    rubric.save(update_fields=["introduction", "commercial_content"])
    for position, default in enumerate(CRITERIA):
        criterion = Criterion.objects.create(
            rubric=rubric, name=default.name, slug=default.slug, question=default.question, position=position
        )
        _write_levels(criterion, [LevelText(each.label, each.anchor, each.example) for each in default.levels])
    _note_scale(rubric)
    record("rubrics.set_up", by=by, target=rubric, edition_id=edition.pk)
    return rubric


def set_up_where_missing(entry: Entry) -> None:
    """When a call opens and nobody has written a rubric, the usual one is used: no reviewer finds an empty form."""
    edition = Edition.objects.filter(pk=entry.edition_id or 0).first()
    if edition is not None and not Rubric.objects.filter(edition=edition, criteria__isnull=False).exists():
        set_up_default(by=None, edition=edition)


@transaction.atomic
def save_texts(
    *, by: User, edition: Edition, introduction: str, commercial_content: str, format: Format | None = None
) -> Rubric:
    """Change the text above the criteria, and what counts as commercial content."""
    _require(by, edition)
    rubric = lock_writable(edition, format)
    rubric.introduction, rubric.commercial_content = introduction.strip(), commercial_content.strip()
    rubric.save(update_fields=["introduction", "commercial_content"])
    record("rubrics.texts_saved", by=by, target=rubric, edition_id=edition.pk)
    return rubric


@transaction.atomic
def save_criterion(
    *,
    by: User,
    edition: Edition,
    name: str,
    question: str,
    levels: Sequence[LevelText],
    weight: int = 1,
    position: int | None = None,
    criterion: Criterion | None = None,
    format: Format | None = None,
    is_wording_only: bool = False,
) -> Criterion:
    """Add a criterion, or change one; `levels` run from the weakest to the strongest.

    In a new version one with another question or other levels is another criterion, unless the chair answers for it
    that the wording alone changed: only then do its old scores count on.
    """
    _require(by, edition)
    _check(name, question, levels, weight)
    rubric = lock_writable(edition, format)
    criterion = _same_edition(criterion, rubric) or _new_criterion(rubric, name)
    criterion.name, criterion.question, criterion.weight = name.strip(), question.strip(), weight
    criterion.position = criterion.position if position is None else position
    if rubric.adopted_at is None:
        _continue(criterion, levels, is_wording_only=is_wording_only)
    criterion.save()
    _write_levels(criterion, levels)
    _note_scale(rubric)
    data = {"weight": weight, "continues": criterion.continues_id, "wording_only": is_wording_only}
    record("rubrics.criterion_saved", by=by, target=criterion, edition_id=edition.pk, data=data)
    return criterion


@transaction.atomic
def remove_criterion(*, by: User, edition: Edition, criterion: Criterion, format: Format | None = None) -> None:
    """Remove a criterion from the rubric."""
    _require(by, edition)
    rubric = lock_writable(edition, format)
    _same_edition(criterion, rubric)
    record("rubrics.criterion_removed", by=by, target=criterion, edition_id=edition.pk)
    try:
        criterion.delete()
    except ProtectedError:
        raise _in_use(f"“{criterion.name}”") from None
    _note_scale(rubric)


def _require(by: User | None, edition: Edition) -> None:
    if by is not None:
        require(by, "rubrics.edit", edition)


def lock_writable(edition: Edition, format: Format | None) -> Rubric:
    """The newest version under a lock; refuses when it is frozen. `format`: its own rubric."""
    if format is None and not Rubric.objects.filter(edition=edition, format=None).exists():
        Rubric.objects.get_or_create(edition=edition, format=None, version=1)
    rows = Rubric.objects.select_for_update().filter(edition=edition, format=format)
    rubric = rows.order_by("-version").first()
    if rubric is None:
        raise WrongState(
            "no-own-rubric",
            f"{format} has no rubric of its own. Start one first; it begins as a copy of the edition's.",
        )
    if rubric.frozen_at is not None:
        raise WrongState(
            "rubric-frozen",
            "The rubric has been frozen since the first review was submitted, so that all proposals are scored alike. "
            "Start a new version to change it.",
        )
    return rubric


def _continue(criterion: Criterion, levels: Sequence[LevelText], *, is_wording_only: bool) -> None:
    """Say which criterion of the version before this one is, if any: only then do its scores count on."""
    rubric = criterion.rubric
    before = rubrics_of(rubric.edition).of(rubric.format_id).criteria
    others = set(rubric.criteria.exclude(pk=criterion.pk).values_list("continues", flat=True))
    meant = [(each.label.strip(), each.anchor.strip()) for each in levels]

    def is_same(old: Criterion) -> bool:
        texts = [(level.label, level.anchor) for level in old.levels.all()]
        return old.question == criterion.question and texts == meant

    same = next((old for old in before if old.pk not in others and is_same(old)), None)
    if same is None and is_wording_only:
        same = next((old for old in before if old.pk == criterion.continues_id), None)
        if same is None or len(same.levels.all()) != len(levels):
            raise Invalid(
                "not-wording-only",
                "Only the wording can change of a criterion that the current version has, with as many levels. Save it "
                "as a new criterion instead.",
                field="is_wording_only",
            )
    if same is not None:
        criterion.continues, criterion.slug = same, same.slug
    elif criterion.continues_id is not None:
        criterion.continues, criterion.slug = None, _free_slug(rubric, criterion.name)


def _note_scale(rubric: Rubric) -> None:
    """Keep the highest level; refuses what would leave the edition's rubrics on two scales."""
    highest = Level.objects.filter(criterion__rubric=rubric).aggregate(most=Max("value"))["most"]
    if highest is not None:
        require_one_scale(rubric, highest, at_most=rubric.adopted_at is None)
    rubric.highest_level = highest
    rubric.save(update_fields=["highest_level"])


def require_one_scale(rubric: Rubric, highest: int, *, at_most: bool = False) -> None:
    """All rubrics of an edition end at the same level: proposals of several formats may compete for one place.

    `at_most`: while it is written it may still fall short.
    """
    others = Rubric.objects.filter(edition=rubric.edition_id, adopted_at__isnull=False, highest_level__isnull=False)
    other = others.exclude(pk=rubric.pk).values_list("highest_level", flat=True).first()
    if other is None or highest == other or (at_most and highest < other):
        return
    raise WrongState(
        "another-scale",
        f"All rubrics of an edition share one scale, here 1 to {other}, so that scores of formats that compete for "
        f"places can be compared; this one would run to {highest}. Its criterion with most levels needs {other}.",
    )


def _check(name: str, question: str, levels: Sequence[LevelText], weight: int) -> None:
    if not name.strip():
        raise Invalid("name-missing", "Give the criterion a name.", field="name")
    if not question.strip():
        raise Invalid("question-missing", "Write the question that reviewers answer.", field="question")
    if not 1 <= weight <= 100:
        raise Invalid("weight-range", "The weight is a whole number from 1 to 100.", field="weight")
    if not LEAST_LEVELS <= len(levels) <= MOST_LEVELS:
        raise Invalid(
            "level-count", f"A criterion has {LEAST_LEVELS} to {MOST_LEVELS} levels; this one has {len(levels)}."
        )
    for level in levels:
        if not level.label.strip() or not level.anchor.strip():
            raise Invalid("level-incomplete", "Every level needs a label and a sentence that says when it is met.")


def _same_edition(criterion: Criterion | None, rubric: Rubric) -> Criterion | None:
    if criterion is not None and criterion.rubric_id != rubric.pk:
        raise Invalid("foreign-criterion", "This criterion belongs to another rubric. Reload the page.")
    return criterion


def _new_criterion(rubric: Rubric, name: str) -> Criterion:
    if rubric.criteria.count() >= MOST_CRITERIA:
        raise Invalid("criteria-full", f"A rubric has at most {MOST_CRITERIA} criteria. Remove one first.")
    last = rubric.criteria.aggregate(last=Max("position"))["last"]
    return Criterion(rubric=rubric, slug=_free_slug(rubric, name), position=0 if last is None else last + 1)


def _free_slug(rubric: Rubric, name: str) -> str:
    """A slug that no criterion of the edition has or had: records name criteria by it."""
    used = set(Criterion.objects.filter(rubric__edition=rubric.edition_id).values_list("slug", flat=True))
    stem = slugify(name)[:50] or "criterion"
    candidates = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(used) + 2))
    return next(slug for slug in candidates if slug not in used)


def _write_levels(criterion: Criterion, levels: Sequence[LevelText]) -> None:
    """Write levels in place, so that drafts of reviews keep pointing at the value they chose."""
    try:
        criterion.levels.filter(value__gt=len(levels)).delete()
    except ProtectedError:
        raise _in_use("A level you removed") from None
    for value, level in enumerate(levels, start=1):
        texts = {"label": level.label.strip(), "anchor": level.anchor.strip(), "example": level.example.strip()}
        Level.objects.update_or_create(criterion=criterion, value=value, defaults=texts)


def _in_use(what: str) -> WrongState:
    return WrongState("level-in-use", f"{what} is used by a review that somebody is writing. Change its text instead.")
