"""The rows a standing rests on: submitted reviews that count, by proposal."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count

from expo.proposals.models import Proposal
from reviews.assignments.models import Assignment
from reviews.assignments.states import LIVE, AssignmentState
from reviews.rubrics.models import Criterion

from ..calibration import Mark
from ..models import Review, Score
from ..states import ReviewState


@dataclass
class Table:
    """The rows that count, by proposal."""

    marks: dict[int, list[Mark]]
    levels: dict[int, dict[int, float]]
    recruiting: dict[int, int]
    assigned: dict[int, int]


def read(proposals: Sequence[Proposal], asked: Sequence[Criterion]) -> Table:
    """The submitted reviews of these proposals; one taken back by a conflict does not count."""
    ids = [proposal.pk for proposal in proposals]
    live = (
        Assignment.objects.filter(proposal__in=ids, state__in=LIVE)
        .order_by()
        .values_list("proposal")
        .annotate(n=Count("id"))
    )
    reviews = Review.objects.filter(
        assignment__proposal__in=ids, state=ReviewState.SUBMITTED, assignment__state=AssignmentState.SUBMITTED
    ).select_related("assignment")
    rows = {review.pk: review for review in reviews.order_by("id")}
    given: dict[int, dict[int, int]] = defaultdict(dict)
    for pk, criterion, value in Score.objects.filter(review__in=rows).values_list(
        "review", "criterion", "level__value"
    ):
        given[pk][criterion] = value
    table = Table(defaultdict(list), {}, defaultdict(int), dict(live))
    for pk, review in rows.items():
        _count(table, review, given[pk], asked)
    table.levels = _means({review.pk: review.assignment.proposal_id for review in rows.values()}, given)
    return table


def _count(table: Table, review: Review, given: Mapping[int, int], asked: Sequence[Criterion]) -> None:
    assignment = review.assignment
    table.recruiting[assignment.proposal_id] += review.is_recruiting
    weights = {each.pk: each.weight for each in asked if each.pk in given}
    if weights:
        value = sum(weight * given[pk] for pk, weight in weights.items()) / sum(weights.values())
        mark = Mark(str(assignment.proposal_id), assignment.reviewer_id, value)
        table.marks[assignment.proposal_id].append(mark)


def _means(proposal_of: Mapping[int, int], given: Mapping[int, Mapping[int, int]]) -> dict[int, dict[int, float]]:
    """Per proposal and criterion, the mean level."""
    found: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for review, proposal in proposal_of.items():
        for criterion, value in given.get(review, {}).items():
            found[proposal][criterion].append(value)
    return {
        proposal: {criterion: sum(values) / len(values) for criterion, values in by_criterion.items()}
        for proposal, by_criterion in found.items()
    }
