"""What reviewers without ties to a sponsor say about reviewing proposals."""

from collections.abc import Mapping

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.kit.policy import require

from ..models import Bid
from ..queries import lookups, reviewer_queue, roster
from ..states import BidValue


@transaction.atomic
def bid(*, by: User, edition: Edition, values: Mapping[int, str]) -> int:
    """Say want, can or no (or "" for nothing) on proposals outside one's own wall; returns how many changed."""
    require(by, "assignments.bid", edition)
    _check_may_bid(by, edition)
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if unknown := [value for value in values.values() if value and value not in list(BidValue)]:
        raise Invalid("unknown-bid", f"“{unknown[0][:20]}” is no answer here; choose want, can or no.")
    seen = set(reviewer_queue.open_to_bids(by, edition).filter(pk__in=values).values_list("pk", flat=True))
    had = dict(Bid.objects.filter(reviewer=by, proposal__in=seen).values_list("proposal_id", "value"))
    changed = {proposal: values[proposal] for proposal in seen if values[proposal] != had.get(proposal, "")}
    _write(by, changed)
    if changed:
        record("assignments.bids_saved", by=by, edition_id=edition.pk, data={"count": len(changed)})
    return len(changed)


def _check_may_bid(by: User, edition: Edition) -> None:
    if not lookups.settings_of(edition).takes_bids:
        raise WrongState("no-bids", "This edition takes no bids: topics and texts decide.")
    if tied := roster.ties(by, edition):
        raise NotAllowed(
            "bids-tied", f"{' '.join(tied)} Whoever is tied to a sponsor does not bid; topics and texts count for you."
        )


def _write(by: User, changed: Mapping[int, str]) -> None:
    Bid.objects.filter(reviewer=by, proposal__in=changed).delete()
    made = [
        Bid(proposal_id=proposal, reviewer=by, value=value, made_at=clock.now())
        for proposal, value in sorted(changed.items())
        if value
    ]
    Bid.objects.bulk_create(made)
