"""The chair's board, over what the viewer may see: coverage per proposal, load per reviewer."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Greatest, Least

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.deadlines import has_passed, minute_of
from expo.kit.text import counted, listed
from expo.proposals.queries.conflict_wall import conflicts_between, wall
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import ProposalState

from ..models import Assignment, PairRule
from ..states import LIVE, OPEN, AssignmentState, PairKind
from .reading_order import reading_orders
from .reviewer_queue import complete_drafts, due_words
from .roster import Person, people, today

#: An offer whose answer is due within this long expires soon.
SOON = timedelta(days=2)
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
class LiveAssignment:
    """A review that is there or will come; `note`: what is urgent about it; `reading`: when it was read."""

    assignment: Assignment
    note: str
    is_late: bool
    is_complete: bool
    reading: str

    @property
    def sign(self) -> str:
        """How its reviewer is drawn: by the state, or late."""
        return "late" if self.is_late else str(self.assignment.state)

    @property
    def words(self) -> str:
        """Who, and how far."""
        state = AssignmentState(self.assignment.state).label.lower()
        return f"{self.assignment.reviewer}: {state}{f', {self.note}' if self.note else ''}"


@dataclass(frozen=True)
class ProposalRow:
    """A proposal's assignments: live ones, each with what is urgent, ended ones, chairs' pins and bans, and the gap."""

    proposal: Any  # with the counts of `board`
    live: tuple["LiveAssignment", ...]
    ended: tuple[Assignment, ...]
    rules: tuple[PairRule, ...]
    gap: str

    @property
    def places(self) -> range:
        """One for each review that nobody has."""
        return range(self.proposal.missing)

    @property
    def marks(self) -> list[tuple[str, str, str]]:
        """What calls for a look: icon, words, tone."""
        pins = [str(rule.reviewer) for rule in self.rules if rule.kind == PairKind.PIN]
        bans = [str(rule.reviewer) for rule in self.rules if rule.kind == PairKind.FORBID]
        found = [("alert", self.gap, "warn")] if self.gap else []
        found += [("clock", each.words, "danger") for each in self.live if each.is_late]
        found += [("pen", each.words, "warn") for each in self.live if each.is_complete]
        found += [("pin", f"Pinned: {listed(pins)}", "")] if pins else []
        return found + ([("x", f"Forbidden: {listed(bans)}", "")] if bans else [])


@dataclass(frozen=True)
class ReviewerRow:
    """A reviewer's load over what the viewer may see."""

    person: Person
    load: int
    submitted: int
    late: int
    declined: int
    is_away: bool
    invited_by: str = ""

    @property
    def tone(self) -> str:
        """Full is as wanted; only above the limit something is wrong."""
        return "warn" if self.load > self.person.most else ""


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


def board(edition: Edition, viewer: User) -> QuerySet[Any]:
    """Proposals awaiting review that no conflict hides from the viewer, with their counts; give a page to `rows`."""
    return _counted(edition, viewer).select_related("format", "sponsor").order_by(F("missing").desc(), "id")


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
            late=count(Q(**{f"{state}__in": OPEN, "assignments__due_at__lt": minute_of(now)})),
            is_ruled=Exists(PairRule.objects.filter(proposal=OuterRef("pk"))),
            ended=count(~Q(**{f"{state}__in": LIVE}) & Q(assignments__isnull=False)),
        )
        .annotate(missing=Greatest(F("needed") - F("placed"), 0))
        .annotate(freed=Least(F("missing"), F("ended")))
    )


def totals(edition: Edition, viewer: User) -> Totals:
    """The board's tiles, over what the viewer sees. `freed`: missing ones, offered before."""
    columns = {f"total_{name}": Coalesce(Sum(column), 0) for name, column in SUMS.items()}
    sums = _counted(edition, viewer).aggregate(proposals=Count("pk"), **columns)
    figures = {name: sums[f"total_{name}"] for name in SUMS}
    return Totals(sums["proposals"], **figures)


def rows(proposals: list[Any], viewer: User | None = None) -> list[ProposalRow]:
    """A page of the board with its assignments and pairs that chairs decided: few queries. For a viewer, when
    each was read."""
    assignments: dict[int, list[Assignment]] = defaultdict(list)
    for each in Assignment.objects.filter(proposal__in=proposals).select_related("reviewer").order_by("id"):
        assignments[each.proposal_id].append(each)
    rules: dict[int, list[PairRule]] = defaultdict(list)
    for rule in PairRule.objects.filter(proposal__in=proposals).select_related("reviewer").order_by("id"):
        rules[rule.proposal_id].append(rule)
    now = clock.now()
    complete = complete_drafts(proposals[0].edition, proposal__in=proposals) if proposals else frozenset()
    reading: dict[int, str] = {}
    if viewer and proposals:
        people = {each.reviewer_id for own in assignments.values() for each in own}
        reading = reading_orders(proposals[0].edition, viewer, people)
    page = []
    for proposal in proposals:
        own = assignments[proposal.pk]
        live = tuple(_live(each, now, complete, reading) for each in own if each.state in LIVE)
        ended = tuple(each for each in own if each.state not in LIVE)
        gap = gap_text(proposal.missing, proposal.needed, ended)
        page.append(ProposalRow(proposal, live, ended, tuple(rules[proposal.pk]), gap))
    return page


def _live(each: Assignment, now: datetime, complete: frozenset[int], reading: Mapping[int, str]) -> LiveAssignment:
    note = urgency(each, now, complete)
    return LiveAssignment(each, note, is_late(each, now), each.pk in complete, reading.get(each.pk, ""))


def is_late(each: Assignment, now: datetime) -> bool:
    """Whether the review should be in by now."""
    return each.state in OPEN and each.due_at is not None and has_passed(each.due_at, now)


def urgency(each: Assignment, now: datetime, complete: frozenset[int]) -> str:
    """What is urgent about an open assignment: that it is complete but not submitted, late, or waits for an answer."""
    notes = ["complete, not submitted"] if each.pk in complete else []
    if is_late(each, now):
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


def reviewer_rows(edition: Edition, viewer: User, *, waiting: bool = False) -> list[ReviewerRow]:
    """Every reviewer (`waiting`: also those a run would not ask yet) with their load over what is visible, by name."""
    late = Q(state__in=OPEN, due_at__lt=minute_of(clock.now()))
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
    day, inviters = today(edition), _inviters(edition)
    rows = []
    for person in people(edition, waiting=waiting):
        count: Counter[str] = Counter(counts.get(person.id))
        row = ReviewerRow(
            person,
            count["load"],
            count["submitted"],
            count["late"],
            count["declined"],
            person.is_away(day),
            inviters.get(person.id, ""),
        )
        rows.append(row)
    return sorted(rows, key=lambda row: str(row.person.user).casefold())


def _inviters(edition: Edition) -> dict[int, str]:
    """Who made whom a reviewer, the last time they did."""
    granted = Entry.objects.filter(edition_id=edition.pk, fact="editions.role_granted", data__kind=RoleKind.REVIEWER)
    rows = granted.exclude(actor=None).select_related("actor").order_by("id")
    return {entry.data["user"]: str(entry.actor) for entry in rows}


def conflict_warnings(users: Sequence[User], edition: Edition, viewer: User) -> list[str]:
    """With how many sponsors each of them is known to have a conflict, where there is one: their names stay unsaid.

    Sponsors with which the viewer has a conflict are not counted.
    """
    own = wall(viewer, edition).sponsors
    sponsors: dict[int, set[int]] = defaultdict(set)
    for each in conflicts_between(users, edition):
        if each.proposal is None and each.sponsor not in own:  # one with a proposal would tell of it
            sponsors[each.user].add(each.sponsor)
    return [
        f"{user} has a conflict of interest with {counted(len(sponsors[user.pk]), 'sponsor')} here, and will not be "
        "asked about their proposals."
        for user in users
        if sponsors[user.pk]
    ]


def assignments_of(edition: Edition, viewer: User, reviewers: Collection[int]) -> dict[int, list[LiveAssignment]]:
    """What each of these reviewers has been given, over what the viewer may see: few queries."""
    rows = Assignment.objects.filter(reviewer__in=reviewers, state__in=LIVE, proposal__in=for_chairs(viewer, edition))
    now, complete = clock.now(), complete_drafts(edition, reviewer__in=reviewers)
    reading = reading_orders(edition, viewer, reviewers)
    found: dict[int, list[LiveAssignment]] = defaultdict(list)
    for each in rows.select_related("proposal__format").order_by("id"):
        found[each.reviewer_id].append(_live(each, now, complete, reading))
    return found
