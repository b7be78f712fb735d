"""What is new in discussions: for the queue, the board, what waits, and digests. Read behind each person's wall."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest

from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.text import counted, listed
from expo.proposals.queries.conflict_wall import hidden_by, walls
from expo.proposals.queries.listing import for_chairs_in
from expo.proposals.states import ProposalState
from reviews.assignments.models import Assignment
from reviews.assignments.states import AssignmentState

from ..models import Comment, DiscussionVisit, Review
from ..states import SUBMITTING, ReviewState

NEVER = Value(datetime(1970, 1, 1, tzinfo=UTC))


@dataclass(frozen=True)
class DiscussionNews:
    """How much is new to one person on one proposal: since they looked, or since the last digest."""

    edition: int
    proposal: int
    code: str
    title: str
    reviews: int
    changed: int
    comments: int

    @property
    def total(self) -> int:
        return self.reviews + self.changed + self.comments

    @property
    def words(self) -> str:
        """As in "1 new review, 2 new comments"."""
        parts = (
            (self.reviews, "new review"),
            (self.changed, "changed review"),
            (self.comments, "new comment"),
        )
        return listed(counted(number, noun) for number, noun in parts if number)


def for_reviewer(user: Any, editions: Sequence[Edition]) -> list[DiscussionNews]:
    """What is new on proposals that somebody has reviewed: one query besides the walls."""
    open_ones = [edition for edition in editions if edition.phase in SUBMITTING]
    if not open_ones:
        return []
    rows = _reviewed(Assignment.objects.filter(edition__in=open_ones, reviewer=user))
    rows = rows.exclude(hidden_by(walls(user, open_ones).values(), "proposal__"))
    return [news for _, news in _news_of_reviewers(rows, seen=F("looked_at"), until=clock.now())]


def for_chair(user: Any, editions: Sequence[Edition]) -> list[DiscussionNews]:
    """New comments on proposals that a chair may see and has not reviewed; reviews arrive by the hundred."""
    open_ones = [edition for edition in editions if edition.phase in SUBMITTING]
    if not open_ones:
        return []
    return _news_of_chair(user, open_ones, F("looked_at"), clock.now())


def digest_for_reviewers(edition: Edition, until: datetime) -> dict[int, list[DiscussionNews]]:
    """By reviewer what no digest has told and they have not looked at, up to a moment: one query, no wall asked."""
    news: dict[int, list[DiscussionNews]] = defaultdict(list)
    rows = _reviewed(Assignment.objects.filter(edition=edition))
    for reviewer, each in _news_of_reviewers(rows, seen=Greatest("looked_at", "told_at"), until=until):
        news[reviewer].append(each)
    return news


def digest_for_chair(user: Any, edition: Edition, until: datetime) -> list[DiscussionNews]:
    """The same for one chair, behind their wall."""
    return _news_of_chair(user, [edition], Greatest("looked_at", "told_at"), until)


def _reviewed(rows: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Assignments whose own review counts, where the discussion is open."""
    return rows.filter(
        state=AssignmentState.SUBMITTED,
        review__state=ReviewState.SUBMITTED,
        review__excluded_at=None,
        proposal__state=ProposalState.SUBMITTED,
    )


def _news_of_reviewers(
    rows: QuerySet[Assignment], *, seen: Any, until: datetime
) -> Iterable[tuple[int, DiscussionNews]]:
    rows = _with_visits(rows, OuterRef("proposal"), OuterRef("reviewer"))
    rows = rows.annotate(since=Greatest(seen, F("review__submitted_at")))
    others = Review.objects.filter(Review.COUNTS, assignment__proposal=OuterRef("proposal"))
    others = others.exclude(assignment__reviewer=OuterRef("reviewer"))
    new = others.filter(submitted_at__gt=OuterRef("since"), submitted_at__lte=until)
    changed = others.filter(
        submitted_at__lte=OuterRef("since"), amended_at__gt=OuterRef("since"), amended_at__lte=until
    )
    said = _comments(OuterRef("proposal"), until).exclude(author=OuterRef("reviewer"))
    counts = rows.annotate(
        new=_number(new, "assignment__proposal"),
        changed=_number(changed, "assignment__proposal"),
        said=_number(said, "proposal"),
    )
    some = counts.annotate(total=F("new") + F("changed") + F("said")).filter(total__gt=0).order_by("proposal", "id")
    columns = ("reviewer", "edition", "proposal", "proposal__code", "proposal__title", "new", "changed", "said")
    return [(reviewer, DiscussionNews(*news)) for reviewer, *news in some.values_list(*columns)]


def _news_of_chair(user: Any, editions: Sequence[Edition], seen: Any, until: datetime) -> list[DiscussionNews]:
    own = Assignment.objects.filter(reviewer=user, state=AssignmentState.SUBMITTED)
    rows = for_chairs_in(user, editions).filter(state=ProposalState.SUBMITTED).exclude(assignments__in=own)
    rows = _with_visits(rows, OuterRef("pk"), Value(user.pk)).annotate(since=seen)
    said = _comments(OuterRef("pk"), until).exclude(author=user)
    some = rows.annotate(said=_number(said, "proposal")).filter(said__gt=0).order_by("id")
    return [
        DiscussionNews(edition, pk, code, title, 0, 0, said)
        for edition, pk, code, title, said in some.values_list("edition", "id", "code", "title", "said")
    ]


def _with_visits(rows: QuerySet[Any], proposal: OuterRef, user: Any) -> QuerySet[Any]:
    visits = DiscussionVisit.objects.filter(proposal=proposal, user=user)
    with_visits: QuerySet[Any] = rows.annotate(
        looked_at=Coalesce(Subquery(visits.values("seen_at")), NEVER),
        told_at=Coalesce(Subquery(visits.values("mailed_at")), NEVER),
    )
    return with_visits


def _comments(proposal: OuterRef, until: datetime) -> QuerySet[Comment]:
    since = OuterRef("since")
    return Comment.objects.filter(proposal=proposal, removed_at=None, made_at__gt=since, made_at__lte=until)


def _number(rows: QuerySet[Any], by: str) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values(by).annotate(n=Count("pk")).values("n")), 0)


def news_in(user: Any, edition: Edition, *, as_chair: bool) -> dict[str, DiscussionNews]:
    """By the proposal's code, for lists of proposals."""
    news = for_chair(user, [edition]) if as_chair else for_reviewer(user, [edition])
    return {each.code: each for each in news}
