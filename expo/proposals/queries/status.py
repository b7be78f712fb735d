"""What a proposal's team reads of it: its status, what may be done now, the next steps, what happened so far."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from django.urls import reverse

from expo.editions.catalogue import TEXTS
from expo.editions.queries import rules_of
from expo.editions.states import Phase
from expo.journal.models import Entry
from expo.journal.queries import history
from expo.kit import display
from expo.kit.deadlines import has_passed
from expo.kit.text import a

from .. import outlines
from ..models import ChangeRequest, Proposal, ProposalContent, WorkingCopy
from ..states import (
    EDITABLE_AFTER_DECISION,
    PLACEABLE,
    PROPOSAL_STATES,
    ChangeRequestState,
    ProposalState,
    Withdrawal,
)
from .call import SponsorCall, call_of
from .change_requests import last_request
from .content import outline_of
from .office import lacking

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
_ENDED = {
    Withdrawal.DECLINED: "It was accepted, and your team declined.",
    Withdrawal.LAPSED: "It was accepted, nobody confirmed it in time, and the chairs released its place.",
}


#: States in which its way to the stage has ended.
_STOPPED = (ProposalState.WITHDRAWN, ProposalState.REJECTED)
ANSWER = "Confirm to accept it, or decline."
TOO_LATE = (
    "The day to confirm has passed; the chairs may give the place to another proposal. You can still confirm now."
)


class StepKind(StrEnum):
    """What there may be to do."""

    CHANGES = "changes"
    ASK = "ask"
    SUBMIT = "submit"
    CONFIRM = "confirm"
    SLOT = "slot"
    OUTLINE = "outline"
    PUBLIC_TEXT = "public-text"
    OFFICE = "office"
    NONE = ""


class ProposalStep(NamedTuple):
    """Something to do now, where, and until when."""

    title: str
    text: str
    url: str
    label: str
    kind: StepKind = StepKind.NONE
    due: datetime | None = None


@dataclass(frozen=True)
class ProposalStatus:
    """Where a proposal is on its way to the stage (`path`, `station`), and what its team may do now."""

    proposal: Proposal
    path: list[tuple[str, str]]
    station: str
    stopped: str
    call: SponsorCall
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
        """Whether its team may submit a draft, in the call's grace or with a late link too."""
        return self.call.may_submit

    @property
    def copy(self) -> WorkingCopy | None:
        """What was changed since and is not submitted."""
        return getattr(self.proposal, "working_copy", None)

    @property
    def latest(self) -> ProposalContent:
        """What its team wrote last, submitted or not."""
        return self.copy or self.proposal

    @property
    def first_step(self) -> "ProposalStep | None":
        """The one next step for a list: a draft without its texts is written first, then checked and submitted."""
        at = (self.proposal.edition.slug, self.proposal.code)
        rules = rules_of(self.latest.format)
        texts = [name for name in TEXTS if rules[name].is_required]
        if self.may_submit and not all(getattr(self.latest, name).strip() for name in texts):
            return ProposalStep("Write it", "", reverse("proposals:edit", args=at), "Continue editing")
        if steps := next_steps(self):
            return steps[0]
        if self.may_edit:
            return ProposalStep("Change it", "", reverse("proposals:edit", args=at), "Edit")
        if self.slot is not None:
            return ProposalStep("See the slot", "", reverse("program:slot", args=at), "Your slot")
        if self.is_judged:
            return ProposalStep("Read the verdict", "", reverse("proposals:detail", args=at), "Read the verdict")
        return None

    @property
    def open_request(self) -> ChangeRequest | None:
        """The change request that the chairs have not answered; there is none without changes."""
        if self.copy is None or self.state != ProposalState.SUBMITTED:
            return None
        last = last_request(self.proposal.pk)
        return last if last is not None and last.state == ChangeRequestState.OPEN else None

    @property
    def may_ask_for_change(self) -> bool:
        """Its changes can no longer be submitted, and the chairs can still accept them."""
        is_late = self.state == ProposalState.SUBMITTED and not self.call.takes_changes and self.call.may_write
        return is_late and self.copy is not None and self.open_request is None

    @property
    def has_stale_changes(self) -> bool:
        """Changes that nobody can submit or accept any more."""
        is_over = self.state not in (ProposalState.DRAFT, ProposalState.WITHDRAWN) and not self.may_edit
        return is_over and self.copy is not None and self.open_request is None

    @property
    def missed_deadline(self) -> bool:
        """A draft when the call closed: it takes no part."""
        return self.call.is_closed and not self.call.may_submit and self.state == ProposalState.DRAFT

    @property
    def state(self) -> ProposalState:
        return ProposalState(self.proposal.state)

    @property
    def may_edit(self) -> bool:
        """Whether words are kept: in a draft, or beside what was submitted while no change is asked for."""
        is_written = self.state in (ProposalState.DRAFT, ProposalState.SUBMITTED)
        return self.call.may_write and is_written and self.open_request is None

    @property
    def may_submit(self) -> bool:
        if self.state == ProposalState.SUBMITTED:
            return self.call.takes_changes and self.copy is not None
        return self.call.may_submit and self.state == ProposalState.DRAFT

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
    def may_decline(self) -> bool:
        """Accepted and not confirmed: a no is an answer too."""
        return self.may_confirm and self.proposal.edition.phase != Phase.ARCHIVED

    @property
    def too_late(self) -> str:
        """What to know when the day to confirm has passed without an answer."""
        is_over = self.proposal.edition.is_confirming_over(self.now, self.proposal.verdict_at)
        return TOO_LATE if self.may_confirm and is_over else ""

    @property
    def is_placeable(self) -> bool:
        """It has a slot in the program, or may get one."""
        return self.state in PLACEABLE

    @property
    def may_edit_after_decision(self) -> bool:
        """Public text, presenters and availability may still change; the edition is not archived."""
        return self.state in EDITABLE_AFTER_DECISION and self.proposal.edition.phase != Phase.ARCHIVED

    @property
    def may_ask_to_restore(self) -> bool:
        """It was withdrawn from a state that it can be restored to."""
        return bool(self.proposal.withdrawn_from) and self.proposal.edition.phase != Phase.ARCHIVED

    @property
    def may_approve(self) -> bool:
        approvable = self.state in (*EDITABLE_AFTER_DECISION, ProposalState.SUBMITTED, ProposalState.DRAFT)
        return approvable and not self.is_approved and bool(self.proposal.public_text.strip())

    @property
    def is_approved(self) -> bool:
        return self.proposal.public_text_approved_at is not None

    @property
    def is_judged(self) -> bool:
        return self.proposal.verdict_at is not None

    @property
    def verdict(self) -> str:
        """The released verdict in a sentence."""
        if self.proposal.withdrawn_as:
            return _ENDED[Withdrawal(self.proposal.withdrawn_as)]
        if self.is_placeable and (other := self.proposal.other_format):
            offer = f"It is accepted as {other}"
            is_open = self.state == ProposalState.ACCEPTED
            return f"{offer}: an offer. {ANSWER}" if is_open else f"{offer}, and you have confirmed it."
        if self.state == ProposalState.WITHDRAWN and self.proposal.withdrawn_from:
            return _BEFORE.get(ProposalState(self.proposal.withdrawn_from), _VERDICTS[self.state])
        return _VERDICTS.get(self.state, "")

    @property
    def slot_text(self) -> str:
        """The slot in the edition's zone."""
        zone = self.proposal.edition.zone
        start, end = self.slot.starts_at.astimezone(zone), self.slot.ends_at.astimezone(zone)
        hours = f"{display.formatted(start, 'full')} to {display.formatted(end, 'clock')}"
        return f"{hours} {display.zone_name(start)}, {self.slot.room.name}"

    @property
    def text(self) -> str:
        """Its status in sentences for its team."""
        edition = self.proposal.edition
        if self.missed_deadline:
            return (
                "Not submitted before the deadline, so it is not considered. "
                f"If something went wrong, write to {edition.contact}."
            )
        if self.state == ProposalState.DRAFT:
            return "Not submitted yet."
        sentences = [self.verdict] if self.verdict else []
        if self.state == ProposalState.SUBMITTED:
            expected = edition.verdicts_at
            is_ahead = expected is not None and not has_passed(expected, self.now)
            by = f", expected by {display.in_zone(expected, edition.deadline_zone)}" if expected and is_ahead else ""
            sentences.append(f"It waits for its verdict{by}. You will get an e-mail when the chairs release it.")
        if self.state == ProposalState.WAITLISTED:
            sentences.append("You will get an e-mail if they do.")
        if self.open_request is not None:
            asked = display.in_zone(self.open_request.asked_at, edition.zone)
            sentences.append(f"Your team asked on {asked} to change it; the chairs have not answered yet.")
        elif self.copy is not None and not self.may_submit:
            changed = display.in_zone(self.copy.changed_at, edition.zone)
            sentences.append(f"Changes from {changed} are not submitted, and do not count.")
        if self.slot is not None and not self.may_accept_slot:
            sentences.append(f"On stage {self.slot_text}.")
            if self.slot.state == "change-asked":
                sentences.append("You asked for another slot; the chairs answer by mail.")
        if self.may_edit_after_decision and self.is_approved:
            sentences.append("Its public text is approved.")
        return " ".join(sentences)


def status_of(proposal: Proposal, now: datetime) -> ProposalStatus:
    """Its status at this moment; asks the database only for late links, once the call is closed."""
    state, edition = ProposalState(proposal.state), proposal.edition
    path = {**_PATH, "accepted": "Waiting list"} if state == ProposalState.WAITLISTED else _PATH
    station = {ProposalState.WAITLISTED: "accepted", ProposalState.REJECTED: "review"}.get(state, state.value)
    if state == ProposalState.WITHDRAWN:
        station = "accepted" if proposal.verdict_at else "submitted" if proposal.submitted_at else "draft"
    elif state == ProposalState.SUBMITTED and edition.phase != Phase.CALL:
        station = "review"
    call = call_of(proposal.sponsor_id, edition, now)
    stopped = proposal.state_for_sponsor if state in _STOPPED else ""
    return ProposalStatus(proposal, list(path.items()), station, stopped, call, now)


def next_steps(status: ProposalStatus) -> list[ProposalStep]:
    """Everything the sponsor can do now to bring it on stage, the most pressing first."""
    edition, proposal = status.proposal.edition, status.proposal
    steps: list[ProposalStep] = []
    if edition.phase == Phase.ARCHIVED:
        return steps

    def add(kind: StepKind, title: str, text: str, url_name: str, label: str, due: datetime | None = None) -> None:
        url = reverse(url_name, args=(edition.slug, proposal.code))
        steps.append(ProposalStep(title, text, url, label, kind, due))

    for step in _submitting(status):
        add(*step)
    if status.may_confirm:
        text = "Say that your presenters will come, and what the room must have, so that it can be scheduled."
        title = "Confirm your session"
        if other := proposal.other_format:
            title, text = "Answer the offer", f"It is accepted as {other}. {ANSWER}"
            if off := _outline_is_off(proposal):
                text += f" {off}: adjust it once you have confirmed."
        by = edition.confirm_by(status.now, proposal.verdict_at)
        text += f" Please confirm by {display.in_zone(by, edition.deadline_zone)}." if by else ""
        text += f" {status.too_late}" if status.too_late else ""
        add(StepKind.CONFIRM, title, text, "program:constraints", "Confirm", edition.confirm_due(proposal.verdict_at))
    if status.may_accept_slot:
        text = f"{status.slot_text}. Say that your presenters will be there."
        add(StepKind.SLOT, "Accept your slot", text, "program:slot", "Read and accept", edition.slots_freeze_at)
    if status.is_placeable and (off := _outline_is_off(proposal)):
        text = f"{off}. Change a part, so that it fits."
        add(StepKind.OUTLINE, "Adjust the outline", text, "proposals:public-text", "Adjust it")
    if status.may_edit_after_decision and not status.is_approved:
        text = "Only text that you approved is published."
        add(StepKind.PUBLIC_TEXT, "Approve the public text", text, "proposals:public-text", "Read and approve")
    return [*steps, *_office_step(status)]


def _submitting(status: ProposalStatus) -> Iterator[tuple[StepKind, str, str, str, str, datetime | None]]:
    """What there is to do before the verdict, at most one thing."""
    deadline, page = status.call.until, "proposals:submit"
    closes = ""
    if status.call.is_closed:
        closes = f" {status.call.text}"
    elif deadline:
        closes = f" The call closes {display.in_zone(deadline, status.proposal.edition.deadline_zone)}."
    if status.may_submit and status.copy is not None:
        text = f"Until then the version you submitted counts, and reviewers do not see the changes.{closes}"
        yield StepKind.CHANGES, "Submit your changes", text, page, "Check and submit", deadline
    elif status.may_submit:
        text = f"Reviewers see a proposal only after it is submitted.{closes}"
        yield StepKind.SUBMIT, "Check and submit", text, page, "Check and submit", deadline
    elif status.may_ask_for_change:
        text = "They are kept and do not count. The chairs can accept them, field by field, if you say why."
        yield StepKind.ASK, "Ask for your changes", text, "proposals:ask-for-change", "Ask for the change", None


def _outline_is_off(proposal: Proposal) -> str:
    """How its outline does not fill its length, such as in another format than it was written for; no full stop."""
    minutes = outlines.total(outline_of(proposal))
    if minutes in (0, proposal.length):
        return ""
    its = a(proposal.format.name.lower()) if proposal.minutes is None else "the session"
    return f"Its outline adds up to {minutes} minutes, and {its} has {proposal.length}"


def _office_step(status: ProposalStatus) -> list[ProposalStep]:
    """To answer what the office collects, while a required answer is missing."""
    proposal = status.proposal
    if not status.is_placeable or proposal.pk not in lacking(proposal.edition):
        return []
    text = "The conference office needs a few answers about this session."
    url = reverse("proposals:office-answers", args=(proposal.edition.slug, proposal.code))
    return [ProposalStep("Answer the office", text, url, "What the office needs", StepKind.OFFICE)]


def next_step(status: ProposalStatus) -> ProposalStep | None:
    """The one thing for its page; a wait says what comes next."""
    steps = next_steps(status)
    waits = status.state in (ProposalState.SUBMITTED, ProposalState.WAITLISTED, ProposalState.CONFIRMED)
    return steps[0] if steps else ProposalStep("Nothing to do now", status.text, "", "") if waits else None


# --- What happened --------------------------------------------------------------------------------------

#: Only these facts are for sponsors. Who judged, who decided and how is not among them.
_FOR_SPONSORS = {
    "proposals.drafted": "Draft started",
    "proposals.edited": "Text changed",
    "proposals.presenters_changed": "Presenters changed",
    "proposals.availability_changed": "Presenters' availability changed",
    "proposals.constraints_changed": "Wishes for room and time changed",
    "proposals.submitted": "Submitted",
    "proposals.finding_kept": "Something the checks found kept with a reason",
    "proposals.office_answered": "Answers to the office saved",
    "proposals.changes_saved": "Changes saved, not submitted",
    "proposals.changes_discarded": "Unsubmitted changes discarded",
    "proposals.revised": "Brought back to draft",
    "proposals.withdrawn": "Withdrawn",
    "proposals.declined": "Declined",
    "proposals.lapsed": "Not confirmed in time: its place was released",
    "proposals.revived": "Reopened as a draft",
    "proposals.restore_asked": "Asked to restore it",
    "proposals.restored": "Withdrawal undone",
    "proposals.confirmed": "Confirmed",
    "proposals.public_text_changed": "Public text changed",
    "proposals.outline_changed": "Outline changed",
    "proposals.public_text_approved": "Public text approved for publication",
    "proposals.public_text_unapproved": "Approval of the public text taken back",
    "proposals.verdict_released": "Verdict received",
    "proposals.change_asked": "Change asked for",
    "proposals.change_request_withdrawn": "Change request withdrawn",
    "proposals.change_request_closed": "Change request closed",
    "proposals.change_accepted": "Change accepted",
    "proposals.change_refused": "Change refused",
}


@dataclass(frozen=True)
class HistoryLine:
    """A line of a proposal's history as its sponsor reads it."""

    at: datetime
    fact: str
    who: str
    note: str

    @property
    def what(self) -> str:
        return _FOR_SPONSORS[self.fact]


def history_for_sponsor(proposal: Proposal) -> list[HistoryLine]:
    """What happened to a proposal, newest first, as far as its sponsor may know."""
    entries = history("proposals.proposal", proposal.pk).filter(fact__in=_FOR_SPONSORS)
    return [_history_line(entry) for entry in reversed(entries)]


def _history_line(entry: Entry) -> HistoryLine:
    data, fact = entry.data, entry.fact
    if fact == "proposals.verdict_released":
        offer = (
            f", as {a(data['format'].lower())} instead of {a(data['instead_of'].lower())}" if "format" in data else ""
        )
        return HistoryLine(entry.at, fact, "The Expo chairs", ProposalState(data["state"]).for_sponsor + offer)
    if fact == "proposals.lapsed":
        return HistoryLine(entry.at, fact, "The Expo chairs", "")
    if fact in ("proposals.change_accepted", "proposals.change_refused"):
        return HistoryLine(entry.at, fact, "The Expo chairs", str(data["reason"]))
    if fact == "proposals.restored":
        return HistoryLine(entry.at, fact, "The organisers", str(data["reason"]))
    note = str(data.get("reason", "")) or (f"Revision {data['revision']}" if "revision" in data else "")
    if "late" in data:
        note += ", after the deadline"
    return HistoryLine(entry.at, fact, str(entry.actor or "Expo"), note)


def restoring_asked(proposal: Proposal) -> Entry | None:
    """The team's request to restore it since the last withdrawal, if there is one."""
    if proposal.withdrawn_at is None:
        return None
    entries = history("proposals.proposal", proposal.pk)
    return entries.filter(fact="proposals.restore_asked", at__gte=proposal.withdrawn_at).last()
