"""What an edition still needs, in words."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists

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
    """Every check, needed ones first."""
    has = _has(edition)

    def advice(label: str, key: str, sentence: str, url_name: str) -> Check:
        return Check(label, has[key], sentence, url_name, needed=False)

    return [
        Check("Deadline", *_deadline(edition, now), "editions:calendar"),
        Check("Contact address", bool(edition.contact_email), "Give a public contact address.", "editions:calendar"),
        Check("Formats", has["formats"], "Add at least one format.", "editions:formats"),
        Check("Tracks", has["tracks"] and not has["stray"], _tracks(has["tracks"]), "editions:tracks"),
        Check("Tiers", has["entitled"], "Add a tier that may submit something.", "sponsors:tiers"),
        Check("Chairs", has["cochairs"], "Give somebody the role of cochair.", "editions:roles"),
        Check("Call text", bool(edition.call_text), "Write what the call asks for.", "editions:calendar", needed=False),
        advice("Sponsors", "sponsors", "Add sponsors; only they can propose.", "sponsors:list"),
        advice("Reviewers", "reviewers", "Invite reviewers before the call closes.", "editions:roles"),
        advice("Rooms", "rooms", "Add rooms before the timetable is made.", "editions:rooms"),
        advice("Days", "days", "Add the day before the timetable is made.", "editions:days"),
        advice("Topics", "topics", "Add topics, so that reviewers match proposals.", "editions:topics"),
    ]


def missing(edition: Edition, now: datetime) -> list[str]:
    """A sentence for each thing without which the call cannot open."""
    return [check.sentence for check in checklist(edition, now) if check.needed and not check.done]


def _deadline(edition: Edition, now: datetime) -> tuple[bool, str]:
    if edition.call_closes_at is None:
        return False, "Say when the call closes."
    return edition.call_closes_at > now, "Set a closing time of the call that lies ahead."


def _tracks(any_tracks: bool) -> str:
    return "Put every format into a track." if any_tracks else "Add at least one track."


def _has(edition: Edition) -> dict[str, bool]:
    """What exists, in one query; sponsors and tiers by name, because they stand above this room."""
    found = {
        **{name: getattr(edition, name).all() for name in ("formats", "tracks", "rooms", "days", "topics", "sponsors")},
        "stray": edition.formats.filter(tracks=None),
        "entitled": edition.tiers.filter(entitlements__may_submit__gt=0),
        "cochairs": edition.roles.filter(kind=RoleKind.COCHAIR),
        "reviewers": edition.roles.filter(kind=RoleKind.REVIEWER),
    }
    row = Edition.objects.filter(pk=edition.pk).values_list(*map(Exists, found.values())).get()
    return dict(zip(found, row, strict=True))
