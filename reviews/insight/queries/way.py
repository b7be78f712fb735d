"""The way of proposals from submitted to published, computed over what the viewer sees."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from django.db.models import Count, F, Q

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import PLACEABLE, ProposalState
from expo.releases.queries import published_codes
from reviews.assignments.states import AssignmentState

from ..pictures import WayPoint


def way_points(edition: Edition, viewer: User) -> list[WayPoint]:
    """From submitted to published, without what was withdrawn. Two queries.

    A verdict counts once its sponsor knows it.
    """
    done = Count("assignments", filter=Q(assignments__state=AssignmentState.SUBMITTED))
    rows = list(
        for_chairs(viewer, edition)
        .exclude(state=ProposalState.WITHDRAWN)
        .annotate(done=done)
        .values("code", "state", "done", slug=F("format__slug"), placed=F("session"))
    )
    public = published_codes(edition)
    accepted = [row for row in rows if row["state"] in PLACEABLE]
    scheduled = [row for row in accepted if row["placed"] is not None]
    states = Counter(row["state"] for row in rows)
    out = [
        (states[ProposalState.REJECTED], "rejected"),
        (states[ProposalState.WAITLISTED], "waitlisted"),
        (states[ProposalState.SUBMITTED], "without a released verdict"),
    ]

    def point(name: str, reached: Collection[Mapping[str, Any]], of: Collection[Any] = (), lost: str = "") -> WayPoint:
        by_format, codes = Counter(row["slug"] for row in reached), {row["code"] for row in reached}
        missing = sum(row["code"] not in codes for row in of)
        return WayPoint(name, by_format, f"{missing} {lost}" if missing > 0 else "")

    reviewed = [row for row in rows if row["done"] >= edition.reviews_per_proposal]
    confirmed = [row for row in accepted if row["state"] == ProposalState.CONFIRMED]
    return [
        point("submitted", rows),
        point("reviewed", reviewed, rows, "short of reviews"),
        replace(point("accepted", accepted), lost=", ".join(f"{count} {words}" for count, words in out if count)),
        point("confirmed", confirmed, accepted, "to confirm"),
        point("scheduled", scheduled, accepted, "without a place"),
        point(
            "published",
            [row for row in accepted if row["code"] in public],
            scheduled,
            "not in the newest release",
        ),
    ]
