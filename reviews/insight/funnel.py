"""How far proposals have come, from submitted to published, by format; over what the viewer sees."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Func, JSONField, Q, Value

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.chart_rows import ChartRow, RowChart, stacked
from expo.kit.charts import Scale, even_steps
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import PLACEABLE, ProposalState
from expo.releases.models import Release
from reviews.assignments.states import AssignmentState

#: Formats whose colour the timetable and the program know too.
KINDS = frozenset({"talk", "demo", "workshop"})


@dataclass(frozen=True)
class Stage:
    """One station of the way: what has reached it, by format, and in words what has not, or not yet."""

    name: str
    by_format: Counter[str]
    lost: str

    @property
    def count(self) -> int:
        return self.by_format.total()


def funnel(edition: Edition, viewer: User) -> RowChart:
    """A bar a stage, a colour a format. Three queries.

    A verdict counts once its sponsor knows it. What was withdrawn is left out.
    """
    formats = dict(edition.formats.values_list("slug", "name"))
    stages = _stages(edition, viewer)
    most = max(stage.count for stage in stages)
    looks = {slug: f"kind-{slug}" if slug in KINDS else "" for slug in formats}
    first, last = stages[0], next((stage for stage in reversed(stages) if stage.count), stages[0])
    said = f"{first.count} submitted" if last is first else f"{first.count} submitted, {last.count} {last.name}"
    return RowChart(
        title="From submitted to published",
        summary=f"{said}." if first.count else "No proposal has been submitted yet.",
        heads=("Stage", *formats.values(), "All", "Not, or not yet"),
        rows=tuple(
            ChartRow(
                label=f"{stage.count} {stage.name}",
                marks=stacked(
                    (stage.by_format[slug], looks[slug], f"{name}: {stage.by_format[slug]}")
                    for slug, name in formats.items()
                ),
                cells=(*(str(stage.by_format[slug]) for slug in formats), str(stage.count), stage.lost or "–"),
                word=stage.lost,
            )
            for stage in (stages if first.count else ())
        ),
        scale=Scale(0, most),
        steps=even_steps(most),
        legend=tuple((looks[slug], name) for slug, name in formats.items() if first.by_format[slug]),
    )


def _stages(edition: Edition, viewer: User) -> list[Stage]:
    done = Count("assignments", filter=Q(assignments__state=AssignmentState.SUBMITTED))
    rows = list(
        for_chairs(viewer, edition)
        .exclude(state=ProposalState.WITHDRAWN)
        .annotate(done=done)
        .values("code", "state", "done", slug=F("format__slug"), placed=F("session"))
    )
    public = _published(edition)

    def reached(name: str, test: Callable[[Any], bool], lost: Callable[[int], str]) -> Stage:
        by_format = Counter(row["slug"] for row in rows if test(row))
        return Stage(name, by_format, lost(by_format.total()))

    states = Counter(row["state"] for row in rows)
    accepted = sum(states[state] for state in PLACEABLE)
    scheduled = sum(row["state"] in PLACEABLE and row["placed"] is not None for row in rows)
    ways = [
        (states[ProposalState.REJECTED], "rejected"),
        (states[ProposalState.WAITLISTED], "waitlisted"),
        (states[ProposalState.SUBMITTED], "without a released verdict"),
    ]
    return [
        reached("submitted", lambda row: True, lambda count: ""),
        reached(
            "reviewed",
            lambda row: row["done"] >= edition.reviews_per_proposal,
            lambda count: _short(len(rows) - count, "short of reviews"),
        ),
        reached(
            "accepted",
            lambda row: row["state"] in PLACEABLE,
            lambda count: ", ".join(_short(*way) for way in ways if way[0]),
        ),
        reached(
            "confirmed",
            lambda row: row["state"] == ProposalState.CONFIRMED,
            lambda count: _short(accepted - count, "to confirm"),
        ),
        reached(
            "scheduled",
            lambda row: row["state"] in PLACEABLE and row["placed"] is not None,
            lambda count: _short(accepted - count, "without a place"),
        ),
        reached(
            "published",
            lambda row: row["code"] in public and row["state"] in PLACEABLE,
            lambda count: _short(scheduled - count, "not in the newest release"),
        ),
    ]


def _short(count: int, words: str) -> str:
    return f"{count} {words}" if count > 0 else ""


def _published(edition: Edition) -> frozenset[str]:
    """The codes in the newest release, without the rest of its snapshot."""
    codes = Func(
        F("snapshot"), Value("$.sessions[*].code"), function="jsonb_path_query_array", output_field=JSONField()
    )
    newest = Release.objects.filter(edition=edition).order_by("-number").values_list(codes, flat=True).first()
    return frozenset(newest or ())
