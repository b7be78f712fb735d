"""The chair's board, over what the viewer may see: coverage per proposal, load per reviewer."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Greatest, Least

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit import clock
from expo.proposals.models import Proposal
from expo.proposals.queries.listing import awaiting_review, for_chairs
from expo.proposals.states import ProposalState

from ..models import Assignment, PairRule
from ..states import LIVE, OPEN, AssignmentState
from .reviewer_queue import complete_drafts, due_words
from .roster import Person, people, today

SORTS = {"code": "code", "title": "title", "missing": "missing", "late": "late", "in": "submitted_reviews"}
#: An offer whose answer is due within this long expires soon.
SOON = timedelta(days=2)
SHOWS = {
    "gaps": Q(missing__gt=0),
    "late": Q(late__gt=0),
    "unanswered": Q(offered__gt=0),
    "expiring": Q(expiring__gt=0),
    "pinned": Q(is_ruled=True),
    "declined": Q(declined__gt=0),
    "complete": Q(submitted_reviews__gte=F("needed")),
}


SUMS = {
    "needed": "needed",
    "placed": "placed",
    "submitted": "submitted_reviews",
    "missing": "missing",
    "late": "late",
    "offered": "offered",
    "expiring": "expiring",
    "freed": "freed",
}


@dataclass(frozen=True)
class BoardFilter:
    """What the query string asks for; unknown values are ignored."""

    q: str = ""
    show: str = ""
    format: str = ""
    sort: str = "-missing"

    @classmethod
    def from_query(cls, query: Any) -> "BoardFilter":
        sort = str(query.get("sort", ""))
        show = str(query.get("show", ""))
        return cls(
            str(query.get("q", ""))[:100].strip(),
            show if show in SHOWS else "",
            str(query.get("format", ""))[:40],
            sort if sort.removeprefix("-") in SORTS else "-missing",
        )


@dataclass(frozen=True)
class ProposalRow:
    """A proposal's assignments: live ones, each with what is urgent, ended ones, chairs' pins and bans, and the gap."""

    proposal: Proposal
    live: tuple[tuple[Assignment, str], ...]
    ended: tuple[Assignment, ...]
    rules: tuple[PairRule, ...]
    gap: str


@dataclass(frozen=True)
class ReviewerRow:
    """A reviewer's load over what the viewer may see."""

    person: Person
    load: int
    submitted: int
    late: int
    declined: int
    is_away: bool

    @property
    def tone(self) -> str:
        return "warn" if self.load >= self.person.most else ""


@dataclass(frozen=True)
class Totals:
    """The board in numbers."""

    proposals: int
    needed: int
    placed: int
    submitted: int
    missing: int
    late: int
    offered: int
    expiring: int
    freed: int
    hidden: int


def board(edition: Edition, viewer: User, asked: BoardFilter | None = None) -> QuerySet[Proposal]:
    """Proposals awaiting review that no conflict hides from the viewer, with their counts; give a page to `rows`."""
    asked = asked or BoardFilter()
    rows = _counted(edition, viewer)
    if asked.show:
        rows = rows.filter(SHOWS[asked.show])
    if asked.format:
        rows = rows.filter(format__slug=asked.format)
    if asked.q:
        rows = rows.filter(Q(title__icontains=asked.q) | Q(code__iexact=asked.q) | Q(sponsor__name__icontains=asked.q))
    key = asked.sort.removeprefix("-")
    order = F(SORTS[key]).desc() if asked.sort.startswith("-") else F(SORTS[key]).asc()
    return rows.select_related("format", "sponsor").order_by(order, "id")


def _counted(edition: Edition, viewer: User) -> QuerySet[Any]:
    def count(condition: Q) -> Count:
        return Count("assignments", filter=condition)

    state, now = "assignments__state", clock.now()
    offered = Q(**{state: AssignmentState.OFFERED})
    return (
        for_chairs(viewer, edition)
        .filter(state=ProposalState.SUBMITTED)
        .annotate(
            needed=F("edition__reviews_per_proposal"),
            placed=count(Q(**{f"{state}__in": LIVE})),
            submitted_reviews=count(Q(**{state: AssignmentState.SUBMITTED})),
            declined=count(Q(**{f"{state}__in": [AssignmentState.DECLINED, AssignmentState.EXPIRED]})),
            offered=count(offered),
            expiring=count(offered & Q(assignments__answer_by__lt=now + SOON)),
            late=count(Q(**{f"{state}__in": OPEN, "assignments__due_at__lt": now})),
            is_ruled=Exists(PairRule.objects.filter(proposal=OuterRef("pk"))),
            ended=count(~Q(**{f"{state}__in": LIVE}) & Q(assignments__isnull=False)),
        )
        .annotate(missing=Greatest(F("needed") - F("placed"), 0))
        .annotate(freed=Least(F("missing"), F("ended")))
    )


def totals(edition: Edition, viewer: User) -> Totals:
    """The board's tiles. `hidden`: all that somebody with a conflict learns; `freed`: missing ones, offered before."""
    columns = {f"total_{name}": Coalesce(Sum(column), 0) for name, column in SUMS.items()}
    sums = _counted(edition, viewer).aggregate(proposals=Count("pk"), **columns)
    figures = {name: sums[f"total_{name}"] for name in SUMS}
    return Totals(sums["proposals"], hidden=awaiting_review(edition).count() - sums["proposals"], **figures)


def rows(proposals: list[Any]) -> list[ProposalRow]:
    """A page of the board with its assignments and pairs that chairs decided: few queries."""
    assignments: dict[int, list[Assignment]] = defaultdict(list)
    for each in Assignment.objects.filter(proposal__in=proposals).select_related("reviewer").order_by("id"):
        assignments[each.proposal_id].append(each)
    rules: dict[int, list[PairRule]] = defaultdict(list)
    for rule in PairRule.objects.filter(proposal__in=proposals).select_related("reviewer").order_by("id"):
        rules[rule.proposal_id].append(rule)
    now = clock.now()
    complete = complete_drafts(proposals[0].edition, proposal__in=proposals) if proposals else frozenset()
    page = []
    for proposal in proposals:
        own = assignments[proposal.pk]
        live = tuple((each, urgency(each, now, complete)) for each in own if each.state in LIVE)
        ended = tuple(each for each in own if each.state not in LIVE)
        gap = gap_text(proposal.missing, proposal.needed, ended)
        page.append(ProposalRow(proposal, live, ended, tuple(rules[proposal.pk]), gap))
    return page


def urgency(each: Assignment, now: datetime, complete: frozenset[int]) -> str:
    """What is urgent about an open assignment: that it is complete but not submitted, late, or waits for an answer."""
    notes = ["complete, not submitted"] if each.pk in complete else []
    if each.state in OPEN and each.due_at is not None and each.due_at < now:
        notes.append(due_words(each.due_at, now))
    elif each.state == AssignmentState.OFFERED and each.answer_by is not None:
        notes.append(f"answer {due_words(each.answer_by, now)}")
    return "; ".join(notes)


def gap_text(missing: int, needs: int, ended: tuple[Assignment, ...]) -> str:
    """What is missing and what led to it."""
    if not missing:
        return ""
    text = f"{missing} of {needs} reviews missing"
    causes = [
        f"{n} {state.label.lower()}"
        for state in (AssignmentState.DECLINED, AssignmentState.EXPIRED, AssignmentState.RELEASED)
        if (n := sum(1 for each in ended if each.state == state))
    ]
    return f"{text}; {', '.join(causes)}." if causes else f"{text}; not offered yet."


def reviewer_rows(edition: Edition, viewer: User, sort: str = "", *, waiting: bool = False) -> list[ReviewerRow]:
    """Every reviewer (`waiting`: also those a run would not ask yet) with their load over visible proposals."""
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
    day = today(edition)
    rows = []
    for person in people(edition, waiting=waiting):
        count: Counter[str] = Counter(counts.get(person.id))
        row = ReviewerRow(
            person, count["load"], count["submitted"], count["late"], count["declined"], person.is_away(day)
        )
        rows.append(row)
    keys = {
        "name": lambda row: str(row.person.user).casefold(),
        "load": lambda row: row.load,
        "late": lambda row: row.late,
        "declined": lambda row: row.declined,
    }
    key = keys.get(sort.removeprefix("-"), keys["name"])
    return sorted(sorted(rows, key=keys["name"]), key=key, reverse=sort.startswith("-"))
