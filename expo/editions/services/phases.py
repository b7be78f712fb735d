"""The edition's way through its phases."""

from datetime import datetime

from django.db import transaction

from expo.accounts.models import User
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import WrongState
from expo.kit.memo import forget
from expo.kit.policy import require

from .. import queries
from ..models import Edition
from ..states import PHASES, Phase
from .common import locked


def open_call(*, by: User, edition: Edition) -> Edition:
    """Open the call for proposals, once nothing is missing that sponsors need."""
    return move_phase(by=by, edition=edition, to=Phase.CALL)


@transaction.atomic
def move_phase(*, by: User | None, edition: Edition, to: Phase) -> Edition:
    """Move on, or back where the table allows it; refuses with everything that stands in the way."""
    if by is not None:
        require(by, "editions.move_phase", edition)
    found = locked(edition)
    old = Phase(found.phase)
    PHASES.check(old, to)
    _check_way(found, to)
    if to == Phase.CALL and found.call_opens_at is None:
        found.call_opens_at = clock.now()
    found.phase = to
    found.save(update_fields=["phase", "call_opens_at"])
    forget()
    record(_fact(old, to), by=by, target=found, edition_id=found.pk, data={"from": old, "to": to})
    edition.phase, edition.call_opens_at = found.phase, found.call_opens_at
    return found


def _fact(old: Phase, to: Phase) -> str:
    if to == Phase.CALL:
        return "editions.call_opened"
    return "editions.call_closed" if old == Phase.CALL else "editions.phase_moved"


def _check_way(edition: Edition, to: Phase) -> None:
    if to == Phase.CALL:
        _check_ready(edition, clock.now())
    if to == Phase.PUBLISHED and not edition.releases.exists():
        raise WrongState(
            "no-release", "There is no release yet. Publish the program under Releases; that moves the edition too."
        )


def _check_ready(edition: Edition, now: datetime) -> None:
    missing = queries.missing(edition, now)
    if missing:
        raise WrongState("not-ready", "The call cannot open yet. " + " ".join(missing))


def tick() -> int:
    """Close every call whose deadline has passed; returns how many. Runs every minute, as the system itself."""
    due = Edition.objects.filter(phase=Phase.CALL, call_closes_at__lte=clock.now()).order_by("id")
    return sum(_close(pk) for pk in due.values_list("pk", flat=True))


@transaction.atomic
def _close(pk: int) -> int:
    """Close one call, unless somebody did or moved the deadline meanwhile."""
    edition = Edition.objects.select_for_update().get(pk=pk)
    still_due = edition.call_closes_at is not None and edition.call_closes_at <= clock.now()
    if edition.phase != Phase.CALL or not still_due:
        return 0
    move_phase(by=None, edition=edition, to=Phase.REVIEW)
    return 1
