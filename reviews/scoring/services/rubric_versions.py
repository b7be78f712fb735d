"""A rubric's new version comes into force: scores are carried over along `Criterion.continues`, never changed.

A score always points at a criterion that counts now, or at one that no longer does and stays on record: adoption moves
it to the same level of the criterion that continues its own. What a review said at first, and by which version, stays
in `Review.first_content`, `Review.rubric` and the journal.
"""

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Edition, Format
from expo.editions.queries import holders
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit.errors import WrongState
from expo.kit.policy import require
from expo.notify.services import post
from expo.proposals.models import Proposal
from reviews.assignments.models import Assignment
from reviews.assignments.services.assignments import lock_queue
from reviews.rubrics.changes import changes_between
from reviews.rubrics.models import Criterion, Rubric
from reviews.rubrics.queries import FormatRubric, being_written, rubrics_of
from reviews.rubrics.services.versions import lock_being_written, mark_adopted

from ..models import Review, Score
from ..queries.incomplete import to_complete
from ..queries.rubric_effects import scored_by
from ..states import ReviewState


@transaction.atomic
def adopt_version(*, by: User, edition: Edition, format: Format | None = None) -> Rubric:
    """Score by the version that was being written from now on; `format`: its own rubric.

    Scores of criteria that it continues count on at the same level; others stay on record and count no more. Whose
    submitted review lacks a level is asked for it, and all chairs are told. Refused once a verdict was released.
    """
    require(by, "rubrics.edit", edition)
    lock_queue(edition)
    _require_no_verdict(edition)
    version = lock_being_written(edition, format)
    _lock_reviews(edition, version.format_id)
    current = rubrics_of(edition).of(format.pk if format else None)
    new = being_written(edition, format.pk if format else None) or FormatRubric()
    _carry_over(edition, version, new)
    submitted = Review.objects.filter(
        state=ReviewState.SUBMITTED, assignment__proposal__in=scored_by(edition, version.format_id)
    )
    mark_adopted(version=version, before=current, freezes=submitted.exists())
    changes = changes_between(current, new)
    data = {
        "version": version.version,
        "format": format.name if format else "",
        **{kind: [each.criterion.slug for each in changes if each.kind == kind] for kind in ("kept", "new", "removed")},
    }
    entry = record("rubrics.version_adopted", by=by, target=version, edition_id=edition.pk, data=data)
    names = [each.criterion.name for each in changes if each.kind == "new"]
    if names:
        _ask_reviewers(edition, version, entry, names)
    context = {"edition": edition, "by": by, "format": format, "changes": changes, "url": _read(edition, format)}
    post(
        "rubrics/adopted",
        to=[each for each in holders(edition, RoleKind.COCHAIR) if each != by],
        entry=entry,
        context=context,
    )
    return version


@transaction.atomic
def drop_own_rubric(*, by: User, edition: Edition, format: Format) -> None:
    """Score a format by the edition's rubric again, where none of its reviews is submitted yet."""
    require(by, "rubrics.edit", edition)
    lock_queue(edition)
    _lock_reviews(edition, format.pk)  # before the rubric: a review takes them in this order too
    own = Rubric.objects.select_for_update().filter(edition=edition, format=format, adopted_at__isnull=False)
    rubric = own.order_by("-version").first()
    if rubric is None:
        raise WrongState("no-own-rubric", f"{format} is scored by the edition's rubric already. Reload the page.")
    if rubric.frozen_at is not None:
        raise WrongState(
            "rubric-frozen",
            f"A {format.name.lower()} has been scored by this rubric, so it stays. Start a new version to change it.",
        )
    for each in Criterion.objects.filter(rubric=rubric).select_related("continues__rubric"):
        back = each.continues
        if back is not None and back.rubric.format_id is None:
            _move(Score.objects.filter(criterion=each), back)
    if Score.objects.filter(criterion__rubric=rubric).exists():
        raise WrongState(
            "level-in-use",
            "A review that somebody is writing has levels on criteria that the edition's rubric does not have. "
            "Add them there first, or keep this rubric.",
        )
    record("rubrics.own_dropped", by=by, target=rubric, edition_id=edition.pk, data={"format": format.name})
    Rubric.objects.filter(edition=edition, format=format).delete()


def _require_no_verdict(edition: Edition) -> None:
    if Proposal.objects.filter(sponsor__edition=edition, verdict_at__isnull=False).exists():
        raise WrongState(
            "verdicts-released",
            "Verdicts have been released, so the rubric that they rest on stays. Discard this version, or keep it for "
            "your notes.",
        )


def _lock_reviews(edition: Edition, format_id: int | None) -> None:
    """Each save of a review holds its assignment: afterwards none is under way by the old version."""
    rows = Assignment.objects.select_for_update(of=("self",)).filter(proposal__in=scored_by(edition, format_id))
    list(rows.order_by("pk").values_list("pk", flat=True))


def _carry_over(edition: Edition, version: Rubric, new: FormatRubric) -> None:
    about = Score.objects.filter(review__assignment__proposal__in=scored_by(edition, version.format_id))
    for each in new.criteria:
        if each.continues_id is not None:
            _move(about.filter(criterion=each.continues_id), each)


def _move(scores: QuerySet[Score], to: Criterion) -> None:
    for level in to.levels.all():
        scores.filter(level__value=level.value).update(criterion=to, level=level)


def _ask_reviewers(edition: Edition, version: Rubric, entry: Entry, names: list[str]) -> None:
    """One mail to each reviewer whose submitted reviews lack a level and may still change."""
    rows = Assignment.objects.filter(
        proposal__in=scored_by(edition, version.format_id), review__state=ReviewState.SUBMITTED
    ).select_related("reviewer")
    people = {row.reviewer for row in rows}
    for person in sorted(people, key=lambda each: each.pk):
        mine = list(to_complete(person, [edition]).select_related("proposal"))
        if not mine:
            continue
        links = [(row.proposal.title, reverse("scoring:review", args=[edition.slug, row.pk])) for row in mine]
        post(
            "rubrics/level_missing",
            to=[person],
            entry=entry,
            context={"edition": edition, "names": names, "reviews": links},
        )


def _read(edition: Edition, format: Format | None) -> str:
    return reverse("rubrics:read", args=[edition.slug]) + (f"?format={format.slug}" if format else "")
