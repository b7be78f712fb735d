"""Declare conflicts, and take declared ones back."""

from django.db import transaction

from expo.accounts.models import User
from expo.journal.services import record
from expo.kit.errors import Invalid, NotAllowed
from expo.kit.memo import forget
from expo.kit.policy import allowed, require
from expo.sponsors.models import Sponsor

from ..models import Conflict, Proposal
from . import ground

MOST_DETAIL = 200


@transaction.atomic
def declare_conflict(
    *, by: User, user: User, sponsor: Sponsor, proposal: Proposal | None = None, detail: str = ""
) -> Conflict:
    """Keep somebody away from a sponsor, or from one of its proposals, from now on; twice is the same as once."""
    require(by, "proposals.declare_conflict" if by == user else "proposals.declare_for_others", sponsor)
    if by != user and proposal is not None:
        require(by, "proposals.chair", proposal)
    if proposal is not None and proposal.sponsor_id != sponsor.pk:
        raise Invalid(
            "foreign-proposal", f"This is no proposal of {sponsor}. Choose the sponsor it belongs to.", field="proposal"
        )
    detail = ground.checked_reason(detail, most=MOST_DETAIL, one_line=True, field="detail")
    conflict, is_new = Conflict.objects.get_or_create(
        user=user, sponsor=sponsor, proposal=proposal, defaults={"detail": detail, "declared_by": by}
    )
    if is_new:
        _note("conflict_declared", conflict, by)
    return conflict


@transaction.atomic
def take_back_conflict(*, by: User, conflict: Conflict) -> None:
    """Remove a declared conflict: for chairs and organisers outside it, never for the person it keeps away."""
    if not allowed(by, "proposals.take_back_conflict", conflict):
        raise NotAllowed(
            "take-back-needs-a-chair",
            "A declared conflict is taken back by a chair or organiser who has none with this sponsor: "
            "otherwise people could learn what is hidden from them by declaring one and taking it back. "
            "Ask one of them.",
        )
    _note("conflict_taken_back", conflict, by)
    conflict.delete()


def _note(fact: str, conflict: Conflict, by: User) -> None:
    forget()
    data = {"user": conflict.user_id, "sponsor": conflict.sponsor_id, "proposal": conflict.proposal_id}
    edition_id = conflict.sponsor.edition_id
    record(
        f"proposals.{fact}", by=by, target=conflict, edition_id=edition_id, proposal_id=conflict.proposal_id, data=data
    )
