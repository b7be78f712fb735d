"""Reads about the rubric."""

from collections.abc import Sequence
from typing import Any

from expo.editions.models import Edition

from .models import Criterion, Rubric


def rubric_of(edition: Edition) -> Rubric | None:
    """The edition's current rubric."""
    rows = Rubric.objects.filter(edition=edition, format=None, adopted_at__isnull=False)
    return rows.order_by("-version").first()


def criteria(edition: Edition) -> list[Criterion]:
    """The criteria in order, each with its levels: two queries."""
    current = Rubric.objects.filter(edition=edition, format=None, adopted_at__isnull=False).order_by("-version")
    return list(Criterion.objects.filter(rubric=current.values("pk")[:1]).prefetch_related("levels"))


def with_weights(criteria: Sequence[Criterion]) -> list[tuple[Criterion, str]]:
    """Each criterion with how much it counts, in words; empty when all count the same. A score is the weighted mean."""
    total = sum(each.weight for each in criteria)
    is_even = len({each.weight for each in criteria}) < 2
    return [(each, "" if is_even else f"{each.weight} of {total} parts of the score") for each in criteria]


def criterion_by_id(user: Any, *, edition: str, criterion: int) -> Criterion:
    """A criterion of this edition, for a policy to judge; raises Criterion.DoesNotExist."""
    return Criterion.objects.select_related("rubric__edition").get(pk=criterion, rubric__edition__slug=edition)
