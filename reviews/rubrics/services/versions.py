"""A rubric's versions: a copy is written at leisure, then adopted or discarded; the first review freezes it.

What becomes of scores on adoption is scoring's: `reviews.scoring.services.rubric_versions`.
"""

from django.db import transaction
from django.db.models import Max

from expo.accounts.models import User
from expo.editions.models import Edition, Format
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import WrongState
from expo.kit.policy import require

from ..models import Criterion, Level, Rubric
from ..queries import FormatRubric, rubrics_of
from .criteria import require_one_scale


@transaction.atomic
def start_version(*, by: User, edition: Edition, format: Format | None = None) -> Rubric:
    """Begin a new version as a copy of what counts now; `format`: of this format's own rubric, which may be its first.

    Nothing counts by it until it is adopted. Starting one that is being written finds it.
    """
    require(by, "rubrics.edit", edition)
    Edition.objects.select_for_update(no_key=True).get(pk=edition.pk)
    rows = Rubric.objects.filter(edition=edition, format=format)
    being_written = rows.filter(adopted_at=None).first()
    if being_written is not None:
        return being_written
    current = rubrics_of(edition).of(format.pk if format else None)
    if current.rubric is None or not current.criteria:
        raise WrongState("no-rubric", "There is no rubric yet, so there is nothing to begin from. Set one up first.")
    if current.rubric.format_id == (format.pk if format else None) and current.rubric.frozen_at is None:
        raise WrongState(
            "rubric-open", "No review has been submitted by this rubric yet: change it in place, without a new version."
        )
    number = (rows.aggregate(last=Max("version"))["last"] or 0) + 1
    version = _copied(current, current.rubric, format, number)
    record("rubrics.version_started", by=by, target=version, edition_id=edition.pk, data=_named(version))
    return version


@transaction.atomic
def discard_version(*, by: User, edition: Edition, format: Format | None = None) -> None:
    """Drop the version that is being written; what counts stays as it is."""
    require(by, "rubrics.edit", edition)
    version = lock_being_written(edition, format)
    record("rubrics.version_discarded", by=by, target=version, edition_id=edition.pk, data=_named(version))
    version.delete()


def lock_being_written(edition: Edition, format: Format | None) -> Rubric:
    """The version that is being written, under a lock."""
    rows = Rubric.objects.select_for_update(of=("self",)).select_related("format")
    version = rows.filter(edition=edition, format=format, adopted_at=None).first()
    if version is None:
        raise WrongState("no-version", "No version is being written: it was adopted or discarded. Reload the page.")
    return version


def mark_adopted(*, version: Rubric, before: FormatRubric, freezes: bool) -> None:
    """Make a version the current one, in the transaction that carries the scores over; its practice goes with it.

    What is being written for a format from a copy of `before` continues the adopted version from now on.
    """
    criteria = list(version.criteria.all())
    if not criteria:
        raise WrongState("no-criteria", "This version has no criteria, so nothing could be scored. Write one first.")
    require_one_scale(version, version.highest_level or 0)
    now = clock.now()
    version.adopted_at, version.frozen_at = now, now if freezes else None
    version.save(update_fields=["adopted_at", "frozen_at"])
    if before.rubric is not None and before.rubric.format_id == version.format_id:
        before.rubric.practice_proposals.update(rubric=version)
        others = Criterion.objects.filter(rubric__adopted_at=None).exclude(rubric=version)
        for each in criteria:
            if each.continues_id is not None:
                others.filter(continues=each.continues_id).update(continues=each)
        others.filter(continues__in=before.criteria).update(continues=None)


@transaction.atomic
def freeze(*, by: User | None, rubric: Rubric) -> None:
    """Keep this version as it is from now on; called with every submitted review, and only the first call counts."""
    found = Rubric.objects.select_for_update().filter(pk=rubric.pk, frozen_at=None).first()
    if found is None:
        return
    found.frozen_at = clock.now()
    found.save(update_fields=["frozen_at"])
    record("rubrics.frozen", by=by, target=found, edition_id=found.edition_id)


def _copied(current: FormatRubric, old: Rubric, format: Format | None, number: int) -> Rubric:
    version = Rubric.objects.create(
        edition=old.edition,
        format=format,
        version=number,
        adopted_at=None,
        introduction=old.introduction,
        commercial_content=old.commercial_content,
        highest_level=old.highest_level,
    )
    for each in current.criteria:
        copy = Criterion.objects.create(
            rubric=version,
            name=each.name,
            slug=each.slug,
            question=each.question,
            weight=each.weight,
            position=each.position,
            continues=each,
        )
        Level.objects.bulk_create(
            Level(criterion=copy, value=level.value, label=level.label, anchor=level.anchor, example=level.example)
            for level in each.levels.all()
        )
    return version


def _named(version: Rubric) -> dict[str, object]:
    return {"version": version.version, "format": version.format.name if version.format else ""}
