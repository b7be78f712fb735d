"""What a session asks of its slot: equipment, hours, which half of a day; and the length agreed for it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition, Room
from expo.editions.queries import rules_of
from expo.kit import clock, display
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require
from expo.kit.text import listed

from ..models import Proposal
from ..queries.listing import equipment_offered
from ..states import DayHalf
from . import fields, submission
from .common import locked, record_fact, require_editable_after_decision

STEP = 5


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
    rooms: Mapping[str, Collection[Room]] | None = None,
    confirm: bool = False,
) -> Proposal:
    """What its room must have, from when until when it may run, and which half of a day it would rather have.

    `rooms`: `preferred_rooms` and `excluded_rooms`; None leaves both as they are.

    Allowed after the verdict until the edition is archived; `confirm` promises in the same step that it will be on
    stage.
    """
    require(by, "proposals.edit", proposal)
    proposal = locked(proposal)
    require_editable_after_decision(proposal)
    if version != proposal.version:
        raise WrongState(
            "stale-version",
            "Somebody changed this proposal after you opened the page. What is saved now is below, beside what you "
            "chose: look at both, then save again.",
        )
    if prefers not in ("", *DayHalf):
        raise Invalid("unknown-half", "Choose the morning, the afternoon or neither.", field="prefers")
    constraints = {
        "equipment": _checked_equipment(proposal, equipment),
        "earliest_at": earliest_at,
        "latest_at": latest_at,
        "prefers": prefers,
    }
    _check_hours(proposal.edition, earliest_at, latest_at)
    chosen = fields.checked_rooms(proposal.sponsor, rules_of(proposal.format), **(rooms or {}))
    changed = {name: row for name, row in chosen.items() if set(row) != set(getattr(proposal, name).all())}
    if changed or any(getattr(proposal, name) != value for name, value in constraints.items()):
        for name, row in changed.items():
            getattr(proposal, name).set(row)
        for name, value in constraints.items():
            setattr(proposal, name, value)
        proposal.version += 1
        proposal.changed_at = clock.now()
        proposal.save()
        hours = {name: at and at.isoformat() for name, at in (("earliest_at", earliest_at), ("latest_at", latest_at))}
        names = {name: [room.name for room in row] for name, row in changed.items()}
        record_fact("constraints_changed", proposal, by, **{**constraints, **hours, **names})
    return submission.confirm(by=by, proposal=proposal) if confirm else proposal


def _checked_equipment(proposal: Proposal, equipment: Iterable[str]) -> list[str]:
    """In the rooms' order; what it asked for already may stay even if no room has it any more."""
    offered = [*equipment_offered(proposal.edition), *sorted(proposal.equipment)]
    chosen = set(equipment)
    if chosen - set(offered):
        sentence = f"No room of this edition has that. Choose from the list, or write to {proposal.edition.contact}."
        raise Invalid("unknown-equipment", sentence, field="equipment")
    return [thing for thing in dict.fromkeys(offered) if thing in chosen]


def _check_hours(edition: Edition, earliest_at: datetime | None, latest_at: datetime | None) -> None:
    if earliest_at is None and latest_at is None:
        return
    if earliest_at is not None and latest_at is not None and latest_at <= earliest_at:
        sentence = "It would have to end before it may start. Make “ends by” later than “starts not before”."
        raise Invalid("hours-out-of-order", sentence, field="latest_at")
    dates = list(edition.days.order_by("date").values_list("date", flat=True))
    days = listed(display.formatted(date, "day") for date in dates)
    hint = f"The program runs on {days}." if dates else "The days of this edition are not fixed yet."
    for field, at in (("earliest_at", earliest_at), ("latest_at", latest_at)):
        if at is not None and at.astimezone(edition.zone).date() not in dates:
            raise Invalid("outside-days", f"{hint} Choose a time on one of its days.", field=field)


@transaction.atomic
def agree_length(*, by: User, proposal: Proposal, minutes: int) -> Proposal:
    """Let a session take longer or shorter than its format does, within what the format allows, in steps of 5 minutes.

    It is no edit of the text, so the version that tells two editors apart stays.
    """
    require(by, "proposals.chair", proposal)
    proposal = locked(proposal)
    _check_length(proposal, minutes)
    before = proposal.length
    if before == minutes:
        return proposal
    proposal.minutes = None if minutes == proposal.format.minutes else minutes
    proposal.save(update_fields=["minutes"])
    record_fact("length_agreed", proposal, by, **{"from": before, "to": minutes})
    return proposal


def _check_length(proposal: Proposal, minutes: int) -> None:
    least, most = proposal.format.lengths
    usual = proposal.format.minutes
    if not least <= minutes <= most:
        takes = f"takes {usual} minutes" if least == most else f"takes from {least} to {most} minutes"
        sentence = f"A {proposal.format.name.lower()} {takes}. Choose such a length, or change the format in the setup."
        raise Invalid("invalid-length", sentence, field="minutes")
    if (minutes - usual) % STEP and minutes not in (least, most):
        raise Invalid(
            "invalid-length", f"A length changes in steps of {STEP} minutes. Choose such a length.", field="minutes"
        )
