"""The queue as histograms: affinity, load, lateness and waiting offers, over what the viewer may see."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import holders
from expo.editions.states import RoleKind
from expo.kit import clock
from expo.kit.charts import Bar, Histogram, count_between, whole_numbers
from expo.proposals.queries import for_chairs

from ..models import Assignment
from ..states import LIVE, AssignmentState

DAY = timedelta(days=1)
TENTHS = [n / 10 for n in range(11)]
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


@dataclass(frozen=True)
class Figures:
    """Four histograms of an edition's queue."""

    affinity: Histogram
    load: Histogram
    lateness: Histogram
    offers: Histogram

    @property
    def all(self) -> tuple[Histogram, ...]:
        return (self.affinity, self.load, self.lateness, self.offers)


def figures(edition: Edition, viewer: User) -> Figures:
    """Two queries, whatever the size; what the viewer's wall hides is in no bar."""
    rows = list(
        Assignment.objects.filter(edition=edition, state__in=LIVE, proposal__in=for_chairs(viewer, edition)).only(
            "reviewer_id", "state", "affinity", "due_at", "offered_at"
        )
    )
    loads = Counter(row.reviewer_id for row in rows)
    reviewers = holders(edition, RoleKind.REVIEWER).values_list("pk", flat=True)
    now = clock.now()
    return Figures(
        affinity_histogram("Affinity of the pairs", [row.affinity for row in rows]),
        load_histogram("Load of the reviewers", [loads[reviewer] for reviewer in reviewers]),
        _lateness(rows, now),
        _offers(rows, now),
    )


def affinity_histogram(title: str, values: Sequence[float]) -> Histogram:
    """Pairs by affinity in tenths; 1.0 counts in the last one."""
    counts = count_between([round(value, 9) for value in values], TENTHS)
    bars = tuple(
        Bar(f"{low:.1f} to {low + 0.1:.1f}", f"{low:.1f}", count)
        for low, count in zip(TENTHS[:-1], counts, strict=True)
    )
    note = f"Half of them are at {median(values):.2f} or more." if values else ""
    return Histogram(title, ("pair", "pairs"), "Affinity", bars, note)


def load_histogram(title: str, loads: Sequence[int]) -> Histogram:
    """Reviewers by how many reviews they have."""
    note = f"From {min(loads)} to {max(loads)}, {sum(loads) / len(loads):.1f} in the mean." if loads else ""
    return Histogram(title, ("reviewer", "reviewers"), "Reviews", whole_numbers(loads) if loads else (), note)


def _lateness(rows: list[Assignment], now: datetime) -> Histogram:
    days = [
        (now - row.due_at) / DAY
        for row in rows
        if row.due_at is not None and row.state in (AssignmentState.ACCEPTED, AssignmentState.OFFERED)
    ]
    late = sum(1 for each in days if each > 0)
    note = (
        f"{late} of {len(days)} {'is' if late == 1 else 'are'} late. In days before the due date; + is after it."
        if days
        else ""
    )
    return Histogram(
        "Reviews to come, by due date", ("review", "reviews"), "When they are due", _bars(LATENESS, days), note
    )


def _offers(rows: list[Assignment], now: datetime) -> Histogram:
    ages = [(now - row.offered_at) // DAY for row in rows if row.state == AssignmentState.OFFERED]
    note = (
        f"{len(ages)} {'waits' if len(ages) == 1 else 'wait'} for an answer. In days since the offer." if ages else ""
    )
    return Histogram("Offers without an answer, by age", ("offer", "offers"), "Days since", _bars(AGES, ages), note)


def _bars(bins: Sequence[tuple[int, str, str, str]], values: Sequence[float]) -> tuple[Bar, ...]:
    counts = count_between(values, [*(low for low, *_ in bins), float("inf")])
    return tuple(Bar(label, tick, count, tone) for (_, tick, label, tone), count in zip(bins, counts, strict=True))
