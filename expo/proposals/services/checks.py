"""What its team keeps although a check objects, and what stands in the way of a submission."""

from typing import Any

from django.db import transaction

from expo.accounts.models import User
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require
from expo.kit.text import counted

from ..checks.findings import Finding
from ..models import Proposal, ProposalContent
from ..queries.checks import findings, public_findings
from ..states import EDITABLE_AFTER_DECISION, ProposalState
from ..texts import checked_reason
from .common import locked, record_fact, require_not_archived

MOST_REASON = 300


class UnsettledFindings(Invalid):
    """Something was found that its team has neither mended nor kept; `findings` are all of it at once."""

    def __init__(self, open: list[Finding]) -> None:
        sentences = " ".join(f"{each.sentence} {each.remedy}" for each in open)
        keep = (
            ""
            if all(each.stops for each in open)
            else " What you want to keep needs a reason, on its page “Check and submit”."
        )
        super().__init__(
            "findings", f"The checks found {counted(len(open), 'thing')}. {sentences}{keep}", field=open[0].field
        )
        self.findings = open


@transaction.atomic
def keep_finding(*, by: User, proposal: Proposal, key: str, reason: str) -> Proposal:
    """Keep what a check objects to, with a reason that the chairs read; it is kept until the text changes there."""
    require(by, "proposals.edit", proposal)
    reason = checked_reason(reason, most=MOST_REASON, one_line=True)
    proposal = locked(proposal)
    require_not_archived(proposal.edition)
    if proposal.state not in (ProposalState.DRAFT, ProposalState.SUBMITTED, *EDITABLE_AFTER_DECISION):
        state = proposal.state_for_sponsor.lower()
        raise WrongState("nothing-to-keep", f"This proposal is {state}, so the checks ask nothing of it.")
    source: ProposalContent = getattr(proposal, "working_copy", None) or proposal
    present = {each.key: each for each in findings(source)}
    finding = present.get(key)
    if finding is None:
        raise Invalid("finding-gone", "The text has changed, and the check no longer objects to this. Check it again.")
    if finding.stops:
        raise Invalid(
            "must-be-mended", f"{finding.sentence} This cannot be kept. {finding.remedy}", field=finding.field
        )
    if not reason:
        raise Invalid("no-reason", "Say in a sentence why it stays: the chairs read it.", field="reason")
    kept = {each: value for each, value in source.kept.items() if each in present}
    source.kept = {**kept, key: {"reason": reason, "by": by.pk, "at": clock.now().isoformat()}}
    source.save(update_fields=["kept"])
    record_fact("finding_kept", proposal, by, code=finding.code.value, field=finding.field)
    return proposal


def require_settled(source: ProposalContent) -> list[dict[str, Any]]:
    """Refuse while something found is neither mended nor kept; else what is kept, as chairs will read it."""
    found = findings(source)
    unsettled = [each for each in found if not each.is_settled]
    if unsettled:
        raise UnsettledFindings(unsettled)
    return as_flags(found)


def note_public_flags(proposal: Proposal) -> None:
    """What chairs read about the public text is about the present one; the caller saves. Drafts have no flags yet."""
    if proposal.state == ProposalState.DRAFT:
        return
    found = public_findings(proposal)
    fields = {"public_title", "public_text", "links"}
    others = [flag for flag in proposal.flags if flag["field"] not in fields]
    proposal.flags = [*others, *as_flags([each for each in found if each.field in fields])]


def as_flags(found: list[Finding]) -> list[dict[str, Any]]:
    """Findings as they are frozen with what was submitted."""
    return [
        {
            "code": each.code.value,
            "field": each.field,
            "excerpt": each.excerpt,
            "sentence": each.sentence,
            "reason": each.reason,
        }
        for each in found
    ]
