"""The rows a standing rests on: submitted reviews that count, by proposal."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count

from expo.editions.models import Edition
from expo.proposals.models import Proposal
from reviews.assignments.models import Assignment
from reviews.assignments.queries.roster import conflict_pairs
from reviews.assignments.states import LIVE
from reviews.rubrics.models import Criterion

from ..calibration import Mark, weighted_mean
from ..models import Review, Score


@dataclass(frozen=True)
class Reading:
    """One review that counts: its level by criterion, and what it says to the sponsor."""

    reviewer: int
    levels: Mapping[int, int]
    for_sponsor: str


@dataclass
class Table:
    """The rows that count, by proposal."""

    marks: dict[int, list[Mark]]
    readings: dict[int, list[Reading]]
    levels: dict[int, dict[int, float]]
    recruiting: dict[int, int]
    assigned: dict[int, int]
    conflicted: dict[int, int]


def read(edition: Edition, proposals: Sequence[Proposal], asked: Sequence[Criterion]) -> Table:
    """The submitted reviews of these proposals that no chair excluded; a conflict that came up later only marks one."""
    ids = [proposal.pk for proposal in proposals]
    live = (
        Assignment.objects.filter(proposal__in=ids, state__in=LIVE)
        .order_by()
        .values_list("proposal")
        .annotate(n=Count("id"))
    )
    reviews = Review.objects.filter(Review.COUNTS, assignment__proposal__in=ids)
    reviews = reviews.select_related("assignment__reviewer")
    rows = {review.pk: review for review in reviews.order_by("id")}
    given: dict[int, dict[int, int]] = defaultdict(dict)
    for pk, criterion, value in Score.objects.filter(review__in=rows).values_list(
        "review", "criterion", "level__value"
    ):
        given[pk][criterion] = value
    people = {review.assignment.reviewer_id: review.assignment.reviewer for review in rows.values()}
    conflicts = conflict_pairs(edition, list(people.values()), proposals)
    table = Table(defaultdict(list), defaultdict(list), {}, defaultdict(int), dict(live), defaultdict(int))
    for pk, review in rows.items():
        _count(table, review, given[pk], asked)
        pair = (review.assignment.proposal_id, review.assignment.reviewer_id)
        table.conflicted[pair[0]] += pair in conflicts
    table.levels = _means({review.pk: review.assignment.proposal_id for review in rows.values()}, given)
    return table


def _count(table: Table, review: Review, given: Mapping[int, int], asked: Sequence[Criterion]) -> None:
    assignment = review.assignment
    table.recruiting[assignment.proposal_id] += review.is_recruiting
    table.readings[assignment.proposal_id].append(Reading(assignment.reviewer_id, given, review.for_sponsor))
    value = weighted_mean(given, {each.pk: each.weight for each in asked})
    if value is not None:
        table.marks[assignment.proposal_id].append(Mark(str(assignment.proposal_id), assignment.reviewer_id, value))


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
