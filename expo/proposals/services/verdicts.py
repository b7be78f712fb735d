"""Take over a verdict when the chairs release it."""

from django.db import transaction

from expo.accounts.models import User
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require

from ..models import Proposal
from ..states import PLACEABLE, VERDICTS, ProposalState
from . import ground


@transaction.atomic
def apply_verdict(
    *, by: User | None, proposal: Proposal, verdict: str, merit: float | None = None, feedback: str = ""
) -> Proposal:
    """Give a proposal its verdict (accept, waitlist or reject), merit and feedback; its sponsor sees them from now on.

    Releasing several, take them in the order of their sponsors' ids: each call holds its sponsor's row.
    """
    if by is not None:
        require(by, "proposals.apply_verdict", proposal)
    if verdict not in VERDICTS:
        raise Invalid(
            "unknown-verdict", f"“{verdict}” is no verdict. Choose accept, waitlist or reject.", field="verdict"
        )
    ground.hold_limits(proposal.sponsor_id)
    proposal = ground.locked(proposal)
    ground.move(proposal, VERDICTS[verdict])
    if proposal.state == ProposalState.ACCEPTED:
        _require_place(proposal)
    proposal.merit, proposal.feedback, proposal.verdict_at = merit, feedback.strip(), clock.now()
    proposal.save()
    ground.note("verdict_released", proposal, by, state=proposal.state)
    return proposal


def _require_place(proposal: Proposal) -> None:
    row = ground.entitlement(proposal.sponsor, proposal.format)
    limit = row.may_be_accepted if row else 0
    used = Proposal.objects.filter(sponsor=proposal.sponsor_id, format=proposal.format_id, state__in=PLACEABLE).count()
    if used >= limit:
        format, tier = proposal.format, proposal.sponsor.tier
        raise WrongState(
            "over-the-tiers-limit",
            f"{proposal.sponsor} is at its limit: the {tier} tier may have {ground.plural(limit, format)} accepted and "
            f"{used} {ground.are(used)}. Waitlist {proposal.code}, or release it after another is withdrawn.",
        )
