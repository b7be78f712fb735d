"""What the mail of a verdict is made from; the preview and the outbox use the same words."""

from typing import Any

from expo.proposals.models import Proposal

from .states import Verdict

KINDS = {
    Verdict.ACCEPT: "decisions/accepted",
    Verdict.WAITLIST: "decisions/waitlisted",
    Verdict.REJECT: "decisions/rejected",
}


def context(proposal: Proposal, feedback: str) -> dict[str, Any]:
    return {
        "proposal": proposal,
        "edition": proposal.edition,
        "sponsor": proposal.sponsor,
        "format": proposal.format.name.lower(),
        "feedback": feedback.strip(),
    }
