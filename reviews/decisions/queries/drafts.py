"""The feedback a chair starts from, and whether what it says still holds."""

import hashlib
from dataclasses import dataclass, replace

from expo.proposals.models import Proposal

from .. import feedback, snapshots
from ..feedback import Facts
from ..models import Decision
from ..states import Reason, Verdict
from .basis import Basis


@dataclass(frozen=True)
class Draft:
    """A text with what it says as facts. `token` (verdict, reason, facts, text) names it in a form."""

    text: str = ""
    facts: Facts | None = None

    @property
    def token(self) -> str:
        if self.facts is None:
            return ""
        facts = snapshots.digest(self.facts.data())[:16]
        return f"{self.facts.verdict}:{self.facts.reason}:{facts}:{_digest(self.text)}"


NO_DRAFT = Draft()


def draft_for(basis: Basis, proposal: Proposal, verdict: str, reason: str) -> Draft:
    """The present draft for a verdict and reason; none for what the chair does not see under review."""
    if proposal.pk not in basis.standings:
        return NO_DRAFT
    facts = basis.facts(proposal, verdict, reason)
    return Draft(feedback.draft(facts), facts)


def draft_named(basis: Basis, proposal: Proposal, token: str) -> Draft | None:
    """The draft with this name; None where it says something else by now."""
    verdict, reason, *_ = [*token.split(":"), "", ""]
    if verdict not in list(Verdict) or reason not in list(Reason):
        return None
    draft = draft_for(basis, proposal, verdict, reason)
    return draft if draft.token == token else None


def drafted_verdict(token: str) -> Verdict | None:
    """The verdict that a draft was made for."""
    verdict = token.split(":")[0]
    return Verdict(verdict) if verdict in list(Verdict) else None


def is_as_drafted(token: str, text: str) -> bool:
    """Whether the text is still the draft that the token names, or nothing at all."""
    text = text.replace("\r\n", "\n").strip()
    return not text or token.split(":")[-1] == _digest(text)


def drafted_facts(decision: Decision) -> Facts | None:
    """What its feedback was drafted from; None: it is in the chair's own words."""
    return feedback.from_data(decision.facts) if decision.facts else None


def draft_now(decision: Decision, basis: Basis) -> Draft:
    """The draft it began as, from what is known now; compared with others only if it was so before."""
    kept = drafted_facts(decision)
    if kept is None:
        return NO_DRAFT
    known = basis if kept.is_complete else replace(basis, is_complete=False)
    return draft_for(known, decision.proposal, kept.verdict, kept.reason)


def has_changed(decision: Decision, basis: Basis) -> bool:
    """Whether its draft says something else now."""
    return draft_now(decision, basis).facts != drafted_facts(decision)


def _digest(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()[:16]
