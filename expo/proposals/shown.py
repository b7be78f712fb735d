"""A proposal in words: its status, the next steps, and the two texts side by side that must never be mixed up."""

from dataclasses import dataclass
from typing import NamedTuple

from django.urls import reverse

from expo.editions.states import Phase
from expo.kit import display

from .models import Proposal
from .queries import Stand
from .states import ProposalState


@dataclass(frozen=True)
class Public:
    """What the public sees, once approved and placed; nothing of the review text."""

    title: str
    text: str
    is_approved: bool


class Next(NamedTuple):
    """Something to do now, and where."""

    title: str
    text: str
    url: str
    label: str


def public_of(proposal: Proposal) -> Public:
    return Public(proposal.public_title, proposal.public_text, proposal.public_text_approved_at is not None)


def next_steps(stand: Stand) -> list[Next]:
    """Everything the sponsor can do now to bring it on stage, the most pressing first."""
    edition, proposal = stand.proposal.edition, stand.proposal
    at = (edition.slug, proposal.code)
    found: list[Next] = []
    if edition.phase == Phase.ARCHIVED:
        return found
    deadline = edition.call_closes_at
    closes = f" The call closes {display.in_zone(deadline, edition.zone)}." if deadline else ""
    if stand.may_submit and stand.copy is not None:
        text = f"What you submitted stands until you do. Reviewers do not see the changes.{closes}"
        found.append(Next("Submit your changes", text, reverse("proposals:submit", args=at), "Check and submit"))
    elif stand.may_submit:
        text = f"Reviewers see a proposal only after it is submitted.{closes}"
        found.append(Next("Check and submit", text, reverse("proposals:submit", args=at), "Check and submit"))
    if stand.may_confirm:
        text = "Say that your presenters will come, and what the room must have, so that it can be scheduled."
        by = edition.confirm_by(stand.now)
        text += f" Please confirm by {display.in_zone(by, edition.zone)}." if by else ""
        found.append(Next("Confirm your session", text, reverse("program:constraints", args=at), "Confirm"))
    if stand.may_accept_slot:
        text = f"{_slot(stand)}. Say that your presenters will be there."
        found.append(Next("Accept your slot", text, reverse("program:slot", args=at), "Read and accept"))
    if stand.may_tend and not stand.is_approved:
        text = "Only text that you approved is published."
        found.append(
            Next("Approve the public text", text, reverse("proposals:public-text", args=at), "Read and approve")
        )
    return found


def next_step(stand: Stand) -> Next | None:
    """The one thing for its page; a wait says what comes next."""
    steps = next_steps(stand)
    waits = stand.state in (ProposalState.SUBMITTED, ProposalState.WAITLISTED, ProposalState.CONFIRMED)
    return steps[0] if steps else Next("Nothing to do now", status(stand), "", "") if waits else None


def status(stand: Stand) -> str:
    """Where it stands, in sentences for its team."""
    edition = stand.proposal.edition
    if stand.missed_deadline:
        return (
            "Not submitted before the deadline, so it takes no part. "
            f"If something went wrong, write to {edition.contact}."
        )
    if stand.state == ProposalState.DRAFT:
        return "Not submitted yet."
    found = [stand.verdict] if stand.verdict else []
    if stand.state == ProposalState.SUBMITTED:
        expected = edition.verdicts_at
        is_ahead = expected is not None and expected > stand.now
        by = f", expected by {display.in_zone(expected, edition.zone)}" if expected and is_ahead else ""
        found.append(f"It waits for its verdict{by}. You get mail when the chairs release it.")
    if stand.state == ProposalState.WAITLISTED:
        found.append("You get mail if they do.")
    if stand.copy is not None and not stand.may_submit:
        found.append(f"Changes from {display.in_zone(stand.copy.changed_at, edition.zone)} were not submitted in time.")
    if stand.slot is not None and not stand.may_accept_slot:
        found.append(f"On stage {_slot(stand)}.")
        if stand.slot.state == "change-asked":
            found.append("You asked for another slot; the chairs answer by mail.")
    if stand.may_tend and stand.is_approved:
        found.append("Its public text is approved.")
    return " ".join(found)


def _slot(stand: Stand) -> str:
    """The slot in the edition's zone."""
    zone = stand.proposal.edition.zone
    since, until = stand.slot.starts_at.astimezone(zone), stand.slot.ends_at.astimezone(zone)
    name = display.zone_name(since)
    return f"{display.formatted(since, 'full')} to {display.formatted(until, 'clock')} {name}, {stand.slot.room.name}"
