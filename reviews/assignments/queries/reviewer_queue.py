"""What a reviewer sees: their own queue, and the proposals on which they may bid. Sponsors are not in it until
their own score is in."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce, Greatest

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.deadlines import has_passed
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import hidden_by, wall, walls
from expo.proposals.queries.listing import awaiting_review
from expo.proposals.states import ProposalState
from reviews.rubrics.models import Criterion, PracticeProposal
from reviews.rubrics.queries import current_rubric, practice_to_do

from ..models import Assignment, Bid
from ..states import LIVE, OPEN, AssignmentState


@dataclass(frozen=True)
class QueueItem:
    """One proposal in somebody's queue. `sponsor` and `tier` are empty while they are hidden."""

    id: int
    code: str
    title: str
    format: str
    minutes: int
    topics: tuple[str, ...]
    state: AssignmentState
    answer_by: datetime | None
    due_at: datetime | None
    is_late: bool
    why: tuple[str, ...]
    sponsor: str
    tier: str
    scored: int
    criteria: int

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_complete(self) -> bool:
        """Its draft has a level for every criterion, though nobody has submitted it."""
        return self.is_open and self.scored >= self.criteria

    @property
    def waits_until(self) -> datetime | None:
        """By when the reviewer should do what is next: answer the offer, or write the review."""
        return self.answer_by if self.state == AssignmentState.OFFERED else self.due_at


def queue_of(reviewer: User, edition: Edition) -> list[QueueItem]:
    """What a reviewer has been offered, accepted and submitted, in their own shuffled order."""
    now, rows = clock.now(), own_rows(reviewer, edition)
    drafts = with_completeness(rows.select_related(None).prefetch_related(None))
    progress = {pk: (levels, needed) for pk, levels, needed in drafts.values_list("pk", "levels", "needed")}
    items = []
    for row in rows:
        proposal, state = row.proposal, AssignmentState(row.state)
        shows_sponsor = state == AssignmentState.SUBMITTED or not edition.hide_sponsor_until_scored
        item = QueueItem(
            id=row.pk,
            code=proposal.code,
            title=proposal.title,
            format=proposal.format.name,
            minutes=proposal.format.minutes,
            topics=tuple(topic.name for topic in proposal.topics.all()),
            state=state,
            answer_by=row.answer_by,
            due_at=row.due_at,
            is_late=state in OPEN and row.due_at is not None and has_passed(row.due_at, now),
            why=tuple(row.why),
            sponsor=proposal.sponsor.name if shows_sponsor else "",
            tier=proposal.sponsor.tier.name if shows_sponsor else "",
            scored=progress.get(row.pk, (0, 1))[0],
            criteria=progress.get(row.pk, (0, 1))[1],
        )
        items.append(item)
    return items


def practice_first(reviewer: User, edition: Edition) -> PracticeProposal | None:
    """What to practise on before the first review: of the rubrics by which their own proposals are scored."""
    rubrics = own_rows_in(reviewer, [edition]).annotate(rubric=current_rubric()).order_by().values("rubric")
    return practice_to_do(reviewer, rubrics)


def complete_drafts(edition: Edition, **of: Any) -> frozenset[int]:
    """Open assignments whose draft has a level for every criterion, though nobody has submitted it: one query."""
    drafts = Assignment.objects.filter(edition=edition, state__in=OPEN, **of)
    complete = with_completeness(drafts).filter(is_complete=True)
    return frozenset(complete.order_by().values_list("pk", flat=True))


def count_complete(reviewer: User, edition: Edition) -> int:
    """How many complete drafts the reviewer's queue shows that they can submit."""
    waiting = own_rows_in(reviewer, [edition]).filter(state__in=OPEN, proposal__state=ProposalState.SUBMITTED)
    return with_completeness(waiting).filter(is_complete=True).count()


def with_completeness(rows: QuerySet[Assignment]) -> QuerySet[Any]:
    """`is_complete`: its draft has a level for every criterion.

    Nothing else about drafts is read here; their tables belong to scoring, a higher layer.
    """
    criteria = Criterion.objects.filter(rubric=OuterRef("rubric")).order_by().values("rubric")
    needed = Greatest(Coalesce(Subquery(criteria.annotate(n=Count("pk")).values("n")), 0), 1)
    levels = Count("review__scores", filter=Q(review__state="draft", review__scores__criterion__rubric=F("rubric")))
    return (
        rows.annotate(rubric=current_rubric())
        .annotate(levels=levels, needed=needed)
        .annotate(is_complete=Case(When(levels__gte=F("needed"), then=True), default=False))
    )


def own_rows(reviewer: User, edition: Edition) -> QuerySet[Assignment]:
    """The rows behind the queue, without what a conflict hides since; what is being revised or withdrawn waits."""
    rows = own_rows_in(reviewer, [edition]).select_related("edition", "proposal__format", "proposal__sponsor__tier")
    return rows.prefetch_related("proposal__topics")


def own_rows_in(reviewer: User, editions: Sequence[Edition]) -> QuerySet[Assignment]:
    """The same of several editions, without what pages show of the proposals."""
    return (
        Assignment.objects.filter(reviewer=reviewer, edition__in=editions, state__in=LIVE)
        .exclude(proposal__state__in=[ProposalState.DRAFT, ProposalState.WITHDRAWN])
        .exclude(hidden_by(walls(reviewer, editions).values(), "proposal__"))
    )


def due_words(due_at: datetime | None, now: datetime) -> str:
    """How far away a date is, in words."""
    if due_at is None:
        return "No date set"
    left = due_at - now
    hours = int(abs(left).total_seconds() // 3600)
    if hours >= 2:
        length = f"{hours // 24} days" if hours >= 48 else f"{hours} hours"
    else:
        length = "an hour" if hours else "less than an hour"
    return f"{length} late" if has_passed(due_at, now) else f"due in {length}"


@dataclass(frozen=True)
class BidRow:
    """A proposal as somebody sees it who decides whether to review it."""

    id: int
    code: str
    title: str
    abstract: str
    format: str
    minutes: int
    topics: tuple[tuple[str, str], ...]
    value: str


def open_to_bids(user: User, edition: Edition) -> QuerySet[Proposal]:
    """What awaits review and no conflict hides from the user."""
    hidden = wall(user, edition)
    return awaiting_review(edition).exclude(Q(sponsor__in=hidden.sponsors) | Q(pk__in=hidden.proposals))


def bid_ids(user: User, edition: Edition) -> list[int]:
    """What may be bid on, in an order that stays the same for one person and differs between two, so that no proposal
    is always seen first.
    """
    return sorted(
        open_to_bids(user, edition).values_list("pk", flat=True),
        key=lambda proposal: hashlib.blake2b(f"{user.pk}:{proposal}".encode(), digest_size=8).digest(),
    )


def bid_rows(user: User, ids: Sequence[int]) -> list[BidRow]:
    """These proposals in this order: three queries."""
    values = dict(Bid.objects.filter(reviewer=user, proposal__in=ids).values_list("proposal_id", "value"))
    rows = Proposal.objects.filter(pk__in=ids).select_related("format").prefetch_related("topics")
    by_id = {
        row.pk: BidRow(
            id=row.pk,
            code=row.code,
            title=row.title,
            abstract=row.abstract,
            format=row.format.name,
            minutes=row.format.minutes,
            topics=tuple((topic.slug, topic.name) for topic in row.topics.all()),
            value=values.get(row.pk, ""),
        )
        for row in rows
    }
    return [by_id[proposal] for proposal in ids if proposal in by_id]
