"""A proposal's way as its team reads it: what happened, what comes next, when and by whom; no date that is not set."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from expo.editions.models import Edition
from expo.editions.states import Phase
from expo.kit import display
from expo.kit.deadlines import has_passed
from expo.kit.text import counted

from ..models import Proposal
from ..states import ProposalState
from .call import CallState
from .status import HistoryLine, ProposalStatus

_BY_CHAIRS = "By the Expo chairs."
_BY_MAIL = "The chairs decide, and you will get an e-mail."


@dataclass(frozen=True)
class TimelineStation:
    """One station; `at` is when it happened. What is to come says its date in the text."""

    title: str
    place: Literal["done", "current", "ahead", "stopped"]
    text: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class TimelineFacts:
    """What a status does not know by itself."""

    history: Sequence[HistoryLine] = ()  # newest first
    revision: int = 0
    is_restoring_asked: bool = False
    first_day: date | None = None

    def last(self, *facts: str) -> HistoryLine | None:
        """The latest line of the history about one of these facts."""
        return next((line for line in self.history if line.fact in facts), None)


def timeline(status: ProposalStatus, facts: TimelineFacts) -> list[TimelineStation]:
    """The stations in order: what is done, what waits now, what is ahead."""
    return list(_Way(status, facts, status.proposal, status.proposal.edition).stations())


@dataclass(frozen=True)
class _Way:
    status: ProposalStatus
    facts: TimelineFacts
    proposal: Proposal
    edition: Edition

    def stations(self) -> Iterator[TimelineStation]:
        yield TimelineStation("Draft started", "done", f"By {self.proposal.created_by}.", self.proposal.created_at)
        if self.proposal.submitted_at is not None:
            number = f"Revision {self.facts.revision} counts." if self.facts.revision else ""
            yield TimelineStation("Submitted", "done", number, self.proposal.submitted_at)
        elif self.status.state != ProposalState.WITHDRAWN:
            yield self._to_submit()
        if self.status.missed_deadline:
            return
        if self.proposal.verdict_at is not None:
            yield self._verdict(self.proposal.verdict_at)
        elif self.status.state != ProposalState.WITHDRAWN:
            yield from self._to_the_decision()
        if self.status.state == ProposalState.WITHDRAWN:
            yield self._withdrawn()
        elif self.status.is_placeable:
            yield from self._to_the_stage()

    def _by(self, deadline: datetime) -> str:
        return display.in_zone(deadline, self.edition.deadline_zone)

    def _is_over(self, deadline: datetime) -> bool:
        return has_passed(deadline, self.status.now)

    def _to_submit(self) -> TimelineStation:
        call = self.status.call
        if self.status.missed_deadline:
            return TimelineStation("Not submitted", "stopped", f"{call.text} It was a draft then, so it takes no part.")
        if call.state == CallState.EARLY:
            opens = self.edition.call_opens_at
            when = f"on {display.in_zone(opens, self.edition.zone)}" if opens else "later: the date is not set yet"
            return TimelineStation("Submit it", "ahead", f"The call opens {when}.")
        closes = f"The call closes {self._by(call.until)}." if call.until else "The call's end is not set yet."
        return TimelineStation("Submit it", "current", call.text or closes)

    def _to_the_decision(self) -> Iterator[TimelineStation]:
        edition, call = self.edition, self.status.call
        is_submitted = self.status.state == ProposalState.SUBMITTED
        if is_submitted and call.state == CallState.OPEN and call.until:
            text = f"{self._by(call.until)}. Until then you can change it and submit it again."
            yield TimelineStation("The call closes", "ahead", text)
        if is_submitted and self.status.open_request is not None:
            asked = self.status.open_request
            text = f"By {asked.asked_by}. The chairs have not answered yet."
            yield TimelineStation("Change asked for", "current", text, asked.asked_at)
        due = edition.reviews_due_at
        if edition.phase in (Phase.SETUP, Phase.CALL, Phase.REVIEW):
            when = ""
            if due is not None:
                when = f" Reviews {'were' if self._is_over(due) else 'are'} due {self._by(due)}."
            is_now = edition.phase == Phase.REVIEW and is_submitted
            yield TimelineStation("Reviews", "current" if is_now else "ahead", f"Reviewers read and score it.{when}")
        else:
            yield TimelineStation("Reviews", "done", "The chairs have begun to decide.")
        yield TimelineStation("Decision", self._decision_place(), f"{self._decision_date()} {_BY_MAIL}")

    def _decision_place(self) -> Literal["current", "ahead"]:
        return "ahead" if self.edition.phase in (Phase.SETUP, Phase.CALL, Phase.REVIEW) else "current"

    def _decision_date(self) -> str:
        at = self.edition.verdicts_at
        if at is None:
            return "No date is set for it yet."
        if self._is_over(at):
            return f"It was expected by {self._by(at)} and is not out yet."
        return f"Decisions are expected by {self._by(at)}."

    def _verdict(self, at: datetime) -> TimelineStation:
        state = ProposalState(self.proposal.withdrawn_from or self.proposal.state)
        if state == ProposalState.REJECTED:
            return TimelineStation("Not accepted", "stopped", _BY_CHAIRS, at)
        if state == ProposalState.WAITLISTED:
            text = "The chairs may still accept it: you will get an e-mail if they do."
            waits = self.status.state == ProposalState.WAITLISTED
            return TimelineStation(
                "On the waiting list", "current" if waits else "done", text if waits else _BY_CHAIRS, at
            )
        other = self.proposal.other_format
        return TimelineStation("Accepted", "done", f"As {other}. {_BY_CHAIRS}" if other else _BY_CHAIRS, at)

    def _to_the_stage(self) -> Iterator[TimelineStation]:
        edition, slot = self.edition, self.status.slot
        if self.status.may_confirm:
            yield TimelineStation("Confirm", "current", self._confirm_date())
        else:
            line = self.facts.last("proposals.confirmed")
            yield TimelineStation("Confirmed", "done", f"By {line.who}." if line else "", line.at if line else None)
        if slot is not None:
            place: Literal["current", "done"] = "current" if self.status.may_accept_slot else "done"
            yield TimelineStation("Room and time", place, f"{self.status.slot_text}.")
        elif edition.phase != Phase.ARCHIVED:
            text = "The chairs schedule it, and you will get an e-mail with its slot."
            yield TimelineStation("Room and time", "ahead", text)
        day = self.facts.first_day
        if day is not None:
            is_past = day < self.status.now.astimezone(edition.zone).date()
            yield TimelineStation("Expo Day", "done" if is_past else "ahead", f"{display.formatted(day, 'day')}.")

    def _confirm_date(self) -> str:
        at = self.edition.confirm_by_at
        if at is None:
            return "No date is set for it."
        if self._is_over(at):
            return f"You were asked to confirm by {self._by(at)}. {self.status.too_late}"
        days = (at.astimezone(self.edition.deadline_zone).date() - self._today()).days
        left = f"{counted(days, 'day')} left" if days else "today is the last day"
        return f"Confirm by {self._by(at)}: {left}."

    def _today(self) -> date:
        return self.status.now.astimezone(self.edition.deadline_zone).date()

    def _withdrawn(self) -> TimelineStation:
        line = self.facts.last("proposals.withdrawn", "proposals.declined", "proposals.lapsed")
        text = f"By {line.who}." if line else ""
        if line and line.note:
            text += f" Reason given: {line.note}"
        if self.facts.is_restoring_asked:
            text += " Your team asked to restore it, and nobody has answered yet."
        title = self.proposal.state_for_sponsor
        return TimelineStation(title, "stopped", text.strip(), self.proposal.withdrawn_at)
