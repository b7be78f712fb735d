"""Where a proposal stands in its sponsor's eyes: the path, what may be done now, and what to do next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from expo.editions.models import Edition
from expo.editions.queries import is_open
from expo.editions.states import Phase
from expo.journal.models import Entry
from expo.journal.queries import history

from ..models import Proposal, ProposalContent, WorkingCopy
from ..states import PLACEABLE, PROPOSAL_STATES, TENDED, ProposalState

_PATH = {
    "draft": "Draft",
    "submitted": "Submitted",
    "review": "In review",
    "accepted": "Accepted",
    "confirmed": "Confirmed",
}
_VERDICTS = {
    ProposalState.ACCEPTED: "It is accepted.",
    ProposalState.CONFIRMED: "It is accepted, and you have confirmed it.",
    ProposalState.WAITLISTED: "It is on the waiting list: the chairs may still accept it.",
    ProposalState.REJECTED: "It is not accepted.",
    ProposalState.WITHDRAWN: "There was a verdict before you withdrew it.",
}
#: A withdrawn proposal's verdict, by the state it was withdrawn from.
_BEFORE = {
    ProposalState.ACCEPTED: "It was accepted before you withdrew it.",
    ProposalState.CONFIRMED: "It was accepted before you withdrew it.",
    ProposalState.WAITLISTED: "It was on the waiting list before you withdrew it.",
}
_ENDS = {ProposalState.WITHDRAWN: "Withdrawn", ProposalState.REJECTED: "Not accepted"}


@dataclass(frozen=True)
class Stand:
    """What a page about a proposal needs besides the proposal."""

    proposal: Proposal
    path: list[tuple[str, str]]
    station: str
    stopped: str
    hours: str
    now: datetime

    @property
    def slot(self) -> Any:
        """Where and when it is on stage, as its team was notified; by name: `program` is a higher layer."""
        return getattr(self.proposal, "slot", None) if self.is_placeable else None

    @property
    def may_accept_slot(self) -> bool:
        is_open = self.slot is not None and self.slot.state in ("told", "turned-down")
        return is_open and not self.proposal.edition.slots_are_final(self.now)

    @property
    def is_call_open(self) -> bool:
        return self.hours == "open"

    @property
    def copy(self) -> WorkingCopy | None:
        """What was changed since and is not submitted."""
        return getattr(self.proposal, "working_copy", None)

    @property
    def latest(self) -> ProposalContent:
        """What its team wrote last, submitted or not."""
        return self.copy or self.proposal

    @property
    def missed_deadline(self) -> bool:
        """A draft when the call closed: it takes no part."""
        return self.hours == "over" and self.state == ProposalState.DRAFT

    @property
    def state(self) -> ProposalState:
        return ProposalState(self.proposal.state)

    @property
    def may_edit(self) -> bool:
        return self.is_call_open and self.state in (ProposalState.DRAFT, ProposalState.SUBMITTED)

    @property
    def may_submit(self) -> bool:
        return self.may_edit and (self.state == ProposalState.DRAFT or self.copy is not None)

    @property
    def may_revive(self) -> bool:
        return self.is_call_open and self.state == ProposalState.WITHDRAWN

    @property
    def may_withdraw(self) -> bool:
        return PROPOSAL_STATES.allows(self.state, ProposalState.WITHDRAWN)

    @property
    def may_confirm(self) -> bool:
        return self.state == ProposalState.ACCEPTED

    @property
    def is_placeable(self) -> bool:
        """It has a slot in the program, or may get one."""
        return self.state in PLACEABLE

    @property
    def may_tend(self) -> bool:
        """Public text, presenters and availability may still change: judged, wanted, and the edition not archived."""
        return self.state in TENDED and self.proposal.edition.phase != Phase.ARCHIVED

    @property
    def may_ask_to_restore(self) -> bool:
        """It was withdrawn from a state that it can be restored to."""
        return bool(self.proposal.withdrawn_from) and self.proposal.edition.phase != Phase.ARCHIVED

    @property
    def may_approve(self) -> bool:
        wanted = self.state in (*TENDED, ProposalState.SUBMITTED, ProposalState.DRAFT)
        return wanted and not self.is_approved and bool(self.proposal.public_text.strip())

    @property
    def is_approved(self) -> bool:
        return self.proposal.public_text_approved_at is not None

    @property
    def is_judged(self) -> bool:
        return self.proposal.verdict_at is not None

    @property
    def verdict(self) -> str:
        """The released verdict in a sentence."""
        if self.state == ProposalState.WITHDRAWN and self.proposal.withdrawn_from:
            return _BEFORE.get(ProposalState(self.proposal.withdrawn_from), _VERDICTS[self.state])
        return _VERDICTS.get(self.state, "")


def stand(proposal: Proposal, now: datetime) -> Stand:
    """Where it stands at this moment; asks the database nothing when the proposal came with its working copy."""
    state, edition = ProposalState(proposal.state), proposal.edition
    path = {**_PATH, "accepted": "Waiting list"} if state == ProposalState.WAITLISTED else _PATH
    station, stopped = _station(proposal, state, edition), _ENDS.get(state, "")
    return Stand(proposal, list(path.items()), station, stopped, hours(edition, now), now)


def hours(edition: Edition, now: datetime) -> str:
    """open, early or over: where the clock stands against the call."""
    if is_open(edition, now):
        return "open"
    early = edition.phase == Phase.SETUP or (edition.call_opens_at is not None and now < edition.call_opens_at)
    return "early" if early else "over"


def _station(proposal: Proposal, state: ProposalState, edition: Edition) -> str:
    if state == ProposalState.WITHDRAWN:
        return "accepted" if proposal.verdict_at else "submitted" if proposal.submitted_at else "draft"
    if state == ProposalState.SUBMITTED:
        return "submitted" if edition.phase == Phase.CALL else "review"
    return {ProposalState.WAITLISTED: "accepted", ProposalState.REJECTED: "review"}.get(state, state.value)


#: Only these facts are for sponsors. Who judged, who decided and how is not among them.
_TOLD = {
    "proposals.drafted": "Draft begun",
    "proposals.edited": "Text changed",
    "proposals.presenters_changed": "Presenters changed",
    "proposals.availability_changed": "Presenters' availability changed",
    "proposals.constraints_changed": "Wishes for room and time changed",
    "proposals.submitted": "Submitted",
    "proposals.changes_saved": "Changes saved, not submitted",
    "proposals.changes_discarded": "Unsubmitted changes discarded",
    "proposals.revised": "Brought back to draft",
    "proposals.withdrawn": "Withdrawn",
    "proposals.revived": "Taken up again",
    "proposals.restore_asked": "Asked to restore it",
    "proposals.restored": "Withdrawal undone",
    "proposals.confirmed": "Confirmed",
    "proposals.public_text_changed": "Public text changed",
    "proposals.public_text_approved": "Public text approved for publication",
    "proposals.public_text_unapproved": "Approval of the public text taken back",
    "proposals.verdict_released": "Verdict received",
}


@dataclass(frozen=True)
class Told:
    """A line of a proposal's history as its sponsor reads it."""

    at: datetime
    what: str
    who: str
    note: str


def told(proposal: Proposal) -> list[Told]:
    """What happened to a proposal, newest first, as far as its sponsor may know."""
    entries = history("proposals.proposal", proposal.pk).filter(fact__in=_TOLD)
    return [_told(entry) for entry in reversed(entries)]


def _told(entry: Entry) -> Told:
    data: dict[str, Any] = entry.data
    if entry.fact == "proposals.verdict_released":
        return Told(entry.at, _TOLD[entry.fact], "The Expo chairs", ProposalState(data["state"]).label)
    if entry.fact == "proposals.restored":
        return Told(entry.at, _TOLD[entry.fact], "The organisers", str(data["reason"]))
    note = str(data.get("reason", "")) or (f"Revision {data['revision']}" if "revision" in data else "")
    return Told(entry.at, _TOLD[entry.fact], str(entry.actor or "Expo"), note)
