"""What a session asks of its place: equipment, hours, and which half of a day."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Day, Edition
from expo.kit import clock, display
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require

from .. import queries
from ..models import Proposal
from ..states import DayHalf
from . import ground
from .publishing import require_tended
from .submitting import confirm as confirm_session

FIELDS = ("equipment", "earliest_at", "latest_at", "prefers")


@transaction.atomic
def set_constraints(
    *,
    by: User,
    proposal: Proposal,
    version: int,
    equipment: Iterable[str] = (),
    earliest_at: datetime | None = None,
    latest_at: datetime | None = None,
    prefers: str = "",
    confirm: bool = False,
) -> Proposal:
    """What its room must have, from when until when it may run, and which half of a day it would rather have.

    Allowed after the verdict until the edition is archived; `confirm` promises in the same breath that it will be on
    stage.
    """
    require(by, "proposals.edit", proposal)
    proposal = ground.locked(proposal)
    require_tended(proposal)
    _require_version(proposal, version)
    given = {
        "equipment": _things(proposal, equipment),
        "earliest_at": earliest_at,
        "latest_at": latest_at,
        "prefers": _half(prefers),
    }
    _check_hours(proposal.edition, earliest_at, latest_at)
    if _put(proposal, given):
        ground.note("constraints_changed", proposal, by, **{name: _told(given[name]) for name in FIELDS})
    return confirm_session(by=by, proposal=proposal) if confirm else proposal


def _require_version(proposal: Proposal, version: int) -> None:
    if version != proposal.version:
        raise WrongState(
            "stale-version",
            "Somebody changed this proposal after you opened the page. What is saved now stands below beside what you "
            "chose: look at both, then save again.",
        )


def _things(proposal: Proposal, equipment: Iterable[str]) -> list[str]:
    """In the rooms' order; what it asked for already may stay even if no room has it any more."""
    offered = [*queries.equipment_offered(proposal.edition), *sorted(proposal.equipment)]
    wanted = set(equipment)
    if wanted - set(offered):
        sentence = f"No room of this edition has that. Choose from the list, or write to {proposal.edition.contact}."
        raise Invalid("unknown-equipment", sentence, field="equipment")
    return [thing for thing in dict.fromkeys(offered) if thing in wanted]


def _half(prefers: str) -> str:
    if prefers not in ("", *DayHalf):
        raise Invalid("unknown-half", "Choose the morning, the afternoon or neither.", field="prefers")
    return prefers


def _check_hours(edition: Edition, earliest_at: datetime | None, latest_at: datetime | None) -> None:
    if earliest_at is None and latest_at is None:
        return
    if earliest_at is not None and latest_at is not None and latest_at <= earliest_at:
        sentence = "It would have to end before it may start. Make “ended by” later than “starts not before”."
        raise Invalid("hours-out-of-order", sentence, field="latest_at")
    days = list(edition.days.order_by("date"))
    for field, at in (("earliest_at", earliest_at), ("latest_at", latest_at)):
        if at is not None and at.astimezone(edition.zone).date() not in {day.date for day in days}:
            raise Invalid("outside-days", f"{_days(days)} Choose a time on one of its days.", field=field)


def _days(days: Sequence[Day]) -> str:
    if not days:
        return "The days of this edition are not fixed yet."
    told = [display.formatted(day.date, "day") for day in days]
    return f"The program runs on {' and '.join([', '.join(told[:-1]), told[-1]] if len(told) > 1 else told)}."


def _put(proposal: Proposal, given: dict[str, Any]) -> bool:
    if all(getattr(proposal, name) == value for name, value in given.items()):
        return False
    for name, value in given.items():
        setattr(proposal, name, value)
    proposal.version += 1
    proposal.changed_at = clock.now()
    proposal.save()
    return True


def _told(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
