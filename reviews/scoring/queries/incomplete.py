"""Submitted reviews that lack a level for a criterion which came with a new version of the rubric."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import roles_in
from expo.editions.states import RoleKind
from expo.kit.waiting import Waiting
from expo.proposals.states import ProposalState
from reviews.assignments.models import Assignment
from reviews.assignments.queries.reviewer_queue import own_rows_in
from reviews.assignments.states import AssignmentState
from reviews.rubrics.models import Criterion
from reviews.rubrics.queries import current_rubric

from ..models import Review
from ..states import CHANGING


def to_complete(reviewer: User, editions: Sequence[Edition]) -> QuerySet[Assignment]:
    """The reviewer's own submitted reviews that lack a level and may still change."""
    open_editions = [edition for edition in editions if edition.phase in CHANGING]
    rows = own_rows_in(reviewer, open_editions).filter(
        state=AssignmentState.SUBMITTED, review__excluded_at=None, proposal__state=ProposalState.SUBMITTED
    )
    asked = Criterion.objects.filter(rubric=OuterRef("rubric")).order_by().values("rubric").annotate(n=Count("pk"))
    rated = Count("review__scores", filter=Q(review__scores__criterion__rubric=F("rubric")))
    rows = rows.annotate(rubric=current_rubric()).annotate(asked=Coalesce(Subquery(asked.values("n")), 0), rated=rated)
    return rows.filter(rated__lt=F("asked")).order_by("position", "id")


def for_reviewers(user: Any, editions: Sequence[Edition]) -> Iterator[Waiting]:
    """What a new version of the rubric asks of reviewers: one query besides the wall's."""
    roles = roles_in(user, editions)
    mine = [edition for edition in editions if RoleKind.REVIEWER in roles[edition.pk] and edition.phase in CHANGING]
    if not mine:
        return
    by_edition: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for pk, edition_id, title in to_complete(user, mine).values_list("pk", "edition", "proposal__title"):
        by_edition[edition_id].append((pk, title))
    for edition in mine:
        rows = by_edition[edition.pk]
        if rows:
            yield Waiting(
                "incomplete",
                edition.pk,
                reverse("scoring:review", args=[edition.slug, rows[0][0]]),
                len(rows),
                "review to complete: the rubric has a new criterion",
                "reviews to complete: the rubric has a new criterion",
                ("assignments:queue",),
                about=rows[0][1] if len(rows) == 1 else "",
            )


def without_level(review: Review, criteria: Sequence[Criterion]) -> tuple[Criterion, ...]:
    """The criteria that a review does not answer; of a submitted one they came after it."""
    rated = {score.criterion_id for score in review.scores.all()}
    return tuple(each for each in criteria if each.pk not in rated)
