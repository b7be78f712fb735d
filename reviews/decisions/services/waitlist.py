"""The order of the waiting list, as the chairs set it."""

from django.db import transaction

from expo.accounts.models import User
from expo.journal.services import record
from expo.kit.errors import WrongState
from expo.kit.policy import require
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import wall

from ..models import Decision
from ..queries.waitlist import waiting_lists
from .decisions import lock_decisions, require_deciding


@transaction.atomic
def move_on_waiting_list(*, by: User, proposal: Proposal, places: int, seen: int) -> int:
    """Move a waitlisted proposal by so many places (less than 0: up) from the one seen; returns its new one, from 1.

    All of its pool's list get a position, so that a later change of scores moves nobody. A chair from whom a conflict
    hides something does not see whom a move would pass, and leaves it to another.
    """
    require(by, "decisions.decide", proposal)
    edition = lock_decisions(proposal.edition)
    require_deciding(edition)
    if wall(by, edition).hides_some:
        raise WrongState("hidden-conflict", "Another cochair must set the order of the waiting list.")
    found = next(
        (each for each in waiting_lists(edition, by) if any(row.proposal.pk == proposal.pk for row in each.rows)), None
    )
    if found is None:
        raise WrongState("not-waiting", f"{proposal.code} is not on the waiting list any more. Nothing has changed.")
    rows = [row.decision for row in found.rows]
    at = next(index for index, each in enumerate(rows) if each.proposal_id == proposal.pk)
    if at + 1 != seen:
        raise WrongState(
            "stale-order",
            f"Somebody has changed the order of the waiting list: {proposal.code} is now number {at + 1}. Nothing has "
            "changed by your click.",
        )
    to = min(len(rows) - 1, max(0, at + places))
    rows.insert(to, rows.pop(at))
    for number, each in enumerate(rows, start=1):
        each.waitlist_position = number
    Decision.objects.bulk_update(rows, ["waitlist_position"])
    record(
        "decisions.waitlist_moved",
        by=by,
        target=rows[to],
        edition_id=edition.pk,
        proposal_id=proposal.pk,
        data={"from": at + 1, "to": to + 1},
    )
    return to + 1
