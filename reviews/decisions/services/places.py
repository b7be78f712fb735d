"""A free place goes to the waiting list: decided, put into a batch of its own, and released, all at once."""

from collections.abc import Collection

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.errors import WrongState
from expo.kit.memo import forget
from expo.kit.policy import require
from expo.proposals.models import Proposal
from expo.proposals.states import ProposalState

from ..models import Batch, Decision
from ..queries.places import places_of
from ..states import Verdict
from .batches import ReleaseReport, create_batch, put_in_batch, release_batch
from .decisions import decide_by_points, lock_decisions, require_deciding

NAME = "From the waiting list"


@transaction.atomic
def accept_from_waiting_list(
    *, by: User, proposal: Proposal, version: int, is_next: bool = True, confirmed: Collection[str] = ()
) -> ReleaseReport:
    """Accept a proposal on the waiting list into a free place; its sponsor is notified at once.

    `is_next`: only while it is the next in line; otherwise any whom tier and capacity allow. `version` of its decision.
    `confirmed`: codes of what is asked before an unusual acceptance.
    """
    require(by, "decisions.decide", proposal)
    edition = lock_decisions(proposal.edition)
    require_deciding(edition)
    forget()
    proposal = Proposal.objects.select_related("edition", "sponsor__tier", "format").get(pk=proposal.pk)
    _require_waiting(proposal, version)
    if edition.needs_second_chair:
        raise WrongState(
            "needs-second-chair",
            "In this edition a second chair signs every verdict off before its release, so no place is given by one "
            f"click. Accept {proposal.code} on its own page, put it in a batch, and release it when signed off.",
        )
    places = places_of(edition, by)
    if places.is_hidden:
        raise WrongState("hidden-conflict", "Another cochair must give this place to the waiting list.")
    place = places.of(proposal)
    if place is None or place.next is None:
        raise WrongState(
            "no-free-place", f"No free place is left that {proposal.code} could take. Nothing has changed."
        )
    if is_next and place.next.proposal.pk != proposal.pk:
        first = place.next.proposal
        raise WrongState(
            "not-next",
            f"{proposal.code} is not the next on the waiting list any more: {first.code} “{first.title}” is. Nothing "
            "has changed; look at the list again.",
        )
    decide_by_points(by=by, proposal=proposal, verdict=Verdict.ACCEPT, version=version, confirmed=confirmed)
    batch = create_batch(by=by, edition=edition, name=_fresh_name(edition))
    put_in_batch(by=by, batch=batch, proposals=[proposal])
    return release_batch(by=by, batch=batch)


def _require_waiting(proposal: Proposal, version: int) -> None:
    decision = Decision.objects.filter(proposal=proposal).select_related("decided_by").first()
    if proposal.state != ProposalState.WAITLISTED:
        state = ProposalState(proposal.state).label.lower()
        who = f" {decision.decided_by} has decided on it meanwhile." if decision and decision.version != version else ""
        raise WrongState(
            "not-waiting",
            f"{proposal.code} “{proposal.title}” is {state}, not on the waiting list.{who} Nothing has "
            "changed by your click.",
        )
    if decision is not None and decision.version != version:
        raise WrongState(
            "stale-version",
            f"{decision.decided_by} has changed the verdict on {proposal.code} since you opened the page. Look at it "
            "again; nothing has changed by your click.",
        )


def _fresh_name(edition: Edition) -> str:
    """A batch's name is read by chairs with a conflict too, so it names no proposal."""
    taken = set(Batch.objects.filter(edition=edition, name__startswith=NAME).values_list("name", flat=True))
    names = (NAME if number == 1 else f"{NAME} {number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)
