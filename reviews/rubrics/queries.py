"""Reads about the rubric."""

from typing import Any

from expo.editions.models import Edition

from .models import Criterion, Rubric


def rubric_of(edition: Edition) -> Rubric | None:
    return Rubric.objects.filter(edition=edition).first()


def criteria(edition: Edition) -> list[Criterion]:
    """The criteria in order, each with its levels: two queries."""
    return list(Criterion.objects.filter(rubric__edition=edition).prefetch_related("levels"))


def criterion_by_id(user: Any, *, edition: str, criterion: int) -> Criterion:
    """A criterion of this edition, for a policy to judge; raises Criterion.DoesNotExist."""
    return Criterion.objects.select_related("rubric__edition").get(pk=criterion, rubric__edition__slug=edition)
