"""The edition's progress: its stations, and whose word is awaited; computed over what the viewer sees."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.rules import is_cochair
from expo.editions.states import Phase
from expo.kit.deadlines import has_passed, minute_of
from expo.kit.text import counted
from expo.proposals.queries.conflict_wall import wall
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import PLACEABLE, ProposalState
from reviews.assignments.models import Assignment
from reviews.assignments.states import OPEN, AssignmentState
from reviews.decisions.states import DECIDING

from .phase_moves import drafts_known_to
from .way import OnTheWay, on_the_way


@dataclass(frozen=True)
class Share:
    """A sponsor's part of a format: real programs have had one sponsor with more than a quarter of the demos."""

    sponsor: str
    format: str
    n: int
    of: int

    @property
    def label(self) -> str:
        return f"{self.sponsor}: {self.format.lower()}s"

    @property
    def is_high(self) -> bool:
        return self.of >= 4 and self.n / self.of > 0.25


@dataclass(frozen=True)
class Station:
    """One of the five on an edition's way: how many of how many, and what is left, in words.

    `place`: done, current, ahead, or past (its time is over, and something was left). `policy` says who may open it.
    """

    title: str
    done: int
    of: int | None
    note: str
    url_name: str
    policy: str
    place: str

    @property
    def share(self) -> float:
        """For the bar, in percent."""
        return min(100.0, 100 * self.done / self.of) if self.of else 0.0


@dataclass(frozen=True)
class Awaited:
    """Somebody whose answer or work is awaited: what, since when, and the page about it."""

    who: str
    what: str
    since: datetime | None
    url: str


@dataclass(frozen=True)
class Overview:
    """The edition's progress, in numbers over what the viewer sees."""

    drafts: int
    submitted: int
    fully_assigned: int
    reviewed: int
    reviews_in: int
    reviews_open: int
    overdue: int
    decided: int
    released: int
    accepted: int
    placed: int
    shares: tuple[Share, ...]
    has_conflicts: bool


def overview(edition: Edition, viewer: User, now: datetime) -> Overview:
    """The overview of one edition; two queries besides the wall."""
    rows, required = on_the_way(edition, viewer, now), edition.reviews_per_proposal
    return Overview(
        drafts=drafts_known_to(viewer, edition),
        submitted=len(rows),
        fully_assigned=sum(row.assigned >= required for row in rows),
        reviewed=sum(row.reviewed >= required for row in rows),
        reviews_in=sum(row.reviewed for row in rows),
        reviews_open=sum(row.open for row in rows),
        overdue=sum(row.late for row in rows),
        decided=sum(row.decision is not None for row in rows),
        released=sum(row.is_released for row in rows),
        accepted=sum(row.is_accepted for row in rows),
        placed=sum(row.session is not None for row in rows),
        shares=_shares(rows),
        has_conflicts=wall(viewer, edition).has_conflicts,
    )


def stations(edition: Edition, seen: Overview) -> list[Station]:
    """The five stations; asks nothing."""
    required, phases = edition.reviews_per_proposal, list(Phase)
    short, unread = seen.submitted - seen.fully_assigned, seen.submitted - seen.reviewed
    undecided, unreleased = seen.submitted - seen.decided, seen.decided - seen.released
    late = f", {seen.overdue} late" if seen.overdue else ""
    verdicts = [f"{undecided} without a verdict"] if undecided else []
    verdicts += [f"{unreleased} not released"] if unreleased else []
    drafts = f"{counted(seen.drafts, 'draft')} not submitted" if seen.drafts else "No drafts left"
    to_come = f"{seen.reviews_open} to come{late}"
    reviews = (
        f"{counted(seen.reviews_in, 'review')} in, {to_come}"
        if unread
        else f"As many as needed, {to_come}"
        if seen.reviews_open
        else "All are in"
    )

    def of_submitted(note: str) -> str:
        return note if seen.submitted else "Nothing is submitted"

    def station(
        title: str, done: int, of: int | None, note: str, since: Phase, page: tuple[str, str], *, is_left: bool
    ) -> Station:
        now, then = phases.index(Phase(edition.phase)), phases.index(since)
        is_done = bool(of if of is not None else done) and not is_left
        place = "ahead" if now < then else "done" if is_done else "current" if now == then else "past"
        return Station(title, done, of, note, *page, place)

    return [
        station(
            "Submitted", seen.submitted, None, drafts, Phase.CALL, ("assignments:board", "assignments.board"),
            is_left=edition.phase == Phase.CALL,
        ),
        station(
            "Reviewers", seen.fully_assigned, seen.submitted,
            of_submitted(f"{short} short of reviewers" if short else f"{required} for every proposal"),
            Phase.REVIEW, ("assignments:board", "assignments.board"), is_left=short > 0,
        ),
        station(
            "Reviews", seen.reviewed, seen.submitted,
            of_submitted(reviews), Phase.REVIEW, ("scoring:standings", "scoring.standings"), is_left=unread > 0,
        ),
        station(
            "Verdicts", seen.decided, seen.submitted, of_submitted(", ".join(verdicts) or "All are released"),
            Phase.DECIDE, ("decisions:desk", "decisions.desk"), is_left=bool(verdicts),
        ),
        station(
            "Scheduled", seen.placed, seen.accepted,
            f"{seen.accepted - seen.placed} without a room and time" if seen.accepted > seen.placed
            else "Every accepted session" if seen.accepted else "Nothing is accepted yet",
            Phase.SCHEDULE, ("program:timetable", "program.view_timetable"), is_left=seen.accepted > seen.placed,
        ),
    ]  # fmt: skip


MOST_AWAITED = 12


def awaited(edition: Edition, viewer: User, now: datetime) -> list[Awaited]:
    """Reviewers who are late or have not answered, for cochairs; sponsors who owe a word on an accepted session."""
    return [*_awaited_reviewers(edition, viewer, now), *_awaited_sponsors(edition, viewer, now)]


def _awaited_reviewers(edition: Edition, viewer: User, now: datetime) -> list[Awaited]:
    if edition.phase not in (Phase.REVIEW, Phase.DECIDE) or not is_cochair(viewer, edition):
        return []
    visible = for_chairs(viewer, edition).filter(state=ProposalState.SUBMITTED)
    late, offered = Q(due_at__lt=minute_of(now)), Q(state=AssignmentState.OFFERED)
    rows = (
        Assignment.objects.filter(late | offered, proposal__in=visible, state__in=OPEN)
        .order_by()
        .values("reviewer", "reviewer__name", "reviewer__email")
        .annotate(late=Count("pk", late), offered=Count("pk", offered & ~late), since=Min("due_at", filter=late))
        .order_by("-late", "reviewer__name", "reviewer__email")
    )
    url = f"{reverse('assignments:board', args=[edition.slug])}?view=reviewers&sort=-late"
    people = []
    for row in rows:
        parts = [f"{counted(row['late'], 'review')} late"] if row["late"] else []
        parts += [f"{counted(row['offered'], 'offer')} not answered"] if row["offered"] else []
        people.append(Awaited(row["reviewer__name"] or row["reviewer__email"], ", ".join(parts), row["since"], url))
    return people


def _awaited_sponsors(edition: Edition, viewer: User, now: datetime) -> list[Awaited]:
    if edition.phase not in DECIDING:
        return []
    unconfirmed, unapproved = Q(state=ProposalState.ACCEPTED), Q(public_text_approved_at=None)
    rows = (
        for_chairs(viewer, edition)
        .filter(unconfirmed | unapproved, state__in=PLACEABLE)
        .order_by()
        .values("sponsor", "sponsor__name")
        .annotate(unconfirmed=Count("pk", unconfirmed), unapproved=Count("pk", unapproved))
        .order_by("-unconfirmed", "sponsor__name")
    )
    url, by = reverse("proposals:after", args=[edition.slug]), edition.confirm_by_at
    sponsors = []
    for row in rows:
        parts = [f"{counted(row['unconfirmed'], 'session')} not confirmed"] if row["unconfirmed"] else []
        texts = counted(row["unapproved"], "public text")
        parts += [f"{texts} not approved"] if row["unapproved"] else []
        since = by if by is not None and has_passed(by, now) and row["unconfirmed"] else None
        sponsors.append(Awaited(row["sponsor__name"], ", ".join(parts), since, url))
    return sponsors


def _shares(rows: Sequence[OnTheWay]) -> tuple[Share, ...]:
    totals = Counter(row.format for row in rows)
    counts = Counter((row.sponsor, row.format) for row in rows)
    shares = [Share(sponsor, format, n, totals[format]) for (sponsor, format), n in counts.items()]
    return tuple(sorted((share for share in shares if share.is_high), key=lambda share: (-share.n, share.sponsor)))
