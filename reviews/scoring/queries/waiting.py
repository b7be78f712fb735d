"""What waits for reviewers and cochairs about reviews that are in: news in discussions, and revisions asked for."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.urls import reverse

from expo.editions.models import Edition
from expo.editions.queries import roles_in
from expo.editions.states import RoleKind
from expo.kit.waiting import Waiting
from expo.proposals.states import ProposalState
from reviews.assignments.queries.reviewer_queue import own_rows_in
from reviews.assignments.queries.waiting import QUEUE
from reviews.assignments.states import AssignmentState

from ..states import SUBMITTING
from .discussion_news import DiscussionNews, for_chair, for_reviewer

RANKING = ("scoring:standings",)
WORDS = ("discussion with something new", "discussions with something new")


def for_reviewers(user: Any, editions: Sequence[Edition]) -> Iterator[Waiting]:
    """Revisions that chairs asked for, and discussions with something new: two queries besides the wall."""
    roles = roles_in(user, editions)
    mine = {each.pk: each for each in editions if RoleKind.REVIEWER in roles[each.pk] and each.phase in SUBMITTING}
    if not mine:
        return
    rows = own_rows_in(user, list(mine.values())).filter(
        state=AssignmentState.SUBMITTED,
        review__revision_asked_at__isnull=False,
        proposal__state=ProposalState.SUBMITTED,
    )
    asked: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for pk, edition, title in rows.order_by("id").values_list("id", "edition", "proposal__title"):
        asked[edition].append((pk, title))
    for pk, reviews in asked.items():
        yield Waiting(
            "revisions",
            pk,
            reverse("scoring:review", args=[mine[pk].slug, reviews[0][0]]),
            len(reviews),
            "review that a chair asks you to look at again",
            "reviews that chairs ask you to look at again",
            QUEUE,
            about=reviews[0][1] if len(reviews) == 1 else "",
        )
    yield from _news(mine, for_reviewer(user, list(mine.values())), "scoring:discussion", QUEUE)


def for_chairs(user: Any, editions: Sequence[Edition]) -> Iterator[Waiting]:
    """Comments that a cochair has not seen: one query besides the wall."""
    roles = roles_in(user, editions)
    mine = {each.pk: each for each in editions if RoleKind.COCHAIR in roles[each.pk] and each.phase in SUBMITTING}
    if mine:
        yield from _news(mine, for_chair(user, list(mine.values())), "scoring:dossier", RANKING)


def _news(
    editions: dict[int, Edition], news: Sequence[DiscussionNews], page: str, menu: tuple[str, ...]
) -> Iterator[Waiting]:
    by_edition: dict[int, list[DiscussionNews]] = defaultdict(list)
    for each in news:
        by_edition[each.edition].append(each)
    for pk, mine in by_edition.items():
        url = reverse(page, args=[editions[pk].slug, mine[0].code]) + "#discussion"
        about = mine[0].title if len(mine) == 1 else ""
        yield Waiting("discussions", pk, url, len(mine), *WORDS, menu, about=about)
