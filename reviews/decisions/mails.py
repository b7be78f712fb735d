"""What the mail of a verdict is made from; the preview and the outbox use the same words."""

from typing import Any

from expo.kit import clock
from expo.proposals.models import Proposal

from . import reasons
from .states import Verdict

KINDS = {
    Verdict.ACCEPT: "decisions/accepted",
    Verdict.WAITLIST: "decisions/waitlisted",
    Verdict.REJECT: "decisions/rejected",
}


#: The verdict that a new one supersedes, as its mail says it.
BEFORE = {Verdict.ACCEPT: "accepted", Verdict.WAITLIST: "on the waiting list", Verdict.REJECT: "not accepted"}


def context(
    proposal: Proposal, verdict: str, reason: str, feedback: str, places: reasons.Places, before: str = ""
) -> dict[str, Any]:
    """`before` is the verdict that this one supersedes, if its sponsor had one."""
    format = proposal.format.name.lower()
    return {
        "proposal": proposal,
        "edition": proposal.edition,
        "sponsor": proposal.sponsor,
        "format": format,
        "why": reasons.sentence(verdict, reason, format, places),
        "feedback": feedback.strip(),
        "before": BEFORE[Verdict(before)] if before else "",
        "confirm_by": proposal.edition.confirm_by(clock.now()),
    }
