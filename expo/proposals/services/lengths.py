"""The length the chairs agree on for one session."""

from django.db import transaction

from expo.accounts.models import User
from expo.kit.errors import Invalid
from expo.kit.policy import require

from ..models import Proposal
from . import ground

STEP = 5


@transaction.atomic
def agree_length(*, by: User, proposal: Proposal, minutes: int) -> Proposal:
    """Let a session take longer or shorter than its format does, within what the format allows, in steps of 5 minutes.

    It is no edit of the text, so the version that tells two editors apart stays.
    """
    require(by, "proposals.chair", proposal)
    proposal = ground.locked(proposal)
    _check(proposal, minutes)
    before = proposal.length
    if before == minutes:
        return proposal
    proposal.minutes = None if minutes == proposal.format.minutes else minutes
    proposal.save(update_fields=["minutes"])
    ground.note("length_agreed", proposal, by, **{"from": before, "to": minutes})
    return proposal


def _check(proposal: Proposal, minutes: int) -> None:
    least, most = proposal.format.lengths
    usual = proposal.format.minutes
    if not least <= minutes <= most:
        takes = f"takes {usual} minutes" if least == most else f"takes from {least} to {most} minutes"
        sentence = f"A {proposal.format.name.lower()} {takes}. Choose such a length, or change the format in the setup."
        raise Invalid("odd-length", sentence, field="minutes")
    if (minutes - usual) % STEP and minutes not in (least, most):
        raise Invalid(
            "odd-length", f"A length changes in steps of {STEP} minutes. Choose such a length.", field="minutes"
        )
