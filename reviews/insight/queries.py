"""Reads for chairs: the edition's progress, its slices, its journal; computed over what the viewer sees."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Avg, Count, F, Q, QuerySet
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import roles_in
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.journal.queries import entries
from expo.kit.waiting import Waiting
from expo.notify.models import Message
from expo.notify.queries import outbox as sent_and_waiting
from expo.notify.states import MessageState
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import wall
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import PLACEABLE, ProposalState
from reviews.assignments.queries.lookups import unknown_runs
from reviews.assignments.states import LIVE, AssignmentState
from reviews.decisions.states import BatchState, Verdict
from reviews.scoring.states import ReviewState

from . import slices

LATE = timedelta(days=2)
#: Of a proposal's reviews those that count: a draft is its reviewer's own, and chairs may exclude one.
COUNTED = Q(
    assignments__state=AssignmentState.SUBMITTED,
    assignments__review__state=ReviewState.SUBMITTED,
    assignments__review__excluded_at=None,
)
#: Mails about whatever their reader has or sees, one for all of it.
SHARED = (
    *(f"assignments/{kind}" for kind in ("expired", "late", "released", "reminder", "repair_ready")),
    *(f"proposals/{kind}" for kind in ("claims_piled_up", "confirm_reminder", "draft_reminder")),
)


@dataclass(frozen=True)
class Share:
    """A sponsor's part of a format: real programs have had one sponsor with more than a quarter of the demos."""

    sponsor: str
    format: str
    n: int
    of: int

    @property
    def is_high(self) -> bool:
        return self.of >= 4 and self.n / self.of > 0.25


@dataclass(frozen=True)
class Overview:
    """The edition's progress, in numbers over what the viewer sees."""

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


def overview(edition: Edition, viewer: User, now: Any) -> Overview:
    """The overview of one edition; a constant number of queries."""
    visible = for_chairs(viewer, edition).exclude(state=ProposalState.WITHDRAWN)
    required = edition.reviews_per_proposal
    live = Count("assignments", filter=Q(assignments__state__in=LIVE), distinct=True)
    done = Count("assignments", filter=Q(assignments__state=AssignmentState.SUBMITTED), distinct=True)
    rows = visible.annotate(live=live, done=done)
    counts = rows.aggregate(
        submitted=Count("pk"),
        fully_assigned=Count("pk", filter=Q(live__gte=required)),
        reviewed=Count("pk", filter=Q(done__gte=required)),
    )
    waiting = Q(assignments__state__in=[AssignmentState.OFFERED, AssignmentState.ACCEPTED])
    reviews = visible.aggregate(
        reviews_in=Count("assignments", filter=Q(assignments__state=AssignmentState.SUBMITTED)),
        reviews_open=Count("assignments", filter=waiting),
        overdue=Count("assignments", filter=waiting & Q(assignments__due_at__lt=now)),
    )
    verdicts = visible.aggregate(
        decided=Count("decision"),
        released=Count("decision", filter=Q(decision__batch__state=BatchState.RELEASED)),
        accepted=Count("pk", filter=Q(state__in=PLACEABLE)),
        placed=Count("session"),
    )
    return Overview(
        **counts,
        **reviews,
        **verdicts,
        shares=_shares(visible),
        has_conflicts=wall(viewer, edition).has_conflicts,
    )


def _shares(visible: QuerySet[Proposal]) -> tuple[Share, ...]:
    rows = visible.values(sponsor_name=F("sponsor__name"), format_name=F("format__name")).annotate(n=Count("pk"))
    counts = [(row["sponsor_name"], row["format_name"], row["n"]) for row in rows.order_by()]
    totals: dict[str, int] = defaultdict(int)
    for _, format_name, n in counts:
        totals[format_name] += n
    shares = [Share(sponsor, format_name, n, totals[format_name]) for sponsor, format_name, n in counts]
    return tuple(sorted((share for share in shares if share.is_high), key=lambda share: (-share.n, share.sponsor)))


def report(edition: Edition, viewer: User) -> slices.SliceReport:
    """Acceptance by slice, over decided proposals that the viewer sees."""
    rows = (
        for_chairs(viewer, edition)
        .filter(decision__isnull=False)
        .select_related("format", "sponsor__tier", "decision", "track")
        .prefetch_related("topics")
        .annotate(mean=Avg("assignments__review__scores__level__value", filter=COUNTED))
        .order_by("id")
    )
    outcomes, closes = [], edition.call_closes_at
    for proposal in rows:
        is_late = closes and proposal.submitted_at and proposal.submitted_at > closes - LATE
        groups = {
            "Format": (proposal.format.name,),
            "Tier": (proposal.sponsor.tier.name,),
            "Topic": tuple(topic.name for topic in proposal.topics.all()),
            "Submitted": ("In the last two days" if is_late else "Earlier",),
        }
        is_accepted = proposal.decision.verdict == Verdict.ACCEPT
        outcomes.append(slices.ProposalOutcome(groups, is_accepted, proposal.mean))
    return slices.solve(outcomes)


def audit(edition: Edition, viewer: User) -> QuerySet[Entry]:
    """The edition's journal as far as the viewer may see its subjects.

    A draft is its team's alone, so its facts appear once it is submitted.
    """
    rows = entries(edition.pk, hidden_proposals=_unseen(viewer, edition))
    about_sponsors = Q(target_type__in=["proposals.conflict", "proposals.claim"]) | Q(fact="proposals.claims_piled_up")
    rows = rows.exclude(about_sponsors, data__sponsor__in=sorted(wall(viewer, edition).sponsors))
    return rows.exclude(target_type="assignments.run", target_id__in=unknown_runs(edition, viewer))


def _unseen(viewer: User, edition: Edition) -> list[int]:
    """Ids of what the viewer's lists leave out: hidden by a conflict, or never submitted."""
    unseen = Proposal.objects.filter(edition=edition).exclude(pk__in=for_chairs(viewer, edition))
    return list(unseen.values_list("pk", flat=True))


def outbox(edition: Edition, viewer: User, *, state: str = "") -> QuerySet[Message]:
    """The edition's mail, newest first, as far as the viewer may see what it is about.

    Mails that may be about several proposals at once are for viewers without conflicts: whom they went to, and when,
    would tell who reviews what is hidden.
    """
    mails = sent_and_waiting(edition.pk, hidden_proposals=_unseen(viewer, edition), state=state)
    if wall(viewer, edition).hides_some:
        mails = mails.exclude(kind__in=SHARED).exclude(kind="assignments/offered", proposal_id=None)
    return mails


def waiting_for_organisers(user: Any, editions: Sequence[Edition]) -> Iterator[Waiting]:
    """Mails that did not arrive, as far as the organiser sees them: one query, and few where there are any."""
    roles = roles_in(user, editions)
    mine = {each.pk: each for each in editions if RoleKind.ORGANISER in roles[each.pk]}
    if not mine:
        return
    rows = Message.objects.filter(edition_id__in=mine, state=MessageState.FAILED).order_by()
    for pk in rows.values_list("edition_id", flat=True).distinct():
        edition = mine[pk]
        count = outbox(edition, user, state=MessageState.FAILED).count()
        url = f"{reverse('insight:outbox', args=[edition.slug])}?state={MessageState.FAILED}"
        yield Waiting("mail", pk, url, count, "mail that failed", "mails that failed", ("insight:outbox",), late=count)
