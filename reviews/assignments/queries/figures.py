"""The queue's pictures, over what the viewer may see: loads, reviews in, affinity, lateness, unanswered offers."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.states import Phase
from expo.kit import clock
from expo.kit.chart_rows import ChartRow, Mark, RowChart, stacked
from expo.kit.charts import Arrivals, Bar, Histogram, ReferenceLine, Scale, count_between, even_steps
from expo.kit.deadlines import has_passed
from expo.kit.text import are, counted
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import ProposalState

from ..models import Assignment
from ..states import LIVE, OPEN, AssignmentState
from .results import affinity_histogram
from .reviewer_queue import with_completeness
from .roster import Person, people, today

DAY = timedelta(days=1)
#: More rows than this stand close.
FEW = 24
# (days late from, tick, label, tone); negative: days left
LATENESS = (
    (-10_000, ">14", "More than 14 days left", ""),
    (-14, "14–8", "14 to 8 days left", ""),
    (-7, "7–3", "7 to 3 days left", ""),
    (-2, "2–0", "2 days left or fewer", ""),
    (0, "+1–2", "Up to 2 days late", "warn"),
    (2, "+3–7", "3 to 7 days late", "danger"),
    (7, ">+7", "More than 7 days late", "danger"),
)
AGES = (
    (0, "0", "Today", ""),
    (1, "1–2", "1 to 2 days", ""),
    (3, "3–4", "3 to 4 days", ""),
    (5, "5–7", "5 to 7 days", ""),
    (8, "8–14", "8 to 14 days", "warn"),
    (15, ">14", "More than 14 days", "danger"),
)
#: What becomes of a reviewer's reviews, furthest first: its look and its word.
PARTS = (
    ("part-done", "done"),
    ("part-begun", "written, not submitted"),
    ("part-promised", "promised"),
    ("part-asked", "not answered"),
)


@dataclass(frozen=True)
class Figures:
    """The pictures of an edition's queue."""

    loads: RowChart
    arrivals: Arrivals
    affinity: Histogram
    lateness: Histogram
    offers: Histogram


def figures(edition: Edition, viewer: User) -> Figures:
    """As many queries, whatever the size; what a conflict hides from the viewer is in no mark."""
    rows = list(
        with_completeness(
            Assignment.objects.filter(edition=edition, state__in=LIVE, proposal__in=for_chairs(viewer, edition))
        ).only("reviewer_id", "state", "affinity", "due_at", "offered_at")
    )
    now = clock.now()
    days = [(now - row.due_at) / DAY for row in rows if row.due_at is not None and row.state in OPEN]
    late = sum(has_passed(row.due_at, now) for row in rows if row.due_at is not None and row.state in OPEN)
    due = f"{late} of {len(days)} {are(late)} late. In days before the due date; + is after it." if days else ""
    ages = [(now - row.offered_at) // DAY for row in rows if row.state == AssignmentState.OFFERED]
    waits = "waits" if len(ages) == 1 else "wait"
    age = f"{len(ages)} {waits} for an answer. In days since the offer." if ages else ""
    return Figures(
        _loads(edition, rows),
        reviews_in(edition, viewer),
        affinity_histogram("Match of the pairs", [row.affinity for row in rows]),
        Histogram(
            "Reviews to come, by due date",
            ("review", "reviews"),
            "When they are due",
            _bars(LATENESS, days),
            due,
            (ReferenceLine(4, "due"),),
        ),
        Histogram("Offers without an answer, by age", ("offer", "offers"), "Days since", _bars(AGES, ages), age),
    )


def _bars(bins: Sequence[tuple[int, str, str, str]], values: Sequence[float]) -> tuple[Bar, ...]:
    counts = count_between(values, [*(low for low, *_ in bins), float("inf")])
    return tuple(Bar(label, tick, count, tone) for (_, tick, label, tone), count in zip(bins, counts, strict=True))


def _part(row: Any) -> str:
    """What has become of an assignment, as in `PARTS`."""
    if row.state == AssignmentState.SUBMITTED:
        return "done"
    if row.is_complete:
        return "written, not submitted"
    return "promised" if row.state == AssignmentState.ACCEPTED else "not answered"


def _loads(edition: Edition, rows: Sequence[Any]) -> RowChart:
    """A bar a reviewer against the most they take on, those with most room first."""
    parts: dict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        parts[row.reviewer_id][_part(row)] += 1
    reviewers = sorted(
        people(edition, waiting=True), key=lambda each: (parts[each.id].total() - each.most, str(each.user).casefold())
    )
    loads = [parts[each.id].total() for each in reviewers]
    over = sum(load > each.most for load, each in zip(loads, reviewers, strict=True))
    most = max([edition.max_load, *loads, *(each.most for each in reviewers)])
    said = f"{counted(sum(loads), 'review')} with {counted(len(reviewers), 'reviewer')}; "
    return RowChart(
        title="Loads against limits",
        summary=f"{said}{over or 'nobody'} {'have' if over > 1 else 'has'} more than their limit.",
        heads=("Reviewer", *(word.capitalize() for _, word in PARTS), "Limit"),
        rows=tuple(_load_row(each, parts[each.id]) for each in reviewers),
        scale=Scale(0, most),
        steps=even_steps(most),
        rules=(ReferenceLine(edition.max_load, f"usual load {edition.max_load}"),),
        legend=(*PARTS, ("upright", "own limit")),
        is_dense=len(reviewers) > FEW,
    )


def _load_row(person: Person, parts: Counter[str]) -> ChartRow:
    load = parts.total()
    over = load - person.most
    said = ", ".join(f"{parts[word]} {word}" for _, word in PARTS if parts[word])
    return ChartRow(
        label=str(person.user),
        marks=(
            *stacked((parts[word], look, f"{parts[word]} {word}") for look, word in PARTS),
            Mark("upright", person.most, title=f"own limit: {person.most}"),
        ),
        cells=(*(str(parts[word]) for _, word in PARTS), str(person.most)),
        value=f"{load} of {person.most}",
        word=f"{over} over" if over > 0 else "",
        look="warn" if over > 0 else "",
        tip=f"{person.user}: {said or 'nothing yet'}; limit {person.most}",
    )


def reviews_in(edition: Edition, viewer: User) -> Arrivals:
    """Of the reviews that each visible proposal needs those that are in, day by day where the edition is.

    A review beyond what its proposal needs counts for none that lacks one. Two queries.
    """
    visible = for_chairs(viewer, edition).exclude(state=ProposalState.WITHDRAWN)
    needed = edition.reviews_per_proposal
    seen: Counter[int] = Counter()
    by_day: Counter[Any] = Counter()
    begun = []
    rows = Assignment.objects.filter(state__in=LIVE, proposal__in=visible)
    for proposal, state, offered_at, submitted_at in rows.order_by("review__submitted_at", "id").values_list(
        "proposal", "state", "offered_at", "review__submitted_at"
    ):
        begun.append(offered_at.astimezone(edition.zone).date())
        if state == AssignmentState.SUBMITTED and seen[proposal] < needed:
            seen[proposal] += 1
            by_day[(submitted_at or offered_at).astimezone(edition.zone).date()] += 1
    days, total = [(min(begun), 0)] if begun else [], 0
    for day, count in sorted(by_day.items()):
        total += count
        days.append((day, total))
    due = edition.reviews_due_at
    return Arrivals(
        "Reviews in over time",
        ("review", "reviews"),
        tuple(days),
        needed * visible.count(),
        today(edition),
        due.astimezone(edition.zone).date() if due else None,
        is_open=edition.phase == Phase.REVIEW,
    )
