"""A proposal in words: the next step, and the two texts side by side that must never be mixed up."""

from dataclasses import dataclass
from typing import NamedTuple

from django.urls import reverse

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
    """The one thing to do now."""

    title: str
    text: str
    url: str
    label: str


def public_of(proposal: Proposal) -> Public:
    return Public(proposal.public_title, proposal.public_text, proposal.public_text_approved_at is not None)


def next_step(stand: Stand, proposal: Proposal) -> Next | None:
    """What the sponsor should do now, if anything."""
    at = (proposal.edition.slug, proposal.code)
    if stand.copy is not None and stand.may_submit:
        return Next(
            "Submit your changes",
            "What you submitted stands until you do. Reviewers do not see the changes.",
            reverse("proposals:submit", args=at),
            "Check and submit",
        )
    if stand.may_submit:
        return Next(
            "Check and submit",
            "Reviewers see a proposal only after it is submitted.",
            reverse("proposals:submit", args=at),
            "Check and submit",
        )
    if stand.may_confirm:
        text = "It is accepted. Say that your presenters will come, and what its place must have, so that it gets one."
        return Next("Confirm your session", text, reverse("program:constraints", args=at), "Confirm")
    if stand.may_tend and not stand.is_approved:
        text = "Only text that you approved is published."
        return Next("Approve the public text", text, reverse("proposals:public-text", args=at), "Read and approve")
    return _waiting(stand)


def _waiting(stand: Stand) -> Next | None:
    texts = {
        ProposalState.SUBMITTED: (
            "Nothing to do now",
            "It waits for its verdict. You get mail when the chairs release it.",
        ),
        ProposalState.WAITLISTED: ("Nothing to do now", "It moves up when a place becomes free; you get mail then."),
        ProposalState.CONFIRMED: ("Nothing to do now", "Your session is confirmed and its public text approved."),
    }
    found = texts.get(stand.state)
    return Next(*found, "", "") if found else None
