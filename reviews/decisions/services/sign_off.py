"""A second chair signs a decision off before it is released, where the edition asks for that."""

from collections.abc import Sequence

from django.db import transaction

from expo.accounts.models import User
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Refused, WrongState
from expo.kit.policy import require
from expo.kit.text import listed
from expo.proposals.models import Proposal

from ..models import Decision
from ..states import BatchState, RecordKind
from . import records
from .decisions import lock_decisions, require_deciding


@transaction.atomic
def sign_off(*, by: User, proposal: Proposal, version: int) -> Decision:
    """Agree, as a second chair, with a decision as it stands; any change of it asks for a new sign-off."""
    decision = _open(by, proposal, version)
    if decision.decided_by_id == by.pk:
        raise WrongState(
            "own-decision",
            f"You gave this verdict yourself. Another cochair must sign {decision.proposal.code} off; without one, an "
            "organiser can appoint one, or switch this rule off.",
        )
    if decision.signed_by_id is not None:
        return decision
    decision.signed_by, decision.signed_at = by, clock.now()
    decision.save(update_fields=["signed_by", "signed_at"])
    _record("decisions.signed_off", by, decision)
    content = {"version": decision.version, "digest": decision.digest}
    records.keep(by=by, decision=decision, kind=RecordKind.SIGNED_OFF, content=content)
    return decision


@transaction.atomic
def take_back_sign_off(*, by: User, proposal: Proposal, version: int) -> Decision:
    """Take one's own sign-off back, while the decision is not released."""
    decision = _open(by, proposal, version)
    if decision.signed_by_id != by.pk:
        raise WrongState("not-signed-by-you", "You have not signed this verdict off, so there is nothing to take back.")
    decision.signed_by, decision.signed_at = None, None
    decision.save(update_fields=["signed_by", "signed_at"])
    _record("decisions.sign_off_taken_back", by, decision)
    content = {"version": decision.version, "digest": decision.digest, "taken_back": True}
    records.keep(by=by, decision=decision, kind=RecordKind.SIGNED_OFF, content=content)
    return decision


@transaction.atomic
def sign_off_several(*, by: User, chosen: Sequence[tuple[Proposal, int]]) -> int:
    """Sign several off (each with the version seen): all of them, or none, with every refusal. Returns how many."""
    refusals = []
    for proposal, version in chosen:
        try:
            with transaction.atomic():
                sign_off(by=by, proposal=proposal, version=version)
        except Refused as refusal:
            refusals.append(f"{proposal.code}: {refusal.message}")
    if refusals:
        raise WrongState("some-refused", " ".join(refusals))
    return len(chosen)


def require_signed(decisions: Sequence[Decision]) -> None:
    """Refuses where the edition asks for a second chair and one of these has none."""
    missing = [each for each in decisions if each.proposal.edition.needs_second_chair and each.signed_by_id is None]
    if missing:
        raise WrongState(
            "not-signed-off",
            f"Nothing was released: no second chair has signed off {listed([each.proposal.code for each in missing])}. "
            "Ask a cochair who did not give the verdict, or take them out of the batch and release the rest.",
        )


def _open(by: User, proposal: Proposal, version: int) -> Decision:
    """The decision under the edition's lock, in the version seen and not released."""
    require(by, "decisions.decide", proposal)
    edition = lock_decisions(proposal.edition)
    require_deciding(edition)
    if not edition.needs_second_chair:
        raise WrongState(
            "no-sign-off",
            "This edition releases verdicts without a second chair, so there is nothing to sign off. An organiser can "
            "ask for it in the edition's settings.",
        )
    rows = Decision.objects.select_for_update(of=("self",)).select_related("proposal__edition", "batch")
    decision = rows.filter(proposal=proposal).first()
    if decision is None or decision.version != version:
        raise WrongState("stale-version", "The verdict has changed since you opened the page. Look at it again.")
    if decision.batch is not None and decision.batch.state == BatchState.RELEASED:
        raise WrongState("already-released", "This verdict has been released, so its sign-off stays as it is.")
    return decision


def _record(fact: str, by: User, decision: Decision) -> None:
    proposal = decision.proposal
    data = {"version": decision.version, "digest": decision.digest}
    record(fact, by=by, target=decision, edition_id=proposal.edition_id, proposal_id=proposal.pk, data=data)
