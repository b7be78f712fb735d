"""The way of proposals from submitted to published, computed over what the viewer sees."""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Q

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.deadlines import minute_of
from expo.kit.memo import once_per_request
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import PLACEABLE, ProposalState
from expo.releases.queries import published_codes
from reviews.assignments.states import LIVE, OPEN, AssignmentState
from reviews.decisions.states import BatchState

from ..pictures import WayPoint


class OnTheWay(NamedTuple):
    """A proposal and how far it has come: its reviewers and reviews, by their number, its verdict and its session."""

    code: str
    state: str
    sponsor: str
    format: str
    kind: str
    decision: int | None
    batch_state: str | None
    session: int | None
    assigned: int
    reviewed: int
    open: int
    late: int

    @property
    def is_accepted(self) -> bool:
        return self.state in PLACEABLE

    @property
    def is_released(self) -> bool:
        return self.batch_state == BatchState.RELEASED


@once_per_request
def on_the_way(edition: Edition, viewer: User, now: datetime) -> list[OnTheWay]:
    """What was submitted and not withdrawn, as far as the viewer sees it: one query for all that is counted of it."""
    is_open = Q(assignments__state__in=OPEN)
    rows = for_chairs(viewer, edition).exclude(state=ProposalState.WITHDRAWN).order_by()
    columns = ("sponsor__name", "format__name", "format__slug", "decision", "decision__batch__state", "session")
    counts = {
        "assigned": Count("assignments", Q(assignments__state__in=LIVE)),
        "reviewed": Count("assignments", Q(assignments__state=AssignmentState.SUBMITTED)),
        "open": Count("assignments", is_open),
        "late": Count("assignments", is_open & Q(assignments__due_at__lt=minute_of(now))),
    }
    found = rows.annotate(**counts).values_list("code", "state", *columns, *counts)
    return list(map(OnTheWay._make, found))


def way_points(edition: Edition, viewer: User, now: datetime) -> list[WayPoint]:
    """From submitted to published, without what was withdrawn. Two queries.

    A verdict counts once its sponsor knows it.
    """
    rows = on_the_way(edition, viewer, now)
    public = published_codes(edition)
    accepted = [row for row in rows if row.is_accepted]
    scheduled = [row for row in accepted if row.session is not None]
    states = Counter(row.state for row in rows)
    out = [
        (states[ProposalState.REJECTED], "rejected"),
        (states[ProposalState.WAITLISTED], "waitlisted"),
        (states[ProposalState.SUBMITTED], "without a released verdict"),
    ]

    def point(name: str, reached: Collection[OnTheWay], of: Collection[OnTheWay] = (), lost: str = "") -> WayPoint:
        by_format, codes = Counter(row.kind for row in reached), {row.code for row in reached}
        missing = sum(row.code not in codes for row in of)
        return WayPoint(name, by_format, f"{missing} {lost}" if missing > 0 else "")

    reviewed = [row for row in rows if row.reviewed >= edition.reviews_per_proposal]
    confirmed = [row for row in accepted if row.state == ProposalState.CONFIRMED]
    return [
        point("submitted", rows),
        point("reviewed", reviewed, rows, "short of reviews"),
        replace(point("accepted", accepted), lost=", ".join(f"{count} {words}" for count, words in out if count)),
        point("confirmed", confirmed, accepted, "to confirm"),
        point("scheduled", scheduled, accepted, "without a place"),
        point(
            "published",
            [row for row in accepted if row.code in public],
            scheduled,
            "not in the newest release",
        ),
    ]
