"""Changes to what was submitted that a team asked for after the deadline."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.memo import know, once_per_request
from expo.kit.text import listed

from .. import comparison
from ..comparison import ComparedField
from ..models import ChangeRequest, Proposal
from ..states import ChangeRequestState, ProposalState
from .listing import for_chairs
from .revisions import reads_no_people, without_people


@once_per_request
def last_request(proposal_id: int) -> ChangeRequest | None:
    """The latest request of a proposal, whatever became of it."""
    return ChangeRequest.objects.filter(proposal=proposal_id).order_by("-id").first()


def know_last_requests(proposal_ids: Collection[int]) -> None:
    """Ask for the latest requests of several proposals in one query, for the rest of the request."""
    rows = ChangeRequest.objects.filter(proposal__in=proposal_ids).order_by("proposal_id", "-id")
    last = {row.proposal_id: row for row in rows.distinct("proposal_id")}
    for proposal_id in proposal_ids:
        know(last_request, last.get(proposal_id), proposal_id)


def changed_fields(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The names of the fields that a request changes, in the order of the form."""
    return [each.name for each in comparison.compare(before, after)]


def labels_of(names: Sequence[str]) -> list[str]:
    """What pages call these fields."""
    return [comparison.label_of(name) for name in names]


def compared_for(user: Any, proposal: Proposal, request: ChangeRequest) -> list[ComparedField]:
    """The request field by field, without what this person may not read yet."""
    before, after = request.before, request.after
    if reads_no_people(user, proposal):
        before, after = without_people(before), without_people(after)
    return comparison.compare(before, after)


@dataclass(frozen=True)
class RequestAnswer:
    """What its team reads of the chairs' answer."""

    title: str
    text: str


def answer_of(proposal: Proposal) -> RequestAnswer | None:
    """The answer to the latest request, until there is a verdict."""
    last = last_request(proposal.pk) if proposal.state == ProposalState.SUBMITTED else None
    if last is None or last.state not in (ChangeRequestState.ACCEPTED, ChangeRequestState.REFUSED):
        return None
    why = f" Reason given: {last.answer}" if last.answer else ""
    if last.state == ChangeRequestState.REFUSED:
        text = "What you submitted counts; your changes are kept and do not count."
        return RequestAnswer("Your change was refused", f"{text}{why}")
    fields = changed_fields(last.before, last.after)
    left = listed(labels_of([name for name in fields if name not in last.accepted_fields]))
    text = f"The chairs accepted: {listed(labels_of(last.accepted_fields))}."
    return RequestAnswer("Your change was accepted", text + (f" Not accepted: {left}." if left else "") + why)


@dataclass(frozen=True)
class ChangeRequestRow:
    """A request in the list of those who answer it."""

    request: ChangeRequest
    fields: list[str]

    @property
    def is_open(self) -> bool:
        return self.request.state == ChangeRequestState.OPEN

    @property
    def at(self) -> datetime:
        return self.request.answered_at or self.request.asked_at


def requests_for(user: User, edition: Edition) -> list[ChangeRequestRow]:
    """All requests that this person may answer or read, open ones first, then the latest."""
    rows = ChangeRequest.objects.filter(proposal__in=for_chairs(user, edition))
    rows = rows.select_related("proposal__format", "answered_by")
    found = [ChangeRequestRow(row, labels_of(changed_fields(row.before, row.after))) for row in rows]
    return sorted(found, key=lambda row: (not row.is_open, -row.request.pk))


def open_requests() -> QuerySet[ChangeRequest]:
    """A team's request that nobody has answered, for a subquery on proposals."""
    return ChangeRequest.objects.filter(proposal=OuterRef("pk"), state=ChangeRequestState.OPEN)
