"""The chair's board: coverage per proposal and load per reviewer, over what the viewer may see and nothing else."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Greatest

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit import clock
from expo.proposals.models import Proposal
from expo.proposals.queries import awaiting_review, for_chairs
from expo.proposals.states import ProposalState

from ..models import Assignment
from ..states import LIVE, OPEN, AssignmentState
from .people import Person, people

SORTS = {"code": "code", "title": "title", "missing": "missing", "late": "late", "in": "submitted_reviews"}
SHOWS = {
    "gaps": Q(missing__gt=0),
    "late": Q(late__gt=0),
    "declined": Q(declined__gt=0),
    "complete": Q(submitted_reviews__gte=F("wanted")),
}


@dataclass(frozen=True)
class BoardFilter:
    """What the query string asks for; anything unknown counts as not asked."""

    q: str = ""
    show: str = ""
    format: str = ""
    sort: str = "-missing"

    @classmethod
    def from_query(cls, query: Any) -> "BoardFilter":
        sort = str(query.get("sort", ""))
        known = sort.removeprefix("-") in SORTS
        return cls(
            str(query.get("q", ""))[:100].strip(),
            show if (show := str(query.get("show", ""))) in SHOWS else "",
            str(query.get("format", ""))[:40],
            sort if known else "-missing",
        )


@dataclass(frozen=True)
class ProposalRow:
    """A proposal's reviews: those that are there or will come, those that ended, and the gap in words."""

    proposal: Proposal
    live: tuple[Assignment, ...]
    ended: tuple[Assignment, ...]
    gap: str


@dataclass(frozen=True)
class ReviewerRow:
    """A reviewer's load over what the viewer may see."""

    person: Person
    load: int
    submitted: int
    late: int
    declined: int

    @property
    def tone(self) -> str:
        return "warn" if self.load >= self.person.most else ""


@dataclass(frozen=True)
class Totals:
    """The board in numbers."""

    proposals: int
    wanted: int
    placed: int
    submitted: int
    missing: int
    late: int
    hidden: int


def board(edition: Edition, viewer: User, asked: BoardFilter | None = None) -> QuerySet[Proposal]:
    """Proposals awaiting review outside the viewer's wall, with their counts; hand a page of it to `rows`."""
    asked = asked or BoardFilter()
    found = _counted(edition, viewer)
    if asked.show:
        found = found.filter(SHOWS[asked.show])
    if asked.format:
        found = found.filter(format__slug=asked.format)
    if asked.q:
        found = found.filter(
            Q(title__icontains=asked.q) | Q(code__iexact=asked.q) | Q(sponsor__name__icontains=asked.q)
        )
    key = asked.sort.removeprefix("-")
    order = F(SORTS[key]).desc() if asked.sort.startswith("-") else F(SORTS[key]).asc()
    return found.select_related("format", "sponsor").order_by(order, "id")


def _visible(edition: Edition, viewer: User) -> QuerySet[Proposal]:
    return for_chairs(viewer, edition).filter(state=ProposalState.SUBMITTED)


def _counted(edition: Edition, viewer: User) -> QuerySet[Any]:
    def count(condition: Q) -> Count:
        return Count("assignments", filter=condition)

    state = "assignments__state"
    return (
        _visible(edition, viewer)
        .annotate(
            wanted=F("edition__reviews_per_proposal"),
            placed=count(Q(**{f"{state}__in": LIVE})),
            submitted_reviews=count(Q(**{state: AssignmentState.SUBMITTED})),
            declined=count(Q(**{f"{state}__in": [AssignmentState.DECLINED, AssignmentState.EXPIRED]})),
            late=count(Q(**{f"{state}__in": OPEN, "assignments__due_at__lt": clock.now()})),
        )
        .annotate(missing=Greatest(F("wanted") - F("placed"), 0))
    )


def totals(edition: Edition, viewer: User) -> Totals:
    """What the tiles say; `hidden` is all that somebody with a conflict learns."""
    sums = _counted(edition, viewer).aggregate(
        proposals=Count("pk"),
        **{
            name: Coalesce(Sum(column), 0)
            for name, column in (
                ("total_wanted", "wanted"),
                ("total_placed", "placed"),
                ("total_submitted", "submitted_reviews"),
                ("total_missing", "missing"),
                ("total_late", "late"),
            )
        },
    )
    return Totals(
        sums["proposals"],
        sums["total_wanted"],
        sums["total_placed"],
        sums["total_submitted"],
        sums["total_missing"],
        sums["total_late"],
        awaiting_review(edition).count() - sums["proposals"],
    )


def rows(proposals: list[Any]) -> list[ProposalRow]:
    """A page of the board with its assignments: one query."""
    found: dict[int, list[Assignment]] = defaultdict(list)
    for each in Assignment.objects.filter(proposal__in=proposals).select_related("reviewer").order_by("id"):
        found[each.proposal_id].append(each)
    return [_row(proposal, found[proposal.pk]) for proposal in proposals]


def _row(proposal: Any, assignments: list[Assignment]) -> ProposalRow:
    live = tuple(each for each in assignments if each.state in LIVE)
    ended = tuple(each for each in assignments if each.state not in LIVE)
    return ProposalRow(proposal, live, ended, gap_words(proposal.missing, proposal.wanted, ended))


def gap_words(missing: int, needs: int, ended: tuple[Assignment, ...]) -> str:
    """What is missing and what led to it."""
    if not missing:
        return ""
    words = f"{missing} of {needs} reviews missing"
    causes = [
        f"{n} {state.label.lower()}"
        for state in (AssignmentState.DECLINED, AssignmentState.EXPIRED, AssignmentState.RELEASED)
        if (n := sum(1 for each in ended if each.state == state))
    ]
    return f"{words}; {', '.join(causes)}." if causes else f"{words}; not offered yet."


def reviewer_rows(edition: Edition, viewer: User, sort: str = "") -> list[ReviewerRow]:
    """Every reviewer with their load over visible proposals."""
    late = Q(state__in=OPEN, due_at__lt=clock.now())
    counts: dict[int, Any] = {
        row["reviewer"]: row
        for row in Assignment.objects.filter(edition=edition, proposal__in=for_chairs(viewer, edition))
        .order_by()
        .values("reviewer")
        .annotate(
            load=Count("id", filter=Q(state__in=LIVE)),
            submitted=Count("id", filter=Q(state=AssignmentState.SUBMITTED)),
            late=Count("id", filter=late),
            declined=Count("id", filter=Q(state__in=[AssignmentState.DECLINED, AssignmentState.EXPIRED])),
        )
    }
    made = [_reviewer_row(person, counts.get(person.id, {})) for person in people(edition)]
    return _sorted(made, sort)


def _reviewer_row(person: Person, counts: Any) -> ReviewerRow:
    load, submitted, late, declined = (int(counts.get(name, 0)) for name in ("load", "submitted", "late", "declined"))
    return ReviewerRow(person, load, submitted, late, declined)


def _sorted(found: list[ReviewerRow], sort: str) -> list[ReviewerRow]:
    keys = {
        "name": lambda row: str(row.person.user).casefold(),
        "load": lambda row: row.load,
        "late": lambda row: row.late,
        "declined": lambda row: row.declined,
    }
    key = keys.get(sort.removeprefix("-"), keys["name"])
    return sorted(sorted(found, key=keys["name"]), key=key, reverse=sort.startswith("-"))
