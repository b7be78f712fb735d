"""Reads about editions: who runs them, what is open, what is missing, and what comes next for whom."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import models
from django.db.models import Case, Exists, Q, QuerySet, When

from expo.accounts.models import User
from expo.journal.models import Entry
from expo.journal.queries import entries
from expo.kit.memo import once_per_request

from .models import Edition, Role, Upload
from .states import PHASES, Phase, RoleKind


@once_per_request
def by_slug(slug: str) -> Edition:
    """The edition of this slug; raises Edition.DoesNotExist."""
    return Edition.objects.get(slug=slug)


@once_per_request
def roles_of(user: User, edition: Edition) -> frozenset[RoleKind]:
    """The roles somebody holds in an edition; none for strangers and the anonymous."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    kinds = Role.objects.filter(edition=edition, user=user).values_list("kind", flat=True)
    return frozenset(RoleKind(kind) for kind in kinds)


def holders(edition: Edition, *kinds: RoleKind) -> QuerySet[User]:
    """Everybody with one of these roles, or with any, by id."""
    roles = Role.objects.filter(edition=edition, kind__in=kinds or list(RoleKind))
    return User.objects.filter(pk__in=roles.values("user"), is_active=True).order_by("id")


def is_open(edition: Edition, now: datetime) -> bool:
    """Whether the call takes proposals at this moment."""
    opened = edition.call_opens_at is None or edition.call_opens_at <= now
    closed = edition.call_closes_at is not None and now >= edition.call_closes_at
    return edition.phase == Phase.CALL and opened and not closed


@once_per_request
def is_in_a_team(user: User, edition: Edition) -> bool:
    """Whether somebody acts for a sponsor of the edition (asked here, by name, because the navigation needs it)."""
    return bool(user.is_authenticated) and edition.sponsors.filter(team__user=user).exists()


def contact_of(edition_id: int) -> str:
    """Where answers to an edition's mail go; empty while its organisers have not said."""
    return Edition.objects.filter(pk=edition_id).values_list("contact_email", flat=True).first() or ""


def load(user: User, *, edition: str) -> Edition:
    """The edition a page is about, for `@page(..., load=load)`; raises Edition.DoesNotExist."""
    return by_slug(edition)


def roles(edition: Edition) -> QuerySet[Role]:
    """All roles of an edition with their people: organisers, then chairs, then reviewers."""
    rank = Case(*[When(kind=kind, then=place) for place, kind in enumerate(RoleKind)])
    return edition.roles.select_related("user").order_by(rank, "user__name", "user__email")


Part = TypeVar("Part", bound=models.Model)


def part_of(model: type[Part], keyword: str) -> Callable[..., Part]:
    """A loader for pages: the part with the id in the address, if it belongs to the edition in the address."""

    def load(user: Any, *, edition: str, **ids: int) -> Part:
        return model._default_manager.select_related("edition").get(pk=ids[keyword], edition__slug=edition)  # noqa: SLF001

    return load


def upload_of(kind: str) -> Callable[..., Upload]:
    """A loader for an upload's report."""

    def load(user: Any, *, edition: str, upload: int) -> Upload:
        return Upload.objects.select_related("edition", "made_by").get(pk=upload, edition__slug=edition, kind=kind)

    return load


def announced() -> QuerySet[Edition]:
    """Editions that anybody may know of."""
    return Edition.objects.exclude(phase=Phase.SETUP).order_by("-id")


def uploads(edition: Edition, kind: str) -> QuerySet[Upload]:
    """The last tables somebody uploaded."""
    return edition.uploads.filter(kind=kind).select_related("made_by")[:10]


def trail(edition: Edition) -> QuerySet[Entry]:
    """What was last done to the set-up; facts about proposals have their own pages and walls."""
    own_facts = entries(edition.pk).filter(proposal_id=None)
    return own_facts.filter(Q(fact__startswith="editions.") | Q(fact__startswith="sponsors."))[:8]


def path_of(edition: Edition) -> list[tuple[str, str]]:
    """The phases in order, for the row of steps."""
    return [(phase.value, phase.label) for phase in Phase]


@dataclass(frozen=True)
class PhaseMove:
    """A phase the edition can move to now, with what that means."""

    to: Phase
    label: str
    text: str
    is_back: bool


def moves(edition: Edition) -> list[PhaseMove]:
    """Where the edition can go from here, forward first."""
    now, order = Phase(edition.phase), list(Phase)
    possible = [
        PhaseMove(to, *MOVES[now, to], is_back=order.index(to) < order.index(now))
        for to in PHASES.moves.get(now, frozenset())
    ]
    return sorted(possible, key=lambda move: move.is_back)


MOVES = {
    (Phase.SETUP, Phase.CALL): (
        "Open the call",
        "Sponsors can propose from the opening time on, until the call closes.",
    ),
    (Phase.CALL, Phase.REVIEW): ("Close the call", "No more submissions or changes; the queue can assign reviewers."),
    (Phase.REVIEW, Phase.CALL): (
        "Open the call again",
        "Sponsors can submit and change again; set a later deadline first.",
    ),
    (Phase.REVIEW, Phase.DECIDE): (
        "Start deciding",
        "Submitted reviews no longer change; late ones still count until the verdict on their proposal is released.",
    ),
    (Phase.DECIDE, Phase.REVIEW): ("Back to reviewing", "For proposals that need another opinion."),
    (Phase.DECIDE, Phase.SCHEDULE): ("Start scheduling", "Build the timetable from what was accepted."),
    (Phase.SCHEDULE, Phase.DECIDE): ("Back to deciding", "The timetable stays as it is."),
    (Phase.SCHEDULE, Phase.PUBLISHED): ("Mark as published", "Possible once a release exists."),
    (Phase.PUBLISHED, Phase.ARCHIVED): ("Archive", "The program stays readable; nothing changes any more."),
}


SPONSOR = "sponsor"
SHOWN = 30


@dataclass(frozen=True)
class RoleStep:
    """One next step: words, and the name of the page where it happens."""

    role: str
    title: str
    text: str
    url_name: str
    label: str


@dataclass(frozen=True)
class EditionCard:
    """An edition as one person sees it on the home page."""

    edition: Edition
    parts: tuple[str, ...]
    steps: tuple[RoleStep, ...]
    is_open: bool


def home(user: User, now: datetime) -> tuple[list[EditionCard], list[EditionCard]]:
    """Cards of the editions somebody has a part in, and of all others that are open or published."""
    parts: dict[int, list[str]] = defaultdict(list)
    if user.is_authenticated:
        for edition_id, kind in Role.objects.filter(user=user).order_by("id").values_list("edition_id", "kind"):
            parts[edition_id].append(kind)
        # By the reverse relation, because `sponsors` is a higher layer.
        for edition_id in user.teams.values_list("sponsor__edition_id", flat=True).distinct():
            parts[edition_id].append(SPONSOR)
    mine = Edition.objects.filter(pk__in=parts).order_by("-id")
    public = announced().exclude(pk__in=parts).filter(phase__in=[Phase.CALL, Phase.PUBLISHED])[:SHOWN]
    return [_card(one, tuple(parts[one.pk]), now) for one in mine], [_card(one, (), now) for one in public]


def _card(edition: Edition, parts: tuple[str, ...], now: datetime) -> EditionCard:
    return EditionCard(edition, parts, tuple(next_steps(edition, parts)), is_open(edition, now))


def next_steps(edition: Edition, parts: Collection[str]) -> Iterable[RoleStep]:
    """What each of somebody's roles can do now; sponsors see the next steps on their proposals."""
    phase = Phase(edition.phase)
    if RoleKind.REVIEWER in parts and phase in (Phase.CALL, Phase.REVIEW, Phase.DECIDE):
        yield RoleStep(
            "reviewer",
            "Reviews",
            "Answer offers, write reviews, and say which topics you know.",
            "assignments:queue",
            "Open my queue",
        )
    if RoleKind.COCHAIR in parts and phase != Phase.SETUP:
        yield RoleStep("cochair", "Chairs' desk", CHAIR[phase], "insight:desk", "Open the desk")
    if RoleKind.ORGANISER in parts:
        yield RoleStep("organiser", "Setup", ORGANISER[phase], "editions:setup", "Open the setup")


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
    tiers = []
    for tier in edition.tiers.prefetch_related("entitlements"):
        own = {one.format_id: (one.may_submit, one.may_be_accepted) for one in tier.entitlements.all()}
        tiers.append((tier, [(one, *own.get(one.pk, (0, 0))) for one in formats]))
    return {
        "formats": formats,
        "tracks": edition.tracks.prefetch_related("formats"),
        "days": edition.days.all(),
        "topics": edition.topics.all(),
        "tiers": tiers,
    }


@dataclass(frozen=True)
class ChecklistItem:
    """One line of the checklist; what is not `needed` is advice and holds nothing up."""

    label: str
    done: bool
    sentence: str
    url_name: str
    needed: bool = True


def checklist(edition: Edition, now: datetime) -> list[ChecklistItem]:
    """Every check, needed ones first."""
    has, closes_at = _has(edition), edition.call_closes_at
    deadline = "Set a closing time of the call in the future." if closes_at else "Say when the call closes."
    tracks = "Put every format into a track." if has["tracks"] else "Add at least one track."

    def advice(label: str, key: str, sentence: str, url_name: str) -> ChecklistItem:
        return ChecklistItem(label, has[key], sentence, url_name, needed=False)

    return [
        ChecklistItem("Deadline", bool(closes_at and closes_at > now), deadline, "editions:calendar"),
        ChecklistItem(
            "Contact address", bool(edition.contact_email), "Give a public contact address.", "editions:calendar"
        ),
        ChecklistItem("Formats", has["formats"], "Add at least one format.", "editions:formats"),
        ChecklistItem(
            "Tracks",
            has["tracks"] and not has["stray"],
            tracks,
            "editions:tracks",
        ),
        ChecklistItem("Tiers", has["entitled"], "Add a tier that may submit proposals.", "sponsors:tiers"),
        ChecklistItem("Chairs", has["cochairs"], "Appoint at least one cochair.", "editions:roles"),
        ChecklistItem(
            "Call text", bool(edition.call_text), "Write the text of the call.", "editions:calendar", needed=False
        ),
        advice("Sponsors", "sponsors", "Add sponsors; only they can propose.", "sponsors:list"),
        advice("Reviewers", "reviewers", "Invite reviewers before the call closes.", "editions:roles"),
        advice("Rooms", "rooms", "Add rooms before building the timetable.", "editions:rooms"),
        advice("Days", "days", "Add the day before building the timetable.", "editions:days"),
        advice("Topics", "topics", "Add topics, so that reviewers can be matched to proposals.", "editions:topics"),
    ]


def missing(edition: Edition, now: datetime) -> list[str]:
    """A sentence for each thing without which the call cannot open."""
    return [check.sentence for check in checklist(edition, now) if check.needed and not check.done]


def _has(edition: Edition) -> dict[str, bool]:
    """What exists, in one query. (Reverse relations: `sponsors` is a higher layer.)"""
    parts = {
        **{name: getattr(edition, name).all() for name in ("formats", "tracks", "rooms", "days", "topics", "sponsors")},
        "stray": edition.formats.filter(tracks=None),
        "entitled": edition.tiers.filter(entitlements__may_submit__gt=0),
        "cochairs": edition.roles.filter(kind=RoleKind.COCHAIR),
        "reviewers": edition.roles.filter(kind=RoleKind.REVIEWER),
    }
    row = Edition.objects.filter(pk=edition.pk).values_list(*map(Exists, parts.values())).get()
    return dict(zip(parts, row, strict=True))
