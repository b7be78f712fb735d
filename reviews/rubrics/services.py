"""What is done to the rubric. All of it is refused once the first review is submitted, so that all score alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, ProtectedError
from django.utils.text import slugify

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require

from .defaults import COMMERCIAL_CONTENT, CRITERIA, INTRODUCTION
from .models import Criterion, Level, Rubric

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
    rubric = _open_rubric(edition)
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
    record("rubrics.set_up", by=by, target=rubric, edition_id=edition.pk)
    return rubric


def set_up_where_missing(entry: Entry) -> None:
    """When a call opens and nobody has written a rubric, the usual one is used: no reviewer finds an empty form."""
    edition = Edition.objects.filter(pk=entry.edition_id or 0).first()
    if edition is not None and not Rubric.objects.filter(edition=edition, criteria__isnull=False).exists():
        set_up_default(by=None, edition=edition)


@transaction.atomic
def save_texts(*, by: User, edition: Edition, introduction: str, commercial_content: str) -> Rubric:
    """Change the text above the criteria, and what counts as commercial content."""
    _require(by, edition)
    rubric = _open_rubric(edition)
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
) -> Criterion:
    """Add a criterion, or change one; `levels` run from the weakest to the strongest."""
    _require(by, edition)
    _check(name, question, levels, weight)
    rubric = _open_rubric(edition)
    criterion = _same_edition(criterion, rubric) or _new_criterion(rubric, name)
    criterion.name, criterion.question, criterion.weight = name.strip(), question.strip(), weight
    criterion.position = criterion.position if position is None else position
    criterion.save()
    _write_levels(criterion, levels)
    record("rubrics.criterion_saved", by=by, target=criterion, edition_id=edition.pk, data={"weight": weight})
    return criterion


@transaction.atomic
def remove_criterion(*, by: User, edition: Edition, criterion: Criterion) -> None:
    """Remove a criterion from the rubric."""
    _require(by, edition)
    _same_edition(criterion, _open_rubric(edition))
    record("rubrics.criterion_removed", by=by, target=criterion, edition_id=edition.pk)
    try:
        criterion.delete()
    except ProtectedError:
        raise _in_use(f"“{criterion.name}”") from None


@transaction.atomic
def freeze(*, by: User | None, rubric: Rubric) -> None:
    """Keep this version as it is from now on; called with every submitted review, and only the first call counts."""
    open_still = Rubric.objects.select_for_update().filter(pk=rubric.pk, frozen_at=None)
    if not (found := open_still.first()):
        return
    found.frozen_at = clock.now()
    found.save(update_fields=["frozen_at"])
    record("rubrics.frozen", by=by, target=found, edition_id=found.edition_id)


def _require(by: User | None, edition: Edition) -> None:
    if by is not None:
        require(by, "rubrics.edit", edition)


def _open_rubric(edition: Edition) -> Rubric:
    """The edition's rubric under a lock; refuses when it is frozen."""
    Rubric.objects.get_or_create(edition=edition, format=None, version=1)
    rubric = Rubric.objects.select_for_update().get(edition=edition, format=None, version=1)
    if rubric.frozen_at is not None:
        raise WrongState(
            "rubric-frozen",
            "The rubric has been frozen since the first review was submitted, so that all proposals are scored alike.",
        )
    return rubric


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
        raise Invalid("foreign-criterion", "This criterion belongs to another edition.")
    return criterion


def _new_criterion(rubric: Rubric, name: str) -> Criterion:
    used = set(rubric.criteria.values_list("slug", flat=True))
    if len(used) >= MOST_CRITERIA:
        raise Invalid("criteria-full", f"A rubric has at most {MOST_CRITERIA} criteria. Remove one first.")
    stem = slugify(name)[:50] or "criterion"
    candidates = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(used) + 2))
    slug = next(slug for slug in candidates if slug not in used)
    last = rubric.criteria.aggregate(last=Max("position"))["last"]
    return Criterion(rubric=rubric, slug=slug, position=0 if last is None else last + 1)


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
