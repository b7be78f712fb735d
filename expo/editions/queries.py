"""Reads about editions: who runs them, what is open, what is missing, and what comes next for whom."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import models
from django.db.models import Case, Count, Max, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.urls import reverse

from expo.accounts.models import User
from expo.journal.models import Entry
from expo.journal.queries import entries
from expo.kit import clock, display, text
from expo.kit.deadlines import has_passed
from expo.kit.memo import is_known, know, once_per_request
from expo.kit.waiting import Waiting, urgency, waiting_in

from .catalogue import DEFAULTS, Rules, rules_from
from .models import Edition, Format, FormatField, Role, Upload
from .states import PHASES, Phase, RoleKind


@once_per_request
def by_slug(slug: str) -> Edition:
    """The edition of this slug; raises Edition.DoesNotExist."""
    return Edition.objects.get(slug=slug)


@once_per_request
def field_rules(edition_id: int) -> dict[int, Rules]:
    """What the form of each format asks, by the format's id; formats that say nothing are not in it."""
    said: dict[int, list[tuple[str, str, int]]] = defaultdict(list)
    rows = FormatField.objects.filter(format__edition=edition_id)
    for format_id, name, use, limit in rows.values_list("format_id", "name", "use", "limit"):
        said[format_id].append((name, use, limit))
    return {format_id: rules_from(fields) for format_id, fields in said.items()}


def rules_of(format: Format) -> Rules:
    """What the form of a format asks: one query for all formats of its edition."""
    return field_rules(format.edition_id).get(format.pk, DEFAULTS)


@once_per_request
def roles_of(user: User, edition: Edition) -> frozenset[RoleKind]:
    """The roles somebody holds in an edition; none for strangers and the anonymous."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    kinds = Role.objects.filter(edition=edition, user=user).values_list("kind", flat=True)
    return frozenset(RoleKind(kind) for kind in kinds)


def roles_in(user: User, editions: Iterable[Edition]) -> dict[int, frozenset[RoleKind]]:
    """The same by edition: one query for those that were not asked for before in this request."""
    editions = list(editions)
    unknown = [each for each in editions if not is_known(roles_of, user, each)]
    if len(unknown) > 1 and user.is_authenticated and user.is_active:
        kinds: dict[int, set[RoleKind]] = defaultdict(set)
        for edition, kind in Role.objects.filter(edition__in=unknown, user=user).values_list("edition_id", "kind"):
            kinds[edition].add(RoleKind(kind))
        for each in unknown:
            know(roles_of, frozenset(kinds[each.pk]), user, each)
    return {each.pk: roles_of(user, each) for each in editions}


def holders(edition: Edition, *kinds: RoleKind) -> QuerySet[User]:
    """Everybody with one of these roles, or with any, by id."""
    roles = Role.objects.filter(edition=edition, kind__in=kinds or list(RoleKind))
    return User.objects.filter(pk__in=roles.values("user"), is_active=True).order_by("id")


def is_open(edition: Edition, now: datetime) -> bool:
    """Whether the call takes proposals at this moment, as it was announced: without the grace after its close."""
    opened = edition.call_opens_at is None or edition.call_opens_at <= now
    return edition.phase == Phase.CALL and opened and not is_past_close(edition, now)


def is_past_close(edition: Edition, now: datetime) -> bool:
    """Whether the announced deadline of the call is over."""
    return edition.call_closes_at is not None and has_passed(edition.call_closes_at, now)


def is_after_the_call(edition: Edition) -> bool:
    """Whether the edition has left its call, by itself or by a button."""
    return edition.phase not in (Phase.SETUP, Phase.CALL)


def is_closed_early(edition: Edition, now: datetime) -> bool:
    """Whether the call is closed although its closing date is ahead, so that it can be opened again."""
    is_ahead = edition.call_closes_at is not None and not is_past_close(edition, now)
    return edition.phase == Phase.REVIEW and is_ahead


def is_in_grace(edition: Edition, now: datetime) -> bool:
    """Whether the call is closed and still takes late proposals."""
    until = edition.call_takes_until
    has_grace = edition.phase == Phase.CALL and until is not None and not has_passed(until, now)
    return has_grace and is_past_close(edition, now)


@once_per_request
def teams_of(user: Any, edition: Edition) -> frozenset[int]:
    """Ids of the sponsors somebody acts for in an edition (asked here because the navigation needs it too)."""
    if not user.is_authenticated:
        return frozenset()
    return frozenset(user.teams.filter(sponsor__edition=edition).values_list("sponsor_id", flat=True))


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


def own_editions(user: Any) -> QuerySet[Edition]:
    """The editions somebody has a part in, newest first, with what the switcher shows of them."""
    if not user.is_authenticated:
        return Edition.objects.none()
    acts_for = user.teams.values("sponsor__edition_id")  # by the reverse relation, because `sponsors` is a higher layer
    rows = Edition.objects.filter(Q(pk__in=Role.objects.filter(user=user).values("edition_id")) | Q(pk__in=acts_for))
    return rows.only("slug", "name", "phase").order_by("-id")


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


def dated_path(edition: Edition) -> list[tuple[str, str, datetime | date | None]]:
    """The phases in order, each with the date that it runs up to."""

    def day_of(deadline: datetime | None) -> date | None:
        return deadline.astimezone(edition.deadline_zone).date() if deadline else None

    ends: dict[Phase, datetime | date | None] = {
        Phase.SETUP: edition.call_opens_at,
        Phase.CALL: day_of(edition.call_closes_at),
        Phase.REVIEW: day_of(edition.reviews_due_at),
        Phase.DECIDE: day_of(edition.verdicts_at),
        Phase.SCHEDULE: day_of(edition.slots_freeze_at),
        Phase.PUBLISHED: min((day.date for day in edition.days.all()), default=None),
    }
    return [(phase.value, phase.label, ends.get(phase)) for phase in Phase]


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
    (Phase.CALL, Phase.REVIEW): (
        "Close the call",
        "Sponsors can no longer submit; reviewers can be assigned.",
    ),
    (Phase.REVIEW, Phase.CALL): (
        "Open the call again",
        "Sponsors can submit and change again.",
    ),
    (Phase.REVIEW, Phase.DECIDE): (
        "Start deciding",
        "Submitted reviews no longer change; late ones still count until the verdict on their proposal is released.",
    ),
    (Phase.DECIDE, Phase.REVIEW): ("Back to reviewing", "For proposals that need another opinion."),
    (Phase.DECIDE, Phase.SCHEDULE): ("Start scheduling", "Build the timetable from what was accepted."),
    (Phase.SCHEDULE, Phase.DECIDE): ("Back to deciding", "The timetable stays as it is."),
    (Phase.SCHEDULE, Phase.PUBLISHED): ("Mark as published", "Everybody can read the released program."),
    (Phase.PUBLISHED, Phase.ARCHIVED): ("Archive", "The program stays readable; nothing changes any more."),
}


SPONSOR = "sponsor"
SHOWN = 30
#: The page of each part's work, by name, because most belong to higher layers.
DOORS = {
    SPONSOR: ("My proposals", "proposals:mine"),
    RoleKind.REVIEWER: ("My reviews", "assignments:queue"),
    RoleKind.COCHAIR: ("Overview", "insight:desk"),
    RoleKind.ORGANISER: ("Setup", "editions:setup"),
}
#: What waits and stands on the home page in full, above the editions.
IN_FULL = frozenset({"invitations", "questions"})


@dataclass(frozen=True)
class NextDate:
    """The next date that the edition's present phase runs up to; `words` come before it.

    In the zone of the deadlines, unless `zone` names another.
    """

    words: str
    at: datetime | date
    zone: str = ""


@dataclass(frozen=True)
class EditionCard:
    """An edition as one person sees it on the home page: their parts in it, and what waits for them."""

    edition: Edition
    parts: tuple[str, ...] = ()
    sponsors: str = ""
    waits: tuple[Waiting, ...] = ()
    has_more: bool = False  # something waits that stands in full above
    is_open: bool = False
    next_date: NextDate | None = None

    @property
    def is_over(self) -> bool:
        """Nothing happens in it any more, or nothing that this person has to do with: a line is enough."""
        return self.edition.phase == Phase.ARCHIVED or (self.edition.is_published and not self.waits)

    @property
    def doors(self) -> list[tuple[str, str]]:
        return [door for part, door in DOORS.items() if part in self.parts]


def home(user: User, now: datetime) -> tuple[list[EditionCard], list[EditionCard]]:
    """Cards of the editions somebody has a part in, the most pressing first, and of all others, open or published."""
    parts: dict[int, list[str]] = defaultdict(list)
    sponsors: dict[int, list[str]] = defaultdict(list)
    if user.is_authenticated:
        for edition_id, kind in Role.objects.filter(user=user).order_by("id").values_list("edition_id", "kind"):
            parts[edition_id].append(kind)
        # By the reverse relation, because `sponsors` is a higher layer.
        for edition_id, name in user.teams.order_by("sponsor__name").values_list(
            "sponsor__edition_id", "sponsor__name"
        ):
            sponsors[edition_id].append(name)
        for edition_id in sponsors:
            parts[edition_id].append(SPONSOR)
    mine = tuple(Edition.objects.filter(pk__in=parts).prefetch_related("days").order_by("-id"))
    waits = waiting_in(user, mine)
    cards = [
        EditionCard(
            one,
            tuple(parts[one.pk]),
            text.listed(sponsors[one.pk], most=3),
            tuple(each for each in waits[one.pk] if each.key not in IN_FULL),
            any(each.key in IN_FULL for each in waits[one.pk]),
            is_open(one, now),
            next_date(one, now),
        )
        for one in mine
    ]
    cards.sort(key=lambda card: (card.is_over, not card.waits, *(urgency(card.waits[0]) if card.waits else ())))
    public = announced().exclude(pk__in=parts).filter(phase__in=[Phase.CALL, Phase.PUBLISHED])[:SHOWN]
    return cards, [EditionCard(one, is_open=is_open(one, now)) for one in public]


def next_date(edition: Edition, now: datetime) -> NextDate | None:
    """What comes next by the calendar, while it is still ahead."""
    if edition.phase in (Phase.SETUP, Phase.CALL):
        at = edition.call_opens_at
        opens = NextDate("The call opens", at, edition.time_zone) if at else None
        closes = NextDate("The call closes", edition.call_closes_at) if edition.call_closes_at else None
        ahead = [each for each in (opens, closes) if each is not None]
    elif edition.phase == Phase.REVIEW and edition.reviews_due_at:
        ahead = [NextDate("Reviews are due", edition.reviews_due_at)]
    elif edition.phase == Phase.DECIDE and edition.verdicts_at:
        ahead = [NextDate("Verdicts are expected", edition.verdicts_at)]
    elif edition.phase in (Phase.SCHEDULE, Phase.PUBLISHED):
        today = now.astimezone(edition.zone).date()
        first = min((day.date for day in edition.days.all() if day.date >= today), default=None)
        return NextDate("The Expo Day is", first) if first else None
    else:
        ahead = []
    return next((each for each in ahead if isinstance(each.at, datetime) and not has_passed(each.at, now)), None)


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


PAST_DEADLINE = "Set a closing time of the call in the future."


@dataclass(frozen=True)
class ChecklistItem:
    """One line of the checklist with what is there; what is not `needed` is advice and holds nothing up."""

    label: str
    value: str
    done: bool
    sentence: str
    url_name: str
    needed: bool = True


def checklist(edition: Edition, now: datetime) -> list[ChecklistItem]:
    """Every check, needed ones first."""
    return _checklist(edition, _sizes(edition)[edition.pk], now)


def _checklist(edition: Edition, sizes: Mapping[str, int], now: datetime) -> list[ChecklistItem]:
    closes_at = edition.call_closes_at
    deadline = PAST_DEADLINE if closes_at else "Say when the call closes."
    tracks = "Put every format into a track." if sizes["tracks"] else "Add at least one track."
    closes = display.in_zone(closes_at, edition.deadline_zone) if closes_at else ""
    is_over = is_after_the_call(edition)

    def counted(label: str, key: str, sentence: str, url_name: str, *, needed: bool = False) -> ChecklistItem:
        size = sizes[key]
        return ChecklistItem(label, str(size) if size else "", size > 0, sentence, url_name, needed=needed)

    return [
        ChecklistItem(
            "Deadline",
            closes,
            bool(closes_at and (is_over or not has_passed(closes_at, now))),
            deadline,
            "editions:calendar",
        ),
        ChecklistItem(
            "Contact address",
            edition.contact_email,
            bool(edition.contact_email),
            "Give a public contact address.",
            "editions:calendar",
        ),
        counted("Formats", "formats", "Add at least one format.", "editions:formats", needed=True),
        ChecklistItem(
            "Tracks",
            str(sizes["tracks"] or ""),
            bool(sizes["tracks"] and not sizes["stray"]),
            tracks,
            "editions:tracks",
        ),
        counted("Tiers", "entitled", "Add a tier that may submit proposals.", "sponsors:tiers", needed=True),
        counted("Chairs", "cochairs", "Appoint at least one cochair.", "editions:roles", needed=True),
        ChecklistItem(
            "Call text",
            text.counted(len(edition.call_text.split()), "word") if edition.call_text else "",
            bool(edition.call_text),
            "Write the text of the call.",
            "editions:calendar",
            needed=False,
        ),
        counted("Sponsors", "sponsors", "Add sponsors; only they can propose.", "sponsors:list"),
        counted("Reviewers", "reviewers", "Invite reviewers before the call closes.", "editions:roles"),
        counted("Rooms", "rooms", "Add rooms before building the timetable.", "editions:rooms"),
        counted("Days", "days", "Add the day before building the timetable.", "editions:days"),
        counted("Topics", "topics", "Add topics, so that reviewers can be matched to proposals.", "editions:topics"),
    ]


def missing(edition: Edition, now: datetime) -> list[str]:
    """A sentence for each thing without which the call cannot open, or open again."""
    left = [check.sentence for check in checklist(edition, now) if check.needed and not check.done]
    return [PAST_DEADLINE, *left] if is_after_the_call(edition) and is_past_close(edition, now) else left


def _sizes(*editions: Edition) -> dict[int, dict[str, int]]:
    """How many of each part there are, by edition and in one query. (`sponsors` is a higher layer, so by name.)"""

    def size_of(name: str, **only: Any) -> Any:
        model: Any = Edition._meta.get_field(name).related_model  # noqa: SLF001
        rows = model.objects.filter(edition=OuterRef("pk"), **only).order_by().values("edition")
        return Coalesce(Subquery(rows.annotate(n=Count("pk", distinct=True)).values("n")), 0)

    sizes = {
        **{name: size_of(name) for name in ("formats", "tracks", "rooms", "days", "topics", "sponsors")},
        "stray": size_of("formats", tracks=None),
        "entitled": size_of("tiers", entitlements__may_submit__gt=0),
        "cochairs": size_of("roles", kind=RoleKind.COCHAIR),
        "reviewers": size_of("roles", kind=RoleKind.REVIEWER),
    }
    rows = Edition.objects.filter(pk__in=[each.pk for each in editions]).values_list("pk", *sizes.values())
    return {pk: dict(zip(sizes, row, strict=True)) for pk, *row in rows}


# --- What waits for people ----------------------------------------------------------------------------


SETUP, OVERVIEW = "editions:setup", "insight:desk"


def waiting_for_runners(user: User, editions: Sequence[Edition]) -> Iterable[Waiting]:
    """What the set-up lacks, and a phase whose time has come: two queries."""
    roles, now = roles_in(user, editions), clock.now()
    in_setup = [each for each in editions if each.phase == Phase.SETUP and RoleKind.ORGANISER in roles[each.pk]]
    sizes = _sizes(*in_setup) if in_setup else {}
    for edition in in_setup:
        left = sum(check.needed and not check.done for check in _checklist(edition, sizes[edition.pk], now))
        url = reverse("editions:setup", args=[edition.slug])
        yield Waiting(
            "setup", edition.pk, url, left,
            "thing missing before the call can open", "things missing before the call can open",
            (SETUP,), edition.call_opens_at, zone=edition.time_zone,
        )  # fmt: skip
        if not left:
            opens = edition.call_opens_at
            yield _move(edition, SETUP, "Open the call: nothing is missing", opens, now, edition.time_zone)
    run = [each for each in editions if roles[each.pk] & {RoleKind.ORGANISER, RoleKind.COCHAIR}]
    for edition in run:
        if edition.phase == Phase.REVIEW and edition.reviews_due_at and has_passed(edition.reviews_due_at, now):
            yield _move(edition, OVERVIEW, "Start deciding: the reviews were due", edition.reviews_due_at, now)
    published = [each for each in run if each.phase == Phase.PUBLISHED]
    ends = dict(_last_days(published)) if published else {}
    for edition in published:
        if edition.pk in ends and ends[edition.pk] < now.astimezone(edition.zone).date():
            yield _move(edition, OVERVIEW, "Archive the edition: its last day is over", None, now)


def _move(edition: Edition, page: str, sentence: str, due: datetime | None, now: datetime, zone: str = "") -> Waiting:
    """To the button that moves the phase; the overview is by name, because it belongs to the other side."""
    late = int(due is not None and due < now)
    url = f"{reverse(page, args=[edition.slug])}#phase"
    return Waiting("phase", edition.pk, url, 1, sentence, menu=(page,), due=due, late=late, is_counted=False, zone=zone)


def _last_days(editions: Collection[Edition]) -> Iterable[tuple[int, date]]:
    return Edition.objects.filter(pk__in=[each.pk for each in editions], days__isnull=False).values_list(
        "pk", Max("days__date")
    )
