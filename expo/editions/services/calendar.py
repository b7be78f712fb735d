"""Create an edition, and keep its calendar and review settings."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import IntegrityError, transaction

from expo.accounts.models import User
from expo.accounts.services import checked_email, checked_name
from expo.journal.services import record
from expo.kit import zones
from expo.kit.errors import Invalid
from expo.kit.memo import forget
from expo.kit.policy import require

from ..models import Edition, Role
from ..states import GRIDS, Phase, RoleKind
from .common import locked, refuse_if, require_set_up

RESERVED = frozenset({"new", "api", "admin", "accounts", "static", "design"})
ORDER = (
    ("call_opens_at", "call_closes_at", "The call must close after it opens."),
    ("call_closes_at", "reviews_due_at", "Reviews must be due after the call closes."),
    ("reviews_due_at", "verdicts_at", "Sponsors get an answer after the reviews are due."),
    ("call_closes_at", "verdicts_at", "Sponsors get an answer after the call closes."),
    ("verdicts_at", "confirm_by_at", "Sponsors confirm after they have their answer."),
)
LIMITS = {
    "reviews_per_proposal": (1, 10),
    "max_load": (1, 100),
    "conflict_years": (0, 20),
    "rest_minutes": (0, 240),
    "walk_minutes": (0, 240),
}
TEXTS = {"name": 120, "conference": 60}
FREE_TEXTS = {"place": 120, "call_text": 20_000}
TIMES = ("call_opens_at", "call_closes_at", "reviews_due_at", "verdicts_at", "confirm_by_at", "slots_freeze_at")
FLAGS = ("hide_sponsor_until_scored",)


@transaction.atomic
def create_edition(
    *, by: User, slug: str, name: str, conference: str, time_zone: str = "UTC", place: str = "", is_demo: bool = False
) -> Edition:
    """Begin an edition; whoever creates it becomes its organiser."""
    require(by, "editions.create")
    fields = {"name": name, "conference": conference, "place": place, "time_zone": time_zone}
    try:
        with transaction.atomic():
            edition = Edition.objects.create(slug=_checked_slug(slug), is_demo=is_demo, **_checked(fields))
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
    require_set_up(by, edition)
    found = locked(edition)
    changed = {name: value for name, value in _checked(fields).items() if getattr(found, name) != value}
    _check_conflict_years(found, changed)
    for name, value in changed.items():
        setattr(found, name, value)
    _check_order(found)
    refuse_if(
        not found.contact_email and "contact_email" in changed and found.phase != Phase.SETUP,
        "contact-needed",
        "Sponsors and reviewers write to this address. You can change it, but not remove it once the call has opened.",
        "contact_email",
    )
    if changed:
        found.save(update_fields=list(changed))
        forget()
        record("editions.calendar_saved", by=by, target=found, edition_id=found.pk, data={"changed": _told(changed)})
    return found


def _check_conflict_years(edition: Edition, changed: dict[str, Any]) -> None:
    """Nobody may lift conflicts, perhaps their own, by a setting once there are proposals to see."""
    if edition.phase != Phase.SETUP and changed.get("conflict_years", edition.conflict_years) < edition.conflict_years:
        raise Invalid(
            "conflict-years-lowered",
            f"Past employers count for {edition.conflict_years} years. While a call runs this may grow, not shrink.",
            field="conflict_years",
        )


def _told(changed: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in changed.items()}


def _checked_slug(slug: str) -> str:
    slug = slug.strip().lower()
    try:
        validate_slug(slug)
    except ValidationError:
        raise Invalid(
            "bad-slug", "The address takes letters, digits and hyphens, e.g. icml-2027.", field="slug"
        ) from None
    refuse_if(len(slug) > 40, "bad-slug", "The address takes at most 40 characters.", "slug")
    refuse_if(slug in RESERVED, "bad-slug", f"The address “{slug}” is taken by the site itself.", "slug")
    return slug


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """Each field by its own rule; an unknown field is a programmer's mistake."""
    return {name: _checked_field(name, value) for name, value in fields.items()}


def _checked_field(name: str, value: Any) -> Any:
    if name in TEXTS:
        return checked_name(value, name, TEXTS[name])
    if name in FREE_TEXTS:
        refuse_if(
            len(value) > FREE_TEXTS[name], "too-long", f"This is longer than {FREE_TEXTS[name]} characters.", name
        )
        return value.replace("\x00", "").strip()
    if name == "contact_email":
        return checked_email(value, name) if value.strip() else ""
    if name == "time_zone":
        return zones.check(value)
    if name in LIMITS:
        return _within(name, value)
    if name == "grid_minutes":
        refuse_if(
            value not in GRIDS,
            "odd-grid",
            f"The grid must divide the hour: {', '.join(map(str, GRIDS))} minutes.",
            name,
        )
        return value
    if name in TIMES or name in FLAGS:
        return value
    raise TypeError(f"save_calendar knows no {name}")


def _within(name: str, value: int) -> int:
    least, most = LIMITS[name]
    refuse_if(not least <= value <= most, "out-of-range", f"This takes a number from {least} to {most}.", name)
    return value


def _check_order(edition: Edition) -> None:
    for earlier, later, sentence in ORDER:
        first, second = getattr(edition, earlier), getattr(edition, later)
        refuse_if(bool(first and second and second <= first), "dates-out-of-order", sentence, later)
