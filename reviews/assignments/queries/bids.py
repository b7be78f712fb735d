"""The proposals on which a reviewer may bid: outside their wall, and without a word about sponsors."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.models import Proposal
from expo.proposals.queries import awaiting_review, wall

from ..models import Bid

SHOWS = {"open": "Without my answer", "want": "Want", "can": "Can", "no": "Rather not"}


@dataclass(frozen=True)
class BidRow:
    """A proposal as somebody sees it who decides whether to review it."""

    id: int
    code: str
    title: str
    abstract: str
    format: str
    minutes: int
    topics: tuple[str, ...]
    value: str


def open_to_bids(user: User, edition: Edition) -> QuerySet[Proposal]:
    """What awaits review and is not behind the user's wall."""
    hidden = wall(user, edition)
    return awaiting_review(edition).exclude(Q(sponsor__in=hidden.sponsors) | Q(pk__in=hidden.proposals))


def bid_ids(user: User, edition: Edition, show: str = "", topic: str = "") -> list[int]:
    """The proposals of the page in an order of the user's own, so that no proposal is always seen first."""
    found = open_to_bids(user, edition)
    if topic:
        found = found.filter(topics__slug=topic)
    own = Bid.objects.filter(reviewer=user)
    if show == "open":
        found = found.exclude(pk__in=own.values("proposal"))
    elif show in SHOWS:
        found = found.filter(pk__in=own.filter(value=show).values("proposal"))
    return sorted(found.values_list("pk", flat=True), key=lambda proposal: _place(user.pk, proposal))


def _place(user: int, proposal: int) -> bytes:
    """The same for one person each time, unlike for two."""
    return hashlib.blake2b(f"{user}:{proposal}".encode(), digest_size=8).digest()


def bid_rows(user: User, ids: Sequence[int]) -> list[BidRow]:
    """These proposals in this order: three queries."""
    said = dict(Bid.objects.filter(reviewer=user, proposal__in=ids).values_list("proposal_id", "value"))
    rows = Proposal.objects.filter(pk__in=ids).select_related("format").prefetch_related("topics")
    found = {row.pk: _row(row, said.get(row.pk, "")) for row in rows}
    return [found[proposal] for proposal in ids if proposal in found]


def _row(proposal: Proposal, value: str) -> BidRow:
    return BidRow(
        id=proposal.pk,
        code=proposal.code,
        title=proposal.title,
        abstract=proposal.abstract,
        format=proposal.format.name,
        minutes=proposal.format.minutes,
        topics=tuple(topic.name for topic in proposal.topics.all()),
        value=value,
    )
