"""What an edition still needs, in words."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from ..models import Edition
from ..states import RoleKind


@dataclass(frozen=True)
class Check:
    """One line of the checklist; what is not `needed` is advice and holds nothing up."""

    label: str
    done: bool
    sentence: str
    url_name: str
    needed: bool = True


def checklist(edition: Edition, now: datetime) -> list[Check]:
    """Every check, needed ones first; sponsors and tiers are counted by name, because they stand above this room."""
    n = _counts(edition)
    return [
        Check("Deadline", *_deadline(edition, now), "editions:calendar"),
        Check("Formats", n["formats"] > 0, "Add at least one format.", "editions:formats"),
        Check("Tracks", n["tracks"] > 0 and not n["stray"], _tracks(n), "editions:tracks"),
        Check("Tiers", n["entitled"] > 0, "Add a tier that may submit something.", "sponsors:tiers"),
        Check("Chairs", n["cochairs"] > 0, "Give somebody the role of cochair.", "editions:roles"),
        Check("Call text", bool(edition.call_text), "Write what the call asks for.", "editions:calendar", needed=False),
        Check("Sponsors", n["sponsors"] > 0, "Add sponsors; only they can propose.", "sponsors:list", needed=False),
        Check(
            "Reviewers", n["reviewers"] > 0, "Invite reviewers before the call closes.", "editions:roles", needed=False
        ),
        Check("Rooms", n["rooms"] > 0, "Add rooms before the timetable is made.", "editions:rooms", needed=False),
        Check("Days", n["days"] > 0, "Add the day before the timetable is made.", "editions:days", needed=False),
        Check(
            "Topics", n["topics"] > 0, "Add topics, so that reviewers match proposals.", "editions:topics", needed=False
        ),
    ]


def missing(edition: Edition, now: datetime) -> list[str]:
    """A sentence for each thing without which the call cannot open."""
    return [check.sentence for check in checklist(edition, now) if check.needed and not check.done]


def _deadline(edition: Edition, now: datetime) -> tuple[bool, str]:
    if edition.call_closes_at is None:
        return False, "Say when the call closes."
    return edition.call_closes_at > now, "Set a closing time of the call that lies ahead."


def _tracks(n: dict[str, int]) -> str:
    return "Put every format into a track." if n["tracks"] else "Add at least one track."


def _counts(edition: Edition) -> dict[str, int]:
    def distinct(path: str, **only: object) -> Count:
        return Count(path, distinct=True, filter=Q(**only) if only else None)

    parts = {name: distinct(name) for name in ("formats", "tracks", "rooms", "days", "topics", "sponsors")}
    found = Edition.objects.filter(pk=edition.pk).aggregate(
        **parts,
        stray=distinct("formats", formats__isnull=False, formats__tracks=None),
        entitled=distinct("tiers", tiers__entitlements__may_submit__gt=0),
        cochairs=distinct("roles", roles__kind=RoleKind.COCHAIR),
        reviewers=distinct("roles", roles__kind=RoleKind.REVIEWER),
    )
    return {name: int(value) for name, value in found.items()}
