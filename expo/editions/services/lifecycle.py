"""Create an edition, keep its calendar and review settings, and move it through its phases."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import IntegrityError, transaction

from expo.accounts.models import User
from expo.accounts.services import checked_email, checked_name
from expo.journal.services import record
from expo.kit import clock, zones
from expo.kit.deadlines import has_passed, minute_of
from expo.kit.errors import Invalid, WrongState
from expo.kit.memo import forget
from expo.kit.policy import require

from .. import queries
from ..models import DEADLINES, MOST_GRACE, MOST_SESSIONS, Edition, Role
from ..states import GRIDS, PHASES, Phase, RoleKind
from . import parts

RESERVED = frozenset({"new", "api", "admin", "accounts", "static", "design"})
ORDER = (
    ("call_opens_at", "call_closes_at", "The call must close after it opens."),
    ("call_closes_at", "reviews_due_at", "Reviews must be due after the call closes."),
    ("call_takes_until", "reviews_due_at", "Reviews must be due after the call's grace is over: make it shorter."),
    ("reviews_due_at", "verdicts_at", "The date of the verdicts must be after the reviews are due."),
    ("call_closes_at", "verdicts_at", "The date of the verdicts must be after the call closes."),
    ("verdicts_at", "confirm_by_at", "The date for confirmations must be after the date of the verdicts."),
)
LIMITS = {
    "reviews_per_proposal": (1, 10),
    "max_load": (1, 100),
    "conflict_years": (0, 20),
    "rest_minutes": (0, 240),
    "walk_minutes": (0, 240),
    "call_grace_minutes": (0, MOST_GRACE),
    "presenter_limit": (1, MOST_SESSIONS),
}
TEXTS = {"name": 120, "conference": 60}
FREE_TEXTS = {"place": 120, "call_text": 20_000}
TIMES = ("call_opens_at", *DEADLINES)
FLAGS = ("hide_sponsor_until_scored", "names_reviewers", "needs_second_chair", "deadlines_anywhere")


@transaction.atomic
def create_edition(
    *, by: User, slug: str, name: str, conference: str, time_zone: str = "UTC", place: str = "", is_demo: bool = False
) -> Edition:
    """Create an edition; its creator becomes its organiser."""
    require(by, "editions.create")
    slug = slug.strip().lower()
    try:
        validate_slug(slug)
    except ValidationError:
        raise Invalid(
            "bad-slug", "The address may have letters, digits and hyphens, e.g. icml-2027.", field="slug"
        ) from None
    parts.refuse_if(len(slug) > 40, "bad-slug", "The address may have at most 40 characters.", "slug")
    parts.refuse_if(slug in RESERVED, "bad-slug", f"The address “{slug}” is taken by the site itself.", "slug")
    fields = _checked({"name": name, "conference": conference, "place": place, "time_zone": time_zone})
    try:
        with transaction.atomic():
            edition = Edition.objects.create(slug=slug, is_demo=is_demo, **fields)
    except IntegrityError:
        raise Invalid(
            "slug-taken", f"There is already an edition at “{slug}”. Choose another address.", field="slug"
        ) from None
    Role.objects.create(edition=edition, user=by, kind=RoleKind.ORGANISER)
    forget()
    record("editions.created", by=by, target=edition, edition_id=edition.pk)
    return edition


@transaction.atomic
def save_calendar(*, by: User, edition: Edition, **fields: Any) -> Edition:
    """Change names, dates, zone and review settings; what is not given stays."""
    parts.require_set_up(by, edition)
    current = parts.locked(edition)
    changed = {name: value for name, value in _checked(fields).items() if getattr(current, name) != value}
    # Once there are proposals to see, nobody may lift conflicts, perhaps their own, by a setting.
    if current.phase != Phase.SETUP and changed.get("conflict_years", current.conflict_years) < current.conflict_years:
        raise Invalid(
            "conflict-years-lowered",
            f"Past employers count for {current.conflict_years} years. Once the call has opened, this number can be "
            "raised but not lowered.",
            field="conflict_years",
        )
    # Reviewers may have written as letters by then, and are not to be uncovered afterwards.
    parts.refuse_if(
        current.phase != Phase.SETUP and bool(changed.get("names_reviewers")),
        "names-revealed-later",
        "Reviewers may have written without their names since the call opened, so names can be hidden now but not "
        "shown any more.",
        "names_reviewers",
    )
    was = {name: getattr(current, name) for name in changed}
    for name, value in changed.items():
        setattr(current, name, value)
    for earlier, later, sentence in ORDER:
        first, second = getattr(current, earlier), getattr(current, later)
        parts.refuse_if(bool(first and second and second <= first), "dates-out-of-order", sentence, later)
    parts.refuse_if(
        not current.contact_email and "contact_email" in changed and current.phase != Phase.SETUP,
        "contact-needed",
        "Sponsors and reviewers write to this address. You can change it, but not remove it once the call has opened.",
        "contact_email",
    )
    if changed:
        current.save(update_fields=list(changed))
        forget()
        data = {"changed": _plain(changed), "was": _plain(was), "phase": current.phase}
        record("editions.calendar_saved", by=by, target=current, edition_id=current.pk, data=data)
    return current


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()}


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """Each field by its own rule; an unknown field is a programmer's mistake."""
    return {name: _checked_field(name, value) for name, value in fields.items()}


def _checked_field(name: str, value: Any) -> Any:
    if name in TEXTS:
        return checked_name(value, name, TEXTS[name])
    if name in FREE_TEXTS:
        parts.refuse_if(
            len(value) > FREE_TEXTS[name], "too-long", f"This is longer than {FREE_TEXTS[name]} characters.", name
        )
        return value.replace("\x00", "").strip()
    if name == "contact_email":
        return checked_email(value, name) if value.strip() else ""
    if name == "time_zone":
        return zones.check(value)
    if name == "presenter_limit" and value is None:
        return None
    if name in LIMITS:
        least, most = LIMITS[name]
        parts.refuse_if(
            not least <= value <= most, "out-of-range", f"This must be a number from {least} to {most}.", name
        )
        return value
    if name == "grid_minutes":
        parts.refuse_if(
            value not in GRIDS,
            "odd-grid",
            f"The grid must divide the hour: {', '.join(map(str, GRIDS))} minutes.",
            name,
        )
        return value
    if name in TIMES or name in FLAGS:
        return value
    raise TypeError(f"save_calendar knows no {name}")


def open_call(*, by: User, edition: Edition) -> Edition:
    """Open the call for proposals, once nothing is missing that sponsors need."""
    return move_phase(by=by, edition=edition, to=Phase.CALL)


@transaction.atomic
def move_phase(*, by: User | None, edition: Edition, to: Phase) -> Edition:
    """Move to another phase as PHASES allows; refuses with everything that is missing."""
    if by is not None:
        require(by, "editions.move_phase", edition)
    current = parts.locked(edition)
    old = Phase(current.phase)
    PHASES.check(old, to)
    missing = queries.missing(current, clock.now()) if to == Phase.CALL else []
    if missing:
        raise WrongState("not-ready", "The call cannot open yet. " + " ".join(missing))
    if to == Phase.PUBLISHED and not current.releases.exists():
        raise WrongState(
            "no-release", "There is no release yet. Publish the program under Releases; that moves the edition too."
        )
    if to == Phase.CALL and current.call_opens_at is None:
        current.call_opens_at = clock.now()
    current.phase = to
    current.save(update_fields=["phase", "call_opens_at"])
    forget()
    fact = "call_opened" if to == Phase.CALL else "call_closed" if old == Phase.CALL else "phase_moved"
    record(f"editions.{fact}", by=by, target=current, edition_id=current.pk, data={"from": old, "to": to})
    edition.phase, edition.call_opens_at = current.phase, current.call_opens_at
    return current


def tick() -> int:
    """Close every call whose deadline and grace are over; returns how many. Runs every minute, as the system itself."""
    due = Edition.objects.filter(phase=Phase.CALL, call_closes_at__lt=minute_of(clock.now())).order_by("id")
    closed = 0
    for pk in due.values_list("pk", flat=True):
        with transaction.atomic():
            edition = Edition.objects.select_for_update().get(pk=pk)
            until = edition.call_takes_until
            # Unless it is in its grace, or somebody closed it or moved the deadline meanwhile.
            if edition.phase == Phase.CALL and until is not None and has_passed(until, clock.now()):
                move_phase(by=None, edition=edition, to=Phase.REVIEW)
                closed += 1
    return closed
