"""What the mail of a verdict is made from; the preview and the outbox use the same words."""

from typing import Any

from expo.proposals.models import Proposal

from . import reasons
from .states import Verdict

KINDS = {
    Verdict.ACCEPT: "decisions/accepted",
    Verdict.WAITLIST: "decisions/waitlisted",
    Verdict.REJECT: "decisions/rejected",
}


def context(proposal: Proposal, verdict: str, reason: str, feedback: str, places: reasons.Places) -> dict[str, Any]:
    format = proposal.format.name.lower()
    return {
        "proposal": proposal,
        "edition": proposal.edition,
        "sponsor": proposal.sponsor,
        "format": format,
        "why": reasons.sentence(verdict, reason, format, places),
        "feedback": feedback.strip(),
    }
