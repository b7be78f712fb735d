"""An edition's settings for assignments: checked as a whole, because rules can contradict each other."""

from typing import Any

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.journal.services import record
from expo.kit.errors import Invalid
from expo.kit.policy import require

from ..models import QueueSettings
from ..queries import roster
from ..states import RepairMode, StayMode
from .assignments import request_repair

FLAGS = ("wants_senior", "wants_sectors", "forbids_cycles", "takes_bids", "only_confirmed", "is_rolling")
DAYS = {"answer_days": (1, 90), "remind_days": (0, 90), "escalate_days": (0, 90), "least_load": (0, 200)}
SHARES = {"floor_share": (0.0, 0.2), "chance_cap": (0.1, 1.0)}
CHOICES: dict[str, tuple[str, ...]] = {"stay": tuple(StayMode), "repairs": tuple(RepairMode)}
KNOWN = (*FLAGS, *DAYS, *SHARES, *CHOICES)


@transaction.atomic
def save_settings(*, by: User, edition: Edition, **values: Any) -> QueueSettings:
    """Change settings from now on; what is not named stays. Runs under way keep the settings they began with."""
    require(by, "assignments.settings", edition)
    row, _ = QueueSettings.objects.get_or_create(edition=edition)
    row = QueueSettings.objects.select_for_update(of=("self",)).get(pk=row.pk)
    before = {name: getattr(row, name) for name in KNOWN}
    for name, value in values.items():
        if name in FLAGS:
            setattr(row, name, bool(value))
        elif name in CHOICES:
            if value not in CHOICES[name]:
                raise Invalid("unknown-choice", f"Choose one of {', '.join(CHOICES[name])}.", field=name)
            setattr(row, name, str(value))
        elif name in DAYS:
            setattr(row, name, _number(name, value, int, *DAYS[name]))
        elif name in SHARES:
            setattr(row, name, _number(name, value, float, *SHARES[name]))
        else:
            raise Invalid("unknown-setting", f"There is no setting “{name[:40]}”.")
    if row.chance_cap < 1 and roles_cross(edition, row):
        raise roles_and_chance()
    changed = {name: getattr(row, name) for name in KNOWN if getattr(row, name) != before[name]}
    if changed:
        row.save(update_fields=[*changed])
        record("assignments.settings_saved", by=by, target=row, edition_id=row.edition_id, data=changed)
        if {"is_rolling", "repairs", "only_confirmed"} & set(changed):
            request_repair(row.edition_id)
    return row


def _number(name: str, value: Any, kind: type[int] | type[float], low: float, high: float) -> float:
    try:
        number = kind(value)
    except (TypeError, ValueError, OverflowError):
        number = None
    if number is None or not low <= number <= high:  # also refuses what is no number at all (nan)
        raise Invalid("out-of-range", f"This is a number from {low:g} to {high:g}.", field=name)
    return number


def roles_cross(edition: Edition, row: QueueSettings) -> bool:
    """Whether two required roles overlap among today's reviewers: then a matching is no flow and cannot be drawn."""
    people = roster.people(edition, waiting=True)
    wrong = [frozenset(each.id for each in people if not role.fits(each)) for role in roster.required_roles(row)]
    pairs = ((one, two) for at, one in enumerate(wrong) for two in wrong[:at])
    return any(one & two and not (one <= two or two <= one) for one, two in pairs)


def roles_and_chance() -> Invalid:
    """Refuses roles that overlap together with a draw."""
    return Invalid(
        "roles-and-chance",
        "These roles overlap, so reviewers cannot be drawn by chance as well. "
        "Set the highest probability to 1, or ask for one kind of role only.",
        field="chance_cap",
    )
