"""What waits for reviewers: offers, reviews, complete drafts, the invitation; and for cochairs, about assignments."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from expo.editions.models import Edition, Role
from expo.editions.queries import roles_in
from expo.editions.states import Phase, RoleKind
from expo.kit import clock
from expo.kit.deadlines import has_passed, minute_of
from expo.kit.waiting import Waiting
from expo.proposals.queries.listing import for_chairs_in
from expo.proposals.states import ProposalState

from ..models import Assignment, ReviewerProfile
from ..states import LIVE, OPEN, AssignmentState, InvitationAnswer
from .coverage import SOON
from .lookups import previews
from .reviewer_queue import own_rows_in, with_completeness
from .roster import today

QUEUE, BOARD, PEOPLE = ("assignments:queue",), ("assignments:board",), ("editions:roles",)
#: A review can be submitted until its proposal's verdict is released or the program is published.
REVIEWED_IN = (Phase.CALL, Phase.REVIEW, Phase.DECIDE, Phase.SCHEDULE)
#: How long an invited reviewer may be silent before an organiser hears of it.
SILENT = timedelta(days=7)


class _Open(NamedTuple):
    """An open assignment of the reviewer."""

    id: int
    edition: int
    state: str
    answer_by: datetime | None
    due_at: datetime | None
    is_complete: bool
    title: str


def for_reviewers(user: Any, editions: Sequence[Edition]) -> Iterator[Waiting]:
    """A reviewer's queue and profile: two queries besides the wall, and one for the employers of who confirmed."""
    roles = roles_in(user, editions)
    mine = [edition for edition in editions if RoleKind.REVIEWER in roles[edition.pk]]
    if not mine:
        return
    under_review = [edition for edition in mine if edition.phase in REVIEWED_IN]
    rows = own_rows_in(user, under_review).filter(state__in=OPEN, proposal__state=ProposalState.SUBMITTED)
    rows = with_completeness(rows).order_by("position", "id")
    columns = ("id", "edition", "state", "answer_by", "due_at", "is_complete", "proposal__title")
    by_edition: dict[int, list[_Open]] = defaultdict(list)
    for row in map(_Open._make, rows.values_list(*columns)):
        by_edition[row.edition].append(row)
    for edition in mine:
        yield from _queue(edition, by_edition[edition.pk])
    yield from _profiles(user, [edition for edition in mine if edition.phase in (Phase.CALL, Phase.REVIEW)])


def _queue(edition: Edition, rows: list[_Open]) -> Iterator[Waiting]:
    accepted = [row for row in rows if row.state == AssignmentState.ACCEPTED]
    parts = (
        ("offers", [row for row in rows if row.state == AssignmentState.OFFERED], "answer_by",
         "offer to answer", "offers to answer"),
        ("complete", [row for row in accepted if row.is_complete], "due_at",
         "complete review to submit", "complete reviews to submit"),
        ("reviews", [row for row in accepted if not row.is_complete], "due_at",
         "review to write", "reviews to write"),
    )  # fmt: skip
    queue, now = reverse("assignments:queue", args=[edition.slug]), clock.now()
    for key, mine, date, one, many in parts:
        if not mine:
            continue
        dates = [at for row in mine if (at := getattr(row, date)) is not None]
        url = queue if key == "offers" else reverse("scoring:review", args=[edition.slug, mine[0].id])
        yield Waiting(
            key,
            edition.pk,
            url,
            len(mine),
            one,
            many,
            QUEUE,
            due=min(dates, default=None),
            late=sum(has_passed(at, now) for at in dates),
            about=mine[0].title if len(mine) == 1 else "",
        )


def _profiles(user: Any, editions: Sequence[Edition]) -> Iterator[Waiting]:
    """The invitation to review, and what one who confirmed it has not said yet."""
    if not editions:
        return
    rows = ReviewerProfile.objects.filter(user=user, edition__in=editions)
    topics = ReviewerProfile.topics.through.objects.filter(reviewerprofile=OuterRef("pk"))
    profiles = {row.edition_id: row for row in rows.annotate(has_topics=Exists(topics)).defer("about")}
    is_confirmed = any(row.answer == InvitationAnswer.CONFIRMED for row in profiles.values())
    jobs = list(user.affiliations.all()) if is_confirmed else []
    for edition in editions:
        join = reverse("assignments:join", args=[edition.slug])
        profile = profiles.get(edition.pk)
        if profile is None or profile.answer == InvitationAnswer.NONE:
            yield _unsaid("join", edition, join, "Answer the invitation to review")
        elif profile.answer == InvitationAnswer.CONFIRMED:
            if not profile.has_no_employer and not any(job.is_current(today(edition)) for job in jobs):
                yield _unsaid("employer", edition, join, "Say where you work, so that conflicts are found")
            if not profile.has_topics:
                url = reverse("assignments:profile", args=[edition.slug])
                yield _unsaid("topics", edition, url, "Choose your topics, so that you get what you know")


def _unsaid(key: str, edition: Edition, url: str, sentence: str) -> Waiting:
    return Waiting(key, edition.pk, url, 1, sentence, menu=QUEUE, is_counted=False)


def for_chairs(user: Any, editions: Sequence[Edition]) -> Iterator[Waiting]:
    """What is missing, late or ready in the assignments, over what the viewer sees: four queries."""
    roles = roles_in(user, editions)
    chaired = [edition for edition in editions if RoleKind.COCHAIR in roles[edition.pk]]
    yield from _previews(user, [each for each in chaired if each.phase in (Phase.CALL, Phase.REVIEW)])
    in_review = [each for each in chaired if each.phase == Phase.REVIEW]
    if in_review:
        yield from _gaps(user, in_review)


def _previews(user: Any, editions: Sequence[Edition]) -> Iterator[Waiting]:
    if not editions:
        return
    slugs = {edition.pk: edition.slug for edition in editions}
    for run in previews(editions, user):
        url = reverse("assignments:run", args=[slugs[run.edition_id], run.pk])
        yield Waiting("preview", run.edition_id, url, 1, "preview of assignments to publish or discard", menu=BOARD)


def _gaps(user: Any, editions: Sequence[Edition]) -> Iterator[Waiting]:
    in_review = for_chairs_in(user, editions).filter(state=ProposalState.SUBMITTED).order_by()
    live = Assignment.objects.filter(proposal=OuterRef("pk"), state__in=LIVE).order_by().values("proposal")
    placed = Coalesce(Subquery(live.annotate(n=Count("pk")).values("n")), 0)
    short = in_review.annotate(placed=placed).filter(placed__lt=F("edition__reviews_per_proposal"))
    missing = dict(short.values("edition").annotate(n=Count("pk")).values_list("edition", "n"))
    now = clock.now()
    late, expiring = Q(due_at__lt=minute_of(now)), Q(state=AssignmentState.OFFERED, answer_by__lt=now + SOON)
    rows = Assignment.objects.filter(proposal__in=in_review, state__in=OPEN).order_by().values("edition")
    counts: dict[int, Any] = {
        row["edition"]: row for row in rows.annotate(late=Count("pk", late), expiring=Count("pk", expiring))
    }
    for edition in editions:
        board, row = reverse("assignments:board", args=[edition.slug]), counts.get(edition.pk, {})
        yield Waiting(
            "short", edition.pk, f"{board}?show=gaps", missing.get(edition.pk, 0),
            "proposal short of reviewers", "proposals short of reviewers", BOARD, edition.reviews_due_at,
        )  # fmt: skip
        yield Waiting(
            "late", edition.pk, f"{board}?show=late", row.get("late", 0),
            "review that is late", "reviews that are late", BOARD, late=row.get("late", 0),
        )  # fmt: skip
        yield Waiting(
            "expiring", edition.pk, f"{board}?show=expiring", row.get("expiring", 0),
            "offer that expires soon without an answer", "offers that expire soon without an answer", BOARD,
        )  # fmt: skip


def for_organisers(user: Any, editions: Sequence[Edition]) -> Iterator[Waiting]:
    """Reviewers who were asked a while ago and have said nothing: one query."""
    roles = roles_in(user, editions)
    mine = [
        edition
        for edition in editions
        if RoleKind.ORGANISER in roles[edition.pk] and edition.phase in (Phase.CALL, Phase.REVIEW)
    ]
    if not mine:
        return
    answered = ReviewerProfile.objects.filter(user=OuterRef("user"), edition=OuterRef("edition"))
    rows = Role.objects.filter(edition__in=mine, kind=RoleKind.REVIEWER, granted_at__lt=clock.now() - SILENT)
    silent = rows.exclude(Exists(answered.exclude(answer=InvitationAnswer.NONE))).order_by().values("edition__slug")
    for row in silent.annotate(n=Count("pk"), edition=F("edition_id")):
        yield Waiting(
            "silent",
            row["edition"],
            reverse("editions:roles", args=[row["edition__slug"]]),
            row["n"],
            "reviewer who has not answered the invitation",
            "reviewers who have not answered the invitation",
            PEOPLE,
        )
