"""Where somebody stands in each edition, and what they can do next."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from expo.accounts.models import User

from ..models import Edition, Role
from ..states import Phase, RoleKind
from .parts import announced
from .people import is_open

SPONSOR = "sponsor"
SHOWN = 30


@dataclass(frozen=True)
class Step:
    """One next step: words, and the name of the page where it happens."""

    role: str
    title: str
    text: str
    url_name: str
    label: str


@dataclass(frozen=True)
class Card:
    """An edition as one person sees it on the home page."""

    edition: Edition
    parts: tuple[str, ...]
    steps: tuple[Step, ...]
    is_open: bool


def home(user: User, now: datetime) -> tuple[list[Card], list[Card]]:
    """Cards of the editions somebody has a part in, and of all others that are open or published."""
    parts = _parts(user) if user.is_authenticated else {}
    mine = Edition.objects.filter(pk__in=parts).order_by("-id")
    public = announced().exclude(pk__in=parts).filter(phase__in=[Phase.CALL, Phase.PUBLISHED])[:SHOWN]
    return [_card(one, parts[one.pk], now) for one in mine], [_card(one, (), now) for one in public]


def _parts(user: User) -> dict[int, tuple[str, ...]]:
    """What somebody is in which edition; teams are asked by name, because sponsors stand above this room."""
    found: dict[int, list[str]] = defaultdict(list)
    for edition_id, kind in Role.objects.filter(user=user).order_by("id").values_list("edition_id", "kind"):
        found[edition_id].append(kind)
    for edition_id in user.teams.values_list("sponsor__edition_id", flat=True).distinct():
        found[edition_id].append(SPONSOR)
    return {edition_id: tuple(kinds) for edition_id, kinds in found.items()}


def _card(edition: Edition, parts: tuple[str, ...], now: datetime) -> Card:
    return Card(edition, parts, tuple(next_steps(edition, parts)), is_open(edition, now))


def next_steps(edition: Edition, parts: Collection[str]) -> Iterable[Step]:
    """What each of somebody's roles can do now; a sponsor's proposals speak for themselves on the pages."""
    phase = Phase(edition.phase)
    if RoleKind.REVIEWER in parts and phase in (Phase.CALL, Phase.REVIEW, Phase.DECIDE):
        yield Step(
            "reviewer",
            "Reviews",
            "Answer offers, write reviews, and say which topics you know.",
            "assignments:queue",
            "Open my queue",
        )
    if RoleKind.COCHAIR in parts and phase != Phase.SETUP:
        yield Step("cochair", "Chairs' desk", CHAIR[phase], "insight:desk", "Open the desk")
    if RoleKind.ORGANISER in parts:
        yield Step("organiser", "Setup", ORGANISER[phase], "editions:setup", "Open the setup")


CHAIR = {
    Phase.CALL: "Watch proposals arrive.",
    Phase.REVIEW: "Assign reviewers and follow their work.",
    Phase.DECIDE: "Decide, and release verdicts.",
    Phase.SCHEDULE: "Build the timetable and publish it.",
    Phase.PUBLISHED: "The program is out; changes make a new release.",
    Phase.ARCHIVED: "This edition is over.",
}
ORGANISER = {
    Phase.SETUP: "Prepare the call: dates, formats, tiers, sponsors, roles.",
    Phase.CALL: "The call is open. Sponsors, tiers and roles can still change.",
    Phase.REVIEW: "Reviewers and roles can still change.",
    Phase.DECIDE: "Rooms and days can still change.",
    Phase.SCHEDULE: "Rooms, days and breaks shape the timetable.",
    Phase.PUBLISHED: "The program is published.",
    Phase.ARCHIVED: "This edition is over.",
}


def edition_facts(edition: Edition) -> dict[str, Any]:
    """What the edition's public page tells: formats, tracks, days, and what each tier may bring."""
    formats = list(edition.formats.all())
    tiers = edition.tiers.prefetch_related("entitlements")
    return {
        "formats": formats,
        "tracks": edition.tracks.prefetch_related("formats"),
        "days": edition.days.all(),
        "topics": edition.topics.all(),
        "tiers": [(tier, _limits(tier, formats)) for tier in tiers],
    }


def _limits(tier: Any, formats: list[Any]) -> list[tuple[Any, int, int]]:
    own = {one.format_id: (one.may_submit, one.may_be_accepted) for one in tier.entitlements.all()}
    return [(one, *own.get(one.pk, (0, 0))) for one in formats]
